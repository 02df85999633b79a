"""What the ERP confirms of an order, line by line, beside what was agreed: taken over, or a reason to ask a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from gateway.commerce.comparison import is_tolerated
from gateway.commerce.decision import OrderDecision
from gateway.commerce.facts import LineDecision
from gateway.commerce.policy import Tolerance
from gateway.commerce.pricing import PriceUnit, publish
from gateway.commerce.sale import price_size
from gateway.commerce.units import base_units, exact
from gateway.commerce.verdict import Told, Verdict
from gateway.issues import Issue, Severity
from gateway.model.confirmation import ConfirmationLine, Confirmed, OrderConfirmation
from gateway.model.money import round_money
from gateway.model.order import Line, Order, Price
from gateway.model.product import Product
from gateway.model.quantity import nearest, plain
from gateway.model.response import Decision, ResponseSchedule

_ZERO = Decimal(0)
# What the gateway reckoned of stock and days; who confirms knows it.
_OF_SUPPLY = frozenset({"order.line.late", "order.line.not-available", "date.past"})
_OF_THE_ERP = frozenset({"order.line.not-confirmed", "order.line.price.as-confirmed"})


class Standing(NamedTuple):
    """The order as it stands: as the buyer states it, what is decided about it, and what was said of its lines."""

    order: Order
    decision: OrderDecision
    verdicts: Mapping[int, Verdict]
    tolerance: Tolerance


class Weighed(NamedTuple):
    """What a confirmation comes to: a verdict for each line it says something new of, and what is wrong with it."""

    verdicts: dict[int, Verdict]
    issues: tuple[Issue, ...]


class _Source(NamedTuple):
    """Who confirms: the channel and its document."""

    channel: str
    document: OrderConfirmation


class _Said(NamedTuple):
    """A confirmed line beside the ordered one and its decision; `one` is the buyer's unit of order in base units."""

    place: int
    said: ConfirmationLine
    line: Line
    decided: LineDecision
    one: Fraction
    product: Product | None

    def wrong(self, code: str, text: str, field: str) -> Issue:
        """The issue of this line."""
        return Issue(code=code, text=f"line {self.line.position}: {text}", field=f"lines[{self.place}].{field}")

    def size(self, unit: str | None) -> Fraction | None:
        """Base units in one of this unit, by default the one the order went out in; None where there is no such."""
        wanted = unit or self.decided.unit
        if self.product is None or wanted is None:
            return self.one if wanted is None or wanted in (self.line.unit, self.line.unit_as_received) else None
        return base_units(self.product, wanted)


class _Quantities(NamedTuple):
    """What is confirmed in the buyer's units, and its deliveries."""

    now: Decimal
    later: Decimal
    schedule: tuple[ResponseSchedule, ...]

    @property
    def whole(self) -> Decimal:
        """All that will be delivered."""
        return self.now + self.later


class _Rate(NamedTuple):
    """A confirmed price: as its buyer writes it, and for one base unit; `differs` from what stood."""

    price: Price | None
    per_base: Fraction | None
    differs: bool = False


def unconfirmed(order: Order, decision: OrderDecision, verdicts: Mapping[int, Verdict]) -> list[int]:
    """The positions of lines that are not refused and of which nobody said anything yet."""
    pairs = zip(order.lines, decision.lines, strict=True)
    return [
        line.position
        for line, decided in pairs
        if line.position not in verdicts and decided.decision is not Decision.REJECTED
    ]


def weigh(standing: Standing, channel: str, document: OrderConfirmation) -> Weighed:
    """What the confirmation says of the order's lines; with an error among the issues none of it is to be taken.

    The ERP has the last word in quantities and days, and in prices that are not against the buyer.
    """
    issues = _of_the_whole(standing, document)
    verdicts: dict[int, Verdict] = {}
    for each in _lines(standing, document, issues):
        before = standing.verdicts.get(each.line.position)
        if before is not None and before.told is not None and _is_older(document, before.told):
            text = f"{document.number} is older than {before.told.number}, which holds"
            issues.append(_finding(each.wrong("report.older", text, "position")))
            continue
        verdict = _verdict(standing, _Source(channel, document), each, issues)
        if verdict is not None:
            verdicts[each.line.position] = verdict
    return Weighed(verdicts, tuple(issues))


