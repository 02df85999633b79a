"""Quotes as people and other systems see them: the same objects on the command line and over HTTP."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from gateway.commerce.quotes import is_over, possible
from gateway.model.account import Account
from gateway.model.quantity import plain
from gateway.model.quote import Quote, QuoteState, Side
from gateway.pipeline.quoting import quote_of
from gateway.store import Connection
from gateway.store.quotes import has_orders, list_quotes, quote_events, versions_of
from gateway.store.trade import Trade

_OF_EVENT = ("revision", "action", "side", "who", "at", "state", "version", "note")


def quote_row(quote: Quote) -> dict[str, Any]:
    """A quote as it stands, on one row; all numbers of money and quantity are strings wherever they come up."""
    row = _told(quote)
    return {"quote": row.pop("number"), **row}


def quote_rows(
    db: Connection, now: datetime, account: str | None = None, state: QuoteState | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Quotes of one account or of all, in one state or in any, as they stand at the instant, the oldest first."""
    found = as_they_stand(db, list_quotes(db, account), now)
    return [quote_row(quote) for quote in found if state in (None, quote.state)][:limit]


def quote_object(db: Connection, number: str, now: datetime, account: str | None = None) -> dict[str, Any]:
    """A quote with its versions and events, and what each side may do; raises UsageError for one there is not.

    With an account, only its own quotes are there.
    """
    [quote] = as_they_stand(db, [quote_of(db, number, account)], now)
    return {
        **quote_row(quote),
        "possible": {side.value: [each.value for each in possible(quote.state, side)] for side in _SIDES},
        "versions": [_told(version) for version in versions_of(db, number)],
        "events": [{name: _told(getattr(event, name)) for name in _OF_EVENT} for event in quote_events(db, number)],
    }


_SIDES = (Side.BUYER, Side.SELLER)


def as_they_stand(db: Connection, found: Collection[Quote], now: datetime) -> list[Quote]:
    """The quotes in the state they are in where their accounts are; one whose last day is over need not be told so."""
    accounts = Trade(db).accounts({quote.account for quote in found})
    return [_as_it_stands(db, quote, accounts[quote.account], now) for quote in found]


def _as_it_stands(db: Connection, quote: Quote, account: Account, now: datetime) -> Quote:
    if not is_over(quote, account.day(now)):
        return quote
    ordered = quote.state is QuoteState.ACCEPTED and has_orders(db, quote.number)
    return msgspec.structs.replace(quote, state=QuoteState.ORDERED if ordered else QuoteState.EXPIRED)


def _told(value: object) -> Any:
    """The value as JSON holds it, with every field of it."""
    if isinstance(value, msgspec.Struct):
        return {name: _told(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [_told(each) for each in value]
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
