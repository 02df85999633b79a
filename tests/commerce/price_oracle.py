"""Prices told again from the written rules, slowly and plainly: what the resolver is compared with.

Shares no code with `gateway.commerce`: exact fractions all the way, every rule as one sentence of docs/explanation/
prices.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from math import ceil, floor

from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product

STEP = {
    "DISC_LADDER": 10, "DISC_PCT": 20, "DISC_ABS": 30, "SURCH_PCT": 40, "SURCH_ABS": 50, "HEADER_PCT": 60,
    "HEADER_ABS": 70, "FREIGHT": 80, "PACK_FEE": 90, "MIN_QTY_FEE": 100,
}  # fmt: skip
PERCENT = ("DISC_LADDER", "DISC_PCT", "SURCH_PCT", "HEADER_PCT", "REBATE")
LINE_CHANGES = ("DISC_LADDER", "DISC_PCT", "DISC_ABS", "SURCH_PCT", "SURCH_ABS")
DIGITS = {"EUR": 2, "JPY": 0, "BHD": 3, "CHF": 2}


@dataclass(frozen=True)
class Line:
    """A quantity of an article in one of its units."""

    product: Product
    quantity: Decimal
    unit: str
    contract: str | None = None
    quote: str | None = None
    configuration: str | None = None


@dataclass(frozen=True)
class Purchase:
    """What an account bought on a day before."""

    account: str
    day: date
    product: Product
    unit: str
    quantity: Decimal


@dataclass(frozen=True)
class Case:
    """All that the prices of a basket depend on; `parents` are the legal ones."""

    subjects: tuple[str, ...]
    on: date
    currency: str
    policy: str
    contract: str | None
    quote: str | None
    rounding: str
    below_floor: str
    called_off: dict[str, Decimal]
    parents: dict[str, str]
    purchases: tuple[Purchase, ...]
    lines: tuple[Line, ...]
    rows: tuple[PriceCondition, ...]
    lists: dict[str, PriceList]
    totals: dict[tuple[str, str, int], Fraction] = field(default_factory=dict)
    before: dict[tuple[str, str], Fraction] = field(default_factory=dict)


@dataclass
class Told:
    """What the rules come to: of each line its code and net amount; charges by key with the lines' parts."""

    lines: list[tuple[str | None, Decimal | None]] = field(default_factory=list)
    exact: list[Fraction | None] = field(default_factory=list)
    charges: list[tuple[str, Decimal, tuple[Decimal, ...]]] = field(default_factory=list)


def tell(case: Case) -> Told:
    """The prices and charges of the case."""
    told, taken = Told(), dict[str, Fraction]()
    net_lines: set[int] = set()
    for index, line in enumerate(case.lines):
        code, exact, winner = _line(case, line, index, taken)
        net = None
        if code is None and exact is not None and winner is not None:
            net = money(exact * _base_quantity(line), case)
            if winner.call_off_max is not None:
                taken[_call_off(winner)] = taken.get(_call_off(winner), Fraction(0)) + _base_quantity(line) / _size(
                    line.product, winner.unit
                )
            if winner.stop or _list(case, winner).kind == "erp_net":
                net_lines.add(index)
        told.lines.append((code, net))
        told.exact.append(exact)
    _charge(case, told, net_lines)
    return told


def _size(product: Product, unit: str | None) -> Fraction:
    if unit is None or unit == product.base_unit:
        return Fraction(1)
    return {each.code: Fraction(each.numerator, each.denominator) for each in product.units}[unit]


def _has(product: Product, unit: str | None) -> bool:
    return unit is None or unit == product.base_unit or any(each.code == unit for each in product.units)


def _base_quantity(line: Line) -> Fraction:
    return Fraction(line.quantity) * _size(line.product, line.unit)


def _list(case: Case, row: PriceCondition) -> PriceList:
    return case.lists.get(row.list, PriceList(list=row.list))


def _objects(line: Line) -> list[str]:
    product, names = line.product, []
    if line.configuration:
        names.append("configuration:" + line.configuration)
    names.append("product:" + product.sku)
    if product.family:
        names.append("family:" + product.family)
    category = product.category
    while category:
        names.append("category:" + category)
        category = category.rpartition("/")[0]
    for kind, name in (("price-group", product.price_group), ("brand", product.brand)):
        if name:
            names.append(f"{kind}:{name}")
    return [*names, "all"]


