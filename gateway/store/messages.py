"""Interchanges and messages: where each lies, how far it got and what was decided."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from gateway.store.audit import seal, seal_all
from gateway.store.line_tables import InterchangeRow, MessageRow
from gateway.store.lookup import among
from gateway.store.records import Interchange, Message
from gateway.store.tables import table

_interchange = table(InterchangeRow)
_message = table(MessageRow)

# Built once: composing a statement costs more than SQLite takes to run it.
_INTERCHANGE = select(_interchange).where(_interchange.c.id == bindparam("identity"))
_INTERCHANGE_AT = select(_interchange).where(
    _interchange.c.transmission == bindparam("of_transmission"), _interchange.c.start == bindparam("at")
)
_INSERT_INTERCHANGE = insert(_interchange)
_MESSAGE = select(_message).where(_message.c.id == bindparam("identity"))
_STATE = select(_message.c.state).where(_message.c.id == bindparam("identity"))
_MESSAGES = select(_message).where(among(_message.c.id, "identities"))
_AT_ONCE = 1_000
_INSERT_MESSAGES = insert(_message)
_held = _message.c.state == "held"
_PARKED = (
    select(_message.c.id)
    .where(_message.c.waits_for == bindparam("number"), _message.c.partner == bindparam("of_partner"), _held)
    .order_by(_message.c.id)
)
_PARKED_BEFORE = select(_message.c.id).where(
    _message.c.waits_for.is_not(None), _held, _message.c.changed_at < bindparam("instant")
)
_UPDATE_MESSAGE = update(_message).where(_message.c.id == bindparam("identity"))


class MessageQuery(NamedTuple):
    """What `messages list` filters by; None means any."""

    state: str | None = None
    partner: str | None = None
    type: str | None = None
    reference: str | None = None
    since: str | None = None
    transmission: str | None = None
    limit: int | None = None


def insert_interchange(db: Connection, record: Interchange, messages: list[Message], at: str) -> None:
    """Store one interchange with all its messages."""
    db.execute(_INSERT_INTERCHANGE, _columns(record))
    seal_all(db, "interchange", [record], at)
    insert_messages(db, messages)


def insert_messages(db: Connection, messages: list[Message]) -> None:
    """Store messages, many at a time."""
    for start in range(0, len(messages), _AT_ONCE):
        db.execute(_INSERT_MESSAGES, [_columns(message) for message in messages[start : start + _AT_ONCE]])
    for message in messages:
        seal_all(db, "message", [message], message.changed_at)
        if message.document is not None:
            seal_all(db, "canonical", [message], message.changed_at)


def _columns(record: Interchange | Message) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def interchange_at(db: Connection, transmission: str, start: int) -> Interchange | None:
    """The interchange already decoded at this byte of the transmission."""
    row = db.execute(_INTERCHANGE_AT, {"of_transmission": transmission, "at": start}).mappings().one_or_none()
    return Interchange(**row) if row else None


def interchange(db: Connection, identity: str) -> Interchange | None:
    """The interchange of this id."""
    row = db.execute(_INTERCHANGE, {"identity": identity}).mappings().one_or_none()
    return Interchange(**row) if row else None


def message(db: Connection, identity: str) -> Message | None:
    """The message of this id."""
    row = db.execute(_MESSAGE, {"identity": identity}).mappings().one_or_none()
    return Message(**row) if row else None


def state_of(db: Connection, identity: str) -> str | None:
    """How far the message of this id got."""
    state: str | None = db.execute(_STATE, {"identity": identity}).scalar_one_or_none()
    return state


def messages(db: Connection, identities: Collection[str]) -> dict[str, Message]:
    """The messages of these ids."""
    rows = db.execute(_MESSAGES, {"identities": identities}).mappings()
    return {row["id"]: Message(**row) for row in rows}


def messages_of_interchange(db: Connection, identity: str) -> list[Message]:
    """The interchange's messages in their order."""
    query = select(_message).where(_message.c.interchange == identity).order_by(_message.c.start)
    return [Message(**row) for row in db.execute(query).mappings()]


def list_messages(db: Connection, query: MessageQuery) -> list[Message]:
    """Every matching message, oldest first."""
    statement: Select[tuple[object, ...]] = select(_message).order_by(_message.c.id)
    for name in ("state", "partner", "type", "reference", "transmission"):
        wanted = getattr(query, name)
        if wanted is not None:
            statement = statement.where(_message.c[name] == wanted)
    if query.since:
        statement = statement.where(_message.c.received_at >= query.since)
    if query.limit:
        statement = statement.limit(query.limit)
    return [Message(**row) for row in db.execute(statement).mappings()]


def update_message(db: Connection, identity: str, changed_at: str, **values: object) -> None:
    """Set columns of one message; its document is sealed with the transaction."""
    db.execute(_UPDATE_MESSAGE, {"identity": identity, "changed_at": changed_at, **values})
    if "document" in values:
        seal(db, "canonical", (identity, values["document"]), changed_at)


def parked_changes(db: Connection, partner: str, order_number: str) -> list[str]:
    """Ids of held messages of this partner that wait for the order of this number, the oldest first."""
    return list(db.execute(_PARKED, {"of_partner": partner, "number": order_number}).scalars())


def parked_before(db: Connection, instant: str) -> list[str]:
    """Ids of messages held since before the instant for an order that did not come."""
    return list(db.execute(_PARKED_BEFORE, {"instant": instant}).scalars())
