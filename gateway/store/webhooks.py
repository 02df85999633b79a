"""Webhooks made over the API, as far as a caller may see them, and what becomes of what waits for one."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from gateway.store.feed_tables import WebhookRow
from gateway.store.line_tables import OutboxRow
from gateway.store.records import Output, OutputState, Record
from gateway.store.tables import table
from gateway.store.visible import Part, Sight

PREFIX = "webhook:"
"""How the connection of a webhook made over the API is called: this and its id. No file can be called so."""

_hook, _outbox = table(WebhookRow), table(OutboxRow)
_WAITING = (OutputState.QUEUED, OutputState.FAILED, OutputState.SENDING, OutputState.UNKNOWN)

# Built once: composing a statement costs more than SQLite takes to run it.
_IN_FORCE = select(_hook).where(_hook.c.removed_at.is_(None)).order_by(_hook.c.id)
_INSERT = insert(_hook)


class StoredWebhook(Record, frozen=True, kw_only=True):
    """A webhook made over the API; `events` and `secrets`, the names of those it signs with, are JSON."""

    id: str
    url: str
    events: str
    account: str | None
    secrets: str
    made_by: str
    created_at: str
    changed_at: str
    removed_at: str | None = None

    @property
    def connection(self) -> str:
        """What its connection is called."""
        return PREFIX + self.id

    @property
    def types(self) -> tuple[str, ...]:
        """The types of events it is told of; none: all."""
        return tuple(msgspec.json.decode(self.events, type=list[str]))

    @property
    def signs_with(self) -> tuple[str, ...]:
        """The names of the secrets it signs with, the newest first."""
        return tuple(msgspec.json.decode(self.secrets, type=list[str]))


class Standing(Record, frozen=True, kw_only=True):
    """How what was given to a webhook fares: how many wait and are dead, since when and why the oldest fails."""

    waiting: int
    dead: int
    failing_since: str | None
    reason: str | None


def add_webhook(db: Connection, webhook: StoredWebhook) -> None:
    """Keep a new one."""
    db.execute(_INSERT, {name: getattr(webhook, name) for name in webhook.__struct_fields__})


def webhooks(db: Connection) -> list[StoredWebhook]:
    """Those in force, oldest first."""
    return [StoredWebhook(**row) for row in db.execute(_IN_FORCE).mappings()]


def webhooks_seen(db: Connection, sight: Sight, part: Part) -> list[StoredWebhook]:
    """Those in force that tell of accounts which are seen, oldest first; a part goes on after an id."""
    query = _IN_FORCE.where(_hook.c.id > part.after).limit(part.most)
    return [StoredWebhook(**row) for row in db.execute(sight.within(query, _hook.c.account)).mappings()]


def webhook_seen(db: Connection, sight: Sight, identity: str) -> StoredWebhook | None:
    """The one in force of this id."""
    query = _IN_FORCE.where(_hook.c.id == identity)
    row = db.execute(sight.within(query, _hook.c.account)).mappings().one_or_none()
    return StoredWebhook(**row) if row else None


def sign_with(db: Connection, identity: str, names: tuple[str, ...], at: str) -> None:
    """From now on it signs with the secrets of these names."""
    kept = msgspec.json.encode(names).decode()
    db.execute(update(_hook).where(_hook.c.id == identity).values(secrets=kept, changed_at=at))


def remove_webhook(db: Connection, webhook: StoredWebhook, at: str) -> None:
    """It is told of nothing any more; what waits for it is not sent."""
    db.execute(update(_hook).where(_hook.c.id == webhook.id).values(removed_at=at, changed_at=at))
    waits = (_outbox.c.connection == webhook.connection) & _outbox.c.state.in_(_WAITING)
    ended = {"state": OutputState.REFUSED, "reason": "Its webhook was removed.", "next_try": None}
    db.execute(update(_outbox).where(waits).values(lease_until=None, token=None, **ended))


def dead_outputs(db: Connection, connection: str, most: int) -> list[Output]:
    """What was given up of what was given to this connection, the newest first."""
    mine = (_outbox.c.connection == connection) & (_outbox.c.state == OutputState.DEAD)
    query = select(_outbox).where(mine).order_by(_outbox.c.id.desc()).limit(most)
    return [Output(**row) for row in db.execute(query).mappings()]


def standing(db: Connection, connection: str) -> Standing:
    """How what was given to this connection fares."""
    of = _outbox.c
    mine = select(of.state, func.count().label("number")).where(of.connection == connection)
    counted = {
        row.state: row.number for row in db.execute(mine.where(of.state.in_([*_WAITING, "dead"])).group_by(of.state))
    }
    failing = select(of.failing_since, of.reason).where(
        of.connection == connection, of.state.in_(["failed", "unknown"])
    )
    first = db.execute(failing.order_by(of.failing_since, of.id).limit(1)).one_or_none()
    return Standing(
        waiting=sum(number for state, number in counted.items() if state != "dead"), dead=counted.get("dead", 0),
        failing_since=first.failing_since if first else None, reason=first.reason if first else None,
    )  # fmt: skip