def _tier(case: Case, row: PriceCondition, line: Line) -> int:
    known = _list(case, row)
    number = row.contract or known.contract
    contract, quote = line.contract or case.contract, line.quote or case.quote
    if known.kind == "quote":
        return 0 if {quote, contract} & ({known.list, number} - {None}) else 2
    if number is not None:
        return 1 if number == contract else 3
    return {"contract": 3, "erp_net": 4}.get(known.kind, 5)


def _access(case: Case, row: PriceCondition, line: Line) -> tuple[int, int, int]:
    return _tier(case, row, line), case.subjects.index(row.subject), _objects(line).index(row.object)


def _eligible(case: Case, row: PriceCondition, line: Line) -> bool:
    """Everything that does not depend on quantities."""
    known, percent, product = _list(case, row), row.type in PERCENT, line.product
    if row.subject not in case.subjects or row.object not in _objects(line):
        return False
    currency = row.currency or (None if percent else known.currency)
    if currency not in (None, case.currency) or known.status != "active" or (known.tax != "net" and not percent):
        return False
    for first, last in ((row.valid_from, row.valid_to), (known.valid_from, known.valid_to)):
        if (first and case.on < first) or (last and case.on > last):
            return False
    if not _has(product, row.unit):
        return False
    if row.scale_basis == "qty":
        return not row.min_quantity or _has(product, row.scale_unit or row.unit)
    if row.scale_basis == "group_qty":
        return _has(product, row.scale_unit or row.unit or product.base_unit)
    return row.scale_basis == "value" or _weight(product) is not None


def _weight(product: Product) -> Fraction | None:
    """Kilograms of one base unit: stated, else by its own unit of a kilogram."""
    if product.weight_kg is not None:
        return Fraction(product.weight_kg)
    return 1 / _size(product, "KGM") if _has(product, "KGM") else None


def _threshold(row: PriceCondition, line: Line) -> Fraction:
    least = Fraction(row.min_quantity)
    if row.scale_basis == "qty":
        return least * _size(line.product, row.scale_unit or row.unit) if least else Fraction(0)
    if row.scale_basis == "weight":
        return least * {"KGM": Fraction(1), "GRM": Fraction(1, 1000)}[row.scale_unit or "KGM"]
    return least


def _measure(case: Case, row: PriceCondition, line: Line, index: int, gross: Fraction | None) -> Fraction | None:
    quantity = _base_quantity(line)
    if row.scale_basis == "qty":
        return _article_total(case, row, line, index) if row.scale_period else quantity
    if row.scale_basis == "weight":
        return quantity * (_weight(line.product) or 0)
    if row.scale_basis == "value":
        return None if gross is None else gross * quantity
    unit = row.scale_unit or row.unit or line.product.base_unit
    return _group_total(case, row.scale_group or "", unit, index) + _before(case, row, line.product, unit)


def _article_total(case: Case, row: PriceCondition, line: Line, index: int) -> Fraction:
    """All lines of the article that a scale over a period concerns, and what was bought of it before."""
    total = _before(case, row, line.product, line.product.base_unit)
    for at, each in enumerate(case.lines):
        if each.product.sku == line.product.sku and _has(each.product, each.unit):
            counts = any(each2.scale_period and each2.scale_basis == "qty" and _eligible(case, each2, each)
                         for each2 in case.rows)  # fmt: skip
            if at == index or counts:
                total += _base_quantity(each)
    return total


def _before(case: Case, row: PriceCondition, product: Product, unit: str) -> Fraction:
    """What the account, or the one above it that the row names, bought with all below before, in the unit."""
    if not row.scale_period:
        return Fraction(0)
    if (row.key, product.sku + unit) not in case.before:
        above = ["10001"]
        while above[-1] in case.parents:
            above.append(case.parents[above[-1]])
        top = row.subject.removeprefix("account:") if row.subject.removeprefix("account:") in above else "10001"
        case.before[row.key, product.sku + unit] = sum(
            (Fraction(each.quantity) * _size(each.product, each.unit) / _size(each.product, unit)
             for each in case.purchases
             if _is_below(case, each.account, top) and _first_day(case, row) <= each.day <= case.on
             and _has(each.product, unit) and _of_scale(case, row, each.product, product)),
            Fraction(0),
        )  # fmt: skip
    return case.before[row.key, product.sku + unit]


def _is_below(case: Case, account: str, top: str) -> bool:
    return account == top or (account in case.parents and _is_below(case, case.parents[account], top))


