"""Drain: a lane's due items, in order, many to a commit, each failing alone; then other lanes have their turn."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from gateway.errors import GatewayError, PermanentError, TransientError
from gateway.pipeline.line import compute, settle
from gateway.pipeline.persist import OutdatedError
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.work import Line, Work
from gateway.queue.files import read_files
from gateway.queue.leases import Leases
from gateway.queue.retry import AWAY_FOR, MOST_TRIES, TRIES_OF_A_DEFECT, wait_after
from gateway.queue.turn import Turn
from gateway.store import Connection, lanes
from gateway.store.engine import savepoint
from gateway.store.events import note_event
from gateway.store.lanes import DECODE, LostLeaseError
from gateway.store.messages import messages, update_message
from gateway.store.records import State, WorkItem
from gateway.store.types import instant_text

GROUP = 32

_log = logging.getLogger("gateway.queue")


def drain_lane(line: Line, leases: Leases, lane: str, going: Callable[[], bool] = lambda: True) -> int:
    """How many items of the lane were worked on in one turn at it; 0 where another process holds it, or takes it over.

    Where the partner's agreement says so, the lane is paused by the first message that does not come through.
    """
    stops = _stops(line, lane)
    # Where it is lost, with the machine, the items are as if they had not been taken.
    with line.store.write(lasting=False) as db:
        lease = leases.take(line, db, lane)
        if lease is None:
            return 0
        turn = Turn(line, leases, lease, 1 if stops else GROUP, going)
        items = turn.following(db)
    try:
        while items:
            items = read_files(turn, items) if items[0].stage == DECODE else _work_group(turn, items, stops)
    except LostLeaseError as lost:
        leases.forget(lease)
        _log.warning("lane %s: %s", lane, lost)
    except BaseException:
        leases.give_back(line, lease)
        raise
    return turn.done


def _stops(line: Line, lane: str) -> bool:
    """Whether a message that does not come through keeps those behind it in the lane waiting."""
    partner = line.configuration.partners.get(lane.rpartition("/")[2])
    return partner is not None and any(agreement.lane == "stop" for agreement in partner.agreements)


@dataclass(slots=True)
class _Computed:
    """The work of items, those that failed, and those behind one that has to wait."""

    works: list[tuple[WorkItem, Work]] = field(default_factory=list)
    failed: list[tuple[WorkItem, Exception]] = field(default_factory=list)
    behind: list[WorkItem] = field(default_factory=list)


def _work_group(turn: Turn, items: list[WorkItem], stops: bool) -> list[WorkItem]:
    """The items that come next, when these are worked on or wait."""
    computed = _compute(turn.line, items)
    following = _write_group(turn, items, computed, stops)
    turn.line.awaited.tell([item.message or "" for item in items])
    return following


def _write_group(turn: Turn, items: list[WorkItem], computed: _Computed, stops: bool) -> list[WorkItem]:
    line = turn.line
    with line.store.write() as db:
        turn.prove(db)
        is_stuck = _settle_group(line, db, computed)
        turn.done += max(len(items) - len(computed.behind), 1)
        if is_stuck and stops:
            lanes.set_lane(db, turn.lease.lane, "paused")
            note_event(db, items[0].message or "", "lane paused", turn.lease.lane, line.now())
            turn.leases.release(db, turn.lease)
            _log.warning("lane %s is paused: message %s did not come through", turn.lease.lane, items[0].message)
            return []
        return turn.following(db)


def _settle_group(line: Line, db: Connection, computed: _Computed) -> bool:
    """Whether any of the items did not come through: failed, or its message is held.

    One that takes more than a transaction is behind, to be gone on with, and with it what follows.
    """
    is_stuck = bool(computed.failed)
    for item, error in computed.failed:
        _record_failure(line, db, item, error)
    waiting = deque(computed.works)
    while waiting:
        item, work = waiting.popleft()
        try:
            state = _settle(line, db, item, work).state
            is_stuck = state == State.HELD or is_stuck
            if state == State.READY:
                computed.behind = [item, *(each for each, _ in waiting), *computed.behind]
                break
        except Exception as error:  # noqa: BLE001 - the worker's edge; the savepoint has undone this item alone
            _record_failure(line, db, item, error)
            is_stuck = True
            if isinstance(error, TransientError):
                computed.behind = [each for each, _ in waiting] + computed.behind
                break
    lanes.return_items(db, [item.seq for item in computed.behind])
    return is_stuck


def _compute(line: Line, items: list[WorkItem]) -> _Computed:
    """The work of each item from one snapshot, a new one after each failure, up to one that waits for what is away."""
    computed = _Computed()
    waiting = deque(items)
    while waiting:
        item = waiting[0]
        try:
            with line.store.read() as db:
                snapshot = Snapshot(db, line.memory)
                records = messages(db, [each.message or "" for each in waiting])
                while waiting:
                    item = waiting.popleft()
                    if item.failures >= MOST_TRIES:
                        raise PermanentError("The gateway died at every try of this message. Look at its log.")
                    work = compute(line, snapshot, records[item.message or ""], item.stage)
                    computed.works.append((item, work))
        except Exception as error:  # noqa: BLE001 - the worker's edge: one poison message never stops the others
            if waiting and waiting[0] is item:
                waiting.popleft()
            computed.failed.append((item, error))
            if isinstance(error, TransientError):
                computed.behind += waiting
                break
    return computed


def _settle(line: Line, db: Connection, item: WorkItem, work: Work) -> Work:
    """The item's work, written in a savepoint; computed again first where one before it changed what it rests on."""
    try:
        return _settle_once(line, db, item, work)
    except OutdatedError:
        message = item.message or ""
        record = messages(db, [message])[message]
        return _settle_once(line, db, item, compute(line, Snapshot(db, line.memory), record, item.stage))


def _settle_once(line: Line, db: Connection, item: WorkItem, work: Work) -> Work:
    with savepoint(db):
        settled = settle(line, db, work)
        if settled.state != State.READY:
            lanes.finish_items(db, [item.seq])
    return settled


def _record_failure(line: Line, db: Connection, item: WorkItem, error: Exception) -> None:
    """The item is due again later, or dead, with its reason in the message's history.

    What nobody can help but time is tried until it was away for AWAY_FOR; a defect of ours a few times; the rest once.
    """
    reason = str(error) if isinstance(error, GatewayError) else f"{type(error).__name__}: {error}"
    if not isinstance(error, GatewayError):
        _log.error("message %s failed at %s", item.message, item.stage, exc_info=error)
    due = instant_text(line.clock() + wait_after(item.tries + 1))
    state = State.FAILED
    if isinstance(error, TransientError) and not _is_over(line, item.failing_since):
        lanes.hold_back(db, item, due, item.failing_since or line.now(), reason)
    elif not isinstance(error, GatewayError) and item.failures + 1 < TRIES_OF_A_DEFECT:
        lanes.put_back(db, item.seq, due, reason)
    else:
        lanes.bury(db, item.seq, reason)
        state = State.DEAD
    update_message(db, item.message or "", state=state, changed_at=line.now())
    note_event(db, item.message or "", state.value, reason, line.now())


def _is_over(line: Line, since: str | None) -> bool:
    return since is not None and line.clock() - datetime.fromisoformat(since) >= AWAY_FOR
