"""What an answer about the prices of a basket looks like in the OpenAPI document."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from gateway.http.shapes import PriceAnswer


class ChargeView(msgspec.Struct, kw_only=True):
    """A discount, freight or fee on all lines; `shares` are its parts, one for each line in their order."""

    type: str
    value: str
    list: str
    key: str
    from_: str = msgspec.field(name="from")
    amount: str
    shares: tuple[str, ...]


class FeeView(msgspec.Struct, kw_only=True):
    """Freight or a fee that the terms add to an order of these lines."""

    kind: str
    amount: str
    text: str


class TaxView(msgspec.Struct, kw_only=True):
    """The tax on the lines of a tax class with their shares of charges; `rate` in percent, null where none is known."""

    tax_class: str | None
    rate: str | None
    base: str
    amount: str | None


class BasketView(msgspec.Struct, kw_only=True):
    """What the lines that have a price come to; all numbers are strings.

    `total` is `goods` with charges and fees, without tax. `payable` is null where a rate is not known or a line has no
    price.
    """

    account: str
    on: date
    currency: str
    goods: str
    charges: list[ChargeView]
    fees: list[FeeView]
    total: str
    taxes: list[TaxView]
    tax_basis: str
    payable: str | None
    lost: list[dict[str, Any]]
    code: str | None = None
    claims: list[dict[str, str]] | None = None
    resolver: str


class PriceAnswers(msgspec.Struct, kw_only=True):
    """The prices of the lines in their order, what they come to, and the number of the data they were made of."""

    lines: list[PriceAnswer]
    basket: BasketView
    data_seq: int
