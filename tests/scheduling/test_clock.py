"""Schedules run what is due, each slot once, whoever is there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.pipeline.work import Line
from gateway.scheduling.clock import LEASE, MOST_TRIES, ScheduleClock, jitter_of
from gateway.store.alarms import Kind, list_alarms
from gateway.store.fires import Fire, FireState, fires
from gateway.wiring import Gateway
from gateway.workspace.schedules import Schedule
from tests.processes import eventually
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores
START = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
SIX = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


class FakeRun:
    """A run that ends when it is told to."""

    def __init__(self, schedule: Schedule, workspace: Path, now: datetime) -> None:  # noqa: ARG002
        self.schedule = schedule
        self.code: int | None = None
        self.began = now

    @property
    def state(self) -> FireState:
        return {0: FireState.DONE, 1: FireState.REFUSED}.get(self.code, FireState.FAILED)

    def is_over(self, now: datetime) -> bool:  # noqa: ARG002
        return self.code is not None

    def end(self) -> None:
        self.code = -15 if self.code is None else self.code

    def last_words(self) -> str:
        return f"said by {self.schedule.name}"

    def close(self) -> None:
        pass


class Node:
    """A process that serves the workspace; `now` is what its clock shows."""

    def __init__(self, gateway: Gateway) -> None:
        self.now = START
        self.line: Line = replace(gateway.line, clock=lambda: self.now)
        self.runs: list[FakeRun] = []
        self.clock = ScheduleClock(gateway.workspace, self._launch)

    def _launch(self, schedule: Schedule, workspace: Path, now: datetime) -> FakeRun:
        self.runs.append(FakeRun(schedule, workspace, now))
        return self.runs[-1]

    def round(self, at: datetime) -> int:
        self.now = at
        return self.clock.round(self.line)

    def ended(self) -> list[tuple[str, str]]:
        """Slot and state of each run."""
        with self.line.store.read() as db:
            return [(each.slot[11:16], each.state) for each in fires(db, "nightly") if each.state != "armed"]

    def fires(self) -> list[Fire]:
        with self.line.store.read() as db:
            return [each for each in fires(db, "nightly") if each.state != "armed"]


Serving = Callable[..., "contextmanager[list[Node]]"]


@pytest.fixture
def nodes(demo: Place) -> Callable[..., Iterator[list[Node]]]:
    @contextmanager
    def nodes(*more: str, count: int = 1) -> Iterator[list[Node]]:
        demo.write("schedules/nightly.toml", "\n".join(['run = "check"', *(more or ('at = ["06:00"]',))]))
        demo.write("schedules/digest.toml", 'run = "digest"\nat = ["06:00"]\nactive = false')  # the shipped one rests
        with demo.opened() as gateway:
            made = [Node(gateway) for _ in range(count)]
            for node in made:
                node.round(START)
            yield made

    return nodes


def test_what_was_published_after_its_time_is_not_made_up_for(nodes: Serving) -> None:
    with nodes('at = ["04:00"]') as (node,):
        assert node.round(START + timedelta(minutes=1)) == 0
        assert node.ended() == []


def test_a_slot_is_run_when_its_time_has_come_and_not_again(nodes: Serving) -> None:
    with nodes() as (node,):
        assert node.round(SIX - timedelta(seconds=1)) == 0
        assert node.round(SIX) == 1
        assert node.round(SIX + timedelta(seconds=1)) == 0
        node.runs[0].code = 0
        assert node.round(SIX + timedelta(seconds=2)) == 1
        assert node.round(SIX + timedelta(hours=1)) == 0
        (run,) = node.fires()
        assert (run.slot, run.state, run.code, run.text) == (
            SIX.isoformat(timespec="microseconds"),
            "done",
            0,
            "said by nightly",
        )


def test_of_two_nodes_one_runs_the_slot(nodes: Serving) -> None:
    with nodes(count=2) as (first, second):
        first.round(SIX)
        second.round(SIX)
        first.runs[0].code = 0
        first.round(SIX + timedelta(seconds=5))
        second.round(SIX + timedelta(seconds=5))
        assert len(first.runs) + len(second.runs) == 1


def test_what_was_missed_is_made_up_for_once(nodes: Serving) -> None:
    with nodes('every = "15m"') as (node,):
        node.round(START + timedelta(hours=3, minutes=7))
        node.runs[0].code = 0
        node.round(START + timedelta(hours=3, minutes=8))
        assert node.ended() == [("08:00", "done")]


def test_what_was_missed_is_left_out_where_it_says_so(nodes: Serving) -> None:
    with nodes('every = "15m"', 'late = "skip"') as (node,):
        node.round(START + timedelta(hours=3, minutes=7))
        assert node.ended() == [("08:00", "skipped")]
        node.round(START + timedelta(hours=3, minutes=15))
        assert node.ended() == [("08:00", "skipped"), ("08:15", "running")]


def test_a_run_that_lasts_keeps_the_next_slot_waiting(nodes: Serving) -> None:
    with nodes('every = "15m"') as (node,):
        for minutes in range(15, 50):
            node.round(START + timedelta(minutes=minutes))
        assert len(node.runs) == 1
        node.runs[0].code = 0
        node.round(START + timedelta(minutes=50))
        assert node.ended() == [("05:15", "done"), ("05:45", "running")]


def test_a_clock_set_back_runs_nothing_twice(nodes: Serving) -> None:
    with nodes('every = "15m"') as (node,):
        node.round(SIX)
        node.runs[0].code = 0
        node.round(SIX)
        for minutes in range(60):
            node.round(SIX - timedelta(minutes=60 - minutes))
        assert node.ended() == [("06:00", "done")]
        node.round(SIX + timedelta(minutes=15))
        assert node.ended()[-1] == ("06:15", "running")


def test_a_run_of_a_node_that_died_is_run_again_by_another(nodes: Serving) -> None:
    with nodes(count=2) as (dead, other):
        dead.round(SIX)
        assert other.round(SIX + LEASE / 2) == 0
        assert other.round(SIX + LEASE * 2) == 1
        dead.runs[0].code = 0
        dead.round(SIX + LEASE * 2)
        assert other.ended() == [("06:00", "running")]
        other.runs[0].code = 0
        other.round(SIX + LEASE * 2)
        assert other.ended() == [("06:00", "done")]


def test_a_lease_is_kept_while_the_run_lasts(nodes: Serving) -> None:
    with nodes(count=2) as (node, other):
        for passed in range(0, 600, 5):
            at = SIX + timedelta(seconds=passed)
            node.round(at)
            other.round(at)
        assert (len(node.runs), len(other.runs)) == (1, 0)


def test_a_command_that_ends_the_gateway_is_not_run_for_ever(nodes: Serving) -> None:
    with nodes(count=5) as serving:
        for count, node in enumerate(serving):
            node.round(SIX + count * 2 * LEASE)
        assert sum(len(node.runs) for node in serving) == MOST_TRIES
        assert serving[-1].ended() == [("06:00", "failed")]


def test_a_run_that_fails_is_an_alarm_until_one_does_not(nodes: Serving) -> None:
    with nodes('every = "15m"') as (node,):

        def standing() -> list[str]:
            with node.line.store.read() as db:
                return [each.subject for each in list_alarms(db, standing=True) if each.kind == Kind.SCHEDULE_FAILED]

        for minutes, code, alarms in ((15, 2, ["nightly"]), (30, -9, ["nightly"]), (45, 1, [])):
            node.round(START + timedelta(minutes=minutes))
            node.runs[-1].code = code
            node.round(START + timedelta(minutes=minutes + 1))
            assert standing() == alarms


def test_a_node_that_stops_leaves_its_run_to_the_next_one(nodes: Serving) -> None:
    with nodes(count=2) as (stopping, other):
        stopping.round(SIX)
        stopping.clock.stop(stopping.line)
        assert stopping.runs[0].code == -15
        assert other.round(SIX + timedelta(seconds=1)) == 1
        assert [run.schedule.name for run in other.runs] == ["nightly"]


def test_jitter_is_the_same_on_every_node(nodes: Serving) -> None:
    with nodes('at = ["06:00"]', 'jitter = "10m"', count=2) as (first, second):
        schedule = first.line.configuration.schedules["nightly"]
        late = jitter_of(schedule, SIX)
        assert timedelta() < late < timedelta(minutes=10)
        assert first.round(SIX + late - timedelta(seconds=1)) == 0
        assert second.round(SIX + late) == 1


def test_what_is_not_active_is_not_run(nodes: Serving) -> None:
    with nodes('at = ["06:00"]', "active = false") as (node,):
        node.round(SIX)
        assert node.runs == []


def test_a_real_command_is_run_and_its_end_kept(demo: Place) -> None:
    demo.write("schedules/nightly.toml", 'run = "gateway check"\nevery = "1m"')
    with demo.opened() as gateway:
        now = [START]
        line = replace(gateway.line, clock=lambda: now[0])
        clock = ScheduleClock(gateway.workspace)
        clock.round(line)
        now[0] += timedelta(minutes=1)
        assert clock.round(line) == 1
        eventually(lambda: clock.round(line) == 1)
        with gateway.store.read() as db:
            (run,) = [each for each in fires(db, "nightly") if each.state != "armed"]
        assert (run.state, run.code) == ("done", 0)
        assert "no problems" in run.text


def test_a_command_that_takes_too_long_is_ended(demo: Place) -> None:
    os.mkfifo(demo.root / "endless.csv")  # nobody ever writes to it
    run = f'run = "import products {demo.root}/endless.csv"'
    demo.write("schedules/nightly.toml", f'{run}\nevery = "1m"\ntimeout = "5s"')
    with demo.opened() as gateway:
        now = [START]
        line = replace(gateway.line, clock=lambda: now[0])
        clock = ScheduleClock(gateway.workspace)
        clock.round(line)
        now[0] += timedelta(minutes=1)
        clock.round(line)
        now[0] += timedelta(seconds=20)
        eventually(lambda: clock.round(line) == 1)
        with gateway.store.read() as db:
            (run,) = [each for each in fires(db, "nightly") if each.state != "armed"]
        assert run.state == "failed"
        assert "ended by signal" in run.text


def test_schedules_are_listed_run_by_hand_and_told(demo: Place) -> None:
    demo.write("schedules/nightly.toml", 'run = "check"\ncron = "0 6 * * 1-5"\nzone = "Europe/Berlin"')
    (before,) = [row for row in demo.run("schedule", "list", "--json").lines if row["schedule"] == "nightly"]
    assert (before["when"], before["zone"], before["run"], before["last"]) == (
        "cron 0 6 * * 1-5",
        "Europe/Berlin",
        "check",
        None,
    )
    assert before["next"] is not None
    ran = demo.run("schedule", "run", "nightly")
    assert (ran.status, "no problems" in ran.out) == (0, True)
    (after,) = [row for row in demo.run("schedule", "list", "--json").lines if row["schedule"] == "nightly"]
    assert after["state"] == "done"
    (logged,) = demo.run("schedule", "log", "nightly", "--json").lines
    assert (logged["state"], logged["code"]) == ("done", 0)


def test_a_command_that_is_refused_gives_its_exit_status_on(demo: Place) -> None:
    demo.write("data/none.csv", "sku,name\n,nothing\n")
    demo.write("schedules/nightly.toml", f'run = "import products {demo.root}/data/none.csv"\nevery = "1d"')
    ran = demo.run("schedule", "run", "nightly", "--json")
    assert (ran.status, ran.lines[0]["state"]) == (1, "refused")


def test_what_waits_for_a_person_is_listed_once_a_day(demo: Place) -> None:
    demo.sample(3)
    (shipped,) = [row for row in demo.run("schedule", "list", "--json").lines if row["schedule"] == "digest"]
    assert (shipped["run"], shipped["when"]) == ("digest", "at 06:00")
    ran = demo.run("schedule", "run", "digest")
    assert ran.status == 0
    assert ran.out.strip() == demo.run("digest").out.strip()


def test_a_schedule_nobody_wrote_is_told(demo: Place) -> None:
    ran = demo.run("schedule", "run", "weekly")
    assert ran.status == 2
    assert "There is no schedule weekly" in ran.err
