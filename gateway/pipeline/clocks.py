"""Clocks: until when an answer is due, in the hours of the calendar that its agreement names."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.commerce.calendars import WorkingDays, working_days
from gateway.commerce.deadlines import deadline
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.terms import TradeTerms
from gateway.store.trade import Trade
from gateway.store.types import instant_text
from gateway.workspace.values import Agreement, Partner


class Clocks:
    """Deadlines on one connection; each calendar is read once, and nothing where none is named."""

    def __init__(self, line: Line, db: Connection) -> None:
        self._line = line
        self._db = db
        self._calendars: dict[str, WorkingDays | None] = {}
        self._zones: dict[str, str] = {}

    def due(self, partner: Partner, agreement: Agreement, within: timedelta, since: str | None = None) -> str:
        """The instant at which so much time is over since an instant, or since now.

        A calendar that is not imported counts around the clock: rather too early than too late.
        """
        start = datetime.fromisoformat(since) if since else self._line.clock()
        days = self.calendar(agreement.calendar) if agreement.calendar else None
        if days is None:
            return instant_text(deadline(start, within))
        zone = days.cut_off.zone if days.cut_off and days.cut_off.zone else self._zone(partner.account or "")
        return instant_text(deadline(start, within, days, zone))

    def calendar(self, name: str) -> WorkingDays | None:
        """The working days of the calendar; None where it is not imported, or cannot be read."""
        if name not in self._calendars:
            stored = TradeTerms(self._db).calendars({name}).get(name)
            try:
                self._calendars[name] = working_days(stored) if stored else None
            except ValueError:
                self._calendars[name] = None
        return self._calendars[name]

    def _zone(self, account: str) -> str:
        if account not in self._zones:
            found = Trade(self._db).accounts({account}).get(account)
            self._zones[account] = found.timezone if found else "UTC"
        return self._zones[account]
