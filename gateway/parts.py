"""The parts of each role: the one list to which a part of the server is added.

A part is one line here: `Rounds(NAME, EVERY, WORK)`. WORK does one round and gives how many things it did; it takes the
line from `served.line`, begins no thread and keeps no time. What it raises, and that it is silent or dead, `/readyz`
tells under NAME. A part that others should wake has a name of its own here, and they call its `wake`.
"""

from __future__ import annotations

from datetime import timedelta

from gateway.health import Health
from gateway.in_force import InForce
from gateway.pipeline.deliver import Deliverer
from gateway.polling import Polling
from gateway.queue.dispatch import look_again, sweep, work_through
from gateway.queue.retry import wait_after
from gateway.rounds import Rounds

TICK = timedelta(seconds=0.5)
SEGMENTS = timedelta(seconds=10)
SWEEP = timedelta(hours=1)


def worker(served: InForce, health: Health) -> list[Rounds]:
    """What takes, works through and sends; sending has a thread of its own, so that a slow partner stops no order."""
    deliverer = Deliverer(wait_after, lambda: delivery.wake())
    delivery = Rounds(
        "delivery",
        TICK,
        lambda: deliverer.round(served.line, served.senders),
        end=lambda: deliverer.stop(served.line),
    )
    line = Rounds("line", TICK, lambda: _work(served, line, delivery))
    return [Rounds("polling", TICK, Polling(served, health, line.wake).look), line, delivery]


def scheduler(served: InForce) -> list[Rounds]:
    """What is done by the clock."""
    return [
        Rounds("sweep", SWEEP, lambda: sweep(served.line)),
        Rounds("segments", SEGMENTS, lambda: look_again(served.line)),
    ]


def _work(served: InForce, line: Rounds, delivery: Rounds) -> int:
    done = work_through(served.renewed())
    if done:
        line.wake()
        delivery.wake()
    return done
