"""What an ERP says it will deliver of an order: the canonical confirmation, in whatever syntax it came."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from gateway.model.order import Price
from gateway.model.value import Value


class Confirmed(StrEnum):
    """What becomes of an order or a line. `changed` is told by the values that stand beside it."""

    ACCEPTED = "accepted"
    CHANGED = "changed"
    REJECTED = "rejected"


class ConfirmedDelivery(Value, kw_only=True):
    """One delivery of a line, in the line's unit."""

    quantity: Decimal
    on: date | None = None


class ConfirmationLine(Value, kw_only=True):
    """What is confirmed of one line; what is left out stands as the order went out.

    `quantity` is what will be delivered and `backordered` what comes later without a day, both in `unit`; without a
    unit they are in the one the order went out in. A price without a unit is for the unit of the quantity. The numbers
    of the article are compared with the ordered one. `reason` is told to the buyer.
    """

    position: int
    status: Confirmed | None = None
    supplier_sku: str | None = None
    gtin: str | None = None
    buyer_sku: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_as_received: str | None = None
    backordered: Decimal | None = None
    price: Price | None = None
    deliver_on: date | None = None
    schedule: tuple[ConfirmedDelivery, ...] = ()
    reason: str | None = None


class OrderConfirmation(Value, kw_only=True):
    """One confirmation: `number` is its own, and `version` counts up with what replaces it (a time stamp will do).

    The order is named by at least one of `order` (our number), `order_number` (the buyer's) with `account`, and
    `erp_order` (the ERP's own, once it was told with another). `order_version` is the version confirmed, where the ERP
    kept it. Lines that are left out are not confirmed yet; where there are none, `status` holds for all.
    """

    number: str
    version: int | None = None
    issued_on: date | None = None
    order: str | None = None
    order_number: str | None = None
    order_version: int | None = None
    account: str | None = None
    erp_order: str | None = None
    status: Confirmed | None = None
    currency: str | None = None
    note: str | None = None
    lines: tuple[ConfirmationLine, ...] = ()
