"""The line as parts of the server: alone on an embedded store, or as one of many nodes, and what wakes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from gateway.health import Health
from gateway.queue.dispatch import work_through
from gateway.queue.drain import drain_lane
from gateway.queue.jobs import Jobs, Node, ring_again, tidy
from gateway.queue.leases import Leases
from gateway.serving.in_force import InForce
from gateway.serving.rounds import Rounds
from gateway.store.changes import Changes
from gateway.store.engine import file_of
from gateway.store.lanes import DECODE

_TICK = timedelta(seconds=0.5)
_LOOK = timedelta(seconds=0.05)
_RING = timedelta(seconds=1)


def line_parts(served: InForce, health: Health, leases: Leases, made: Callable[[], None]) -> list[Rounds]:
    """The part named `line`, then what wakes it; `made` is called when there may be something to send."""
    file = file_of(served.line.store.url)
    return _alone(served, leases, made, file) if file else _node(served, health, leases, made)


def _alone(served: InForce, leases: Leases, made: Callable[[], None], file: Path) -> list[Rounds]:
    """The line of the one process of an embedded store, woken when this one or another one has written there."""
    changes = Changes(file)

    def work() -> int:
        done = work_through(served.renewed(), leases, lambda: not line.is_stopping)
        if done:
            line.wake()
            made()
        return done

    def look() -> int:
        is_new = changes.is_new()
        if is_new:
            line.wake()
            made()
        return int(is_new)

    line = Rounds("line", _TICK, work)
    return [line, Rounds("bell", _LOOK, look, end=changes.close)]


def _node(served: InForce, health: Health, leases: Leases, made: Callable[[], None]) -> list[Rounds]:
    """The line of one of many nodes, woken by the bell for one lane at a time, and what rings again."""

    def drain(lane: str) -> int:
        current = served.renewed()
        if lane.endswith(f"/{DECODE}"):
            current.fresh.clear()  # of the files before; who translates them may be another node
        done = drain_lane(current, leases, lane, going)
        if done:
            made()
        return done

    def going() -> bool:
        return not line.is_stopping

    def lives() -> None:
        health.works(line.name)
        health.beat(line.name)

    line = Rounds("line", _TICK, Jobs(served.line.store, Node(drain, going, lives), leases.term).run)
    return [
        line,
        Rounds("bell", _RING, lambda: ring_again(served.line, leases)),
        Rounds("jobs", leases.term / 4, lambda: tidy(served.line, leases)),
    ]
