"""Quotes: what a buyer asks for, what is offered for it, and the versions in between."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from gateway.model.value import Value


class Side(StrEnum):
    """Who acts on a quote; the gateway itself where a day or an order decides."""

    BUYER = "buyer"
    SELLER = "seller"
    GATEWAY = "gateway"


class QuoteState(StrEnum):
    """How far a quote got."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_WORK = "in_work"
    OFFERED = "offered"
    RENEGOTIATE = "renegotiate"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ORDERED = "ordered"


class QuoteAction(StrEnum):
    """What is done to a quote."""

    OPEN = "open"
    SUBMIT = "submit"
    START = "start"
    OFFER = "offer"
    RENEGOTIATE = "renegotiate"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    ORDER = "order"
    REOPEN = "reopen"


class RequestLine(Value, kw_only=True):
    """What a buyer asks a price for: an article by our SKU, by his own number or in words.

    `quantities` are those he wants prices for, in `unit`; `target_price` is what he hopes to pay for `target_per` of
    it.
    """

    position: int = 0
    product: str | None = None
    buyer_sku: str | None = None
    text: str | None = None
    quantities: tuple[Decimal, ...] = ()
    unit: str | None = None
    target_price: Decimal | None = None
    target_per: Decimal = Decimal(1)
    needed_by: date | None = None
    note: str | None = None


class LadderStep(Value, kw_only=True):
    """A price from a quantity on: `price` for `per` of `unit` (the article's base unit where none is named)."""

    min_quantity: Decimal = Decimal(0)
    price: Decimal
    per: Decimal = Decimal(1)
    unit: str | None = None


class QuoteLine(Value, kw_only=True):
    """What is offered for an article: a ladder of prices, and how much may be ordered at them altogether.

    `max_quantity` is in the unit of the ladder. Without `free_increments` the offered quantities alone are meant.
    """

    position: int = 0
    product: str
    ladder: tuple[LadderStep, ...]
    max_quantity: Decimal | None = None
    free_increments: bool = True
    note: str | None = None


class QuoteVersion(Value, kw_only=True):
    """One version of a quote, never changed: what the buyer asks (`request`), or what the seller offers (`lines`).

    `at` is the UTC instant it was made; an offer holds from `valid_from` to `valid_until`, both inclusive.
    """

    version: int
    side: Side
    who: str
    at: str
    note: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    shipping: str | None = None
    lock_shipping: bool = False
    request: tuple[RequestLine, ...] = ()
    lines: tuple[QuoteLine, ...] = ()


class Quote(Value, kw_only=True):
    """A quote as it stands. `revision` rises with each event; `version` is the latest one, `offered` the one on offer.

    `reference` is the buyer's own number of his request; `supersedes` the quote this one takes the place of.
    """

    number: str
    account: str
    currency: str
    state: QuoteState
    revision: int = 1
    version: int = 0
    offered: int | None = None
    valid_until: date | None = None
    channel: str | None = None
    reference: str | None = None
    supersedes: str | None = None
    opened_at: str = ""
    changed_at: str = ""


class QuoteEvent(Value, kw_only=True):
    """What was done to a quote: by whom, when (UTC), with which note, and how it stood afterwards.

    `digest` tells the same thing asked for again from another one.
    """

    number: str
    revision: int
    action: QuoteAction
    side: Side
    who: str
    at: str
    state: QuoteState
    digest: str
    version: int | None = None
    note: str | None = None
