"""An order as a shop or our own sales state it: short, for one account, read into the canonical order."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from gateway.model.order import Line, Order, Price
from gateway.model.party import Party
from gateway.model.value import Value


class DirectLine(Value, kw_only=True):
    """One article by our SKU, by GTIN or by the account's own number; `price` for `per` of the unit, if one was shown.

    `position` is the line's number; left out, lines count from 1.
    """

    quantity: Decimal
    product: str | None = None
    gtin: str | None = None
    buyer_sku: str | None = None
    unit: str | None = None
    price: Decimal | None = None
    per: Decimal | None = None
    position: int | None = None
    deliver_on: date | None = None
    contract: str | None = None
    quote: str | None = None
    note: str | None = None


class DirectOrder(Value, kw_only=True):
    """An order for `account`, under the buyer's own `number`; `channel` is where it was placed (shop, sales ...)."""

    account: str
    number: str
    lines: tuple[DirectLine, ...]
    channel: str = "api"
    ordered_on: date | None = None
    deliver_on: date | None = None
    currency: str | None = None
    contract: str | None = None
    quote: str | None = None
    note: str | None = None
    ship_to: Party | None = None
    invoicee: Party | None = None
    test: bool = False

    def order(self, today: date) -> Order:
        """The canonical order; `today` is its day where it names none."""
        return Order(
            number=self.number, ordered_on=self.ordered_on or today, deliver_on=self.deliver_on, currency=self.currency,
            contract=self.contract, quote=self.quote, note=self.note,
            buyer=Party(id=self.account, id_scheme="ours"), ship_to=self.ship_to, invoicee=self.invoicee,
            lines=tuple(_line(position, each) for position, each in enumerate(self.lines, 1)),
        )  # fmt: skip


def _line(position: int, line: DirectLine) -> Line:
    price = None if line.price is None else Price(amount=line.price, per=line.per, unit=line.unit)
    return Line(
        position=line.position or position, supplier_sku=line.product, gtin=line.gtin, buyer_sku=line.buyer_sku,
        quantity=line.quantity, unit=line.unit, price=price, deliver_on=line.deliver_on, contract=line.contract,
        quote=line.quote, note=line.note,
    )  # fmt: skip
