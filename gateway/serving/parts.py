"""The parts of each role: the one list to which a part of the server is added.

A part is one line here: `Rounds(NAME, EVERY, WORK)`. WORK does one round and gives how many things it did; it takes the
line from `served.line`, begins no thread and keeps no time. What it raises, and that it is silent or dead, `/readyz`
tells under NAME. A part that others should wake has a name of its own here, and they call its `wake`.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from gateway.alarms.channels import Secret, channels_of
from gateway.alarms.watchman import Watchman
from gateway.health import Health
from gateway.pipeline.deliver import Deliverer
from gateway.pipeline.overdue import overdue
from gateway.pipeline.retention import retain
from gateway.pipeline.telling import tell
from gateway.punchout.sessions import forget_over
from gateway.queue.dispatch import look_again, sweep
from gateway.queue.leases import Leases
from gateway.queue.retry import wait_after
from gateway.scheduling.clock import ScheduleClock
from gateway.search.index import SearchIndex
from gateway.search.keeping import keep
from gateway.serving.channels import Channels
from gateway.serving.in_force import InForce
from gateway.serving.line_parts import line_parts
from gateway.serving.polling import Polling
from gateway.serving.rounds import Rounds
from gateway.settings import AlarmSettings, RetentionSettings

TICK = timedelta(seconds=0.5)
EVENTS = timedelta(seconds=0.2)
SEGMENTS = timedelta(seconds=10)
SWEEP = timedelta(hours=1)
CLOCKS = timedelta(seconds=10)
SLOTS = timedelta(seconds=1)


def web(served: InForce, index: SearchIndex) -> list[Rounds]:
    """What each process that answers keeps for itself: the index by which articles are found."""
    return [Rounds("search", TICK, lambda: keep(served.line.store, index))]


def worker(served: InForce, health: Health, leases: Leases) -> list[Rounds]:
    """What takes, works through and sends; sending has a thread of its own, so that a slow partner stops no order."""
    deliverer = Deliverer(wait_after, lambda: delivery.wake(), leases.term)
    delivery = Rounds(
        "delivery",
        TICK,
        lambda: deliverer.round(served.line, served.outlets()),
        end=lambda: deliverer.stop(served.line),
    )

    def told() -> int:
        given = tell(served.line)
        if given:
            delivery.wake()
        return given

    line, *bells = line_parts(served, health, leases, delivery.wake)
    polling = Polling(served, health, leases, line.wake)
    channels = Channels(served, health, leases, delivery.wake)
    return [
        Rounds("leases", leases.term / 4, lambda: leases.keep(served.line)),
        Rounds("polling", TICK, polling.look, end=polling.end),
        line,
        *bells,
        Rounds("webhooks", EVENTS, told),
        Rounds("channels", EVENTS, channels.round, end=channels.end),
        delivery,
    ]


def scheduler(served: InForce, workspace: Path, retention: RetentionSettings) -> list[Rounds]:
    """What is done by the clock."""
    schedules = ScheduleClock(workspace)
    return [
        Rounds("schedules", SLOTS, lambda: schedules.round(served.line), end=lambda: schedules.stop(served.line)),
        Rounds("sweep", SWEEP, lambda: sweep(served.line)),
        Rounds("segments", SEGMENTS, lambda: look_again(served.line)),
        Rounds("acknowledgements", CLOCKS, lambda: overdue(served.line)),
        Rounds("punchout", SWEEP, lambda: forget_over(served.line)),
        Rounds("retention", SWEEP, lambda: retain(served.line, retention.periods)),
    ]


def every_role(served: InForce, health: Health, alarms: AlarmSettings, secret: Secret) -> list[Rounds]:
    """What each process does: it tells of what it knows to fail itself, beside what the store says."""
    channels = channels_of(alarms, secret, lambda: served.line.clock())
    watchman = Watchman(channels, health.failing)
    return [Rounds("alarms", CLOCKS, lambda: watchman.round(served.line))]
