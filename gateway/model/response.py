"""The answer to an order: what was decided, per line and for the whole, before any syntax."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from gateway.model.order import Price
from gateway.model.party import Party
from gateway.model.value import Value


class Decision(StrEnum):
    """What was answered, for a line or for the order."""

    ACCEPTED = "accepted"
    CHANGED = "changed"
    REJECTED = "rejected"
    HELD = "held"


class Answer(StrEnum):
    """The header of an answer (UN/EDIFACT 1225 of ORDRSP)."""

    ACCEPTED = "accepted"
    HEADER_CHANGED = "header_changed"
    LINES_CHANGED = "lines_changed"
    BOTH_CHANGED = "both_changed"
    REJECTED = "rejected"
    HELD = "held"


class LineAnswer(StrEnum):
    """The action of an answered line (UN/EDIFACT 1229 of ORDRSP)."""

    ACCEPTED = "accepted"
    CHANGED = "changed"
    REJECTED = "rejected"
    NOT_FOUND = "not_found"


class ResponseSchedule(Value, kw_only=True):
    """One confirmed delivery, in the unit as received."""

    quantity: Decimal
    unit_as_received: str | None = None
    on: date | None = None


class ResponseLine(Value, kw_only=True):
    """The answer to one line, in the buyer's unit and with the buyer's identifiers.

    Where he states no unit, `unit` is ours that the quantity was taken for.
    `deliver_on` is when it comes; `promised_on` says so where it is not when it was asked for and not split.
    `refused` is what does not come at all of a line that is not refused as a whole; `extras` are those of the line that
    is answered.
    """

    position: int
    decision: LineAnswer
    gtin: str | None = None
    supplier_sku: str | None = None
    buyer_sku: str | None = None
    ordered: Decimal | None = None
    confirmed: Decimal | None = None
    backordered: Decimal | None = None
    refused: Decimal | None = None
    unit: str | None = None
    unit_as_received: str | None = None
    deliver_on: date | None = None
    promised_on: date | None = None
    price: Price | None = None
    reason: str | None = None
    reasons: tuple[str, ...] = ()
    schedule: tuple[ResponseSchedule, ...] = ()
    extras: dict[str, str] = msgspec.field(default_factory=dict)


class ResponseCharge(Value, kw_only=True):
    """What the answer adds to the order or takes off it. `kind`: allowance or charge; `amount` has no sign.

    `reason`, where one of the field's codes says it: discount, freight, packing or minimum_value.
    """

    kind: str
    reason: str | None = None
    text: str
    amount: Decimal


class OrderResponse(Value, kw_only=True):
    """The answer to an order or an order change. `number` is ours, `order_number` the buyer's.

    `order_document` is the id of the document that is answered, where it has one (cXML payloadID); `extras` are those
    of the order.
    """

    number: str
    decision: Answer
    response_type: str | None = None
    issued_on: date
    promised_on: date | None = None
    order_number: str
    order_document: str | None = None
    change_number: str | None = None
    seller_reference: str | None = None
    note: str | None = None
    buyer: Party
    seller: Party
    ship_to: Party | None = None
    currency: str
    charges: tuple[ResponseCharge, ...] = ()
    extras: dict[str, str] = msgspec.field(default_factory=dict)
    lines: tuple[ResponseLine, ...] = ()
    line_count: int = 0
    test: bool = False
