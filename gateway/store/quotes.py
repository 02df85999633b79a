"""Quotes: each changed only by who saw it as it stands, its versions and events kept for ever."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import msgspec
from sqlalchemy import Connection, Date, bindparam, delete, exists, insert, select, update

from gateway.model.quote import Quote, QuoteAction, QuoteEvent, QuoteState, QuoteVersion, Side
from gateway.model.value import to_json
from gateway.store.lookup import among
from gateway.store.quote_tables import QuoteEventRow, QuoteOrderRow, QuoteRow, QuoteVersionRow
from gateway.store.tables import insert_new, table

_quote = table(QuoteRow)
_version = table(QuoteVersionRow)
_event = table(QuoteEventRow)
_order = table(QuoteOrderRow)

# Built once: composing a statement costs more than SQLite takes to run it.
_OF_NUMBERS = select(_quote).where(among(_quote.c.number, "numbers")).order_by(_quote.c.number)
_ADD = insert_new(_quote)
_CHANGE = (
    update(_quote)
    .where(_quote.c.number == bindparam("of_number"), _quote.c.revision == bindparam("of_revision"))
    .values({column.name: bindparam(column.name) for column in _quote.columns if column.name != "number"})
)
_ADD_VERSION, _ADD_EVENT, _ADD_ORDER = insert(_version), insert(_event), insert(_order)
_FORGET_ORDER = delete(_order).where(_order.c.order_id == bindparam("of_order"))
_VERSIONS = select(_version.c.document).where(_version.c.number == bindparam("of_number")).order_by(_version.c.version)
_ONE_VERSION = _VERSIONS.where(_version.c.version == bindparam("of_version"))
_EVENTS = select(_event).where(_event.c.number == bindparam("of_number")).order_by(_event.c.revision)
_ONE_EVENT = _EVENTS.where(_event.c.revision == bindparam("of_revision"))
_RUN_OUT = (
    select(_quote)
    .where(_quote.c.state.in_(("offered", "accepted")), _quote.c.valid_until < bindparam("day", type_=Date))
    .order_by(_quote.c.valid_until, _quote.c.number)
)
_HAS_ORDERS = select(exists().where(_order.c.number == bindparam("of_number")))
_OF_ORDER = select(_order.c.number).where(_order.c.order_id == bindparam("of_order")).order_by(_order.c.number)
_VERSION = msgspec.json.Decoder(QuoteVersion)


def add_quote(db: Connection, quote: Quote) -> bool:
    """Keep a new quote; False where its number is taken."""
    return db.execute(_ADD[db.dialect.name], msgspec.structs.asdict(quote)).rowcount > 0


def change_quote(db: Connection, quote: Quote, seen: int) -> bool:
    """The quote as it is now; False where it is no longer at the revision that was seen."""
    columns = msgspec.structs.asdict(quote)
    named = {"of_number": columns.pop("number"), "of_revision": seen}
    return db.execute(_CHANGE, {**columns, **named}).rowcount > 0


def add_version(db: Connection, number: str, version: QuoteVersion) -> None:
    """Keep a version of a quote."""
    db.execute(_ADD_VERSION, {"number": number, "version": version.version, "document": to_json(version).decode()})


def add_quote_event(db: Connection, event: QuoteEvent) -> None:
    """Keep what was done to a quote."""
    db.execute(_ADD_EVENT, msgspec.structs.asdict(event))


def quotes(db: Connection, numbers: Collection[str]) -> dict[str, Quote]:
    """These quotes, by number."""
    if not numbers:
        return {}
    rows = db.execute(_OF_NUMBERS, {"numbers": numbers}).mappings()
    return {row["number"]: _as_quote(row) for row in rows}


def list_quotes(db: Connection, account: str | None) -> list[Quote]:
    """Quotes in the order they were opened: of one account, or all."""
    query = select(_quote).order_by(_quote.c.opened_at, _quote.c.number)
    if account is not None:
        query = query.where(_quote.c.account == account)
    return [_as_quote(row) for row in db.execute(query).mappings()]


def run_out(db: Connection, day: date) -> list[Quote]:
    """Quotes offered or accepted whose last day is before this one, the earliest first."""
    return [_as_quote(row) for row in db.execute(_RUN_OUT, {"day": day}).mappings()]


def version_of(db: Connection, number: str, version: int) -> QuoteVersion | None:
    """One version of a quote."""
    document = db.execute(_ONE_VERSION, {"of_number": number, "of_version": version}).scalar_one_or_none()
    return None if document is None else _VERSION.decode(document)


def versions_of(db: Connection, number: str) -> list[QuoteVersion]:
    """Every version of a quote, the first one first."""
    return [_VERSION.decode(document) for document in db.execute(_VERSIONS, {"of_number": number}).scalars()]


def quote_events(db: Connection, number: str) -> list[QuoteEvent]:
    """What was done to a quote, oldest first."""
    return [_as_event(row) for row in db.execute(_EVENTS, {"of_number": number}).mappings()]


def quote_event(db: Connection, number: str, revision: int) -> QuoteEvent | None:
    """What brought a quote to this revision."""
    row = db.execute(_ONE_EVENT, {"of_number": number, "of_revision": revision}).mappings().one_or_none()
    return None if row is None else _as_event(row)


def put_quotes_of_order(db: Connection, order_id: str, numbers: Collection[str]) -> None:
    """Lines of the order have prices of these quotes, and of no others."""
    db.execute(_FORGET_ORDER, {"of_order": order_id})
    known = sorted(quotes(db, numbers))
    if known:
        db.execute(_ADD_ORDER, [{"number": number, "order_id": order_id} for number in known])


def has_orders(db: Connection, number: str) -> bool:
    """Whether an order had a price of the quote."""
    return bool(db.execute(_HAS_ORDERS, {"of_number": number}).scalar_one())


def quotes_of_order(db: Connection, order_id: str) -> list[str]:
    """The quotes whose prices lines of the order have or had."""
    return list(db.execute(_OF_ORDER, {"of_order": order_id}).scalars())


def _as_quote(row: object) -> Quote:
    columns = dict(row)  # type: ignore[call-overload]
    return Quote(**{**columns, "state": QuoteState(columns["state"])})


def _as_event(row: object) -> QuoteEvent:
    columns = dict(row)  # type: ignore[call-overload]
    told = {"action": QuoteAction(columns["action"]), "side": Side(columns["side"])}
    return QuoteEvent(**{**columns, **told, "state": QuoteState(columns["state"])})
