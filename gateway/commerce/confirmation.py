"""The answer to an order in the codes of a cXML ConfirmationRequest, from the decision every channel answers by."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from gateway.commerce.decision import OrderDecision
from gateway.commerce.facts import LineDecision
from gateway.commerce.response import reason_text
from gateway.model.order import Line, Order, Price
from gateway.model.response import Decision


class ConfirmationType(StrEnum):
    """What a ConfirmationHeader or a ConfirmationStatus says (cXML 1.2, Fulfill.dtd).

    A header is accept, detail or reject: who gets `detail` reads every line, which not all do for the others.
    """

    ACCEPT = "accept"
    DETAIL = "detail"
    BACKORDERED = "backordered"
    REJECT = "reject"


class ConfirmationStatus(NamedTuple):
    """What becomes of a part of a line, in the unit as received. What is delivered always states its price.

    A buyer's system takes over what stands here and nothing else: a changed value that is left out is not changed.
    """

    type: ConfirmationType
    quantity: Decimal
    price: Price | None = None
    deliver_on: date | None = None
    comment: str | None = None


class ConfirmationItem(NamedTuple):
    """A line, the quantity ordered, and what becomes of its parts."""

    line: int
    quantity: Decimal
    unit: str | None
    statuses: tuple[ConfirmationStatus, ...]


class Confirmation(NamedTuple):
    """The answer; `comments` are sentences for the buyer."""

    type: ConfirmationType
    currency: str
    total: Decimal
    items: tuple[ConfirmationItem, ...] = ()
    comments: tuple[str, ...] = ()


_HEADERS = {
    Decision.ACCEPTED: ConfirmationType.ACCEPT,
    Decision.CHANGED: ConfirmationType.DETAIL,
    Decision.REJECTED: ConfirmationType.REJECT,
}


def confirm(order: Order, decision: OrderDecision) -> Confirmation | None:
    """The confirmation; None for an order that is held, since nothing of it is decided yet."""
    kind = _HEADERS.get(decision.decision)
    if kind is None:
        return None
    pairs = zip(order.lines, decision.lines, strict=True)
    items = tuple(ConfirmationItem(line.position, *_ordered(line), _statuses(line, decided)) for line, decided in pairs)
    header = tuple(issue for issue in decision.reasons if not any(issue in line.reasons for line in decision.lines))
    words = reason_text(header)
    comments = (*((words,) if words else ()), *decision.notes)
    return Confirmation(kind, decision.currency, decision.total, items, comments)


def _ordered(line: Line) -> tuple[Decimal, str | None]:
    return line.quantity or Decimal(0), line.unit_as_received or line.unit


def _statuses(line: Line, decided: LineDecision) -> tuple[ConfirmationStatus, ...]:
    """What becomes of the line: one status, or one a delivery and one for what is on back order."""
    comment = reason_text(decided.reasons)
    if decided.decision is Decision.REJECTED:
        return (ConfirmationStatus(ConfirmationType.REJECT, line.quantity or Decimal(0), comment=comment),)
    if decided.decision is Decision.ACCEPTED and not decided.schedule:
        return (
            ConfirmationStatus(ConfirmationType.ACCEPT, decided.quantity, decided.price, decided.deliver_on, comment),
        )
    parts = [(part.quantity, part.on) for part in decided.schedule]
    if not parts and decided.quantity:
        parts = [(decided.quantity, decided.deliver_on)]
    kind = ConfirmationType.ACCEPT if decided.decision is Decision.ACCEPTED else ConfirmationType.DETAIL
    statuses = [ConfirmationStatus(kind, quantity, decided.price, on, comment) for quantity, on in parts]
    if decided.backordered:
        statuses.append(
            ConfirmationStatus(ConfirmationType.BACKORDERED, decided.backordered, decided.price, None, comment)
        )
    return tuple(statuses)