def _first_day(case: Case, row: PriceCondition) -> date:
    if row.scale_period == "year":
        return date(case.on.year, 1, 1)
    if row.scale_period == "12m":
        return date(case.on.year - 1, case.on.month, case.on.day + 1)
    return max(row.valid_from or date.min, _list(case, row).valid_from or date.min)


def _of_scale(case: Case, row: PriceCondition, bought: Product, product: Product) -> bool:
    """Whether an article that was bought counts for the row's scale, on a line of another one."""
    if row.scale_basis == "qty":
        return bought.sku == product.sku
    group = [each for each in case.rows if each.scale_basis == "group_qty" and each.scale_group == row.scale_group]
    return any(_eligible(case, each, Line(bought, Decimal(1), bought.base_unit)) for each in group)


def _group_total(case: Case, group: str, unit: str, index: int) -> Fraction:
    """What the line of this index counts towards the group, together with all lines that belong to it."""
    known = case.totals.get((group, unit, index))
    if known is not None:
        return known
    total = Fraction(0)
    rows = [row for row in case.rows if row.scale_basis == "group_qty" and row.scale_group == group]
    for at, each in enumerate(case.lines):
        if at != index and not (_has(each.product, each.unit) and any(_eligible(case, row, each) for row in rows)):
            continue
        if _has(each.product, unit):
            total += _base_quantity(each) / _size(each.product, unit)
    case.totals[group, unit, index] = total
    return total


def _value(row: PriceCondition, product: Product) -> Fraction:
    """For one base unit: money, or a part of one."""
    if row.type == "DISC_LADDER":
        left = Fraction(1)
        for part in (row.ladder or "0").split("+"):
            left -= left * Fraction(part) / 100
        return left - 1
    if row.type in PERCENT:
        return Fraction(row.amount) / 100
    return Fraction(row.amount) / Fraction(row.per) / _size(product, row.unit)


def _row_key(row: PriceCondition) -> tuple[str, str, str]:
    return row.list, row.contract_line or "", row.key


def _of_access(
    case: Case, rows: Sequence[PriceCondition], line: Line, index: int, gross: Fraction | None
) -> tuple[PriceCondition, Fraction] | None:
    """The row of one access that counts, with its value: newest ladder, highest step, cheapest, key."""

    def age(row: PriceCondition) -> tuple[int, date]:
        return _list(case, row).priority, row.valid_from or date.min

    def ladder(row: PriceCondition) -> str:
        group = (row.scale_group, row.scale_unit or row.unit) if row.scale_basis == "group_qty" else None
        return repr((row.list, row.contract_line or "", row.scale_basis, row.scale_mode, group, row.scale_period))

    newest = max(map(age, rows), default=None)
    results = []
    for _, members in groupby(sorted((row for row in rows if age(row) == newest), key=ladder), ladder):
        steps = list(members)
        measured = _measure(case, steps[0], line, index, gross)
        if measured is None:
            continue
        exact = steps[0].scale_mode == "exact"
        steps = [row for row in steps if _threshold(row, line) <= measured and (
            not exact or _threshold(row, line) == measured)]  # fmt: skip
        steps.sort(key=lambda row: (-_threshold(row, line), _value(row, line.product), _row_key(row)))
        if not steps:
            continue
        value = _value(steps[0], line.product)
        if steps[0].scale_mode == "graduated" and measured > 0:
            total, upper = Fraction(0), measured
            unit = steps[0].scale_unit or steps[0].unit or line.product.base_unit
            unit = line.product.base_unit if steps[0].scale_basis == "qty" else unit
            bought = _before(case, steps[0], line.product, unit)
            for position, (threshold, same) in enumerate(groupby(steps, lambda row: _threshold(row, line))):
                lower = threshold
                if position == len({_threshold(row, line) for row in steps}) - 1:
                    lower = Fraction(0)
                total += max(upper - max(lower, bought), Fraction(0)) * _value(next(same), line.product)
                upper = lower
            value = total / (measured - bought)
        results.append((value, _row_key(steps[0]), steps[0]))
    if not results:
        return None
    value, _, row = min(results, key=lambda each: each[:2])
    return row, value


def _by_access(case: Case, rows: Sequence[PriceCondition], line: Line) -> list[list[PriceCondition]]:
    ranked = sorted(rows, key=lambda row: _access(case, row, line))
    return [list(group) for _, group in groupby(ranked, lambda row: _access(case, row, line))]