def _finding(issue: Issue) -> Issue:
    return Issue(code=issue.code, text=issue.text, field=issue.field, severity=Severity.FINDING)


def _of_the_whole(standing: Standing, document: OrderConfirmation) -> list[Issue]:
    issues = []
    currency = standing.decision.currency
    if document.currency is not None and currency and document.currency != currency:
        text = f"confirmed in {document.currency}, ordered in {currency}"
        issues.append(Issue(code="confirmation.currency.differs", text=text, field="currency"))
    if not document.lines and document.status not in (Confirmed.ACCEPTED, Confirmed.REJECTED):
        text = "no lines, and no status accepted or rejected for all of them"
        issues.append(Issue(code="confirmation.lines.missing", text=text, field="lines"))
    return issues


def _lines(standing: Standing, document: OrderConfirmation, issues: list[Issue]) -> list[_Said]:
    """Each confirmed line with the one it is about; of all that are not refused, where the header speaks for them."""
    pairs = list(zip(standing.order.lines, standing.decision.lines, strict=True))
    known = {line.position: (line, decided) for line, decided in pairs}
    stated = document.lines
    if not stated and document.status in (Confirmed.ACCEPTED, Confirmed.REJECTED):
        stated = tuple(
            ConfirmationLine(position=line.position, status=document.status)
            for line, decided in pairs
            if decided.decision is not Decision.REJECTED
        )
    found: dict[int, _Said] = {}
    for index, said in enumerate(stated):
        field = f"lines[{index}].position"
        if said.position not in known:
            text = f"the order has no line {said.position}; its lines are {', '.join(map(str, known)) or 'none'}"
            issues.append(Issue(code="report.line.unknown", text=text, field=field))
        elif said.position in found:
            text = f"line {said.position} is confirmed twice"
            issues.append(Issue(code="confirmation.line.repeated", text=text, field=field))
        else:
            found[said.position] = _beside(index, said, *known[said.position])
    return list(found.values())


def _beside(index: int, said: ConfirmationLine, line: Line, decided: LineDecision) -> _Said:
    product = decided.answer.request.product if decided.answer else None
    size = base_units(product, decided.unit) if product is not None and decided.unit else None
    return _Said(index, said, line, decided, (size or Fraction(1)) * exact(decided.pack), product)


def _is_older(document: OrderConfirmation, told: Told) -> bool:
    """Whether something newer was told: by its version where both are of one document, else by its day."""
    if document.number == told.number and document.version is not None and told.version is not None:
        return document.version < told.version
    return document.issued_on is not None and told.issued_on is not None and document.issued_on < told.issued_on


def _verdict(standing: Standing, source: _Source, each: _Said, issues: list[Issue]) -> Verdict | None:
    """What is said of the line; None with an issue where a person has to look at it."""
    said, decided = each.said, each.decided
    refuses = said.status is Confirmed.REJECTED or (said.quantity == 0 and not said.backordered and not said.schedule)
    document = source.document
    told = Told(source.channel, document.number, document.version, document.issued_on, text=said.reason)
    wrong = _wrong_article(each)
    if wrong is None and decided.decision is Decision.REJECTED and not refuses:
        wrong = each.wrong("confirmation.line.refused", "confirmed, and was refused to the buyer", "position")
    if wrong is not None:
        issues.append(wrong)
        return None
    if refuses:
        reasons = decided.reasons if decided.decision is Decision.REJECTED else ("order.line.not-confirmed",)
        return Verdict(Decision.REJECTED, told=told._replace(reasons=reasons))
    quantities = _quantities(each)
    rate = _rate(standing, each, quantities) if isinstance(quantities, _Quantities) else None
    for found in (quantities, rate):
        if isinstance(found, Issue):
            issues.append(found)
            return None
    if not isinstance(quantities, _Quantities) or not isinstance(rate, _Rate):
        return None
    return _taken(standing, each, told, quantities, rate)


