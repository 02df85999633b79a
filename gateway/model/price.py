"""Price lists and price conditions as the central store keeps them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from gateway.model.value import Value


class PriceList(Value, kw_only=True):
    """A price list. kind: list, contract, campaign, erp_net or quote; tax: net or gross; valid_to inclusive."""

    list: str
    kind: str = "list"
    currency: str | None = None
    tax: str = "net"
    priority: int = 0
    exclusive: bool = False
    contract: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    status: str = "active"

    def holds(self, on: date) -> bool:
        """Whether the list is in force on the day."""
        return self.status == "active" and (self.valid_from or on) <= on <= (self.valid_to or on)


class PriceCondition(Value, kw_only=True):
    """One condition: a subject (account:10001, segment:gold, all ...) and an object (product:SKU, all ...).

    `amount` for `per` of `unit`; `min_quantity` in `scale_unit`; percentages carry their sign; valid_to inclusive.
    """

    key: str
    list: str
    subject: str
    object: str
    type: str
    amount: Decimal
    currency: str | None = None
    per: Decimal = Decimal(1)
    unit: str | None = None
    min_quantity: Decimal = Decimal(0)
    scale_unit: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    contract: str | None = None
    contract_line: str | None = None
    step: int | None = None
    base: str = "running"
    stop: bool = False
