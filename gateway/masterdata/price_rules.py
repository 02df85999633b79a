"""What a price condition may state, and what would have no effect or no sense and is refused."""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal

from gateway.commerce.conditions import CHANGES, CHARGES, PERCENT
from gateway.commerce.measures import VOLUMES, WEIGHTS
from gateway.masterdata.columns import RefusedError
from gateway.masterdata.kind import Cells
from gateway.model.quantity import parse_decimal, plain

TYPES = (
    "PRICE", "DISC_PCT", "DISC_ABS", "DISC_LADDER", "SURCH_ABS", "SURCH_PCT", "MIN_QTY_FEE", "PACK_FEE",
    "HEADER_PCT", "HEADER_ABS", "FREIGHT", "REBATE",
)  # fmt: skip
_LADDER = re.compile(r"[0-9.]+(\+[0-9.]+)+", re.ASCII)
_CLASS = re.compile(r"class:(unspsc|eclass)/.+")
# Who takes more than ten times the price on top has lost a decimal point.
_MOST_PERCENT = 1000
_OF_DOCUMENT = frozenset({"HEADER_PCT", "HEADER_ABS", "FREIGHT"})
_TAKES_OFF = frozenset({"DISC_PCT", "DISC_ABS", "REBATE"})
_EITHER_SIGN = frozenset({"HEADER_PCT", "HEADER_ABS"})
_PRICED_BY_UNIT = frozenset({"PRICE", "DISC_ABS", "SURCH_ABS", "PACK_FEE"})
# Which types each column has an effect on; it may be named with others only where it states its default.
_EFFECT = {
    "per": _PRICED_BY_UNIT,
    "base": PERCENT,
    "scale_mode": CHANGES | {"PRICE"},
    "scale_period": CHANGES | {"PRICE", "REBATE"},
    "exclusion_group": CHANGES | CHARGES,
    "stack": CHANGES | CHARGES,
    "stop": CHANGES | {"PRICE"},
    "floor": frozenset({"PRICE"}),
    "call_off_max": frozenset({"PRICE"}),
}
_DEFAULTS = {"per": Decimal(1), "base": "running", "scale_mode": "level", "stack": False, "stop": False}


def amount(cell: str) -> Decimal | str:
    """A number, or percentages to take off one after the other like 10+5+2."""
    if not _LADDER.fullmatch(cell):
        return parse_decimal(cell)
    return "+".join(plain(parse_decimal(part)) for part in cell.split("+"))


def check_price(cells: Cells, stated: Collection[str]) -> None:
    """The row is sound, what follows from it filled in; raises RefusedError.

    `stated` are the columns the row itself fills.
    """
    kind = str(cells["type"])
    _check_amount(cells, kind)
    for column, types in _EFFECT.items():
        if column in cells and kind not in types and cells[column] != _DEFAULTS.get(column):
            raise _invalid(column, f"{column} has no effect on {kind}: leave it empty")
    if str(cells["object"]).startswith("class:") and not _CLASS.fullmatch(str(cells["object"])):
        raise _invalid("object", "a class is class:unspsc/ or class:eclass/ and its code")
    step = cells.get("step")
    if isinstance(step, int) and step < 0:
        raise RefusedError("import.value.sign", "step", f"step {step} must not be negative")
    _check_exclusion(cells)
    _check_scale(cells, kind, stated)
    _check_charge(cells, kind, stated)
    if kind == "REBATE" and not cells.setdefault("statistical", True):
        raise _invalid("statistical", "REBATE is always statistical: leave it empty or write yes")
    floor = cells.get("floor")
    if isinstance(floor, Decimal) and isinstance(cells["amount"], Decimal) and floor > cells["amount"]:
        raise _invalid("floor", f"the floor {plain(floor)} is above the price {plain(cells['amount'])}")


def _check_amount(cells: Cells, kind: str) -> None:
    """The amount has the sign of its type and is no absurd percentage; a ladder is a field of its own."""
    value = cells["amount"]
    if kind == "DISC_LADDER":
        _check_ladder(cells, value if isinstance(value, str) else plain(_number(value)))
        return
    if isinstance(value, str):
        raise _invalid("amount", f"{value} is a ladder of percentages: write it with type DISC_LADDER")
    number = _number(value)
    if kind in _TAKES_OFF and number > 0:
        text = f"{kind} carries its sign: write -{plain(number)} to take it off"
        raise RefusedError("import.value.sign", "amount", text)
    if kind not in _TAKES_OFF | _EITHER_SIGN and number < 0:
        raise RefusedError("import.value.sign", "amount", f"{kind} must not be negative")
    if kind in PERCENT and number < -100:
        raise _invalid("amount", "no more than 100 percent can be taken off")
    if kind in PERCENT and number > _MOST_PERCENT:
        raise _invalid("amount", f"{plain(number)} percent on top is more than {_MOST_PERCENT}")