def _line(
    case: Case, line: Line, index: int, taken: dict[str, Fraction]
) -> tuple[str | None, Fraction | None, PriceCondition | None]:
    """Code, exact price of one base unit, and the row of the base price."""
    if not _has(line.product, line.unit):
        return "NO_UOM_PATH", None, None
    if case.policy == "ask_erp":
        return "ERP_ASK", None, None
    rows = [row for row in case.rows if _eligible(case, row, line) and not row.statistical]
    prices = [row for row in rows if row.type == "PRICE" and not _exhausted(case, row, line, taken)]
    offers = []
    for access in _by_access(case, prices, line):
        found = _of_access(case, access, line, index, None)
        if found:
            offers.append((*found, _final(case, line, index, rows, prices, found)))
            if _list(case, found[0]).exclusive:
                break
    if not offers:
        return "NO_PRICE", None, None
    row, _, (exact, below) = min(offers, key=lambda each: each[2][0]) if case.policy == "lowest" else offers[0]
    if exact < 0:
        return "NEGATIVE", exact, row
    if below and case.below_floor == "hold":
        return "BELOW_FLOOR", exact, row
    return None, exact, row


def _call_off(row: PriceCondition) -> str:
    if row.contract_line:
        return f"{row.list}|{row.contract_line}|{row.subject}|{row.object}|{row.unit or ''}"
    return row.key


def _exhausted(case: Case, row: PriceCondition, line: Line, taken: dict[str, Fraction]) -> bool:
    if row.call_off_max is None:
        return False
    before = Fraction(case.called_off.get(_call_off(row), 0)) + taken.get(_call_off(row), Fraction(0))
    return before + _base_quantity(line) / _size(line.product, row.unit) > Fraction(row.call_off_max)


def _final(
    case: Case, line: Line, index: int, rows: Sequence[PriceCondition], prices: Sequence[PriceCondition],
    found: tuple[PriceCondition, Fraction],
) -> tuple[Fraction, bool]:  # fmt: skip
    """The price after all that changes it, and whether its floor held it."""
    base, gross = found
    if base.stop or _list(case, base).kind == "erp_net":
        return gross, False
    changes = [row for row in rows if row.type in LINE_CHANGES]
    if _list(case, base).exclusive:
        changes = [row for row in changes if row.list == base.list]
    public = [row for row in prices if row.subject == "all"]
    listed = next(
        (each[1] for access in _by_access(case, public, line) if (each := _of_access(case, access, line, index, None))),
        gross,
    )
    chosen = [
        each
        for place in sorted({_place(row) for row in changes})
        for each in _in_place(case, [row for row in changes if _place(row) == place], line, index, gross)
    ]
    chosen.sort(key=lambda each: (_place(each[0])[:2], _row_key(each[0])))

    def start(row: PriceCondition) -> Fraction:
        return listed if row.base == "list" else gross

    running, before = gross, dict[str, Fraction]()
    for row, value in _unexcluded(chosen, start):
        counted = before.setdefault(row.exclusion_group, running) if row.exclusion_group else running
        if row.type in PERCENT:
            running += value * (counted if row.base == "running" else start(row))
        else:
            running += value
        if row.stop:
            break
    if base.floor is not None:
        least = Fraction(base.floor) / Fraction(base.per) / _size(line.product, base.unit)
        if running < least:
            return least, True
    return running, False


def _place(row: PriceCondition) -> tuple[int, str, str]:
    return (STEP[row.type] if row.step is None else row.step), row.type, row.exclusion_group or ""


def _in_place(
    case: Case, rows: Sequence[PriceCondition], line: Line, index: int, gross: Fraction
) -> list[tuple[PriceCondition, Fraction]]:
    """Of one place: the nearest access' row, and every one that stacks."""
    chosen = []
    for access in _by_access(case, [row for row in rows if not row.stack], line):
        found = _of_access(case, access, line, index, gross)
        if found:
            chosen.append(found)
            break
    for access in _by_access(case, [row for row in rows if row.stack], line):
        for _, same in groupby(sorted(access, key=_row_key), lambda row: _row_key(row)[:2]):
            found = _of_access(case, list(same), line, index, gross)
            if found:
                chosen.append(found)
    return chosen


def _unexcluded(chosen: list[tuple[PriceCondition, Fraction]], start) -> list[tuple[PriceCondition, Fraction]]:
    """Without what loses in its exclusion group."""
    losers: list[str] = []
    for group in {row.exclusion_group for row, _ in chosen if row.exclusion_group}:
        members = [each for each in chosen if each[0].exclusion_group == group]
        effects = [value * start(row) if row.type in PERCENT else value for row, value in members]
        mode = members[0][0].exclusion_mode or "best"
        if mode == "sum":
            continue
        kept = {"first": 0, "best": effects.index(min(effects)), "worst": effects.index(max(effects))}[mode]
        losers += [row.key for position, (row, _) in enumerate(members) if position != kept]
    return [each for each in chosen if each[0].key not in losers]


