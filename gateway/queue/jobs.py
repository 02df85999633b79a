"""Jobs: on PostgreSQL this node is woken by procrastinate for a lane with work, and drains it while the job runs.

One lane at a time, so that a lane waits for whichever node is free. A job that fails is gone and never retried: the
bell is rung again for what is due (`ring_again`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from gateway.errors import TransientError
from gateway.pipeline.work import Line
from gateway.queue.leases import Leases
from gateway.store import bell, lanes
from gateway.store.engine import Store

_log = logging.getLogger("gateway.queue")

POLL_S = 1.0
"""How often it is looked for jobs whose notice did not come."""
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Node:
    """What a node does with a lane (`drain`), whether it goes on, and whom it tells that it lives."""

    drain: Callable[[str], int]
    going: Callable[[], bool]
    lives: Callable[[], None]


class Jobs:
    """Waits for jobs until the node is told to end; safe to run again after it broke off."""

    def __init__(self, store: Store, node: Node, term: timedelta) -> None:
        self._store = store
        self._node = node
        self._term_s = term.total_seconds()
        self._done = 0
        self._failed: Exception | None = None
        self._is_draining = False

    def run(self) -> int:
        """How many items were worked on until the end; raises what kept a lane from being drained.

        Raises TransientError where the database is away.
        """
        from procrastinate.exceptions import ConnectorException
        from psycopg import Error

        with self._store.read() as db:
            bell.check(db)
        self._done, self._failed = 0, None
        try:
            asyncio.run(self._listen())
        except (ConnectorException, Error, TimeoutError) as reason:
            raise TransientError(f"The queue's connection to the database broke: {reason}") from reason
        if self._failed is not None:
            raise self._failed
        return self._done

    async def _listen(self) -> None:
        from procrastinate import App, PsycopgConnector

        # A job whose end could not be written is removed by `tidy`; what broke is told by `run`.
        asyncio.get_running_loop().set_exception_handler(lambda _loop, told: _log.debug("%s", told["message"]))
        app = App(connector=PsycopgConnector(kwargs=self._store.driver_arguments(), min_size=1, max_size=4))
        app.task(name=bell.TASK)(self._drain)
        async with app.open_async():
            waiting = app.run_worker_async(
                queues=[bell.QUEUE], concurrency=1, fetch_job_polling_interval=POLL_S, delete_jobs="always",
                install_signal_handlers=False, update_heartbeat_interval=self._term_s / 4,
                stalled_worker_timeout=self._term_s,
            )  # fmt: skip
            await self._watch(asyncio.create_task(waiting))

    async def _watch(self, waiting: asyncio.Task[None]) -> None:
        """Until the node is told to end, or what waits for jobs ends by itself.

        It lives as long as it can take the next lane: a turn that never ends is silence.
        """
        while not waiting.done() and self._node.going() and self._failed is None:
            if not self._is_draining:
                self._node.lives()
            await asyncio.wait([waiting], timeout=_LOOK_S)
        waiting.cancel()  # a lane's turn that runs is ended by itself
        with suppress(asyncio.CancelledError):
            await waiting

    def _drain(self, lane: str) -> None:
        """One turn at the lane, in a thread of its own; the job ends well whatever became of it."""
        self._is_draining = True
        try:
            self._done += self._node.drain(lane)
        except Exception as error:  # noqa: BLE001 - told by `run`
            self._failed = error
        finally:
            self._is_draining = False


def ring_again(line: Line, leases: Leases) -> int:
    """How many lanes were rung for that have work and no job: a try that is due again, a node that died, a lost job."""
    leases.settle(line)
    with line.store.read() as db:
        unheard = bell.unheard(db, lanes.due_lanes(db, line.now()))
    if unheard:
        with line.store.write() as db:
            for lane in unheard:
                bell.ring(db, lane)
    return len(unheard)


def tidy(line: Line, leases: Leases) -> int:
    """How many jobs of nodes that died were removed, so that their lanes wait for no one."""
    with line.store.write() as db:
        return bell.tidy(db, leases.term)
