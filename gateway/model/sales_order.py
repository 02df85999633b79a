"""An order as our own systems get it: what was ordered, agreed and confirmed, with its parties."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from gateway.model.party import Party
from gateway.model.value import Value


class OrderedValues(Value, kw_only=True):
    """What the buyer wrote of a line; the price is for `per` of his price unit."""

    quantity: Decimal | None = None
    unit: str | None = None
    price: Decimal | None = None
    per: Decimal | None = None


class AgreedValues(Value, kw_only=True):
    """The agreed price of a line, for `per` of `unit`."""

    price: Decimal | None = None
    per: Decimal | None = None
    unit: str | None = None


class ConfirmedValues(Value, kw_only=True):
    """What is to be delivered of a line, in a unit of the article's; the price is for `per` of that unit."""

    quantity: Decimal | None = None
    unit: str | None = None
    price: Decimal | None = None
    per: Decimal | None = None
    on: date | None = None


class SalesSchedule(Value, kw_only=True):
    """One delivery of a line, in its confirmed unit."""

    quantity: Decimal
    on: date | None = None


class SalesLine(Value, kw_only=True):
    """One line; `product` is our number of the article, `deliver_on` the day asked for, `extras` those stated."""

    position: int
    product: str | None = None
    supplier_sku: str | None = None
    gtin: str | None = None
    buyer_sku: str | None = None
    text: str | None = None
    ordered: OrderedValues
    agreed: AgreedValues
    confirmed: ConfirmedValues
    schedule: tuple[SalesSchedule, ...] = ()
    deliver_on: date | None = None
    decision: str
    reasons: tuple[str, ...] = ()
    note: str | None = None
    extras: dict[str, str] = msgspec.field(default_factory=dict)


class SalesCharge(Value, kw_only=True):
    """What is added to the whole (or taken off, then it is negative), in the order's currency."""

    kind: str
    amount: Decimal
    text: str


class SalesOrder(Value, kw_only=True):
    """One order in one version: `order` is our number, `number` the buyer's; named as in `orders show`."""

    order: str
    account: str
    number: str
    kind: str
    version: int
    channel: str
    message: str
    ordered_on: date
    deliver_on: date | None = None
    currency: str
    decision: str
    state: str
    reasons: tuple[str, ...] = ()
    lines: tuple[SalesLine, ...] = ()
    charges: tuple[SalesCharge, ...] = ()
    total: Decimal | None = None
    buyer: Party | None = None
    ship_to: Party | None = None
    invoicee: Party | None = None
    seller: Party | None = None
    contract: str | None = None
    note: str | None = None
    extras: dict[str, str] = msgspec.field(default_factory=dict)
    test: bool = False
