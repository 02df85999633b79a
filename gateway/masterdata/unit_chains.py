"""Units of an article stated one by another, brought to base units; circles and contradictions are refused."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations

from gateway.commerce.units import same_unit
from gateway.masterdata.columns import Factor, RefusedError

# Units of one measure (UN/ECE Recommendation 20), each in the smallest of them.
_MEASURES: tuple[Mapping[str, Fraction], ...] = (
    {"MGM": Fraction(1), "GRM": Fraction(10**3), "KGM": Fraction(10**6), "TNE": Fraction(10**9)},
    {"MMT": Fraction(1), "CMT": Fraction(10), "DMT": Fraction(100), "MTR": Fraction(10**3), "KMT": Fraction(10**6)},
    {"MMK": Fraction(1), "CMK": Fraction(100), "MTK": Fraction(10**6)},
    {"MLT": Fraction(1), "CMQ": Fraction(1), "CLT": Fraction(10), "LTR": Fraction(10**3), "MTQ": Fraction(10**6)},
)
_LARGEST = 2**63 - 1


def base_units_of(base: str, stated: Mapping[str, Factor]) -> dict[str, Fraction]:
    """Base units in one of each unit, the base unit first; raises RefusedError with the column of the unit at fault."""
    found = {base: Fraction(1)}
    for code in stated:
        size = _follow(base, stated, code)
        if same_unit(code, base) and size != 1:
            raise RefusedError(
                "import.value.invalid", f"unit:{code}", f"{base} is the base unit: one {code} is 1 of it"
            )
        if max(size.numerator, size.denominator) > _LARGEST:
            raise RefusedError("number.too-large", f"unit:{code}", f"one {code} comes to too many digits of {base}")
        found[code] = size
    _agree(found)
    return found


def _follow(base: str, stated: Mapping[str, Factor], code: str) -> Fraction:
    size, current, seen = Fraction(1), code, [code]
    while current in stated:
        step = stated[current]
        size *= step.amount
        current = step.unit or base
        if current == base:
            return size
        if current in seen:
            text = f"units go round in a circle: {' of '.join((*seen, current))}"
            raise RefusedError("import.unit.circle", f"unit:{code}", text)
        seen.append(current)
    if same_unit(current, base):
        return size
    text = f"{seen[-2]} is stated in {current}, and the row has no column unit:{current} with a value"
    raise RefusedError("import.unit.unknown", f"unit:{seen[-2]}", text)


def _agree(sizes: Mapping[str, Fraction]) -> None:
    """Raises RefusedError where two units of one measure do not stand to each other as they do everywhere."""
    for one, other in combinations(sizes, 2):
        expected = _ratio(one, other)
        if expected is not None and sizes[other] != sizes[one] * expected:
            text = f"one {other} is {expected} {one} everywhere, and {sizes[other] / sizes[one]} here"
            raise RefusedError("import.unit.contradiction", f"unit:{other}", text)


def _ratio(one: str, other: str) -> Fraction | None:
    """How many of the one make the other, where that is the same for every article."""
    if same_unit(one, other):
        return Fraction(1)
    return next((sizes[other] / sizes[one] for sizes in _MEASURES if one in sizes and other in sizes), None)
