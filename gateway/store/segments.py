"""Who is, and was, in which segment: rows of the membership history, ranked for a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, Date, bindparam, exists, func, or_, select, union_all

from gateway.model.segment import SegmentMember
from gateway.store.history import stated
from gateway.store.lookup import among
from gateway.store.segment_tables import SegmentMemberRow, SegmentRow
from gateway.store.tables import table
from gateway.store.trade_tables import AccountGroupRow, AccountRow

_account = table(AccountRow)
_group = table(AccountGroupRow)
_segment = table(SegmentRow)
_member = table(SegmentMemberRow)

_day = bindparam("on", type_=Date)
_on_the_day = (_member.c.since <= _day) & or_(_member.c.until.is_(None), _member.c.until >= _day)
# What an account names and nobody has looked at yet counts as well: the history begins with the first look.
_not_looked_at = ~exists().where(_member.c.account == _account.c.account, _member.c.segment == _account.c.segment)
_keys = union_all(
    select(_member.c.segment.label("key")).where(_member.c.account == bindparam("account"), _on_the_day),
    select(_account.c.segment.label("key")).where(
        _account.c.account == bindparam("account"), _account.c.segment.is_not(None), _not_looked_at
    ),
).subquery()
_KEYS = select(_keys.c.key, func.coalesce(_segment.c.priority, 0).label("priority")).outerjoin(
    _segment, _segment.c.segment == _keys.c.key
)
_OF_ACCOUNTS = select(*stated(_member)).where(among(_member.c.account, "accounts")).order_by(*_member.primary_key)
_OF_ACCOUNT = _OF_ACCOUNTS.where(_on_the_day)
_KNOWN = select(_group.c.name).where(_group.c.kind == "segment", _group.c.name == bindparam("segment"))
_MEMBERS = (
    select(*stated(_member))
    .where(_member.c.segment == bindparam("segment"), _on_the_day)
    .order_by(*_member.primary_key)
)


def ranked_segments(db: Connection, account: str, on: date) -> tuple[str, ...]:
    """The keys of the account's segments on the day, the highest priority first, then by key."""
    found = db.execute(_KEYS, {"account": account, "on": on}).all()
    # Sorted here: two databases do not sort texts alike.
    return tuple(row.key for row in sorted(found, key=lambda row: (-row.priority, row.key)))


def is_known_segment(db: Connection, segment: str) -> bool:
    """Whether there is such a segment, by a rule of its own or because an account or a price names it."""
    return db.execute(_KNOWN, {"segment": segment}).first() is not None


def members_of(db: Connection, segment: str, on: date) -> list[SegmentMember]:
    """Who is in the segment on the day, by account."""
    return [SegmentMember(**row) for row in db.execute(_MEMBERS, {"segment": segment, "on": on}).mappings()]


def memberships_of(db: Connection, account: str, on: date) -> list[SegmentMember]:
    """The account's memberships on the day, by segment."""
    return [SegmentMember(**row) for row in db.execute(_OF_ACCOUNT, {"accounts": [account], "on": on}).mappings()]


def membership_history(db: Connection, accounts: Collection[str]) -> dict[str, list[SegmentMember]]:
    """Every membership these accounts have or had, by account, oldest first within a segment."""
    found: dict[str, list[SegmentMember]] = {}
    for row in db.execute(_OF_ACCOUNTS, {"accounts": accounts}).mappings():
        found.setdefault(row["account"], []).append(SegmentMember(**row))
    return found
