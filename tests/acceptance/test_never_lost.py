"""A partner posts while the gateway is killed again and again: what was acknowledged is there, and nothing twice.

He posts one order after the other and repeats each until it is acknowledged, as every sender should. What dies starts
again. `make soak` prints how many were acknowledged, lost and doubled.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import httpx
import pytest

from gateway.testing.ports import held_port
from tests.databases import CRASH_SAFE, Cluster, PostgresDatabases, cluster
from tests.http.posts import ADDRESS, SCOPE, hurried, order
from tests.processes import GATEWAY, PATIENCE_S, environment, eventually
from tests.workspaces import Place, make_demo

pytestmark = pytest.mark.timeout(0 if "SOAK_S" in os.environ else 300)
soak = pytest.mark.skipif("SOAK_S" not in os.environ, reason="SOAK_S says how long; `make soak` sets it")
ROUNDS = 5
PAUSE_S = 0.05
"""Between two orders: what is posted faster than it is worked off only prolongs the end."""


@dataclass
class Node:
    """A process that serves the workspace at an address of its own; started again whenever it was killed."""

    place: Place
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        words = ["--workspace", str(self.place.root), "serve", "--port", str(self.port)]
        with (self.place.root / f"node-{self.port}.log").open("ab") as log:
            self.process = subprocess.Popen([*GATEWAY, *words], stdout=log, stderr=log, env=environment())

    def is_ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.address}/readyz", timeout=5).status_code == 200
        return False

    def end(self, by: int = signal.SIGKILL) -> int:
        """The exit status after a signal; 0 where it was never started."""
        if self.process is None:
            return 0
        self.process.send_signal(by)
        return self.process.wait(PATIENCE_S)

    def said(self) -> str:
        return (self.place.root / f"node-{self.port}.log").read_text()


@dataclass
class Partner:
    """Posts orders, one after the other, each until it is acknowledged; `answers` are their statuses.

    While it `rests` he posts nothing new.
    """

    nodes: Sequence[Node]
    key: str
    posted: list[int] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    stopped: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    rests: Callable[[], bool] = lambda: False

    def post_until_stopped(self) -> None:
        number = 0
        try:
            with httpx.Client(timeout=10) as client:
                while not self.stopped.wait(PAUSE_S):
                    if not self.rests():
                        number += 1
                        self.post(client, number)
        finally:
            self.ended.set()

    def stop(self) -> None:
        """He posts nothing new, and what he was posting is acknowledged."""
        self.stopped.set()
        eventually(self.ended.is_set)

    def post(self, client: httpx.Client, number: int) -> None:
        """An order, until it is acknowledged by whichever node answers."""
        head = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/edifact"}
        for attempt in range(10_000):
            node = self.nodes[(number + attempt) % len(self.nodes)]
            try:
                answer = client.post(node.address + ADDRESS, content=order(number), headers=head)
            except httpx.HTTPError:
                threading.Event().wait(0.05)
                continue
            self.answers[answer.status_code] += 1
            if answer.status_code in (200, 202):
                self.posted.append(number)
                return
            assert answer.status_code in (429, 503), answer.text
            assert float(answer.headers["Retry-After"]) > 0
            threading.Event().wait(0.05)
        raise AssertionError(f"order {number} was never acknowledged")


@contextlib.contextmanager
def nodes_of(place: Place, count: int) -> Iterator[list[Node]]:
    """So many nodes, not started yet, each with a port that stays its own; they end with the block."""
    with contextlib.ExitStack() as ending:
        nodes = [Node(place, ending.enter_context(held_port())) for _ in range(count)]
        for node in nodes:
            ending.callback(node.end)
        yield nodes


@contextlib.contextmanager
def served(place: Place, count: int) -> Iterator[tuple[list[Node], Partner]]:
    """Nodes that serve the workspace while a partner posts to them; both end with the block."""
    [made] = place.run("key", "add", "acme", "--scope", SCOPE, "--json").lines
    failed: list[BaseException] = []
    with nodes_of(place, count) as nodes:
        partner = Partner(nodes, made["key"])

        def post() -> None:
            try:
                partner.post_until_stopped()
            except BaseException as reason:  # noqa: BLE001 - told at the end
                failed.append(reason)

        thread = threading.Thread(target=post)
        try:
            for node in nodes:
                node.start()
            eventually(lambda: all(node.is_ready() for node in nodes))
            thread.start()
            yield nodes, partner
        finally:
            partner.stopped.set()
            if thread.ident is not None:
                thread.join(PATIENCE_S)
    assert failed == []
    assert not any("Traceback" in node.said() for node in nodes)


def settled(place: Place, partner: Partner) -> bool:
    """Whether all that was acknowledged has its end, and all answers have left."""
    messages = place.run("messages", "list", "--json").lines
    outputs = place.run("outbox", "list", "--json").lines
    return (
        len(messages) >= len(partner.posted)
        and {message["state"] for message in messages} <= {"processed", "duplicate"}
        and {output["state"] for output in outputs} == {"sent"}
    )


def verify(place: Place, partner: Partner) -> None:
    """Each order that was acknowledged is there once, in the order it was posted, answered once and exported once."""
    orders = [each["number"] for each in place.orders()]
    there = Counter(orders)
    lost = [number for number in partner.posted if f"PO-{number}" not in there]
    answered = Counter(answer.having("RFF+ON")[0][7:] for answer in place.answers("acme", "ORDRSP"))
    exported = Counter(file.name.split("_")[1] for file in place.outbox("erp"))
    doubled = [number for count in (there, answered, exported) for number, times in count.items() if times > 1]
    print(f"acknowledged {len(partner.posted)} / lost {len(lost)} / doubled {len(doubled)}")
    assert (lost, doubled) == ([], [])
    assert sorted(answered) == sorted(exported) == sorted(there)
    by_our_number = [each["number"] for each in sorted(place.orders(), key=lambda each: each["order"])]
    assert by_our_number == sorted(by_our_number, key=lambda number: int(number[3:]))
    references = [answer.control for answer in place.answers("acme")]
    assert sorted(references) == [f"{number:08d}" for number in range(1, len(references) + 1)]
    assert place.run("db", "verify").status == 0
    assert place.run("audit", "verify").status == 0


def suffered(place: Place, count: int, rounds: int, seconds: float = 0) -> None:
    """Nodes killed at random moments, so many times and for so long, under a partner who goes on posting."""
    draw = random.Random(count)  # noqa: S311 - a seed, not a secret
    until = monotonic() + seconds
    with served(hurried(place), count) as (nodes, partner):
        done = 0
        while done < rounds or monotonic() < until:
            before = len(partner.posted)
            eventually(lambda before=before: len(partner.posted) > before)
            threading.Event().wait(draw.uniform(0, 1.0))
            node = draw.choice(nodes)
            node.end()
            node.start()
            done += 1
        eventually(lambda: all(node.is_ready() for node in nodes))
        partner.stop()
        eventually(lambda: settled(place, partner))
        assert [node.end(signal.SIGTERM) for node in nodes] == [0] * count
    verify(place, partner)


@pytest.mark.both_stores
def test_a_gateway_killed_again_and_again_loses_and_doubles_nothing(demo: Place) -> None:
    suffered(demo, 1, ROUNDS)


def test_two_nodes_killed_in_turns_lose_and_double_nothing(demo_on: Callable[[str], Place]) -> None:
    suffered(demo_on("postgresql"), 2, ROUNDS)


@pytest.mark.soak
@soak
@pytest.mark.both_stores
def test_a_gateway_killed_fifty_times_and_more_loses_and_doubles_nothing(demo: Place) -> None:
    suffered(demo, 1, 50, float(os.environ["SOAK_S"]))


@pytest.mark.soak
@soak
def test_three_nodes_killed_fifty_times_and_more_lose_and_double_nothing(demo_on: Callable[[str], Place]) -> None:
    suffered(demo_on("postgresql"), 3, 50, float(os.environ["SOAK_S"]))


def test_while_the_database_is_away_nothing_is_acknowledged_and_after_it_all_goes_on(tmp_path: Path) -> None:
    """The partner is told to come back, and no process is started again."""
    with cluster(CRASH_SAFE) as own:
        databases = PostgresDatabases(own.url)
        url = databases.make()
        make_demo(tmp_path / "filled", url)
        place = Place(tmp_path / "filled")
        with served(hurried(place), 2) as (nodes, partner):
            for by in (signal.SIGINT, signal.SIGQUIT):
                _away(own, partner, by)
            eventually(lambda: all(node.is_ready() for node in nodes))
            partner.stop()
            eventually(lambda: settled(place, partner))
        verify(place, partner)
        databases.close()


def _away(own: Cluster, partner: Partner, by: int) -> None:
    before = len(partner.posted)
    eventually(lambda: len(partner.posted) > before)
    own.stop(by)
    told = partner.answers[503]
    eventually(lambda: partner.answers[503] > told)
    acknowledged = len(partner.posted)
    eventually(lambda: partner.answers[503] > told + 5)
    assert len(partner.posted) == acknowledged
    own.start()
    eventually(lambda: len(partner.posted) > acknowledged)


@pytest.mark.both_stores
def test_a_storm_of_starts_leaves_one_that_serves_and_all_orders_once(demo: Place, kept_in: str) -> None:
    with served(hurried(demo), 1) as ([node], partner):
        before = len(partner.posted)
        with nodes_of(demo, 4) as others:
            for each in others:
                each.start()
            if kept_in == "sqlite":
                assert [each.process.wait(PATIENCE_S) for each in others if each.process] == [2] * 4
                assert all("is served already" in each.said() for each in others)
            else:
                eventually(lambda: all(each.is_ready() for each in others))
        for _ in range(3):
            node.end()
            node.start()
        eventually(node.is_ready)
        eventually(lambda: len(partner.posted) > before)
        partner.stop()
        eventually(lambda: settled(demo, partner))
    verify(demo, partner)
