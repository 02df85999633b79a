"""Segments, who is in them since when and why, what an account's orders come to, and what it did in a channel."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from gateway.model.value import Value


class Segment(Value, kw_only=True):
    """A group of accounts that a rule tells, or only the accounts that name it; valid_to inclusive.

    kind: status, demographic, potential, partner_type or individual. Of an account's segments the one with the highest
    priority comes first.
    """

    segment: str
    kind: str = "individual"
    rule: str | None = None
    priority: int = 0
    valid_from: date | None = None
    valid_to: date | None = None


class SegmentMember(Value, kw_only=True):
    """An account in a segment from a day (None: since ever) to a last day (None: no end is known).

    One that ended on the day it began has its last day before its first: no whole day of it is left. `evidence` is
    JSON, what made it a member; `computed_seq` the number of the trade data it was computed from.
    """

    account: str
    segment: str
    since: date | None = None
    until: date | None = None
    evidence: str = "{}"
    computed_seq: int = 0


class AccountMetric(Value, kw_only=True):
    """A number or a day that the orders and the usage of an account come to, unchanged since the day `as_of`."""

    account: str
    metric: str
    number: Decimal | None = None
    day: date | None = None
    as_of: date


class UsageEvent(Value, kw_only=True):
    """What an account did in a channel; `at` is an aware instant, `ref` what it was about, `id` makes it known again.

    kind: search, view, cart, punchout_return, order or price_lookup.
    """

    account: str
    channel: str
    kind: str
    at: datetime
    user: str | None = None
    ref: str | None = None
    id: str | None = None


class OrdersOf(NamedTuple):
    """What orders of one account over one channel in one currency come to; `recent` ones are of the last 12 months."""

    channel: str
    currency: str
    orders: int
    recent: int
    recent_total: Decimal
    unattended: int
    lines: int
    last: date


class UsageOf(NamedTuple):
    """How often an account did something of one kind in the last 12 months, and when last."""

    kind: str
    times: int
    last: date
