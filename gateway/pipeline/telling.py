"""Telling of events: each webhook is given, through the outbox, what the feed holds for it, each event once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import msgspec

from gateway.event_types import WEBHOOK
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.feed import (
    GONE,
    Cursor,
    FeedEvent,
    FeedFilter,
    cursors,
    cursors_moved_before,
    events_after,
    forget_cursor,
    last_seq,
    move_cursor,
)
from gateway.store.outbox import NewOutput, enqueue
from gateway.store.sending import waiting_by_connection
from gateway.store.types import instant_text
from gateway.store.visible import Sight
from gateway.store.webhooks import webhooks

MOST_WAITING = 500
"""Events that wait in the outbox for one receiver: of who is away, the rest waits in the feed."""
A_NODE_BEHIND = timedelta(days=1)
"""So long a node may be without a configuration that others have."""
AT_ONCE = 200
"""Events given in one transaction: what else is written waits for no more than these."""


class Hook(NamedTuple):
    """Who is told of what: a connection, the types of events (none: all), and whose (None: everyone's)."""

    connection: str
    types: tuple[str, ...]
    account: str | None


def hooks(line: Line, db: Connection) -> Iterator[Hook]:
    """Every webhook, of the configuration and of those made over the API."""
    for connection in line.configuration.connections.values():
        if connection.kind == WEBHOOK:
            values = connection.values
            yield Hook(connection.name, values.texts("events"), values.text_or_none("account"))
    for made in webhooks(db):
        yield Hook(made.connection, made.types, made.account)


def tell(line: Line) -> int:
    """How many events were given to the outbox; a webhook that is new is told of what happens from now on."""
    with line.store.read() as db:
        if not _behind(line, db):
            return 0
    given = 0
    with line.store.write() as db:
        # As they stand under the lock: another node may have been faster.
        for hook, at in _behind(line, db).items():
            given += _give(line, db, hook, at, AT_ONCE - given)
            if given >= AT_ONCE:
                break
    return given


def forget_strangers(line: Line) -> None:
    """Nothing of the feed is kept any more for webhooks that neither the configuration nor the API has.

    Those that were told of something within A_NODE_BEHIND stay: another node may have a newer configuration.
    """
    before = instant_text(line.clock() - A_NODE_BEHIND)
    with line.store.write() as db:
        known = {hook.connection for hook in hooks(line, db)} | {GONE}
        for reader in cursors_moved_before(db, before) - known:
            forget_cursor(db, reader)


def _behind(line: Line, db: Connection) -> dict[Hook, Cursor | None]:
    """The webhooks that can be told of something, with how far each has come."""
    last, known = last_seq(db), cursors(db)
    late = {hook: known.get(hook.connection) for hook in hooks(line, db)}
    late = {hook: at for hook, at in late.items() if at is None or at.seq < last}
    if not late:
        return {}
    waiting = waiting_by_connection(db)
    return {hook: at for hook, at in late.items() if waiting.get(hook.connection, 0) < MOST_WAITING}


def _give(line: Line, db: Connection, hook: Hook, at: Cursor | None, most: int) -> int:
    if at is None:
        move_cursor(db, hook.connection, Cursor(last_seq(db)), line.now())
        return 0
    part = events_after(db, at.seq, Sight(hook.account), FeedFilter(hook.types), most)
    for event in part.events:
        enqueue(db, in_queue(hook, event, str(at.round)), line.now())
    move_cursor(db, hook.connection, at._replace(seq=part.next), line.now())
    return len(part.events)


def in_queue(hook: Hook, event: FeedEvent, occasion: str) -> NewOutput:
    """The event as it is posted: behind those about the same thing, so that one that is stuck holds up no other.

    It is posted once on each `occasion`.
    """
    return NewOutput(
        key=f"event/{hook.connection}/{occasion}/{event.seq}", partner="", connection=hook.connection, type=event.type,
        extension="json", reference=str(event.seq), content=msgspec.json.encode(event.as_object()),
        lane=f"{hook.connection}/out/{event.aggregate} {event.id}",
    )  # fmt: skip
