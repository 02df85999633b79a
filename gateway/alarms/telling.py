"""Telling: each channel hears of every alarm that is raised or cleared, in order and at least once."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol

from gateway.errors import GatewayError
from gateway.pipeline.work import Line
from gateway.queue.retry import wait_after
from gateway.store.alarms import Notice, Telling, has_news, note_told, note_untold, take_notices
from gateway.store.types import instant_text

LEASE = timedelta(minutes=2)
"""A channel gives up sooner; one that a process died at is taken over after this time."""

_log = logging.getLogger("gateway.alarms")


class Channel(Protocol):
    """A way to tell people or machines.

    It takes at most `most` notices at a time and rests so long after it; one that tells `in_sum` says how many there
    are in all and is done with them, too.
    """

    name: str
    most: int
    rest: timedelta
    in_sum: bool

    def tell(self, notices: list[Notice], total: int) -> None:
        """Return when they are told; raises whatever went wrong otherwise."""


class LogChannel:
    """A line of the log for each alarm that is raised or cleared."""

    name = "log"
    most = 1_000
    rest = timedelta()
    in_sum = False

    def tell(self, notices: list[Notice], total: int) -> None:  # noqa: ARG002 - as of every channel
        """Write them."""
        for each in notices:
            level = logging.WARNING if each.what == "raised" else logging.INFO
            form = "alarm %s kind=%s subject=%s count=%d text=%s"
            _log.log(level, form, each.what, each.kind, each.subject, each.count, each.text)


def tell(line: Line, channels: Iterable[Channel]) -> int:
    """How many notices were told; a channel that fails is tried again later, and keeps no other from telling."""
    return sum(_tell(line, channel) for channel in channels)


def _tell(line: Line, channel: Channel) -> int:
    with line.store.read() as db:
        if not has_news(db, channel.name, line.now()):
            return 0
    with line.store.write() as db:
        telling = take_notices(db, channel.name, line.now(), _in(line, LEASE), channel.most)
    if telling is None:
        return 0
    reason = failure(channel, telling.notices, telling.total)
    if reason is not None:
        _note_failure(line, channel, telling, reason)
        return 0
    seq = telling.last_seq if channel.in_sum else telling.notices[-1].seq
    with line.store.write() as db:
        note_told(db, telling.token, seq, _in(line, channel.rest))
    return telling.total if channel.in_sum else len(telling.notices)


def failure(channel: Channel, notices: list[Notice], total: int) -> str | None:
    """Why the channel could not tell; None where it has told."""
    try:
        channel.tell(notices, total)
    except GatewayError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - the worker's edge: what a server does to us stops no other channel
        return f"{type(error).__name__}: {error}"
    return None


def _note_failure(line: Line, channel: Channel, telling: Telling, reason: str) -> None:
    _log.log(logging.WARNING if telling.tries == 1 else logging.INFO, "alarms by %s: %s", channel.name, reason)
    with line.store.write() as db:
        note_untold(db, telling.token, reason, _in(line, wait_after(telling.tries)))


def _in(line: Line, time: timedelta) -> str:
    return instant_text(line.clock() + time)
