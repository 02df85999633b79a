"""The audit of the line: what happened to a message, an order or an output, in order."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from gateway.store.audit import seal
from gateway.store.line_tables import EventRow
from gateway.store.tables import table

_event = table(EventRow)
_INSERT = insert(_event)


def note_event(db: Connection, subject: str, type_: str, text: str, at: str) -> None:
    """Add one event about `subject` (a message, order or output id); it is sealed with its transaction."""
    values = {"at": at, "subject": subject, "type": type_, "text": text}
    (number,) = db.execute(_INSERT, values).inserted_primary_key or (None,)
    seal(db, "event", (number, at, subject, type_, text), at)


def events_of(db: Connection, subject: str) -> list[dict[str, str]]:
    """The events about `subject`, oldest first."""
    query = select(_event.c.at, _event.c.type, _event.c.text).where(_event.c.subject == subject).order_by(_event.c.seq)
    return [dict(row) for row in db.execute(query).mappings()]
