"""The order and the order change as a partner stated them: one canonical form for every syntax."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from gateway.model.party import Party
from gateway.model.value import Value


class Purpose(StrEnum):
    """What the sender wants done with the document (UN/EDIFACT 1225)."""

    ORIGINAL = "original"
    REPLACE = "replace"
    CHANGE = "change"
    CANCEL = "cancel"
    DUPLICATE = "duplicate"
    COPY = "copy"
    OTHER = "other"


class LineAction(StrEnum):
    """What a line of an order change does (UN/EDIFACT 1229)."""

    ADD = "add"
    DELETE = "delete"
    CHANGE = "change"
    UNCHANGED = "unchanged"


class Price(Value, kw_only=True):
    """A unit price as stated: `amount` for `per` of `unit`."""

    amount: Decimal | None = None
    per: Decimal | None = None
    unit: str | None = None
    unit_as_received: str | None = None
    kind: str | None = None


class Schedule(Value, kw_only=True):
    """One delivery of a line. `commitment`: firm, or a forecast that is no order quantity (4017)."""

    quantity: Decimal | None = None
    unit: str | None = None
    on: date | None = None
    not_before: date | None = None
    not_after: date | None = None
    commitment: str | None = None


class Split(Value, kw_only=True):
    """A part of a line's quantity for one place (cross-docking, store split)."""

    place: str | None = None
    place_scheme: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    deliver_on: date | None = None


class Charge(Value, kw_only=True):
    """An allowance or charge as stated (ALC). `kind`: allowance or charge; `percent` in percent."""

    kind: str | None = None
    code: str | None = None
    text: str | None = None
    amount: Decimal | None = None
    percent: Decimal | None = None
    quantity: Decimal | None = None
    step: int | None = None


class Tax(Value, kw_only=True):
    """A tax as stated (TAX). `rate` in percent."""

    type: str | None = None
    rate: Decimal | None = None
    category: str | None = None


class Text(Value, kw_only=True):
    """A free text and what it is about (FTX 4451)."""

    subject: str | None = None
    text: str | None = None


class Reference(Value, kw_only=True):
    """A reference to another document (RFF 1153, 1154)."""

    kind: str | None = None
    number: str | None = None
    line: str | None = None
    on: date | None = None


class Terms(Value, kw_only=True):
    """Terms as stated: Incoterms (TOD), payment (PAT), transport (TDT)."""

    incoterm: str | None = None
    incoterm_place: str | None = None
    payment_days: int | None = None
    payment_terms: str | None = None
    discount_days: int | None = None
    discount_percent: Decimal | None = None
    transport_mode: str | None = None
    carrier: str | None = None


class Stated(Value, kw_only=True):
    """Control values the sender counted himself."""

    line_count: int | None = None
    quantity: Decimal | None = None
    total: Decimal | None = None


class Line(Value, kw_only=True):
    """One ordered article."""

    position: int
    parent: int | None = None
    action: LineAction | None = None
    gtin: str | None = None
    buyer_sku: str | None = None
    supplier_sku: str | None = None
    substitutes: tuple[str, ...] = ()
    text: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_as_received: str | None = None
    price: Price | None = None
    amount: Decimal | None = None
    deliver_on: date | None = None
    deliver_not_before: date | None = None
    deliver_not_after: date | None = None
    contract: str | None = None
    contract_line: str | None = None
    quote: str | None = None
    note: str | None = None
    texts: tuple[Text, ...] = ()
    references: tuple[Reference, ...] = ()
    schedule: tuple[Schedule, ...] = ()
    splits: tuple[Split, ...] = ()
    charges: tuple[Charge, ...] = ()
    taxes: tuple[Tax, ...] = ()


class Order(Value, kw_only=True):
    """An order as stated by the buyer; what was agreed and confirmed stands elsewhere."""

    number: str
    kind: str = "order"
    purpose: Purpose = Purpose.ORIGINAL
    response_wanted: str | None = None
    ordered_on: date
    deliver_on: date | None = None
    deliver_not_before: date | None = None
    deliver_not_after: date | None = None
    contract: str | None = None
    quote: str | None = None
    currency: str | None = None
    note: str | None = None
    texts: tuple[Text, ...] = ()
    references: tuple[Reference, ...] = ()
    buyer: Party | None = None
    ship_to: Party | None = None
    invoicee: Party | None = None
    seller: Party | None = None
    terms: Terms | None = None
    charges: tuple[Charge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    stated: Stated | None = None
    lines: tuple[Line, ...] = ()


class OrderChange(Order, kw_only=True):
    """A change to an order stored before: `number` is the change's own, `order_number` names the order."""

    order_number: str
