"""The same files on SQLite and on PostgreSQL come to the same; what only several hosts can do to each other."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from gateway.errors import TransientError
from gateway.masterdata.importing import ImportOptions, ImportReport, import_rows
from gateway.masterdata.kinds import KINDS
from gateway.pipeline.receive import receive
from gateway.queue.dispatch import recover, work_off
from gateway.store.orders import StoredLine, lines_of, list_orders, put_order
from gateway.wiring import Gateway, utc_now
from tests import sent
from tests.workspaces import SAMPLES, Place, list_article

DemoOn = Callable[[str], Place]
# What is new at every run: identifiers, instants, and the day an answer is written.
_OWN = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b|\b\d{4}-\d{2}-\d{2}T[\d:.]+(\+00:00|Z)?")
_WRITTEN = re.compile(rb"(UNB\+(?:[^+]*\+){3})\d{6}:\d{4}|(DTM\+137:)\d+")


def told(place: Place, *words: str) -> list[Any]:
    """What a command says in JSON, without what is new at every run."""
    ran = place.run(*words, "--json")
    assert "Traceback" not in ran.err
    return [json.loads(_OWN.sub("*", line)) for line in ran.out.splitlines()]


def left(place: Place) -> dict[str, list[bytes]]:
    """What lies in each outbox."""
    return {
        folder.name: sorted(_plain(file.read_bytes()) for file in folder.iterdir())
        for folder in sorted((place.root / "outbox").iterdir())
    }


def _plain(raw: bytes) -> bytes:
    return _WRITTEN.sub(rb"\1\2", _OWN.sub("*", raw.decode("latin-1")).encode("latin-1"))


def _plain_line(line: StoredLine) -> StoredLine:
    return msgspec.structs.replace(line, order_id="*")


def lived_through(place: Place) -> dict[str, Any]:
    """Everything that became of the demo's files, ingested twice, with a decision by a person between."""
    files = [str(file) for file in sorted(SAMPLES.glob("*.edi"))]
    first = told(place, "ingest", *files)
    list_article(place)
    held = [order for order in place.orders() if order["decision"] == "held"]
    for order in held:
        chosen = (order["number"], "--account", order["account"])
        place.run("orders", "decide", *chosen, "--as", "accepted", "--note", "as agreed by telephone")
    again = told(place, "ingest", *files)
    with place.opened() as gateway, gateway.store.read() as db:
        lines = {each.number: [_plain_line(line) for line in lines_of(db, each.id)] for each in list_orders(db)}
    commands = [("messages", "list"), ("orders", "list"), ("outbox", "list"), ("lane", "list")]
    exported = {kind: place.run("export", kind).out for kind in KINDS}
    return {
        "first": first,
        "held": len(held),
        "again": again,
        "lines": lines,
        **{" ".join(words): told(place, *words) for words in commands},
        "left": left(place),
        "exported": exported,
    }


def test_every_sample_comes_to_the_same_on_both_stores(demo_on: DemoOn) -> None:
    on_sqlite, on_postgresql = (lived_through(demo_on(kind)) for kind in ("sqlite", "postgresql"))
    assert on_sqlite["held"]
    assert len(on_sqlite["lines"]) > 10
    for what, expected in on_sqlite.items():
        assert on_postgresql[what] == expected, what


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each comes to, all begun at the same time."""
    together = threading.Barrier(len(works))

    def begin(work: Callable[[], Any]) -> Any:
        together.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [begun.result() for begun in [pool.submit(begin, work) for work in works]]


def test_hosts_that_drain_at_the_same_time_make_each_order_once(demo_on: DemoOn) -> None:
    """Without the lock that keeps all but one from it: what is stored does not rest on that lock."""
    demo = demo_on("postgresql")
    bodies = [
        sent.interchange(f"IC{n}", *(sent.order(f"PO-{n}{m}", sent.line(1, sent.SEALANT, "12")) for m in range(3)))
        for n in range(4)
    ]
    with demo.opened() as one, demo.opened() as other, demo.opened() as third:

        def host(gateway: Gateway) -> None:
            for body in bodies:
                receive(gateway.line, "orders.edi", iter([body]))
            work_off(gateway.line, gateway.senders())

        at_once(*(lambda gateway=gateway: host(gateway) for gateway in (one, other, third)))
        work_off(one.line, one.senders())
    listed = demo.orders()
    assert sorted(order["number"] for order in listed) == sorted(f"PO-{n}{m}" for n in range(4) for m in range(3))
    assert sorted(order["order"] for order in listed) == [f"SO{n:08d}" for n in range(1, 13)]
    states = [line["state"] for line in demo.run("messages", "list", "--json").lines]
    assert (states.count("processed"), states.count("duplicate"), len(states)) == (12, 24, 36)
    controls = [answer.control for answer in demo.answers("acme")]
    assert len(set(controls)) >= 16


def test_the_same_file_imported_twice_at_once_is_there_once(demo_on: DemoOn) -> None:
    demo = demo_on("postgresql")
    rows = [f"{n % 7},all,product:A-100{n % 8 + 1},PRICE,{n}.5,EUR,{n}\n" for n in range(1, 3_000)]
    header = "list,subject,object,type,amount,currency,min_quantity\n"
    demo.write("up.csv", header + "".join(rows))
    demo.write("down.csv", header + "".join(reversed(rows)))
    with demo.opened() as one, demo.opened() as other:

        def imported(gateway: Gateway, name: str) -> ImportReport:
            return import_rows(gateway.store, "prices", demo.root / name, ImportOptions(utc_now().date()))

        reports = at_once(lambda: imported(one, "up.csv"), lambda: imported(other, "down.csv"))
    assert [report.refusals for report in reports] == [(), ()]
    assert sum(report.inserted for report in reports) == len(rows)
    assert sum(report.unchanged for report in reports) == len(rows)
    assert len(demo.run("export", "prices").out.splitlines()) > len(rows)


def test_postgresql_lost_while_an_order_is_written_leaves_nothing_half_and_the_order_comes_later(
    demo_on: DemoOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = demo_on("postgresql")

    def lost(db: Any, *given: Any, **named: Any) -> None:
        put_order(db, *given, **named)
        pid = db.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with demo.opened() as killer, killer.store.read() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})

    with demo.opened() as gateway:
        body = sent.interchange("IC1", *(sent.order(f"PO-{n}", sent.line(1, sent.SEALANT, "12")) for n in range(3)))
        receive(gateway.line, "orders.edi", iter([body]))
        with monkeypatch.context() as broken:
            broken.setattr("gateway.pipeline.put_order.put_order", lost)
            with pytest.raises(TransientError):
                work_off(gateway.line, gateway.senders())
        assert demo.orders() == []
        assert recover(gateway.line) == 0  # given back when the store was there again
        work_off(gateway.line, gateway.senders())
    assert [order["order"] for order in demo.orders()] == [f"SO{n:08d}" for n in range(1, 4)]
    assert {line["state"] for line in demo.run("messages", "list", "--json").lines} == {"processed"}