def _wrong_article(each: _Said) -> Issue | None:
    """The issue of another article than the ordered one: a substitute is a person's to accept."""
    said, line = each.said, each.line
    numbers = (
        ("supplier_sku", said.supplier_sku, {each.decided.product, line.supplier_sku}),
        ("gtin", said.gtin, {line.gtin}),
        ("buyer_sku", said.buyer_sku, {line.buyer_sku}),
    )
    for field, told, ordered in numbers:
        known = {number for number in ordered if number}
        if told is not None and known and told not in known:
            text = f"article {told} is confirmed, {' or '.join(sorted(known))} is ordered"
            return each.wrong("report.line.product.differs", text, field)
    return None


def _quantities(each: _Said) -> _Quantities | Issue:
    """What is confirmed of the line in the buyer's units; the issue where it cannot be, or is not what was ordered."""
    said, decided = each.said, each.decided
    unit = said.unit or said.unit_as_received
    size = each.size(unit)
    if size is None:
        return each.wrong("report.line.unit.unknown", f"the article is not sold in {unit}", "unit")

    def ordered(quantity: Decimal) -> Decimal:
        return nearest(exact(quantity) * size / each.one)

    parts = tuple(
        ResponseSchedule(quantity=ordered(part.quantity), unit_as_received=each.line.unit_as_received, on=part.on)
        for part in said.schedule
    )
    if said.quantity is None and said.backordered is None and not parts:
        return _above_ordered(each, _Quantities(decided.quantity, decided.backordered, _kept(each)))
    scheduled = sum((part.quantity for part in parts), _ZERO)
    later = ordered(said.backordered or _ZERO)
    now = ordered(said.quantity) if said.quantity is not None else scheduled
    if said.quantity is None and not parts:  # only what is on back order is told: the rest comes as it stands
        now = max(decided.quantity + decided.backordered - later, _ZERO)
    if min((now, later, *(part.quantity for part in parts))) < 0:
        return each.wrong("confirmation.line.quantity.negative", f"{plain(min(now, later))} is confirmed", "quantity")
    if parts and scheduled != now:
        if scheduled > now or later:
            text = f"{plain(now)} is confirmed, and {plain(scheduled)} scheduled"
            return each.wrong("confirmation.line.schedule.differs", text, "schedule")
        now, later = scheduled, now - scheduled  # what has no day yet comes later
    return _above_ordered(each, _Quantities(now, later, parts if len(parts) > 1 or later else ()))


def _kept(each: _Said) -> tuple[ResponseSchedule, ...]:
    """The deliveries the gateway reckoned, where the ERP names no day of its own."""
    return each.decided.schedule if each.said.deliver_on is None else ()


def _above_ordered(each: _Said, quantities: _Quantities) -> _Quantities | Issue:
    ordered = max(each.line.quantity or _ZERO, each.decided.quantity + each.decided.backordered)
    if quantities.whole > ordered:
        text = f"{plain(quantities.whole)} is confirmed, {plain(ordered)} is ordered"
        return each.wrong("confirmation.line.quantity.above-ordered", text, "quantity")
    return quantities


