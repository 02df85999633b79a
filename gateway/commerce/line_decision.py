"""What is answered to one line: article, quantity, price and date, each against what was agreed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from gateway.commerce.availability import Delivery, Stockroom, Wish
from gateway.commerce.comparison import as_price, deviation, order_unit, stated_unit
from gateway.commerce.conditions import CITED_QUOTE
from gateway.commerce.deviations import Deviations
from gateway.commerce.facts import Facts, LineDecision, LineFacts
from gateway.commerce.policy import Action
from gateway.commerce.pricing import PriceAnswer, PriceCode, PriceUnit, publish
from gateway.commerce.sold_quantity import next_sold
from gateway.commerce.units import base_units, exact
from gateway.model.money import Rounding, round_half_up, round_money
from gateway.model.order import Line, Order, Price
from gateway.model.product import Product
from gateway.model.quantity import nearest, plain
from gateway.model.response import Decision, ResponseSchedule

_ZERO = Fraction(0)


class _Sought(NamedTuple):
    """A line whose article is known, with what its decision rests on; `unit` is one ordered unit."""

    order: Order
    line: Line
    facts: Facts
    known: LineFacts
    product: Product
    deviations: Deviations
    unit: PriceUnit


class _Agreed(NamedTuple):
    """The price of a line: as agreed, as confirmed, and the amount of the line at the confirmed one."""

    answer: PriceAnswer | None
    agreed: Price | None = None
    confirmed: Price | None = None
    net: Decimal | None = None


class _Delivered(NamedTuple):
    """What of a line is confirmed for when; what is on back order is part of neither `quantity` nor `schedule`."""

    quantity: Decimal
    backordered: Decimal
    deliver_on: date | None
    schedule: tuple[ResponseSchedule, ...]


def decide_line(order: Order, index: int, facts: Facts, deviations: Deviations, stockroom: Stockroom) -> LineDecision:
    """The decision for the line of this index."""
    line, known = order.lines[index], facts.lines[index]
    deviations.take(known.match.issues)
    product = known.match.product
    if product is None or known.match.unit is None:
        if product is not None and deviations.decision is Decision.ACCEPTED:
            # The policy lets pass what the account may not buy; without a unit there is no quantity to confirm.
            text = f"article {product.sku} is not sold in {line.unit or line.unit_as_received}"
            deviations.note("order.line.unit.unknown", text, "unit")
        return _decided(LineDecision(line.position, deviations.decision), deviations)
    if deviations.decision is Decision.REJECTED:
        # Not sold to the account: nothing else about the line is asked, and nothing of the article told.
        return _decided(
            LineDecision(line.position, Decision.REJECTED, product=product.sku, answer=known.price), deviations
        )
    sought = _Sought(order, line, facts, known, product, deviations, order_unit(known.match, product))
    decided = LineDecision(
        line.position, Decision.ACCEPTED, product=product.sku, unit=known.match.unit, pack=known.match.pack
    )
    quantity = _quantity(sought)
    if quantity is None:
        return _decided(decided, deviations)
    price = _price(sought, quantity)
    delivered = _deliver(sought, quantity, stockroom)
    accepted = delivered.quantity + delivered.backordered
    full = decided._replace(
        **delivered._asdict(), agreed=price.agreed, price=price.confirmed, answer=price.answer,
        net=price.net if accepted == quantity else _net_of(sought, price, accepted),
        is_small=exact(quantity) * sought.unit.size < exact(product.min_quantity or 0),
    )  # fmt: skip
    return _decided(full, deviations, nothing_comes=not accepted)


def _decided(line: LineDecision, deviations: Deviations, nothing_comes: bool = False) -> LineDecision:
    """The line with what follows from its deviations; one of which nothing comes now or later is refused."""
    decision = deviations.decision
    done = line._replace(decision=decision, reasons=deviations.reasons, issues=tuple(deviations.issues))
    refused = decision is Decision.REJECTED or (nothing_comes and decision is not Decision.HELD)
    return done.refused() if refused else done


def _quantity(sought: _Sought) -> Decimal | None:
    """The quantity to confirm in the ordered unit: as ordered, or raised to the article's minimum and step."""
    line, note = sought.line, sought.deviations.note
    if line.quantity is None:
        note("order.line.quantity.missing", "no quantity stated", "quantity")
        return None
    if line.quantity <= 0:
        note("order.line.quantity.not-positive", f"quantity {plain(line.quantity)} ordered", "quantity")
        return None
    ordered = exact(line.quantity) * sought.unit.size
    offered = _offered(sought)
    if offered:
        return _of_offered(sought, line.quantity, ordered, offered)
    right = next_sold(sought.product, ordered, sought.unit.size, in_whole=line.quantity % 1 == 0)
    if right == ordered:
        return line.quantity
    proposed = nearest(right / sought.unit.size)
    text = f"{plain(line.quantity)} ordered, the next quantity sold is {plain(proposed)}"
    return proposed if note("order.line.quantity.step", text, "quantity") is Action.COUNTER else line.quantity


