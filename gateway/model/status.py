"""How far an order got: its states, and the canonical document by which systems tell each other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from gateway.model.value import Value


class OrderState(StrEnum):
    """The state of an order, or of a line. Only a line is partly shipped; an order is shipped when all of it is."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    INVOICED = "invoiced"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class StatusLine(Value, kw_only=True):
    """How far one line got. Quantities are what was shipped and invoiced so far, altogether, in the unit confirmed."""

    position: int
    state: OrderState | None = None
    supplier_sku: str | None = None
    shipped: Decimal | None = None
    invoiced: Decimal | None = None
    unit: str | None = None
    on: date | None = None


class OrderStatus(Value, kw_only=True):
    """One report of an order's state: `number` is the report's own (a despatch note, an invoice) where it has one.

    The order is named as in a confirmation, `order_document` is the id of its document (cXML payloadID). Lines that
    are left out are where they were; where there are none, `state` holds for all.
    """

    number: str | None = None
    version: int | None = None
    issued_on: date | None = None
    order: str | None = None
    order_number: str | None = None
    order_document: str | None = None
    account: str | None = None
    erp_order: str | None = None
    state: OrderState | None = None
    note: str | None = None
    lines: tuple[StatusLine, ...] = ()
