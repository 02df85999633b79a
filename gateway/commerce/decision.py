"""What is answered to an order: line by line, and for the whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from gateway.commerce.availability import Stockroom
from gateway.commerce.deviations import Deviations
from gateway.commerce.facts import Facts, LineDecision, LineFacts
from gateway.commerce.fees import Fee, fees_of, goods_of
from gateway.commerce.line_decision import decide_line
from gateway.commerce.order_checks import check_order, date_is_past
from gateway.commerce.policy import Action, DecidePolicy
from gateway.issues import Issue
from gateway.model.account import Account
from gateway.model.order import Order
from gateway.model.response import Answer, Decision

__all__ = ["Facts", "LineDecision", "LineFacts", "OrderDecision", "decide", "price_currency"]


class OrderDecision(NamedTuple):
    """What is answered to an order. `reasons` are issue codes, of the header first; `header_reasons` those alone.

    `total` is what was confirmed, with the `fees` that the terms add; `notes` are sentences for the buyer.
    """

    decision: Decision
    answer: Answer
    reasons: tuple[str, ...]
    issues: tuple[Issue, ...]
    lines: tuple[LineDecision, ...]
    total: Decimal
    currency: str
    promised_on: date | None = None
    fees: tuple[Fee, ...] = ()
    notes: tuple[str, ...] = ()
    header_reasons: tuple[str, ...] = ()


def price_currency(order: Order, account: Account, policy: DecidePolicy) -> str:
    """The currency to ask prices in: the account's, or the order's where the partner may choose it."""
    if order.currency and policy.currency_differs is Action.ACCEPT:
        return order.currency
    return account.currency


def decide(order: Order, facts: Facts, policy: DecidePolicy) -> OrderDecision:
    """The decision for each line and for the order, with every reason.

    `facts.lines` stand in the order of the order's lines.
    """
    header = Deviations(policy)
    header.take(facts.issues)
    past = date_is_past(order, facts, header)
    lines = _decided_lines(order, facts._replace(header_date_open=past), policy)
    currency = price_currency(order, facts.account, policy) if facts.account else order.currency or ""
    fees = fees_of(facts, lines, currency)
    check_order(order, facts, lines, fees, header)
    decision = _overall(header, lines)
    if decision is Decision.REJECTED:
        lines, fees = tuple(line.refused() for line in lines), ()
    reasons = (*header.reasons, *(reason for line in lines for reason in line.reasons))
    issues = (*header.issues, *(issue for line in lines for issue in line.issues))
    return OrderDecision(
        decision=decision,
        answer=_answer(decision, header, lines),
        reasons=tuple(dict.fromkeys(reasons)),
        issues=issues,
        lines=lines,
        total=sum((fee.amount for fee in fees), goods_of(lines)),
        currency=currency,
        promised_on=_promised(lines) if past else None,
        fees=fees,
        notes=(*(fee.text for fee in fees), *header.countered("order.terms.differ")),
        header_reasons=header.reasons,
    )


def _decided_lines(order: Order, facts: Facts, policy: DecidePolicy) -> tuple[LineDecision, ...]:
    """The decision for each line; once more where the terms want all of a day together and it would not come so."""

    def decided(stockroom: Stockroom) -> tuple[LineDecision, ...]:
        return tuple(
            decide_line(order, index, facts, Deviations(policy, f"lines[{index}]."), stockroom)
            for index in range(len(order.lines))
        )

    stockroom = Stockroom(facts.supply)
    lines = decided(stockroom)
    return decided(Stockroom(facts.supply, stockroom.last)) if facts.supply.comes_together else lines


def _overall(header: Deviations, lines: tuple[LineDecision, ...]) -> Decision:
    """What the parts come to: one held line holds the order, rejected lines reject it only all together."""
    parts = {line.decision for line in lines}
    if header.decision in (Decision.HELD, Decision.REJECTED):
        return header.decision
    if Decision.HELD in parts:
        return Decision.HELD
    if parts == {Decision.REJECTED}:
        return Decision.REJECTED
    if parts <= {Decision.ACCEPTED} and header.decision is Decision.ACCEPTED:
        return Decision.ACCEPTED
    return Decision.CHANGED


def _answer(decision: Decision, header: Deviations, lines: tuple[LineDecision, ...]) -> Answer:
    """The header of the answer (UN/EDIFACT 1225: 29, 28, 30, 34, 27, 12)."""
    if decision is not Decision.CHANGED:
        return Answer(decision.value)
    changed = any(line.decision is not Decision.ACCEPTED for line in lines)
    if header.decision is Decision.CHANGED:
        return Answer.BOTH_CHANGED if changed else Answer.HEADER_CHANGED
    return Answer.LINES_CHANGED


def _promised(lines: tuple[LineDecision, ...]) -> date | None:
    """The day on which all that was confirmed is there."""
    return max((line.deliver_on for line in lines if line.deliver_on), default=None)
