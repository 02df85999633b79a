"""What is counted and measured while the gateway runs, in the form Prometheus reads.

Counters are of this process: each node tells its own, and a query adds them up. What waits is read from the store when
it is asked for, and is the same on every node.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from operator import itemgetter
from time import perf_counter
from typing import TypeAlias

from prometheus_client import CollectorRegistry, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client import Counter as Counted
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from gateway.errors import TransientError
from gateway.store.alarms import list_alarms
from gateway.store.backlog import Backlog, backlog
from gateway.store.engine import Store
from gateway.store.webhooks import PREFIX

__all__ = ["CONTENT_TYPE_LATEST", "counted", "counted_output", "exposed", "measured"]

MADE_WEBHOOKS = "webhooks of the API"
"""The label that stands for all of them."""

FlowStatus: TypeAlias = Mapping[str, object]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

_registry = CollectorRegistry()
ProcessCollector(registry=_registry)
PlatformCollector(registry=_registry)
GCCollector(registry=_registry)
_messages = Counted(
    "gateway_messages", "Messages that came to a state, by what was decided.",
    ("partner", "type", "state", "decision"), registry=_registry,
)  # fmt: skip
_orders = Counted(
    "gateway_orders", "Orders decided, by the line alone or by a person.", ("partner", "by"), registry=_registry
)
_outputs = Counted(
    "gateway_outputs", "Tries to send, by how each ended.", ("connection", "type", "state"), registry=_registry
)
_stages = Histogram(
    "gateway_stage_seconds",
    "Time a stage took for one message or file.",
    ("stage",),
    buckets=_SECONDS,
    registry=_registry,
)


def counted(
    partner: str | None, type_: str | None, state: str, decision: str | None = None, *, by_person: bool = False
) -> None:
    """Count a message that came to a state, and its order where one was decided."""
    _messages.labels(partner or "", type_ or "", state, decision or "").inc()
    if decision in ("accepted", "changed", "rejected"):
        _orders.labels(partner or "", "person" if by_person else "line").inc()


def counted_output(connection: str, type_: str, state: str) -> None:
    """Count a try to send, by the state it ended in."""
    _outputs.labels(_named(connection), type_, state).inc()


def _named(connection: str) -> str:
    """The label of a connection: webhooks made over the API, as many as there may be, share one."""
    return MADE_WEBHOOKS if connection.startswith(PREFIX) else connection


@contextmanager
def measured(stage: str) -> Iterator[None]:
    """Measure what a stage takes, in seconds of wall time."""
    start = perf_counter()
    try:
        yield
    finally:
        _stages.labels(stage).observe(perf_counter() - start)


def exposed(store: Store, now: datetime, failing: Collection[str], flows: Callable[[], Iterable[FlowStatus]]) -> bytes:
    """Everything in Prometheus' text form; what waits is left out while the store is away, which `failing` tells.

    `flows` tells how those of the channels fare.
    """
    parts = GaugeMetricFamily("gateway_part_failing", "1 for each part that does not work.", labels=("part",))
    for part in sorted(failing):
        parts.add_metric((part,), 1)
    ready = GaugeMetricFamily("gateway_ready", "Whether every part of this node works.", value=0 if failing else 1)
    gauges = [ready, parts]
    with suppress(TransientError), store.read() as db:
        gauges += _lagging(flows())
        gauges += _waiting(backlog(db, now), Counter(alarm.kind for alarm in list_alarms(db, standing=True)))
    once = CollectorRegistry()
    once.register(_Told(gauges))
    return generate_latest(_registry) + generate_latest(once)


def _waiting(found: Backlog, alarms: Mapping[str, int]) -> list[GaugeMetricFamily]:
    """What waits, as gauges."""
    lanes = GaugeMetricFamily("gateway_lane_items", "Messages in a lane.", labels=("lane", "state"))
    lane_age = GaugeMetricFamily("gateway_lane_oldest_seconds", "Age of the oldest one to be done.", labels=("lane",))
    lane_tries = GaugeMetricFamily("gateway_lane_tries", "Tries these messages took so far.", labels=("lane", "state"))
    for lane, state, count, tries in found.items:
        lanes.add_metric((lane, state), count)
        lane_tries.add_metric((lane, state), tries)
    for lane, seconds in found.oldest_items:
        lane_age.add_metric((lane,), seconds)
    outbox = GaugeMetricFamily("gateway_outbox_items", "Outputs not yet sent.", labels=("connection", "state"))
    outbox_age = GaugeMetricFamily(
        "gateway_outbox_oldest_seconds", "Age of the oldest one to be sent.", labels=("connection",)
    )
    waiting: Counter[tuple[str, str]] = Counter()
    for connection, state, count in found.outputs:
        waiting[_named(connection), state] += count
    for labels, count in sorted(waiting.items()):
        outbox.add_metric(labels, count)
    # The oldest comes last, and stays.
    ages = {_named(connection): age for connection, age in sorted(found.oldest_outputs, key=itemgetter(1))}
    for connection, seconds in sorted(ages.items()):
        outbox_age.add_metric((connection,), seconds)
    standing = GaugeMetricFamily("gateway_alarms", "Alarms that stand.", labels=("kind",))
    for kind, count in sorted(alarms.items()):
        standing.add_metric((kind,), count)
    files = GaugeMetricFamily("gateway_files_waiting", "Files received and not yet decoded.", value=found.files)
    return [files, lanes, lane_tries, lane_age, outbox, outbox_age, standing]


def _lagging(flows: Iterable[FlowStatus]) -> list[GaugeMetricFamily]:
    """How far what flows out to channels lags, as gauges."""
    labels = ("channel", "flow")
    age = GaugeMetricFamily("gateway_channel_lag_seconds", "How long a flow to a channel lags.", labels=labels)
    behind = GaugeMetricFamily("gateway_channel_behind", "Changes that are in no file of a flow yet.", labels=labels)
    for flow in flows:
        if flow["way"] == "out":
            named = (str(flow["channel"]), str(flow["flow"]))
            age.add_metric(named, float(str(flow["lag_s"])))
            behind.add_metric(named, float(str(flow["behind"])))
    return [age, behind]


class _Told:
    """Gauges as a collector."""

    def __init__(self, gauges: list[GaugeMetricFamily]) -> None:
        self._gauges = gauges

    def collect(self) -> list[GaugeMetricFamily]:
        """The gauges."""
        return self._gauges
