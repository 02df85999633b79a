"""Shapes of /quotes: the bodies of its steps, and what its answers look like in the OpenAPI document."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gateway.model.quote import QuoteLine, QuoteState, RequestLine, Side
from gateway.model.value import Value

Words = Annotated[str, Meta(max_length=2_000)]


class Act(Value, kw_only=True):
    """Who does it and what he says: `by` is buyer or seller, `revision` the one he saw (refused where it is another).

    An account's key acts for the buyer, a role's for the seller where `by` is left out; `who` is then the key's name.
    """

    by: Side | None = None
    who: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    note: Words | None = None
    revision: Annotated[int, Meta(ge=1)] | None = None


class Started(Act, kw_only=True):
    """What is asked for. `number` is given where none is stated; `reference` is the buyer's own number of it."""

    account: str
    lines: tuple[RequestLine, ...]
    number: str | None = None
    currency: str | None = None
    reference: str | None = None
    supersedes: str | None = None
    channel: str | None = "api"


class OfferAct(Act, kw_only=True):
    """What is offered until a day, from today on where no other day is stated."""

    lines: tuple[QuoteLine, ...]
    valid_until: date
    valid_from: date | None = None
    shipping: str | None = None
    lock_shipping: bool = False


class RenegotiateAct(Act, kw_only=True):
    """What is wanted instead; no lines: the same as before."""

    lines: tuple[RequestLine, ...] = ()


class QuoteHead(msgspec.Struct, kw_only=True):
    """A quote as it stands; `revision` rises with each thing that is done to it."""

    quote: str
    account: str
    currency: str
    state: QuoteState
    revision: int
    version: int
    offered: int | None
    valid_until: date | None
    channel: str | None
    reference: str | None
    supersedes: str | None
    opened_at: str
    changed_at: str


class QuotePage(msgspec.Struct, kw_only=True):
    """Quotes by number; `next` is the cursor of what follows."""

    quotes: list[QuoteHead]
    next: str | None


class VersionView(msgspec.Struct, kw_only=True):
    """One version, never changed: what the buyer asks (`request`), or what the seller offers (`lines`)."""

    version: int
    side: Side
    who: str
    at: str
    note: str | None
    valid_from: date | None
    valid_until: date | None
    shipping: str | None
    lock_shipping: bool
    request: list[dict[str, Any]]
    lines: list[dict[str, Any]]


class QuoteDetail(QuoteHead, kw_only=True):
    """A quote with its versions and events, and what each side may do."""

    possible: dict[str, list[str]]
    versions: list[VersionView]
    events: list[dict[str, Any]]
