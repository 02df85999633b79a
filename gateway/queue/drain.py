"""Drain: a lane's due messages through the line, in order, many to a commit, each failing alone."""

from __future__ import annotations

import logging
from collections import deque

from gateway.errors import GatewayError, PermanentError, TransientError
from gateway.pipeline.line import compute, settle
from gateway.pipeline.persist import OutdatedError
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.work import Line, Work
from gateway.queue.retry import MOST_TRIES, next_try
from gateway.store import Connection, lanes
from gateway.store.engine import savepoint
from gateway.store.events import note_event
from gateway.store.messages import messages, update_message
from gateway.store.records import State, WorkItem

GROUP = 32
DRAIN_ITEMS = 200
TRIES_OF_A_DEFECT = 3

_log = logging.getLogger("gateway.queue")


def drain_lane(line: Line, lane: str) -> int:
    """How many items of the lane were worked on: at most DRAIN_ITEMS, then other lanes have their turn.

    Where the partner's agreement says so, the lane is paused by the first message that does not come through.
    """
    done, stops = 0, _stops(line, lane)
    while done < DRAIN_ITEMS:
        with line.store.write() as db:
            items = lanes.take_items(db, lane, line.now(), 1 if stops else GROUP)
        if not items:
            break
        stuck = _work_group(line, items)
        done += len(items)
        if stuck and stops:
            with line.store.write() as db:
                lanes.set_lane(db, lane, "paused")
                note_event(db, items[0].message, "lane paused", lane, line.now())
            _log.warning("lane %s is paused: message %s did not come through", lane, items[0].message)
            break
    return done


def _stops(line: Line, lane: str) -> bool:
    """Whether a message that does not come through keeps those behind it in the lane waiting."""
    partner = line.configuration.partners.get(lane.rpartition("/")[2])
    return partner is not None and any(agreement.lane == "stop" for agreement in partner.agreements)


def drain_all(line: Line) -> int:
    """How many items were worked on until no lane had any that was due."""
    total = 0
    while True:
        with line.store.read() as db:
            due = lanes.due_lanes(db, line.now())
        worked = sum(drain_lane(line, lane) for lane in due)
        total += worked
        if not worked:
            line.fresh.clear()
            return total


def _work_group(line: Line, items: list[WorkItem]) -> bool:
    """Whether any of the items did not come through: failed, or its message is held."""
    computed, failed = _compute(line, items)
    stuck = bool(failed)
    with line.store.write() as db:
        for item, error in failed:
            _record_failure(line, db, item, error)
        for item, work in computed:
            try:
                stuck = _settle(line, db, item, work).state == State.HELD or stuck
            except Exception as error:  # noqa: BLE001 - the worker's edge; the savepoint has undone this item alone
                _record_failure(line, db, item, error)
                stuck = True
    return stuck


def _compute(line: Line, items: list[WorkItem]) -> tuple[list[tuple[WorkItem, Work]], list[tuple[WorkItem, Exception]]]:
    """The work of each item from one snapshot, a new one after each failure, and the items that failed."""
    computed: list[tuple[WorkItem, Work]] = []
    failed: list[tuple[WorkItem, Exception]] = []
    waiting = deque(items)
    while waiting:
        item = waiting[0]
        try:
            with line.store.read() as db:
                snapshot = Snapshot(db, line.memory)
                records = messages(db, [each.message for each in waiting])
                while waiting:
                    item = waiting.popleft()
                    if item.tries >= MOST_TRIES:
                        raise PermanentError("The gateway died at every try of this message. Look at its log.")
                    computed.append((item, compute(line, snapshot, records[item.message], item.stage)))
        except Exception as error:  # noqa: BLE001 - the worker's edge: one poison message never stops the others
            if waiting and waiting[0] is item:
                waiting.popleft()
            failed.append((item, error))
    return computed, failed


def _settle(line: Line, db: Connection, item: WorkItem, work: Work) -> Work:
    """The item's work, written in a savepoint; computed again first where one before it changed what it rests on."""
    try:
        return _settle_once(line, db, item, work)
    except OutdatedError:
        record = messages(db, [item.message])[item.message]
        return _settle_once(line, db, item, compute(line, Snapshot(db, line.memory), record, item.stage))


def _settle_once(line: Line, db: Connection, item: WorkItem, work: Work) -> Work:
    with savepoint(db):
        settled = settle(line, db, work)
        lanes.finish_items(db, [item.seq])
    return settled


def _record_failure(line: Line, db: Connection, item: WorkItem, error: Exception) -> None:
    """The item is due again later, or dead, with its reason in the message's history."""
    reason = str(error) if isinstance(error, GatewayError) else f"{type(error).__name__}: {error}"
    if not isinstance(error, GatewayError):
        _log.error("message %s failed at %s", item.message, item.stage, exc_info=error)
    due = _due_again(line, item.tries + 1, error)
    if due is None:
        lanes.bury(db, item.seq, reason)
    else:
        lanes.put_back(db, item.seq, due, reason)
    state = State.DEAD if due is None else State.FAILED
    update_message(db, item.message, state=state, changed_at=line.now())
    note_event(db, item.message, state.value, reason, line.now())


def _due_again(line: Line, tries: int, error: Exception) -> str | None:
    """When it is tried again: not at all where that cannot help, a few times only where the defect is ours."""
    if isinstance(error, TransientError):
        return next_try(line.clock(), tries)
    if isinstance(error, GatewayError) or tries >= TRIES_OF_A_DEFECT:
        return None
    return next_try(line.clock(), tries)
