"""What a system has to be sized by: per order, the time of the one writer, the processor's time, and the bytes kept."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from gateway.pipeline.receive import receive
from gateway.queue.dispatch import work_off
from gateway.store import Connection
from gateway.store.engine import Store, file_of
from gateway.wiring import Gateway
from tests.databases import CRASH_SAFE, PostgresDatabases, cluster
from tests.speed import orders
from tests.speed.figures import Figure
from tests.speed.line import workspace

ORDERS = 300
_write = Store.write


def measure() -> Iterator[Figure]:
    """Figures of both stores, for files of one order of ten lines with price, ORDRSP, CONTRL and delivery."""
    yield from _measured("SQLite", "")
    with cluster(CRASH_SAFE) as server:
        databases = PostgresDatabases(server.url)
        yield from _measured("PostgreSQL", databases.make())
        databases.close()


def _measured(name: str, url: str) -> Iterator[Figure]:
    held: list[float] = []

    @contextmanager
    def timed(store: Store, *, lasting: bool = True) -> Iterator[Connection]:
        with _write(store, lasting=lasting) as db:
            started = time.perf_counter()
            yield db
            held.append(time.perf_counter() - started)

    files = ["".join(orders.interchange(1, 10, f"S{number:04d}", number)) for number in range(1, ORDERS + 1)]
    with (
        mock.patch.dict(os.environ, {"GATEWAY_DATABASE_URL": url}),
        TemporaryDirectory() as folder,
        workspace(Path(folder), with_data=True) as gateway,
        mock.patch.object(Store, "write", timed),
    ):
        before, started = _kept(gateway), time.process_time()
        for number, text in enumerate(files):
            receive(gateway.line, f"{number}.edi", iter([text.encode("latin-1")]))
        work_off(gateway.line, gateway.senders())
        cpu_s = time.process_time() - started
        yield Figure(f"{name}: CPU an order", 1_000 * cpu_s / ORDERS, "ms")
        yield Figure(f"{name}: under the write lock, commits apart", 1_000 * sum(held) / ORDERS, "ms")
        yield Figure(f"{name}: write transactions an order", len(held) / ORDERS, "")
        if before:
            yield Figure(f"{name}: kept of an order", (_kept(gateway) - before) / ORDERS / 1_000, "kB")


def _kept(gateway: Gateway) -> int:
    """The bytes of an embedded store when all is in its file; 0 of any other."""
    file = file_of(gateway.store.url)
    if file is None:
        return 0
    with gateway.store.read() as db:
        db.exec_driver_sql("COMMIT")
        db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
    return file.stat().st_size
