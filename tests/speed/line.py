"""The line: orders translated and stored, orders answered with the account's prices, and the memory of a large file."""

from __future__ import annotations

import gc
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from gateway.cli.circles import OFTEN
from gateway.masterdata.importing import ImportOptions, import_rows
from gateway.pipeline.receive import receive
from gateway.queue.dispatch import work_off
from gateway.store.messages import MessageQuery, list_messages
from gateway.wiring import Gateway, open_gateway
from gateway.workspace.template import make_workspace
from tests.speed import orders
from tests.speed.figures import Figure

RUNS = 3
LARGE_ORDERS, LARGE_MB = 18_000, 50


class _Timed(NamedTuple):
    cpu_s: float
    wall_s: float


def measure() -> Iterator[Figure]:
    """Orders per CPU second on SQLite with synchronous=FULL, and the peak memory of a large interchange."""
    one = ["".join(orders.interchange(1_000, 10))]
    long = ["".join(orders.interchange(100, 100))]
    many = ["".join(orders.interchange(1, 10, f"S{number:04d}", number)) for number in range(1, 501)]
    # Without accounts an order is read, validated, mapped and stored as its canonical JSON, and waits there.
    yield _rate("translated, orders of 10 lines in one interchange", one, 1_000, "held", 900)
    yield _rate("translated, orders of 100 lines in one interchange", long, 100, "held", 190)
    yield _rate("translated, files of one order of 10 lines", many, 500, "held", 500)
    timed = _median(one, 1_000, "processed")
    yield Figure("answered, orders of 10 lines: prices, ORDRSP, CONTRL", 1_000 / timed.cpu_s, "orders/s", at_least=300)
    yield Figure("the same, wall time", timed.wall_s, "s")
    yield _memory()


def _rate(name: str, files: list[str], count: int, state: str, at_least: float) -> Figure:
    return Figure(name, count / _median(files, count, state).cpu_s, "orders/s", at_least=at_least)


def _median(files: list[str], count: int, state: str) -> _Timed:
    """The median of several runs, each in a workspace of its own, with every order in the state expected."""
    timed = [_run(files, count, state) for _ in range(RUNS)]
    return _Timed(statistics.median(one.cpu_s for one in timed), statistics.median(one.wall_s for one in timed))


def _run(files: list[str], count: int, state: str) -> _Timed:
    with TemporaryDirectory() as folder, workspace(Path(folder), with_data=state == "processed") as gateway:
        taken = _timed(lambda: _work(gateway, files))
        with gateway.store.read() as db:
            states = [message.state for message in list_messages(db, MessageQuery())]
    if states != [state] * count:
        raise AssertionError(f"{count} orders {state} were expected, there are {len(states)}: {set(states)}")
    return taken


@contextmanager
def workspace(root: Path, *, with_data: bool) -> Iterator[Gateway]:
    """A new workspace, with the business data the orders are about or without any."""
    make_workspace(root)
    with open_gateway(root) as gateway:
        for kind, content in orders.trade_data() if with_data else ():
            file = root / f"{kind}.csv"
            file.write_text(content, "utf-8")
            import_rows(gateway.store, kind, file, ImportOptions(gateway.line.today()))
        yield gateway


def _work(gateway: Gateway, files: list[str]) -> None:
    for number, text in enumerate(files):
        receive(gateway.line, f"{number}.edi", iter([text.encode("latin-1")]))
    work_off(gateway.line, {})


def _timed(work: Callable[[], None]) -> _Timed:
    gc.collect()
    gc.freeze()
    threshold = gc.get_threshold()
    gc.set_threshold(*OFTEN)  # as the command line does
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    timed = _Timed(time.process_time() - cpu, time.perf_counter() - wall)
    gc.set_threshold(*threshold)
    gc.unfreeze()
    return timed


def _memory() -> Figure:
    """The peak memory of a process that answers a large interchange."""
    done = subprocess.run([sys.executable, "-m", "tests.speed.line"], capture_output=True, text=True, check=True)
    return Figure(f"peak memory, {LARGE_ORDERS:,} orders in {LARGE_MB} MB", float(done.stdout), "MB", at_most=200)


def _large() -> None:
    with TemporaryDirectory() as folder, workspace(Path(folder), with_data=True) as gateway:
        pieces = (piece.encode("latin-1") for piece in orders.interchange(LARGE_ORDERS, 13))
        receive(gateway.line, "large.edi", pieces)
        work_off(gateway.line, {})
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    _large()
