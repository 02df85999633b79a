"""Outcomes: what came of sending a document, recorded under its lease; nothing is sent again blindly."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.connector import Receipt
from gateway.errors import ConfigError, GatewayError, PermanentError, TransientError, UnknownOutcomeError
from gateway.metrics import counted_output
from gateway.pipeline.ledger import note_sent
from gateway.pipeline.names import file_name
from gateway.pipeline.outlets import Ended, Outlet
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.events import note_event
from gateway.store.records import Output, OutputState
from gateway.store.sending import finish_output, hold_back_next
from gateway.store.types import instant_text

MOST_CRASHES = 3
MOST_ASKED = timedelta(minutes=15)
"""The longest that the other side is left alone for because it asked."""
_KILLS = f"The gateway died {MOST_CRASHES} times while it sent this. Look at its log."
_A_PERSON_DECIDES = "Ask the other side, then `gateway outbox resend` or `gateway outbox settle`."

_log = logging.getLogger("gateway.deliver")

Wait = Callable[[int], timedelta]
"""The time before the next try, after so many that failed."""


class Outcomes:
    """Records in one transaction what came of documents; False where another one holds a document's lease by now."""

    def __init__(self, line: Line, db: Connection, wait: Wait) -> None:
        self._line = line
        self._db = db
        self._wait = wait

    def record(self, ended: Ended) -> bool:
        """What came of a document that was given to its connection, or asked about."""
        if not ended.begun and ended.error is None:
            return self._release(ended)
        if ended.error is not None:
            return self._failed(ended, ended.error)
        if ended.receipt is not None:
            return self.sent(ended.output, ended.receipt, "found there: " if ended.run.look_up else "")
        return self._absent(ended)

    def sent(self, output: Output, receipt: Receipt, found: str = "") -> bool:
        """The other side has it."""
        text = f"{found}{receipt.reference or file_name(output)}{', was there before' if receipt.repeated else ''}"
        values = {"sent_at": self._line.now(), "receipt": receipt.reference, "reason": None, "failing_since": None}
        return self._end(output, OutputState.SENT, text, next_try=None, **values)

    def take_over(self, output: Output, outlet: Outlet) -> bool:
        """The process that sent this, or asked about it, has died in it."""
        crashes = output.crashes + 1
        if output.state == OutputState.UNKNOWN and crashes >= MOST_CRASHES:
            return self._left_to_a_person(output, "The gateway died each time it sent this or asked about it.")
        if output.state == OutputState.UNKNOWN:
            return finish_output(self._db, output, OutputState.UNKNOWN, crashes=crashes)
        if not outlet.repeatable:
            died = "The gateway died while it sent this."
            values = {"reason": died, "next_try": self._line.now()}
            return self._end(output, OutputState.UNKNOWN, died, crashes=crashes, **values)
        if crashes >= MOST_CRASHES:
            return self._end(output, OutputState.DEAD, _KILLS, reason=_KILLS, next_try=None, crashes=crashes)
        return self._end(output, OutputState.QUEUED, "the gateway died while it sent this", crashes=crashes)

    def _release(self, ended: Ended) -> bool:
        """It was not begun: it is next again."""
        if ended.run.look_up:
            return finish_output(self._db, ended.output, OutputState.UNKNOWN)
        return finish_output(self._db, ended.output, OutputState.QUEUED, tries=ended.output.tries - 1)

    def _absent(self, ended: Ended) -> bool:
        if ended.output.crashes >= MOST_CRASHES:
            return self._end(ended.output, OutputState.DEAD, _KILLS, reason=_KILLS, next_try=None)
        if self._is_over(self._since(ended.output), ended.run.outlet):
            return self._give_up(ended, "it is not there")
        return self._end(ended.output, OutputState.QUEUED, "not there: it is sent again", next_try=None)

    def _failed(self, ended: Ended, error: Exception) -> bool:
        output = ended.output
        reason = str(error) if isinstance(error, GatewayError) else f"{type(error).__name__}: {error}"
        if not isinstance(error, GatewayError):
            _log.error("output %s failed at %s", output.id, output.connection, exc_info=error)
        if ended.run.look_up:
            return self._not_found_out(ended, error, reason)
        if isinstance(error, PermanentError):
            return self._end(output, OutputState.DEAD, reason, reason=reason, next_try=None)
        if _is_unsure(ended, error) and not ended.run.outlet.repeatable:
            return self._unknown(ended, reason)
        return self._try_again(ended, reason, error.after if isinstance(error, TransientError) else None)

    def _unknown(self, ended: Ended, reason: str) -> bool:
        if not ended.can_find:
            return self._left_to_a_person(ended.output, reason)
        values = {"next_try": self._next(ended.output), "failing_since": self._since(ended.output)}
        return self._end(ended.output, OutputState.UNKNOWN, reason, reason=reason, **values)

    def _not_found_out(self, ended: Ended, error: Exception, reason: str) -> bool:
        output, since = ended.output, self._since(ended.output)
        if isinstance(error, PermanentError):
            return self._left_to_a_person(output, f"{output.reason or ''} {reason}".strip())
        if not ended.can_find or self._is_over(since, ended.run.outlet):
            return self._left_to_a_person(output, output.reason or reason)
        values = {"next_try": self._next(output), "failing_since": since}
        return self._end(output, OutputState.UNKNOWN, f"cannot be asked: {reason}", **values)

    def _left_to_a_person(self, output: Output, reason: str) -> bool:
        told = f"{reason} {_A_PERSON_DECIDES}"
        return self._end(output, OutputState.UNKNOWN, told, reason=told, next_try=None)

    def _try_again(self, ended: Ended, reason: str, after: timedelta | None) -> bool:
        """It is sent again in time, or when the other side asked for, up to MOST_ASKED."""
        output, since = ended.output, self._since(ended.output)
        if self._is_over(since, ended.run.outlet):
            return self._give_up(ended, reason)
        asked = self._at(min(after, MOST_ASKED)) if after is not None else ""
        values = {"next_try": max(self._next(output), asked), "failing_since": since}
        return self._end(output, OutputState.FAILED, reason, reason=reason, **values)

    def _give_up(self, ended: Ended, reason: str) -> bool:
        """It is dead; the one behind it waits a little, so that a partner who is away is not tried with all at once."""
        output, since = ended.output, self._since(ended.output)
        told = f"Given up after {_in_words(ended.run.outlet.pace.deadline)}: {reason}"
        if not self._end(output, OutputState.DEAD, told, reason=told, next_try=None, failing_since=since):
            return False
        hold_back_next(self._db, output, self._at(self._wait(1)), since)
        return True

    def _since(self, output: Output) -> str:
        return output.failing_since or self._line.now()

    def _next(self, output: Output) -> str:
        return self._at(self._wait(tries_made(output)))

    def _is_over(self, since: str, outlet: Outlet) -> bool:
        return self._line.clock() - datetime.fromisoformat(since) >= outlet.pace.deadline

    def _at(self, after: timedelta) -> str:
        return instant_text(self._line.clock() + after)

    def _end(self, output: Output, state: OutputState, text: str, **values: str | int | None) -> bool:
        if not finish_output(self._db, output, state, **values):
            return False
        note_event(self._db, output.id, state.value, text, self._line.now())
        counted_output(output.connection, output.type, state)
        if state is OutputState.SENT:
            note_sent(self._line, self._db, output)
        return True


def tries_made(output: Output) -> int:
    """The tries that the wait for the next one goes by, at least one."""
    return max(output.tries - output.crashes, 1)


def _is_unsure(ended: Ended, error: Exception) -> bool:
    """Whether the other side may have it all the same."""
    if isinstance(error, UnknownOutcomeError):
        return True
    return ended.begun and not isinstance(error, TransientError | ConfigError)


def _in_words(time: timedelta) -> str:
    hours = time.total_seconds() / 3600
    return f"{hours:g} h" if hours >= 1 else f"{time.total_seconds():g} s"
