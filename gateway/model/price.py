"""Price lists and price conditions as the central store keeps them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from gateway.model.quantity import plain
from gateway.model.value import Value

KEY_FIELDS = ("subject", "object", "type", "currency", "unit", "min_quantity", "list", "valid_from")
"""What tells a condition from its neighbours, in the order in which its natural key names it."""


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

    `amount` for `per` of `unit`; percentages and discounts carry their sign; valid_to inclusive. `ladder` are the
    percentages a DISC_LADDER takes off one after the other ("10+5+2"), its amount is 0. `min_quantity` is in
    `scale_unit`, or what `scale_basis` (qty, value, weight, volume, group_qty) says; `scale_mode` is level (the step
    reached prices all), graduated (each step prices its interval) or exact (each step prices its own quantity and no
    other); lines of one `scale_group` reach a step together.
    With a `scale_period` (year, 12m, validity) what was bought before in it counts too, of the group or of the article.
    `exclusion_mode` (first, best, worst, sum) says which of an `exclusion_group` apply; `stack`: applies beside a
    nearer one; `stop`: nothing changes the price after it; `statistical`: told, never priced. `floor`, for the same
    `per` of `unit` as the amount, is the least the price may come to; `call_off_max`, in `unit`, how much can be
    bought under the condition, or under the steps of its `contract_line`, altogether.
    """

    key: str
    list: str
    subject: str
    object: str
    type: str
    amount: Decimal
    ladder: str | None = None
    currency: str | None = None
    per: Decimal = Decimal(1)
    unit: str | None = None
    min_quantity: Decimal = Decimal(0)
    scale_unit: str | None = None
    scale_basis: str = "qty"
    scale_mode: str = "level"
    scale_group: str | None = None
    scale_period: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    contract: str | None = None
    contract_line: str | None = None
    step: int | None = None
    base: str = "running"
    exclusion_group: str | None = None
    exclusion_mode: str | None = None
    stack: bool = False
    stop: bool = False
    floor: Decimal | None = None
    call_off_max: Decimal | None = None
    statistical: bool = False

    @property
    def counts_together(self) -> bool:
        """Whether its scale counts more than the line alone."""
        return self.scale_basis == "group_qty" or self.scale_period is not None

    @property
    def call_off(self) -> str:
        """What its call-off is counted under: the steps of a contract's line together, else the condition alone."""
        if not self.contract_line:
            return self.key
        return "|".join((self.list, self.contract_line, self.subject, self.object, self.unit or ""))


def natural_key(
    shared: PriceCondition, subject: str, named: str, min_quantity: Decimal, valid_from: date | None
) -> str:
    """The key of a condition to which nobody gave one: its `KEY_FIELDS`, parted by bars.

    `shared` holds those that are not given. Stored conditions without a key of their own are known by it: what it is
    made of does not change.
    """
    least = plain(min_quantity)
    scope = f"{subject}|{named}|{shared.type}|{shared.currency or ''}|{shared.unit or ''}"
    return f"{scope}|{least}|{shared.list}|{valid_from or ''}"
