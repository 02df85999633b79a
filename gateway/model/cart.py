"""The cart as it is given to a buyer's procurement system, before any syntax."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from gateway.model.party import Party
from gateway.model.punchout import Operation
from gateway.model.value import Value


class Allowed(StrEnum):
    """What the buyer's system may do with the cart later on (cXML @operationAllowed)."""

    CREATE = "create"
    INSPECT = "inspect"
    EDIT = "edit"


class QuoteStatus(StrEnum):
    """Whether the prices stand, or somebody has still to state them (cXML @quoteStatus)."""

    FINAL = "final"
    PENDING = "pending"


class CartDelivery(Value, kw_only=True):
    """One delivery of a line, in its unit."""

    quantity: Decimal
    on: date | None = None


class CartLine(Value, kw_only=True):
    """A line of a cart: `quantity` of `unit` (UN/ECE Rec 20) at `price` for `per` of it.

    `amount` is net of the line, rounded once. `unit_as_sent` is the buyer's code for the unit, set where the cart is
    fitted to his rules, as are the buyer's own `material_group` and the short `text` with the whole in `long_text`.
    `auxiliary_id` is the line's identity for both sides and stays what it is as long as the line lives.
    """

    position: int
    sku: str
    auxiliary_id: str
    buyer_sku: str | None = None
    gtin: str | None = None
    quantity: Decimal
    unit: str
    unit_as_sent: str | None = None
    price: Decimal
    per: Decimal = Decimal(1)
    amount: Decimal
    text: str
    long_text: str | None = None
    language: str
    manufacturer: str | None = None
    manufacturer_sku: str | None = None
    unspsc: str | None = None
    eclass: str | None = None
    material_group: str | None = None
    lead_time_days: int | None = None
    schedule: tuple[CartDelivery, ...] = ()
    contract: str | None = None
    contract_line: str | None = None
    quote: str | None = None
    documents: tuple[str, ...] = ()
    custom: dict[str, str] = msgspec.field(default_factory=dict)


class Cart(Value, kw_only=True):
    """What goes back to the buyer. `total` is the sum of the lines' amounts, without tax and without `freight`, which
    is what an order of the lines would be charged for it.

    `classification` is what the buyer calls the scheme of `unspsc`. `cancelled` says that nothing changed, whatever
    the lines are (cXML Status 204).
    """

    id: str
    operation: Operation = Operation.CREATE
    operation_allowed: Allowed = Allowed.EDIT
    buyer_cookie: str = ""
    currency: str
    language: str
    lines: tuple[CartLine, ...] = ()
    total: Decimal = Decimal(0)
    classification: str = "UNSPSC"
    quote_status: QuoteStatus = QuoteStatus.FINAL
    ship_to: Party | None = None
    freight: Decimal | None = None
    cancelled: bool = False