def _rate(standing: Standing, each: _Said, quantities: _Quantities) -> _Rate | Issue:
    """The price that holds: the confirmed one, where it is not above what stood by more than is tolerated."""
    said, decided = each.said, each.decided
    stood = decided.price or decided.agreed
    ours = _per_base(each, stood)
    stated = said.price
    if stated is None or stated.amount is None:
        return _Rate(stood, ours)
    unit = stated.unit or stated.unit_as_received or said.unit or said.unit_as_received
    size, per = each.size(unit), Decimal(1) if stated.per is None else stated.per
    if size is None or per <= 0:
        return each.wrong("report.line.unit.unknown", f"a price for {plain(per)} {unit}", "price")
    rate = exact(stated.amount) / (size * exact(per))
    if rate < 0:
        return each.wrong("confirmation.line.price.above-agreed", f"a price of {plain(stated.amount)}", "price")
    if ours is not None and stood is not None:
        if rate == ours:
            return _Rate(stood, ours)
        own = _size_of(each, stood)
        units = exact(quantities.whole) * each.one / own
        if rate > ours and not is_tolerated(rate * own, ours * own, units, standing.tolerance):
            text = f"{_told(rate * own)} is confirmed, {plain(stood.amount or _ZERO)} is agreed"
            return each.wrong("confirmation.line.price.above-agreed", text, "price.amount")
    return _Rate(_written(each, rate, stood), rate, differs=ours is not None)


def _told(rate: Fraction) -> str:
    return plain(nearest(rate))


def _per_base(each: _Said, price: Price | None) -> Fraction | None:
    if price is None or price.amount is None:
        return None
    return exact(price.amount) / _size_of(each, price)


def _size_of(each: _Said, price: Price) -> Fraction:
    """What the price is for, in base units."""
    if each.product is None:
        return each.one * exact(price.per or Decimal(1))
    return price_size(each.line, each.decided, price, each.product)


def _written(each: _Said, rate: Fraction, stood: Price | None) -> Price:
    """The rate as the buyer writes prices, for another price unit where only that is exact."""
    unit = each.decided.unit or each.line.unit or ""
    own = _size_of(each, stood) if stood is not None else each.one
    per = (stood.per if stood is not None else None) or Decimal(1)
    wanted = PriceUnit(per, (stood.unit if stood is not None else None) or unit, own)
    amount, shown = publish(rate, (wanted,), PriceUnit(Decimal(1), unit, each.one / exact(each.decided.pack)))
    if shown == wanted and stood is not None:
        return Price(amount=amount, per=stood.per, unit=stood.unit, unit_as_received=stood.unit_as_received)
    return Price(amount=amount, per=shown.per, unit=shown.unit or None, unit_as_received=shown.unit or None)


def _taken(standing: Standing, each: _Said, told: Told, quantities: _Quantities, rate: _Rate) -> Verdict:
    """The verdict that the line is delivered so."""
    on = _last_day(each, quantities)
    wished = each.line.deliver_on or standing.order.deliver_on
    ordered = each.line.quantity or _ZERO
    short, late = quantities.now < ordered, on is not None and wished is not None and on > wished
    kept = [code for code in each.decided.reasons if code not in _OF_SUPPLY | _OF_THE_ERP]
    was_changed = each.decided.decision is Decision.CHANGED and bool(kept)
    reasons = (
        *kept,
        *(("order.line.not-available",) if short else ()),
        *(("order.line.late",) if late else ()),
        *(("order.line.price.as-confirmed",) if rate.differs else ()),
    )
    other_day = wished is not None and on is not None and on != wished
    changed = was_changed or short or other_day or rate.differs or len(quantities.schedule) > 1
    units = exact(quantities.whole) * each.one
    currency, rounding = standing.decision.currency, each.decided.rounding
    net = None if rate.per_base is None else round_money(rate.per_base * units, currency, rounding)
    whole = told._replace(
        quantity=quantities.now, backordered=quantities.later, price=rate.price, net=net,
        schedule=quantities.schedule, reasons=reasons,
    )  # fmt: skip
    return Verdict(Decision.CHANGED if changed else Decision.ACCEPTED, on=on, told=whole)


def _last_day(each: _Said, quantities: _Quantities) -> date | None:
    """The day on which all that is not on back order is there; the reckoned one where the ERP names none."""
    days = [part.on for part in each.said.schedule if part.on is not None]
    if each.said.deliver_on is None and not days:
        return each.decided.deliver_on if quantities.now else None
    return max(days, default=each.said.deliver_on)