def _check_ladder(cells: Cells, ladder: str) -> None:
    parts = [Decimal(part) for part in ladder.split("+")]
    if any(part < 0 for part in parts):
        raise RefusedError("import.value.sign", "amount", "a ladder is what is taken off, without a sign: 10+5+2")
    if any(not 0 < part <= 100 for part in parts):
        raise _invalid("amount", f"every step of the ladder {ladder} must be more than 0 and at most 100 percent")
    cells["ladder"], cells["amount"] = ladder, Decimal(0)


def _number(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _check_exclusion(cells: Cells) -> None:
    if "exclusion_group" in cells:
        cells.setdefault("exclusion_mode", "best")
    elif "exclusion_mode" in cells:
        raise RefusedError("import.value.missing", "exclusion_group", "exclusion_mode needs an exclusion_group")


def _check_scale(cells: Cells, kind: str, stated: Collection[str]) -> None:
    """What the scale measures has a unit that fits, and a group where it measures one."""
    basis, unit = cells.get("scale_basis", "qty"), cells.get("scale_unit")
    if basis == "group_qty" and "scale_group" not in cells:
        raise RefusedError("import.value.missing", "scale_group", "scale_basis group_qty needs a scale_group")
    if basis != "group_qty" and "scale_group" in cells:
        raise _invalid("scale_group", "a scale_group needs scale_basis group_qty")
    if basis not in ("qty", "group_qty") and "scale_period" in cells:
        raise _invalid("scale_period", "a scale over a period counts quantities: scale_basis is qty or group_qty")
    if cells.get("scale_mode") == "exact" and not cells.get("min_quantity"):
        raise RefusedError("import.value.missing", "min_quantity", "scale_mode exact needs the quantity that it is for")
    if basis == "value" and kind == "PRICE":
        raise _invalid("scale_basis", "a PRICE cannot depend on the value it makes: give a discount by value")
    if basis == "value" and "scale_unit" in stated:
        raise _invalid("scale_unit", "a scale by value counts in the currency: leave scale_unit empty")
    if basis == "value" and "currency" not in cells:
        raise RefusedError("import.value.missing", "currency", "a scale by value needs the currency it counts in")
    for name, known, usual in (("weight", WEIGHTS, "KGM"), ("volume", VOLUMES, "MTQ")):
        if basis == name and cells.setdefault("scale_unit", usual) not in known:
            raise RefusedError(
                "import.unit.unknown", "scale_unit", f"{unit} is no unit of {name}: write one of {', '.join(known)}"
            )


def _check_charge(cells: Cells, kind: str, stated: Collection[str]) -> None:
    """What is charged on a document concerns all of it and is measured by all of it."""
    basis = cells.get("scale_basis", "qty")
    least = _number(cells.get("min_quantity", 0))
    if kind in _OF_DOCUMENT or (kind == "MIN_QTY_FEE" and basis == "value"):
        if cells["object"] != "all":
            raise _invalid("object", f"{kind} concerns the whole document: its object is all")
        if "unit" in stated:
            raise _invalid("unit", f"unit has no effect on {kind}: leave it empty")
    if kind in _OF_DOCUMENT and least and basis not in ("value", "weight", "volume"):
        raise _invalid("scale_basis", f"a scale of {kind} counts value, weight or volume")
    if kind in CHARGES and basis == "group_qty":
        raise _invalid("scale_basis", f"a scale of {kind} counts no groups")
    if kind == "MIN_QTY_FEE" and not least:
        raise RefusedError("import.value.missing", "min_quantity", "say below which min_quantity the fee is due")
    if kind == "HEADER_PCT" and cells.get("base") == "list":
        raise _invalid("base", "HEADER_PCT counts from the goods: base is gross or running")


def _invalid(column: str, text: str) -> RefusedError:
    return RefusedError("import.value.invalid", column, text)
