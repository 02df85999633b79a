"""The clock of the schedules: which slots are due, claimed once by whichever node sees them first, and run.

A slot is claimed before its command starts. Where the process that runs it dies, another one runs it again when its
lease is over: a command is run at least once, and the commands are made for that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from gateway.pipeline.work import Line
from gateway.scheduling.runs import Run
from gateway.store import Connection
from gateway.store.alarms import Kind, Reason, clear_alarm, raise_alarm
from gateway.store.events import note_event
from gateway.store.fires import (
    End,
    Fire,
    FireState,
    claim_slot,
    end_fire,
    extend,
    fire,
    fires,
    last_slots,
    note_slot,
    take_over,
)
from gateway.store.types import instant_text
from gateway.workspace.schedules import Schedule

LEASE = timedelta(minutes=1)
LATE_AFTER = timedelta(minutes=1)
"""What begins later than this was missed: nothing was served at its time."""
MOST_AT_ONCE = 4
MOST_TRIES = 3

_log = logging.getLogger("gateway.schedules")

Launch = Callable[[Schedule, Path, datetime], Run]


class _Running(NamedTuple):
    fire: Fire
    run: Run


class ScheduleClock:
    """Runs what is due, a round at a time, for the schedules of the line's configuration."""

    def __init__(self, workspace: Path, launch: Launch = Run) -> None:
        self._workspace = workspace
        self._launch = launch
        self._running: list[_Running] = []

    def round(self, line: Line) -> int:
        """How many runs were ended, taken over or begun."""
        return self._end(line) + self._take_over(line) + self._begin(line)

    def stop(self, line: Line) -> None:
        """End what runs; it is run again by the next process that serves."""
        for each in self._running:
            each.run.end()
            at = line.now()
            if each.run.state is not FireState.FAILED:
                self._record(line, each)
                continue
            with line.store.write() as db:
                extend(db, each.fire, at)
            each.run.close()
        self._running.clear()

    def _end(self, line: Line) -> int:
        now = line.clock()
        over = [each for each in self._running if each.run.is_over(now)]
        for each in over:
            self._running.remove(each)
            self._record(line, each)
        until = instant_text(now + LEASE)
        stale = [each for each in self._running if (each.fire.lease_until or "") < instant_text(now + LEASE / 2)]
        for each in stale:
            with line.store.write() as db:
                is_ours = extend(db, each.fire, until)
            self._running.remove(each)
            if is_ours:
                self._running.append(_Running(replace(each.fire, lease_until=until), each.run))
            else:
                each.run.end()
                each.run.close()
        return len(over)

    def _record(self, line: Line, ended: _Running) -> None:
        run, at = ended.run, line.now()
        with line.store.write() as db:
            if end_fire(db, ended.fire, End(run.state, at, run.code, run.last_words())):
                _note(db, ended.fire, run.state, at)
        if run.state is not FireState.DONE:
            _log.warning("schedule %s: %s, exit status %s", ended.fire.schedule, run.state, run.code)
        run.close()

    def _take_over(self, line: Line) -> int:
        """Run again what a process that died had begun, but not for ever."""
        with line.store.read() as db:
            running = fires(db, state=FireState.RUNNING)
        lost = [each for each in running if (each.lease_until or "") < line.now()]
        return sum(self._take_over_one(line, each) for each in lost)

    def _take_over_one(self, line: Line, lost: Fire) -> bool:
        schedule = line.configuration.schedules.get(lost.schedule)
        at = line.now()
        with line.store.write() as db:
            current = fire(db, lost.schedule, lost.slot)
            if current is None or current.token != lost.token or (current.lease_until or "") >= at:
                return False
            ours = take_over(db, lost, instant_text(line.clock() + LEASE))
            if schedule is None or lost.tries >= MOST_TRIES:
                text = "The gateway ended at every try of it." if schedule else "There is no such schedule any more."
                if ours is not None and end_fire(db, ours, End(FireState.FAILED, at, None, text)):
                    _note(db, ours, FireState.FAILED, at)
                return True
        if ours is not None and schedule is not None:
            self._start(line, schedule, ours)
        return True

    def _begin(self, line: Line) -> int:
        with line.store.read() as db:
            known = last_slots(db)
            busy = {each.schedule for each in fires(db, state=FireState.RUNNING)}
        begun = 0
        for schedule in line.configuration.schedules.values():
            if schedule.name not in known:
                with line.store.write() as db:
                    note_slot(db, schedule.name, line.now(), FireState.ARMED)
            elif schedule.active and schedule.name not in busy and len(self._running) < MOST_AT_ONCE:
                slot = due_slot(schedule, datetime.fromisoformat(known[schedule.name]), line.clock())
                begun += slot is not None and self._fire(line, schedule, slot)
        return begun

    def _fire(self, line: Line, schedule: Schedule, slot: datetime) -> bool:
        now = line.clock()
        with line.store.write() as db:
            if schedule.late == "skip" and now - slot - jitter_of(schedule, slot) > LATE_AFTER:
                return note_slot(
                    db, schedule.name, instant_text(slot), FireState.SKIPPED, "nothing was served at its time"
                )
            ours = claim_slot(db, schedule.name, instant_text(slot), instant_text(now), instant_text(now + LEASE))
        if ours is None:
            return False
        self._start(line, schedule, ours)
        return True

    def _start(self, line: Line, schedule: Schedule, ours: Fire) -> None:
        try:
            self._running.append(_Running(ours, self._launch(schedule, self._workspace, line.clock())))
        except OSError as reason:
            at = line.now()
            with line.store.write() as db:
                if end_fire(db, ours, End(FireState.FAILED, at, None, f"It could not be started: {reason}")):
                    _note(db, ours, FireState.FAILED, at)


def run_by_hand(line: Line, schedule: Schedule, workspace: Path) -> Fire:
    """The run of a schedule now, whatever its time is; it returns when that is over."""
    now = line.clock()
    with line.store.write() as db:
        ours = claim_slot(
            db, schedule.name, instant_text(now), instant_text(now), instant_text(now + schedule.timeout + LEASE)
        )
    if ours is None:
        return run_by_hand(line, schedule, workspace)
    run = Run(schedule, workspace, now)
    run.wait()
    at = line.now()
    with line.store.write() as db:
        if end_fire(db, ours, End(run.state, at, run.code, run.last_words())):
            _note(db, ours, run.state, at)
        ended = fire(db, schedule.name, ours.slot)
    run.close()
    return ended or ours


def due_slot(schedule: Schedule, last: datetime, now: datetime) -> datetime | None:
    """The last slot since `last` whose time has come, with its jitter; slots before it are made up for by it."""
    slot = schedule.timing.last(last, now)
    return None if slot is None or now < slot + jitter_of(schedule, slot) else slot


def jitter_of(schedule: Schedule, slot: datetime) -> timedelta:
    """How much later this slot begins: by chance, but the same on every node."""
    drawn = blake2b(f"{schedule.name} {slot.isoformat()}".encode(), digest_size=4).digest()
    return schedule.jitter * (int.from_bytes(drawn) / 2**32)


def _note(db: Connection, ended: Fire, state: FireState, at: str) -> None:
    """What came of a run is on record; a failure is an alarm until a later run is none."""
    note_event(db, f"schedule {ended.schedule}", state.value, ended.slot, at)
    if state is FireState.FAILED:
        text = f"schedule {ended.schedule} failed: gateway schedule log {ended.schedule}"
        raise_alarm(db, Reason(Kind.SCHEDULE_FAILED, ended.schedule, text), at)
    else:
        clear_alarm(db, Kind.SCHEDULE_FAILED, ended.schedule, at)
