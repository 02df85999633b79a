"""The queue: what a job costs beside a bare commit, many waiting items, how soon work begins, and a second node."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from gateway.pipeline.receive import receive
from gateway.queue.dispatch import work_off
from gateway.store import lanes
from gateway.store.engine import Store, open_store
from gateway.store.messages import insert_messages
from gateway.store.migrate import upgrade
from gateway.store.records import Message, State, Transmission
from gateway.store.transmissions import store_transmission
from gateway.wiring import Gateway
from tests.databases import Databases, SqliteFiles, postgresql
from tests.processes import eventually, serving
from tests.speed import orders
from tests.speed.figures import Figure
from tests.workspaces import Place, make_demo

COMMITS, FILES = 300, 300
WAITING, LANES, GROUP, PIECE = 20_000, 3, 32, 1_000
LATENCIES = 40
AT = "2026-01-01T00:00:00.000000+00:00"


def measure() -> Iterator[Figure]:
    """Figures of both stores, each with its own bare commits in the same run."""
    with TemporaryDirectory() as folder, postgresql() as server:
        for name, databases in (("SQLite", SqliteFiles(Path(folder))), ("PostgreSQL", server)):
            yield from _jobs(name, databases)
            yield from _many_waiting(name, databases)
            yield _latency(name, databases)
        yield from _second_node(server)


@contextmanager
def _demo(databases: Databases) -> Iterator[Place]:
    url = databases.make()
    with TemporaryDirectory() as folder:
        root = Path(folder) / "demo"
        make_demo(root, url)
        place = Place(root)
        place.move_to(url)
        yield place
    databases.drop(url)


def _jobs(name: str, databases: Databases) -> Iterator[Figure]:
    with _demo(databases) as place, place.opened() as gateway:
        commits = COMMITS / _wall(lambda: _commit(gateway.store))
        _received(gateway, FILES)
        jobs = FILES / _wall(lambda: work_off(gateway.line, {}))
    yield Figure(f"{name}: files of one order, from the inbox to the outbox", jobs, "files/s", "commits/s", commits)


def _commit(store: Store) -> None:
    with store.write() as db:
        db.execute(text("CREATE TABLE bare (number INTEGER)"))
    for number in range(COMMITS):
        with store.write() as db:
            db.execute(text("INSERT INTO bare VALUES (:number)"), {"number": number})


def _received(gateway: Gateway, files: int) -> None:
    for number in range(files):
        body = "".join(orders.interchange(1, 10, f"Q{number:05d}", number)).encode("latin-1")
        receive(gateway.line, f"{number}.edi", iter([body]))


def _many_waiting(name: str, databases: Databases) -> Iterator[Figure]:
    """Items taken, proved and finished as a drain does, with nothing done about them."""
    url = databases.make()
    with closing(open_store(url)) as store:
        upgrade(store)
        _fill(store)
        took: list[float] = []
        while len(took) * PIECE < WAITING:
            took.append(_wall(lambda: _drain(store, PIECE)))
    databases.drop(url)
    yield Figure(f"{name}: {WAITING:,} items waiting in {LANES} lanes", WAITING / sum(took), "items/s")
    first, last = statistics.median(took[:5]), statistics.median(took[-5:])
    yield Figure(f"{name}: the last {PIECE:,} of them beside the first", last, "s", "first", first, at_most=1.2)


def _fill(store: Store) -> None:
    file = Transmission(
        id="T", connection=None, name="t", digest="", size=0, received_at=AT, state="decoded", issues="[]"
    )
    message = Message(
        id="M", transmission="T", interchange=None, start=0, length=0, file="t", syntax="edifact", state=State.READY,
        received_at=AT, changed_at=AT,
    )  # fmt: skip
    with store.write() as db:
        store_transmission(db, file, iter(()))
        insert_messages(db, [message])
        for number in range(WAITING // PIECE):
            lanes.add_items(db, f"lane/in/{number % LANES}", ["M"] * PIECE, "translate")


def _drain(store: Store, count: int) -> None:
    done = 0
    while done < count:
        with store.read() as db:
            lane = lanes.due_lanes(db, AT)[0]
        with store.write() as db:
            lease = lanes.lease_lane(db, lane, "bench", AT, AT)
            assert lease
            items = lanes.take_items(db, lane, AT, min(GROUP, count - done))
        with store.write() as db:
            lanes.prove(db, lease, AT)
            lanes.finish_items(db, [item.seq for item in items])
            lanes.release(db, lease)
        done += len(items)


def _latency(name: str, databases: Databases) -> Figure:
    """From the commit of a file received by another process to the moment a serving one has taken it."""
    with _demo(databases) as place, serving(place.root), place.opened() as gateway:
        waits = [_waited(gateway, number) for number in range(LATENCIES)]
    median = statistics.median(waits) * 1_000
    return Figure(f"{name}: from receive to the start of work, idle, median", median, "ms", at_most=50)


def _waited(gateway: Gateway, number: int) -> float:
    body = "".join(orders.interchange(1, 1, f"L{number:05d}", number)).encode("latin-1")
    identity = receive(gateway.line, f"{number}.edi", iter([body])).id
    began = time.perf_counter()
    while _is_ready(gateway, identity):
        time.sleep(0.001)
    waited = time.perf_counter() - began
    eventually(lambda: not _is_anything_due(gateway))
    time.sleep(0.3 + number % 7 * 0.03)  # idle again, and at another moment of its rounds
    return waited


def _is_ready(gateway: Gateway, identity: str) -> bool:
    with gateway.store.read() as db:
        item = lanes.file_item(db, identity)
    return item is not None and item.state == "ready"


def _is_anything_due(gateway: Gateway) -> bool:
    with gateway.store.read() as db:
        return bool(lanes.due_lanes(db, gateway.line.now()))


def _second_node(databases: Databases) -> Iterator[Figure]:
    """Two nodes beside one; each needs cores of its own, as the database does."""
    if (os.cpu_count() or 1) < 4:
        return
    one, two = (_nodes(databases, count) for count in (1, 2))
    yield Figure("PostgreSQL: two nodes beside one", FILES / two, "files/s", "one node", FILES / one, at_least=1.5)


def _nodes(databases: Databases, count: int) -> float:
    with _demo(databases) as place, place.opened() as gateway, ExitStack() as running:
        _received(gateway, FILES)
        for _ in range(count):
            running.enter_context(serving(place.root))
        return _wall(lambda: eventually(lambda: not _is_anything_due(gateway)))


def _wall(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
