"""Accounts looked at again: their metrics counted from what is stored, their segments told by their rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from gateway.commerce.metrics import TOLD, metrics_of, year_before
from gateway.commerce.rule_grammar import RuleError
from gateway.commerce.segmentation import RuledSegment, changed_members, memberships, ruled
from gateway.errors import PermanentError
from gateway.model.account import Account
from gateway.model.segment import Segment, SegmentMember
from gateway.store import Connection
from gateway.store.account_metrics import Values, metrics, orders_of, put_metrics, usage_of
from gateway.store.engine import Store
from gateway.store.segment_due import is_anything_due, mark_all_due, mark_due, take_due
from gateway.store.segments import membership_history
from gateway.store.trade import every
from gateway.store.trade_changes import TradeChanges

ACCOUNTS_AT_ONCE = 500
"""Accounts of one transaction: others wait for it no longer than for a page of orders."""


class Refreshed(NamedTuple):
    """How many accounts were looked at, and how many memberships began, ended or were changed by it."""

    accounts: int = 0
    memberships: int = 0


def refresh_segments(store: Store, on: date, accounts: Collection[str] | None = ()) -> Refreshed:
    """What came of looking at everything that is due on the day: these accounts (None: all) and what others left.

    Each 500 accounts are a transaction of their own. It counts anew from the data, so that a second time changes
    nothing. Raises PermanentError for a stored rule that cannot be read.
    """
    if accounts is None or accounts:
        with store.write() as db:
            mark_all_due(db) if accounts is None else mark_due(db, accounts)
    total = Refreshed()
    while (done := refresh_some(store, on)).accounts:
        total = Refreshed(*map(sum, zip(total, done, strict=True)))
    return total


def refresh_some(store: Store, on: date) -> Refreshed:
    """What came of looking at up to 500 accounts that are due on the day, in one short transaction."""
    with store.read() as db:
        if not is_anything_due(db, on):
            return Refreshed()
    with store.write() as db:
        return _look_at(db, take_due(db, on, ACCOUNTS_AT_ONCE), on)


def _look_at(db: Connection, numbers: list[str], on: date) -> Refreshed:
    changes = TradeChanges(db)
    accounts = changes.trade.accounts(numbers)
    values = _counted_anew(db, accounts, on)
    segments, history = _segments(db), membership_history(db, accounts)
    changed: list[SegmentMember] = []
    for number, account in accounts.items():
        wanted = memberships(account, values[number], segments, on)
        changed += changed_members(history.get(number, []), wanted, number, on)
    seq = changes.trade.data_seq()
    changes.put(SegmentMember, [msgspec.structs.replace(each, computed_seq=seq) for each in changed])
    return Refreshed(len(numbers), len(changed))


def _counted_anew(db: Connection, accounts: Mapping[str, Account], on: date) -> dict[str, Values]:
    """The metrics of the accounts, which are stored too; what a CRM told of them stays as it is."""
    after, before = year_before(on), metrics(db, accounts)
    orders, usage = orders_of(db, accounts, on, after), usage_of(db, accounts, on, after)
    now = {
        number: metrics_of(account.currency, orders.get(number, ()), usage.get(number, ()))
        | {name: value for name, value in before.get(number, {}).items() if name in TOLD}
        for number, account in accounts.items()
    }
    put_metrics(db, before, now, on)
    return now


def _segments(db: Connection) -> list[RuledSegment]:
    segments = list(every(db, Segment))
    try:
        return [ruled(segment) for segment in segments]
    except RuleError as reason:
        raise PermanentError(f"The rule of a segment cannot be read: {reason}. Import it again, corrected.") from reason
