"""The gateway killed at each boundary of the line: what was acknowledged is there, and nothing happens twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import TransientError
from gateway.queue import drain
from gateway.queue.dispatch import recover, work_off
from gateway.wiring import open_gateway
from tests import sent
from tests.processes import PATIENCE_S, environment
from tests.workspaces import SAMPLES, Place

# A driver that runs a command and kills itself when a function is called: before, or after it has returned.
DRIVER = """
import gc, importlib, os, signal, sys
gc.disable()
where, name, moment, *words = sys.argv[1:]
module = importlib.import_module(where)
real = getattr(module, name)

def killed(*given, **named):
    if moment == "after":
        real(*given, **named)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(module, name, killed)
from gateway.cli.app import main
sys.argv = ["gateway", *words]
main()
"""

BOUNDARIES = [
    ("gateway.cli.ingest", "receive", "before"),
    ("gateway.cli.ingest", "receive", "after"),
    ("gateway.pipeline.decode", "examine", "before"),
    ("gateway.pipeline.decode", "record", "before"),
    ("gateway.pipeline.decode", "record", "after"),
    ("gateway.pipeline.decode", "mark_transmission", "after"),
    ("gateway.queue.dispatch", "drain_lane", "before"),
    ("gateway.queue.drain", "compute", "before"),
    ("gateway.queue.drain", "compute", "after"),
    ("gateway.pipeline.translate", "mapping_of", "before"),
    ("gateway.pipeline.enrich", "resolve_buyer", "after"),
    ("gateway.pipeline.decide", "decided", "after"),
    ("gateway.queue.drain", "settle", "before"),
    ("gateway.queue.drain", "settle", "after"),
    ("gateway.pipeline.put_order", "put_order", "after"),
    ("gateway.pipeline.respond", "seal", "before"),
    ("gateway.pipeline.respond", "seal", "after"),
    ("gateway.queue.dispatch", "deliver_due", "before"),
    ("gateway.pipeline.deliver", "contents_of", "before"),
    ("gateway.pipeline.deliver", "give", "before"),
    ("gateway.pipeline.deliver", "give", "after"),
    ("gateway.pipeline.outcomes", "finish_output", "before"),
    ("gateway.pipeline.outcomes", "finish_output", "after"),
]


def killed_at(place: Place, boundary: tuple[str, str, str], *words: object) -> None:
    """A command in the workspace, killed there."""
    command = [sys.executable, "-c", DRIVER, *boundary, "--workspace", str(place.root), *map(str, words)]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=PATIENCE_S, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stdout + ran.stderr


def recovered(place: Place) -> None:
    """What the next command does that runs the line."""
    with place.opened() as gateway:
        recover(gateway.line)
        work_off(gateway.line, gateway.senders())


@pytest.mark.parametrize("boundary", BOUNDARIES, ids=" ".join)
def test_killed_anywhere_an_order_has_its_effects_once(demo: Place, boundary: tuple[str, str, str]) -> None:
    sample = SAMPLES / "08_nordwind_group.edi"
    killed_at(demo, boundary, "ingest", sample)
    received = demo.run("messages", "list").status == 0 and _transmissions(demo)
    assert received == (boundary != BOUNDARIES[0])
    recovered(demo)
    if not received:
        assert demo.run("messages", "list", "--json").lines == []
        return
    lines = demo.run("messages", "list", "--json").lines
    assert [(line["reference"], line["state"]) for line in lines] == [
        ("B26-0912", "processed"), ("B26-0913", "processed"),
    ]  # fmt: skip
    assert [order["order"] for order in demo.orders()] == ["SO00000001", "SO00000002"]
    answers = demo.answers("nordwind")
    assert [(answer.type, answer.control) for answer in answers] == [
        ("CONTRL", "00000001"), ("ORDRSP", "00000002"), ("ORDRSP", "00000003"),
    ]  # fmt: skip
    assert len(demo.outbox("erp")) == 2
    assert {row["state"] for row in demo.run("outbox", "list", "--json").lines} == {"sent"}
    assert demo.run("db", "verify").status == 0


def _transmissions(place: Place) -> bool:
    with place.opened() as gateway, gateway.store.read() as db:
        return bool(db.exec_driver_sql("SELECT count(*) FROM transmission").scalar())


def test_a_file_sent_again_after_a_crash_is_a_duplicate(demo: Place) -> None:
    killed_at(demo, ("gateway.queue.drain", "settle", "before"), "ingest", SAMPLES / "01_acme_order.edi")
    lines = demo.sample(1, status=0)
    assert [line["state"] for line in lines] == ["duplicate"]
    assert len(demo.orders()) == 1


def test_a_message_that_kills_the_gateway_each_time_is_dead_in_the_end_and_the_next_goes_on(demo: Place) -> None:
    poison = sent.interchange("IC1", sent.order("PO-1", sent.line(1, sent.SEALANT, "12")))
    file = demo.root / "poison.edi"
    file.write_bytes(poison)
    killed_at(demo, ("gateway.queue.drain", "compute", "before"), "ingest", file)
    with demo.opened() as gateway, gateway.store.write() as db:  # as after seven more of these
        db.exec_driver_sql("UPDATE work_item SET tries = 8, failures = 8")
    (line,) = demo.sample(4, status=0)
    assert line["state"] == "processed"
    dead = demo.run("messages", "list", "--state", "dead", "--json").lines
    assert [each["reference"] for each in dead] == ["PO-1"]
    (shown,) = demo.run("messages", "show", dead[0]["message"], "--json").lines
    assert "died at every try" in shown["events"][-1]["text"]


def test_a_try_is_counted_before_it_runs(demo: Place) -> None:
    killed_at(demo, ("gateway.queue.drain", "compute", "before"), "ingest", SAMPLES / "01_acme_order.edi")
    with demo.opened() as gateway, gateway.store.read() as db:
        assert db.exec_driver_sql("SELECT state, tries FROM work_item").all() == [("running", 1)]


def test_a_file_that_kills_the_gateway_each_time_is_dead_in_the_end_and_kept(demo: Place) -> None:
    killed_at(demo, ("gateway.pipeline.decode", "examine", "before"), "ingest", SAMPLES / "01_acme_order.edi")
    with demo.opened() as gateway, gateway.store.write() as db:  # as after seven more of these
        db.exec_driver_sql("UPDATE work_item SET tries = 8, failures = 8")
    (line,) = demo.sample(2, status=0)
    assert line["state"] == "processed"
    (dead,) = demo.run("messages", "list", "--state", "dead", "--json").lines
    assert dead["file"] == "01_acme_order.edi"
    assert demo.run("messages", "raw", dead["message"]).raw == (SAMPLES / "01_acme_order.edi").read_bytes()


FIVE = SAMPLES / "13_nordwind_one_bad_quantity.edi"


@pytest.mark.parametrize("stage", ["persist", "render"])
def test_a_defect_for_one_message_stops_no_other(demo: Place, stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import gateway.pipeline.line as line_module

    stages = tuple(getattr(line_module, name) for name in ("persist", "render"))
    place = ("persist", "render").index(stage)

    def failing(line: object, db: object, work: object) -> object:
        if work.message.reference == "B26-0922":  # type: ignore[attr-defined]
            raise RuntimeError("a defect")
        return stages[place](line, db, work)

    monkeypatch.setattr(line_module, "SETTLED", (*stages[:place], failing, *stages[place + 1 :]))
    lines = demo.ingest(FIVE, status=1)
    assert [line["state"] for line in lines] == ["processed", "failed", "rejected", "processed", "processed"]
    assert len(demo.orders()) == 3
    answers = demo.answers("nordwind")
    assert [answer.control for answer in answers] == [f"{n:08d}" for n in range(1, 5)]
    (shown,) = demo.run("messages", "show", lines[1]["message"], "--json").lines
    assert shown["events"][-1]["text"] == "RuntimeError: a defect"


def test_a_defect_is_tried_three_times_and_a_passing_fault_for_days(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []
    errors: dict[str, Exception] = {"4500017801": RuntimeError("a defect"), "B26-0911": TransientError("away")}

    def failing(line: object, db: object, work: object) -> object:
        number = work.message.reference  # type: ignore[attr-defined]
        tries.append(number)
        raise errors[number]

    def states_after(days: float) -> list[str]:
        with open_gateway(demo.root, clock=lambda: datetime.now(UTC) + timedelta(days=days)) as gateway:
            work_off(gateway.line, {})
        return [line["state"] for line in demo.run("messages", "list", "--json").lines]

    monkeypatch.setattr(drain, "settle", failing)
    demo.ingest(SAMPLES / "01_acme_order.edi", SAMPLES / "02_nordwind_order.edi", status=1)
    assert [states_after(days / 2) for days in range(1, 12)][-1] == ["dead", "failed"]
    assert (tries.count("4500017801"), tries.count("B26-0911")) == (3, 12)
    assert states_after(8) == ["dead", "dead"]