def _offered(sought: _Sought) -> list[Fraction]:
    """The quantities in base units that alone are offered by the quote that is cited for the line; else none."""
    found = sought.known.price.found if sought.known.price else ()
    return sorted(
        offer.scale
        for offer in found
        if offer.condition.scale_mode == "exact" and offer.access.tier == CITED_QUOTE and offer.refusal is None
    )


def _of_offered(sought: _Sought, quantity: Decimal, ordered: Fraction, offered: list[Fraction]) -> Decimal:
    """The quantity to confirm where some alone are offered: the next of them that the ordered unit can state."""
    if ordered in offered:
        return quantity
    size = sought.unit.size
    whole = [each for each in offered if (each / size).denominator == 1] or offered
    right = next((each for each in whole if each > ordered), whole[-1])
    proposed = nearest(right / size)
    told = ", ".join(plain(nearest(each / size)) for each in offered)
    text = f"{plain(quantity)} ordered, the quote offers {told}"
    is_countered = sought.deviations.note("order.line.quantity.step", text, "quantity") is Action.COUNTER
    return proposed if is_countered else quantity


def _price(sought: _Sought, quantity: Decimal) -> _Agreed:
    """The price agreed for the quantity and the one confirmed after comparing it with what was stated."""
    answer = sought.known.price
    if answer is not None:
        answer = answer.at(sought.known.match.quantity(quantity))
    if answer is None or answer.code is not None:
        return _without_price(sought, answer, quantity)
    line, match, note = sought.line, sought.known.match, sought.deviations.note
    unit = stated_unit(line, sought.unit, sought.product)
    own = _own_unit(answer)
    amount, shown = publish(answer.exact, (own,) if unit is None or line.price is None else (unit, own), sought.unit)
    agreed = as_price(amount, shown, line, match)
    ours = _Agreed(answer, agreed, agreed, answer.net)
    _check_cited(sought)
    stated = line.price.amount if line.price else None
    if stated is None:
        if sought.deviations.policy.no_price_stated is not Action.ACCEPT:
            note("order.line.price.none-stated", "no price stated", "price")
        return ours
    if unit is None:
        note("order.line.price.unit-suspected", _no_unit(sought.line), "price")
        return ours
    if sought.order.currency and sought.order.currency != answer.currency:
        note("order.currency.differs", f"price in {sought.order.currency}, agreed in {answer.currency}", "price")
        return ours
    tolerance = sought.facts.terms.tolerance or sought.deviations.policy.tolerance
    code = deviation(stated, unit, answer, tolerance)
    if code is None or note(code, _difference(stated, unit, answer), "price") is not Action.ACCEPT:
        return ours
    if _is_below_floor(stated, unit, answer):
        note(
            "order.line.price.below-floor", f"{plain(stated)} stated lies below the floor of the agreed price", "price"
        )
        return ours
    return _Agreed(answer, agreed, line.price, _amount(stated, unit, quantity, sought))