def money(amount: Fraction, case: Case) -> Decimal:
    """Rounded once, as the rules of the case say."""
    digits = DIGITS[case.currency]
    scaled = amount * 10**digits
    if case.rounding == "half_even":
        units = round(scaled)
    elif case.rounding == "down":
        units = int(scaled)
    else:
        units = floor(abs(scaled) + Fraction(1, 2)) * (1 if scaled >= 0 else -1)
    return Decimal(units).scaleb(-digits)


def _charge(case: Case, told: Told, net_lines: set[int]) -> None:
    """What is charged on the document and for single lines, one after the other."""
    priced = [index for index, (_, net) in enumerate(told.lines) if net is not None]
    goods = [net if net is not None else Decimal(0) for _, net in told.lines]
    due: list[tuple[PriceCondition, Fraction, list[int]]] = []
    due += _document(case, told, net_lines)
    for index in priced:
        due += [(row, value, [index]) for row, value in _fees(case, index, goods[index])]
    due.sort(key=lambda each: (_place(each[0])[:2], _row_key(each[0]), each[2]))
    running, before = [Fraction(each) for each in goods], dict[str, list[Fraction]]()
    for row, value, lines in due:
        counted = before.setdefault(row.exclusion_group, list(running)) if row.exclusion_group else running
        if row.type in PERCENT:
            amounts = [Fraction(each) for each in goods] if row.base == "gross" else counted
            exact = value * sum((amounts[index] for index in lines), Fraction(0))
        elif row.type == "PACK_FEE":
            line = case.lines[lines[0]]
            exact = Fraction(
                ceil(_base_quantity(line) / (Fraction(row.per) * _size(line.product, row.unit)))
            ) * Fraction(row.amount)
        else:
            exact = value
        parts = shares(money(exact, case), [goods[index] for index in lines], case)
        placed = dict(zip(lines, parts, strict=True))
        spread = tuple(placed.get(index, Decimal(0)) for index in range(len(goods)))
        running = [one + Fraction(part) for one, part in zip(running, spread, strict=True)]
        told.charges.append((row.key, sum(spread, Decimal(0)), spread))


class _Whole:
    """The priced lines as one document."""

    def __init__(self, case: Case, told: Told) -> None:
        self.case = case
        self.priced = [index for index, (_, net) in enumerate(told.lines) if net is not None]
        self.goods = sum((Fraction(told.lines[index][1] or 0) for index in self.priced), Fraction(0))

    def concerns(self, row: PriceCondition) -> bool:
        by_value = row.type == "MIN_QTY_FEE" and row.scale_basis == "value"
        if row.statistical or not (by_value or row.type in ("HEADER_PCT", "HEADER_ABS", "FREIGHT")):
            return False
        return all(_eligible(self.case, row, self.case.lines[index]) for index in self.priced)

    def measure(self, row: PriceCondition) -> Fraction:
        if row.scale_basis != "weight":
            return self.goods if row.scale_basis == "value" else Fraction(0)
        lines = [self.case.lines[index] for index in self.priced]
        return sum((_base_quantity(line) * (_weight(line.product) or 0) for line in lines), Fraction(0))

    def near(self, row: PriceCondition) -> tuple[int, int]:
        tiers = [_tier(self.case, row, self.case.lines[index]) for index in self.priced]
        return min(tiers), self.case.subjects.index(row.subject)

    def age(self, row: PriceCondition) -> tuple[int, date]:
        return _list(self.case, row).priority, row.valid_from or date.min

    def threshold(self, row: PriceCondition) -> Fraction:
        return Fraction(row.min_quantity) / (1000 if row.scale_unit == "GRM" else 1)

    def value(self, row: PriceCondition) -> Fraction:
        return Fraction(row.amount) / (100 if row.type in PERCENT else 1)

    def best(self, rows: list[PriceCondition]) -> list[PriceCondition]:
        """Of one access the row that counts, or none."""
        newest = max(map(self.age, rows), default=None)
        tops = []
        for each in {(row.list, row.contract_line or "", row.scale_basis) for row in rows}:
            ladder = [row for row in rows if (row.list, row.contract_line or "", row.scale_basis) == each]
            steps = [row for row in ladder if self.age(row) == newest and self.threshold(row) <= self.measure(row)]
            steps.sort(key=lambda row: (-self.threshold(row), self.value(row), _row_key(row)))
            tops += steps[:1]
        return sorted(tops, key=lambda row: (self.value(row), _row_key(row)))[:1]

    def in_place(self, rows: list[PriceCondition]) -> list[PriceCondition]:
        """Of one place: the nearest access' row, and every one that stacks."""
        chosen: list[PriceCondition] = []
        plain = [row for row in rows if not row.stack]
        for access in sorted({self.near(row) for row in plain}):
            chosen = chosen or self.best([row for row in plain if self.near(row) == access])
        for each in {(self.near(row), *_row_key(row)[:2]) for row in rows if row.stack}:
            chosen += self.best([row for row in rows if row.stack and (self.near(row), *_row_key(row)[:2]) == each])
        return chosen

    def small(self, fees: list[PriceCondition]) -> list[PriceCondition]:
        """The fee of the nearest access for a value below its limit."""
        nearest = min(map(self.near, fees), default=None)
        here = [row for row in fees if self.near(row) == nearest]
        newest = max(map(self.age, here), default=None)
        below = [row for row in here if self.age(row) == newest and self.measure(row) < self.threshold(row)]
        return sorted(below, key=lambda row: (self.threshold(row), self.value(row), _row_key(row)))[:1]


