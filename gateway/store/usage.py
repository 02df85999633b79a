"""Usage events: what accounts did in a channel, added once and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

import msgspec
from sqlalchemy import Connection, select

from gateway.errors import UsageError
from gateway.model.segment import UsageEvent
from gateway.store.identity import new_id
from gateway.store.lookup import among
from gateway.store.segment_due import mark_due
from gateway.store.segment_tables import UsageEventRow
from gateway.store.tables import insert_new, table
from gateway.store.trade_tables import AccountRow
from gateway.store.types import instant_text

_usage = table(UsageEventRow)
_account = table(AccountRow)
_KNOWN = select(_account.c.account).where(among(_account.c.account, "numbers"))
_ADD = insert_new(_usage)


def note_usage(db: Connection, events: Sequence[UsageEvent]) -> int:
    """How many of the events were added; one whose id its account had before is known and changes nothing.

    Raises UsageError, with nothing added, for an account that is not known or an instant without its zone.
    """
    accounts = {event.account for event in events}
    unknown = sorted(accounts - set(db.execute(_KNOWN, {"numbers": accounts}).scalars()))
    if unknown:
        raise UsageError(f"There is no account {unknown[0]}. Import it with the accounts.")
    if any(event.at.tzinfo is None for event in events):
        raise UsageError("A usage event has an instant without its zone. Write it like 2026-01-31T09:30:00+01:00.")
    added = [event.account for event in events if db.execute(_ADD[db.dialect.name], _row(event)).rowcount]
    mark_due(db, added)
    return len(added)


def _row(event: UsageEvent) -> dict[str, object]:
    at = instant_text(event.at.astimezone(UTC))
    return {**msgspec.structs.asdict(event), "id": event.id or new_id(), "at": at}