def _is_below_floor(stated: Decimal, unit: PriceUnit, answer: PriceAnswer) -> bool:
    """Whether the buyer's price is one at which the agreed price is never sold, whatever his partner file accepts."""
    row = answer.winner
    return (
        row is not None
        and row.condition.floor is not None
        and exact(stated) / unit.size < row.of_one(row.condition.floor)
    )


def _net_of(sought: _Sought, price: _Agreed, quantity: Decimal) -> Decimal | None:
    """The amount of a part of the line, at the price of the whole."""
    if price.net is None or price.confirmed is None or price.confirmed.amount is None:
        return price.net
    if price.answer is not None and price.confirmed is price.agreed:
        whole = price.answer.exact * exact(quantity) * sought.unit.size
        return round_money(whole, price.answer.currency, price.answer.rounding)
    unit = stated_unit(sought.line, sought.unit, sought.product) or sought.unit
    return _amount(price.confirmed.amount, unit, quantity, sought)


def _check_cited(sought: _Sought) -> None:
    """A contract or quote that gives the line no price, because it does not hold on the day, on record."""
    note = sought.deviations.note
    contract = sought.line.contract or sought.order.contract
    if contract in sought.facts.expired_contracts:
        note("order.contract.expired", f"contract {contract} is no longer valid", "contract")
    quote = sought.line.quote or sought.order.quote
    reason = sought.facts.quotes_not_valid.get(quote) if quote else None
    if reason:
        note("order.quote.not-valid", reason, "quote")


def _no_unit(line: Line) -> str:
    """Why nothing can be said of what the stated price is for, in words."""
    per = line.price.per if line.price else None
    if per is not None and per <= 0:
        return f"the price is stated per {plain(per)}"
    return "the price is stated for a unit the article does not have"


def _difference(stated: Decimal, unit: PriceUnit, answer: PriceAnswer) -> str:
    """Both prices in the buyer's price unit, in words."""
    agreed = round_half_up(answer.exact * unit.size, 4)
    return f"{plain(stated)} stated, {plain(agreed)} agreed per {plain(unit.per)} {unit.unit}"


def _without_price(sought: _Sought, answer: PriceAnswer | None, quantity: Decimal) -> _Agreed:
    """The buyer's own price where the partner's policy takes it; else no price."""
    code = answer.code if answer else PriceCode.NO_PRICE
    if code is PriceCode.NOT_IN_ASSORTMENT and sought.deviations.policy.not_in_assortment is not Action.ACCEPT:
        # Noted with the article; where the policy lets it pass, its price is one that nobody agreed.
        return _Agreed(answer)
    issue, text = _NO_PRICE.get(code or PriceCode.NO_PRICE, ("order.line.price.none-agreed", "no price agreed"))
    action = sought.deviations.note(issue, f"{text} for {sought.product.sku}", "price")
    line = sought.line
    unit = stated_unit(line, sought.unit, sought.product)
    if action is not Action.ACCEPT or unit is None:
        return _Agreed(answer)
    if line.price is None or line.price.amount is None:
        sought.deviations.note("order.line.price.missing", "neither stated nor agreed", "price")
        return _Agreed(answer)
    return _Agreed(answer, None, line.price, _amount(line.price.amount, unit, quantity, sought))


_NO_PRICE = {
    PriceCode.NEGATIVE: ("order.line.price.negative", "the price comes out below zero"),
    PriceCode.BELOW_FLOOR: ("order.line.price.below-floor", "the price comes out below its floor"),
    PriceCode.ERP_ASK: ("order.line.price.none-agreed", "the ERP is to be asked for the price"),
}


def _own_unit(answer: PriceAnswer) -> PriceUnit:
    """The price unit in which the answer states its price."""
    size = base_units(answer.request.product, answer.unit) or Fraction(1)
    return PriceUnit(answer.price_unit, answer.unit, size * exact(answer.price_unit))


