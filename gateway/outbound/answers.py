"""What answers have in common whoever gives them: come again later, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from gateway.outbound.door import Answer

NOT_DONE = frozenset({408, 425, 429, 503})
"""Statuses of who is away or busy for now, and did nothing (RFC 9110, RFC 6585, RFC 8470)."""
UNSURE = frozenset({500, 502, 504})
"""Statuses of who broke off at it, or who lost sight of the one behind him: it may be done."""
_MOST = timedelta(days=1)


def waits(answer: Answer, now: datetime) -> timedelta | None:
    """The time the other side wants to be left alone for (Retry-After, RFC 9110 10.2.3), at most a day; None: not said.

    It is stated in seconds or as an instant.
    """
    stated = answer.headers.get("retry-after", "").strip()
    if stated.isascii() and stated.isdecimal():
        return min(timedelta(seconds=int(stated[:9])), _MOST)
    try:
        until = parsedate_to_datetime(stated)
    except (ValueError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), _MOST)