def _document(case: Case, told: Told, net_lines: set[int]) -> list[tuple[PriceCondition, Fraction, list[int]]]:
    """What is charged once, with the lines it is spread over."""
    whole = _Whole(case, told)
    rows = [row for row in case.rows if whole.priced and whole.concerns(row)]
    others = [row for row in rows if row.type != "MIN_QTY_FEE"]
    chosen = [
        row
        for place in {_place(row) for row in others}
        for row in whole.in_place([row for row in others if _place(row) == place])
    ]
    chosen += whole.small([row for row in rows if row.type == "MIN_QTY_FEE"])
    chosen.sort(key=lambda row: (_place(row)[:2], _row_key(row)))
    kept = _unexcluded([(row, whole.value(row)) for row in chosen], lambda _: whole.goods)
    free = [index for index in whole.priced if index not in net_lines]
    return [(row, amount, free if amount < 0 else whole.priced) for row, amount in kept]


def _fees(case: Case, index: int, net: Decimal) -> list[tuple[PriceCondition, Fraction]]:
    """What is charged for one line: packs begun, and what stays below a quantity."""
    line = case.lines[index]
    rows = [row for row in case.rows if _eligible(case, row, line) and not row.statistical]
    packs = [row for row in rows if row.type == "PACK_FEE"]
    chosen = []
    for place in sorted({_place(row) for row in packs}):
        chosen += _in_place(
            case, [row for row in packs if _place(row) == place], line, index, Fraction(net) / _base_quantity(line)
        )
    small = [row for row in rows if row.type == "MIN_QTY_FEE" and row.scale_basis != "value"]
    for access in _by_access(case, small, line)[:1]:
        newest = max((_list(case, row).priority, row.valid_from or date.min) for row in access)
        below = [
            row
            for row in access
            if (_list(case, row).priority, row.valid_from or date.min) == newest
            and (_measure(case, row, line, index, None) or Fraction(0)) < _threshold(row, line)
        ]
        below.sort(key=lambda row: (_threshold(row, line), _value(row, line.product), _row_key(row)))
        chosen += [(row, _value(row, line.product)) for row in below[:1]]
    chosen.sort(key=lambda each: (_place(each[0])[:2], _row_key(each[0])))
    return _unexcluded(chosen, lambda _: Fraction(0))


def shares(amount: Decimal, weights: Sequence[Decimal], case: Case) -> list[Decimal]:
    """The amount by largest remainder, cent after cent to who lacks most."""
    if not weights:
        return []
    digits = DIGITS[case.currency]
    cents = abs(int(amount.scaleb(digits)))
    total = sum(weights, Decimal(0))
    due = [
        Fraction(cents) * (Fraction(each) / Fraction(total) if total else Fraction(1, len(weights))) for each in weights
    ]
    given = [floor(each) for each in due]
    lacking = [each - whole for each, whole in zip(due, given, strict=True)]
    while sum(given) < cents:
        most = lacking.index(max(lacking))
        given[most] += 1
        lacking[most] -= 1
    return [Decimal(each if amount >= 0 else -each).scaleb(-digits) for each in given]
