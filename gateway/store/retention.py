"""What is past its retention is taken out, a few records to a transaction; digests and the chain stay.

Nothing is taken of what is still open: held, failed or dead messages, what waits in a lane, documents that did not
arrive, answers that are owed or expected, events that a webhook is still to be told of.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.acknowledgement_tables import AcknowledgementRow
from gateway.store.acknowledgements import Standing
from gateway.store.audit import seal
from gateway.store.audit_tables import RetentionRow
from gateway.store.feed import GONE, Cursor, move_cursor
from gateway.store.feed_tables import FeedCursorRow, FeedRow
from gateway.store.line_tables import (
    ArchiveRow,
    ChunkRow,
    EventRow,
    InterchangeRow,
    MessageRow,
    OutboxRow,
    TransmissionRow,
    WorkItemRow,
)
from gateway.store.records import OutputState, State
from gateway.store.segment_tables import UsageEventRow
from gateway.store.tables import table

_archive, _chunk, _event = table(ArchiveRow), table(ChunkRow), table(EventRow)
_interchange, _message, _outbox = table(InterchangeRow), table(MessageRow), table(OutboxRow)
_transmission, _item, _usage = table(TransmissionRow), table(WorkItemRow), table(UsageEventRow)
_feed, _cursor = table(FeedRow), table(FeedCursorRow)
_expected, _retention = table(AcknowledgementRow), table(RetentionRow)

_stands = _expected.c.state.in_((Standing.OPEN, Standing.OVERDUE))
_ENDED = (State.PROCESSED, State.REJECTED, State.DUPLICATE)
_ARRIVED = (OutputState.SENT, OutputState.ACKNOWLEDGED, OutputState.REFUSED)
_BY_A_PERSON = ("decided by a person", "replay")
"""Events that tell which orders needed no person; they are kept as long as the orders."""


class Content(StrEnum):
    """A kind of content with a retention of its own."""

    RAW = "raw"
    CONVERTED = "converted"
    DOCUMENTS = "documents"
    EVENTS = "events"
    USAGE = "usage"
    ACKNOWLEDGEMENTS = "acknowledgements"
    FEED = "feed"


_UNSEALED = frozenset({Content.USAGE, Content.ACKNOWLEDGEMENTS, Content.FEED})
"""What the chain does not hold."""


def past_retention(db: Connection, content: Content, before: str) -> int:
    """How many records hold content of this kind from before the instant that nobody needs any more."""
    counted: int = db.execute(select(func.count()).select_from(_PAST[content](before).subquery())).scalar_one()
    return counted


def take_out(db: Connection, content: Content, before: str, at: str, most: int) -> int:
    """How many records lost their content of this kind, the oldest first, at most so many; the chain tells of it."""
    chosen = [tuple(row) for row in db.execute(_PAST[content](before).limit(most))]
    if not chosen:
        return 0
    if content not in _UNSEALED:
        _tell(db, content, before, at)
    keys = [row[0] for row in chosen]
    if content is Content.RAW:
        db.execute(delete(_chunk).where(_chunk.c.transmission.in_(keys)))
    elif content is Content.CONVERTED:
        db.execute(update(_archive).where(_archive.c.id.in_(keys)).values(content=b""))
    elif content is Content.DOCUMENTS:
        db.execute(update(_message).where(_message.c.id.in_(keys)).values(document=None))
    elif content is Content.EVENTS:
        db.execute(delete(_event).where(_event.c.seq.in_(keys)))
    elif content is Content.ACKNOWLEDGEMENTS:
        db.execute(delete(_expected).where(_expected.c.id.in_(keys)))
    elif content is Content.FEED:
        db.execute(delete(_feed).where(_feed.c.seq.in_(keys)))
        move_cursor(db, GONE, Cursor(keys[-1]), at)
    else:
        db.execute(delete(_usage).where(tuple_(_usage.c.account, _usage.c.id).in_(chosen)))
    return len(chosen)


def _tell(db: Connection, content: Content, before: str, at: str) -> None:
    """What is from before the instant may be gone from now on; a later instant that was told before stays."""
    dialect: Any = postgresql if db.dialect.name == "postgresql" else sqlite
    row = dialect.insert(_retention).values(kind=content, before=before)
    later = row.on_conflict_do_update(
        index_elements=["kind"], set_={"before": row.excluded.before}, where=_retention.c.before < row.excluded.before
    )
    if db.execute(later).rowcount:
        seal(db, "retention", (content.value, before), at)


def _raw(before: str) -> Select[Any]:
    of = _transmission.c
    open_message = exists().where(_message.c.transmission == of.id, _message.c.state.not_in(_ENDED))
    waiting = exists().where(_item.c.transmission == of.id)
    inside = or_(
        _expected.c.subject.in_(select(_message.c.id).where(_message.c.transmission == of.id)),
        _expected.c.subject.in_(select(_interchange.c.id).where(_interchange.c.transmission == of.id)),
    )
    owed = exists().where(_stands, inside)
    kept = exists().where(_chunk.c.transmission == of.id)
    done = (of.state != "received") & ~open_message & ~waiting & ~owed
    return select(of.id).where(of.received_at < before, kept, done).order_by(of.id)


def _converted(before: str) -> Select[Any]:
    of = _archive.c
    outputs = select(_outbox.c.id).where(_outbox.c.archive == of.id)
    waiting = exists().where(_outbox.c.archive == of.id, _outbox.c.state.not_in(_ARRIVED))
    expected = exists().where(_stands, or_(_expected.c.subject == of.id, _expected.c.output.in_(outputs)))
    return select(of.id).where(of.created_at < before, of.content != b"", ~waiting, ~expected).order_by(of.id)


def _documents(before: str) -> Select[Any]:
    of = _message.c
    waiting = exists().where(_item.c.message == of.id)
    kept = (of.changed_at < before) & of.document.is_not(None)
    return select(of.id).where(kept, of.state.in_(_ENDED), ~waiting).order_by(of.id)


def _events(before: str) -> Select[Any]:
    of = _event.c
    open_message = exists().where(_message.c.id == of.subject, _message.c.state.not_in(_ENDED))
    open_output = exists().where(_outbox.c.id == of.subject, _outbox.c.state.not_in(_ARRIVED))
    old = (of.at < before) & of.type.not_in(_BY_A_PERSON)
    return select(of.seq).where(old, ~open_message, ~open_output).order_by(of.seq)


def _used(before: str) -> Select[Any]:
    return select(_usage.c.account, _usage.c.id).where(_usage.c.at < before).order_by(_usage.c.account, _usage.c.id)


def _answered(before: str) -> Select[Any]:
    return select(_expected.c.id).where(_expected.c.ended_at < before, ~_stands).order_by(_expected.c.id)


def _told(before: str) -> Select[Any]:
    # The last one stays: the numbers of those to come go on from it.
    last = select(func.max(_feed.c.seq)).scalar_subquery()
    slowest = select(func.min(_cursor.c.seq)).where(_cursor.c.reader != GONE).scalar_subquery()
    read = _feed.c.seq <= func.coalesce(slowest, last)
    return select(_feed.c.seq).where(_feed.c.at < before, _feed.c.seq < last, read).order_by(_feed.c.seq)


_PAST = {
    Content.RAW: _raw,
    Content.CONVERTED: _converted,
    Content.DOCUMENTS: _documents,
    Content.EVENTS: _events,
    Content.USAGE: _used,
    Content.ACKNOWLEDGEMENTS: _answered,
    Content.FEED: _told,
}
