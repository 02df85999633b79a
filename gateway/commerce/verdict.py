"""Verdicts on lines, of a person or of the ERP, laid over what was decided by rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import msgspec

from gateway.commerce.decision import OrderDecision
from gateway.commerce.facts import LineDecision
from gateway.commerce.fees import goods_of
from gateway.commerce.units import base_units
from gateway.model.money import round_money
from gateway.model.order import Line, Order, Price
from gateway.model.response import Answer, Decision, ResponseSchedule

_ANSWERS = {
    Decision.ACCEPTED: Answer.ACCEPTED,
    Decision.CHANGED: Answer.LINES_CHANGED,
    Decision.REJECTED: Answer.REJECTED,
    Decision.HELD: Answer.HELD,
}


class Told(NamedTuple):
    """What the ERP told of a line, by which channel and confirmation, in the buyer's units; complete in itself.

    `text` is the reason in the ERP's words.
    """

    channel: str
    number: str
    version: int | None = None
    issued_on: date | None = None
    quantity: Decimal = Decimal(0)
    backordered: Decimal = Decimal(0)
    price: Price | None = None
    net: Decimal | None = None
    schedule: tuple[ResponseSchedule, ...] = ()
    reasons: tuple[str, ...] = ()
    text: str | None = None


class Verdict(NamedTuple):
    """What is said of a line; what is None stays as it was agreed, else as it was ordered. `told`: the ERP said it.

    `told_price` is the price that the ERP had told, where a person then said none; `backordered` comes later beside the
    quantity.
    """

    decision: Decision
    price: Decimal | None = None
    quantity: Decimal | None = None
    on: date | None = None
    told: Told | None = None
    told_price: Price | None = None
    backordered: Decimal = Decimal(0)

    def over(self, before: Verdict | None) -> Verdict:
        """What a person says after another verdict on the line: what he leaves out stays as the ERP told it."""
        if before is None or Decision.REJECTED in (self.decision, before.decision):
            return self
        quantity, price = (
            (before.told.quantity, before.told.price) if before.told else (before.quantity, before.told_price)
        )
        if price is None:
            return self
        return self._replace(
            quantity=self.quantity or quantity or None,
            on=self.on or before.on,
            told_price=price if self.price is None else None,
        )


def judge(order: Order, decided: OrderDecision, verdicts: Mapping[int, Verdict]) -> OrderDecision:
    """The decision with the verdicts, by position of the line, in the place of what was decided about those lines."""
    pairs = zip(order.lines, decided.lines, strict=True)
    lines = tuple(_judged(line, each, verdicts.get(line.position), decided.currency) for line, each in pairs)
    decision = _together({line.decision for line in lines})
    fees = () if decision is Decision.REJECTED else decided.fees
    # As with lines: what was accepted is accepted, whatever kept it waiting.
    header = () if decision is Decision.ACCEPTED else decided.header_reasons
    return decided._replace(
        decision=decision,
        answer=_ANSWERS[decision],
        reasons=tuple(dict.fromkeys(reason for line in lines for reason in line.reasons)),
        issues=(),
        lines=lines,
        total=sum((fee.amount for fee in fees), goods_of(lines)),
        fees=fees,
        header_reasons=header,
    )


def _together(parts: set[Decision]) -> Decision:
    """What the lines come to: one held line holds the order, lines of more than one kind change it."""
    if Decision.HELD in parts:
        return Decision.HELD
    return parts.pop() if len(parts) == 1 else Decision.CHANGED


def _judged(line: Line, decided: LineDecision, verdict: Verdict | None, currency: str) -> LineDecision:
    if verdict is None:
        return decided
    if verdict.told is not None:
        return _as_told(decided, verdict, verdict.told)
    if verdict.decision is Decision.REJECTED:
        return decided.refused()
    quantity = verdict.quantity or decided.quantity or line.quantity or Decimal(0)
    price = _price(line, decided, verdict)
    net = decided.net
    said = verdict.price is not None or verdict.quantity is not None
    if price is not None and price.amount is not None and (said or net is None):
        net = _amount(line, decided, price, quantity, currency)
    return decided._replace(
        decision=verdict.decision,
        reasons=_reasons(decided, verdict),
        quantity=quantity,
        backordered=verdict.backordered,
        price=price,
        net=net,
        deliver_on=verdict.on or decided.deliver_on or line.deliver_on,
        schedule=() if verdict.quantity is not None or verdict.on is not None else decided.schedule,
    )


def _as_told(decided: LineDecision, verdict: Verdict, told: Told) -> LineDecision:
    reasoned = decided._replace(reasons=told.reasons, reason_text=told.text)
    if verdict.decision is Decision.REJECTED:
        return reasoned.refused()
    return reasoned._replace(
        decision=verdict.decision,
        quantity=told.quantity,
        backordered=told.backordered,
        price=told.price,
        net=told.net,
        deliver_on=verdict.on,
        schedule=told.schedule,
    )


def _reasons(decided: LineDecision, verdict: Verdict) -> tuple[str, ...]:
    """Why the line is answered so; a later day said by a person is told to the buyer as any other is.

    What was accepted is accepted: the buyer is not told what kept it waiting.
    """
    kept = () if verdict.decision is Decision.ACCEPTED else decided.reasons
    late = verdict.on is not None and decided.deliver_on is not None and verdict.on > decided.deliver_on
    return tuple(dict.fromkeys((*kept, "order.line.late"))) if late else kept


def _amount(line: Line, decided: LineDecision, price: Price, quantity: Decimal, currency: str) -> Decimal:
    """The amount of the line at a price, which may be for another unit than the ordered one; rounded once."""
    units = Fraction(quantity)
    unit, whole = price.unit or price.unit_as_received, decided.quantity or line.quantity
    request = decided.answer.request if decided.answer else None
    if request and request.base_quantity and whole and unit not in (None, line.unit, line.unit_as_received):
        size = base_units(request.product, unit or "")
        units = units * request.base_quantity / Fraction(whole) / size if size else units
    return round_money(Fraction(price.amount or 0) * units / Fraction(price.per or 1), currency, decided.rounding)


def _price(line: Line, decided: LineDecision, verdict: Verdict) -> Price | None:
    """The price said, for the buyer's price unit, else the agreed one's; else the one confirmed, agreed or stated."""
    ours = decided.price or decided.agreed
    if verdict.price is None:
        return verdict.told_price or ours or line.price
    # The agreed price may be for 10000 of a unit the buyer never named.
    shape = line.price if line.price and line.price.amount is not None else ours
    return msgspec.structs.replace(shape, amount=verdict.price) if shape else Price(amount=verdict.price)
