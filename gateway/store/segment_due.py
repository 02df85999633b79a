"""Which accounts' segments are to be looked at again: those that something happened to, and all when a day begins.

Who changes an account, an order or a segment adds a row in the same transaction, so nothing is missed by a crash.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.lookup import among
from gateway.store.segment_tables import SegmentDueRow, SegmentRoundRow
from gateway.store.tables import table
from gateway.store.trade_tables import AccountRow

_due = table(SegmentDueRow)
_round = table(SegmentRoundRow)
_account = table(AccountRow)

_ALL, _FIRST = "", 1
_MARK = insert(_due)
_IS_DUE = select(_due.c.seq).limit(1)
_ROUND = select(_round.c.day, _round.c.reached)
_TAKE = select(_due.c.account).group_by(_due.c.account).order_by(func.min(_due.c.seq)).limit(bindparam("most"))
_TAKEN = delete(_due).where(among(_due.c.account, "taken"))
_FOLLOWING = (
    select(_account.c.account)
    .where(_account.c.account > bindparam("reached"))
    .order_by(_account.c.account)
    .limit(bindparam("most"))
)
_REACH = update(_round).values(day=bindparam("on"), reached=bindparam("to"))
_OPEN: dict[str, Any] = {
    name: dialect.insert(_round).on_conflict_do_nothing()
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def mark_due(db: Connection, accounts: Collection[str]) -> None:
    """The segments of these accounts are looked at again."""
    if accounts:
        db.execute(_MARK, [{"account": account} for account in sorted(set(accounts))])


def mark_all_due(db: Connection) -> None:
    """The segments of every account are looked at again."""
    db.execute(_MARK, [{"account": _ALL}])


def is_anything_due(db: Connection, on: date) -> bool:
    """Whether any account is to be looked at on this day."""
    if db.execute(_IS_DUE).first() is not None:
        return True
    row = db.execute(_ROUND).first()
    return row is None or row.day < on or row.reached is not None


def take_due(db: Connection, on: date, most: int) -> list[str]:
    """The accounts to look at now, at most so many: first those something happened to, then the day's round.

    They are not due any more when the transaction commits. One transaction writes at a time: nobody takes them twice.
    """
    db.execute(_OPEN[db.dialect.name], {"id": _FIRST, "day": date.min, "reached": None})
    day, reached = db.execute(_ROUND).one()
    taken = set(db.execute(_TAKE, {"most": most}).scalars())
    if taken:
        db.execute(_TAKEN, {"taken": taken})
    accounts = sorted(taken - {_ALL})
    if day < on or _ALL in taken:
        day, reached = max(day, on), ""
    if reached is not None and len(accounts) < most:
        following = list(db.execute(_FOLLOWING, {"reached": reached, "most": most - len(accounts)}).scalars())
        reached = following[-1] if following else None
        accounts = sorted({*accounts, *following})
    db.execute(_REACH, {"on": day, "to": reached})
    return accounts
