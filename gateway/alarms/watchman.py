"""The watchman: one round after the other he looks for reasons and tells of them; a failing store he tells directly."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from gateway.alarms.telling import Channel, failure, tell
from gateway.alarms.watching import watch
from gateway.errors import TransientError
from gateway.pipeline.work import Line
from gateway.store.alarms import Kind, Notice
from gateway.store.types import instant_text

PATIENCE = timedelta(minutes=1)
"""So long a part may fail before it is an alarm: what is over at the next try is none."""

_log = logging.getLogger("gateway.alarms")


class Watchman:
    """`failing` says of each part of this process what keeps it from working, `host` what the process is called."""

    def __init__(self, channels: Sequence[Channel], failing: Callable[[], Mapping[str, str]], host: str = "") -> None:
        self._channels = channels
        self._failing = failing
        self._host = host
        self._since: dict[str, datetime] = {}
        self._store_away_since: datetime | None = None
        self._told_of_store = False

    def round(self, line: Line) -> int:
        """How many alarms were raised or cleared, and notices told; raises TransientError where the store is away."""
        try:
            done = watch(line, self._lasting(self._failing(), line.clock()), self._host) + tell(line, self._channels)
        except TransientError as error:
            self._tell_of_store(str(error), line.clock())
            raise
        self._store_away_since, self._told_of_store = None, False
        return done

    def _lasting(self, failing: Mapping[str, str], now: datetime) -> dict[str, str]:
        """What has failed for longer than PATIENCE."""
        self._since = {part: self._since.get(part, now) for part in failing}
        return {part: reason for part, reason in failing.items() if now - self._since[part] >= PATIENCE}

    def _tell_of_store(self, reason: str, now: datetime) -> None:
        """Once, where the store is away for long: there is nowhere to keep the alarm, so every channel hears it now."""
        self._store_away_since = self._store_away_since or now
        if self._told_of_store or now - self._store_away_since < PATIENCE:
            return
        self._told_of_store = True
        at, kind = instant_text(now), Kind.PART_FAILING
        notice = Notice(seq=0, what="raised", at=at, alarm="", kind=kind, subject="store", text=reason, count=1)
        for channel in self._channels:
            failed = failure(channel, [notice], 1)
            if failed is not None:
                _log.warning("the store is away, and %s cannot tell: %s", channel.name, failed)
