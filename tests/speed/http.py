"""Prices over HTTP: a served gateway, its key checked each time, asked for baskets at a steady rate."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import NamedTuple

from gateway.access import new_key
from gateway.masterdata.importing import ImportOptions, import_rows
from gateway.store.keys import StoredKey, add_key
from gateway.wiring import open_gateway
from gateway.workspace.template import make_workspace
from tests.processes import serving
from tests.speed import orders
from tests.speed.figures import Figure

RATE, SECONDS, LINES = 50, 30, 50
CONNECTIONS = 8
_WARM = 2 * RATE


class Taken(NamedTuple):
    """When a request was due, when its answer was there, and its size; seconds and bytes."""

    due: float
    done: float
    size: int


def measure() -> Iterator[Figure]:
    """The time of a basket from when it was due, on SQLite, the client on the same machine."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        skus = [f"A-{number:05d}" for number in range(1, orders.ARTICLES + 1)]
        yield from measure_at(root, _with_data(root), "10001", skus)


def _with_data(root: Path) -> str:
    """The key of a new workspace with the trade data of the other measurements."""
    make_workspace(root)
    with open_gateway(root) as gateway:
        for kind, content in orders.trade_data():
            file = root / f"{kind}.csv"
            file.write_text(content, "utf-8")
            import_rows(gateway.store, kind, file, ImportOptions(gateway.line.today()))
    return key_of(root)


def key_of(root: Path) -> str:
    """A key over everything in a workspace."""
    key, secret = new_key()
    with open_gateway(root) as gateway, gateway.store.write() as db:
        kept = StoredKey(
            id=secret.identity, name=f"speed-{secret.identity}", digest=secret.digest, scope="role:viewer",
            created_at=gateway.line.now(),
        )  # fmt: skip
        add_key(db, kept)
    return key


def measure_at(root: Path, key: str, account: str, skus: Sequence[str]) -> Iterator[Figure]:
    """The figures of a workspace that holds the account and articles."""
    chance = random.Random(1)  # noqa: S311 - the same baskets in every run
    bodies = [
        json.dumps(
            {"account": account, "lines": [{"product": sku, "quantity": chance.randint(1, 500)} for sku in basket]}
        ).encode()
        for basket in (chance.sample(skus, LINES) for _ in range(_WARM + RATE * SECONDS))
    ]
    with serving(root) as server:
        taken = sorted(asked(server.address, key, bodies), key=lambda each: each.due)[_WARM:]
    times = sorted(1_000 * (each.done - each.due) for each in taken)
    name = f"baskets of {LINES} lines at {RATE} a second"
    yield Figure(f"{name}, p50", _share(times, 0.50), "ms")
    yield Figure(f"{name}, p95", _share(times, 0.95), "ms")
    yield Figure(f"{name}, p99", _share(times, 0.99), "ms", at_most=40)
    yield Figure(f"{name}, the slowest", times[-1], "ms")
    yield Figure("answers a basket", sum(each.size for each in taken) / len(taken) / 1_000, "kB")


def _share(times: Sequence[float], share: float) -> float:
    return times[min(int(len(times) * share), len(times) - 1)]


def asked(address: str, key: str, bodies: Sequence[bytes]) -> list[Taken]:
    """Each basket asked for when it is due, whether or not those before it are answered."""
    waiting: SimpleQueue[tuple[float, bytes] | None] = SimpleQueue()
    taken: list[Taken] = []
    threads = [threading.Thread(target=_ask, args=(address, key, waiting, taken)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    begin = time.perf_counter() + 0.2
    for number, body in enumerate(bodies):
        due = begin + number / RATE
        time.sleep(max(due - time.perf_counter(), 0))
        waiting.put((due, body))
    for _ in threads:
        waiting.put(None)
    for thread in threads:
        thread.join()
    if len(taken) != len(bodies):
        raise AssertionError(f"{len(bodies)} answers were expected, there are {len(taken)}")
    return taken


def _ask(address: str, key: str, waiting: SimpleQueue[tuple[float, bytes] | None], taken: list[Taken]) -> None:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    head = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    while work := waiting.get():
        due, body = work
        connection.request("POST", "/api/v1/prices:resolve", body, head)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200 or not content.startswith(b'{"lines":[{"net":"'):
            raise AssertionError(content[:300])
        taken.append(Taken(due, time.perf_counter(), len(content)))
    connection.close()