def _amount(stated: Decimal, unit: PriceUnit, quantity: Decimal, sought: _Sought) -> Decimal:
    """The amount of the line at the buyer's price."""
    exact = Fraction(stated) / unit.size * Fraction(quantity) * sought.unit.size
    account = sought.facts.account
    rounding = sought.known.price.rounding if sought.known.price else Rounding.HALF_UP
    return round_money(exact, sought.order.currency or (account.currency if account else ""), rounding)


def _deliver(sought: _Sought, quantity: Decimal, stockroom: Stockroom) -> _Delivered:
    """What of the quantity comes when; what is late or missing is a deviation."""
    line, size = sought.line, sought.unit.size
    wishes = _wishes(sought, quantity)
    deliveries = sorted(stockroom.promise(sought.product, sought.known.stock, wishes), key=lambda each: each.on)
    lacking = sum([wish.quantity for wish in wishes], _ZERO) - sum([each.quantity for each in deliveries], _ZERO)
    missing = nearest(lacking / size) if lacking else Decimal(0)
    late = missing or any(each.late for each in deliveries)
    told = _told(deliveries, missing, size) if late else ""
    cancelled = bool(missing) and not sought.facts.supply.keeps_open
    code = "order.line.not-available" if cancelled else "order.line.late"
    if late and sought.deviations.note(code, told, "deliver_on") is Action.ACCEPT:
        return _Delivered(quantity, Decimal(0), wishes[-1].on, ())
    parts: tuple[ResponseSchedule, ...] = ()
    if len(deliveries) > 1 or missing:
        parts = tuple(
            ResponseSchedule(quantity=_ordered(each, size), unit_as_received=line.unit_as_received, on=each.on)
            for each in deliveries
        )
    open_ = Decimal(0) if cancelled else missing
    return _Delivered(quantity - missing, open_, deliveries[-1].on if deliveries else None, parts)


def _wishes(sought: _Sought, quantity: Decimal) -> list[Wish]:
    """When the buyer wants how much: his delivery schedule where it covers the quantity, else one day."""
    line, size = sought.line, sought.unit.size
    lot = size if quantity % 1 == 0 else _ZERO
    firm = [each for each in line.schedule if each.commitment != "forecast" and each.quantity]
    less = next((each.quantity for each in firm if each.quantity and each.quantity < 0), None)
    if less is not None:
        sought.deviations.note("order.line.quantity.not-positive", f"{plain(less)} scheduled", "schedule")
    if firm and sum((each.quantity or Decimal(0) for each in firm), Decimal(0)) == quantity:
        return [
            _wish(sought, exact(each.quantity or 0) * size, (each.on, each.not_before, each.not_after), lot)
            for each in firm
        ]
    return [_wish(sought, exact(quantity) * size, (None, None, None), lot)]


def _wish(
    sought: _Sought, quantity: Fraction, stated: tuple[date | None, date | None, date | None], lot: Fraction
) -> Wish:
    """The wish for a quantity on the days stated for it, else for its line, else for the order."""
    line, order, today = sought.line, sought.order, sought.facts.today
    own = line.deliver_on, line.deliver_not_before, line.deliver_not_after
    general = order.deliver_on, order.deliver_not_before, order.deliver_not_after
    days = next((each for each in (stated, own) if any(each)), None)
    on, not_before, not_after = days or ((None, None, None) if sought.facts.header_date_open else general)
    deadline = not_after or on
    if deadline and deadline < today:
        # The day the header asks for was judged with the header.
        if days:
            sought.deviations.note("date.past", f"delivery asked for {deadline}", "deliver_on")
        deadline = None
    return Wish(quantity, max(on or not_before or today, today), deadline, lot)


def _told(deliveries: list[Delivery], missing: Decimal, size: Fraction) -> str:
    """What comes when and what does not, in words."""
    parts = [f"{_ordered(each, size)} on {each.on}" for each in deliveries]
    return "; ".join((*parts, f"{missing} not there") if missing else parts)


def _ordered(delivery: Delivery, size: Fraction) -> Decimal:
    """The delivered quantity in ordered units."""
    return nearest(delivery.quantity / size)
