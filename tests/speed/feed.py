"""The feed: from the commit of a changed price until the API and a webhook have told of it, by a served gateway."""

from __future__ import annotations

import json
import os
import socket
import statistics
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

from gateway.access import new_key
from gateway.masterdata.importing import ImportOptions, import_rows
from gateway.store.engine import Store
from gateway.store.keys import StoredKey, add_key
from gateway.wiring import open_gateway
from tests.databases import postgresql
from tests.outbound.servers import Other, other_side
from tests.processes import serving
from tests.speed.figures import Figure
from tests.workspaces import Place, make_demo

CHANGES = 20
TARGET_MS = 1_000
_PATIENCE_S = 20.0


def measure() -> Iterator[Figure]:
    """Milliseconds, wall time, until a change of one price is told."""
    with TemporaryDirectory() as folder:
        yield from _measured(Path(folder) / "demo", "SQLite", "")
    try:
        with postgresql() as databases, TemporaryDirectory() as folder:
            yield from _measured(Path(folder) / "demo", "PostgreSQL", databases.make())
    except ImportError:
        return  # no PostgreSQL here


def _measured(root: Path, store: str, url: str) -> Iterator[Figure]:
    make_demo(root, url)
    os.environ["FEED_SECRET"] = "s3cr3t"  # noqa: S105 - the receiver is this process
    with other_side() as other:
        hook = f'kind = "webhook"\nurl = "{other.url("/")}"\nprivate = true\nsecret = "env:FEED_SECRET"\n'
        Place(root).write("connections/hook.toml", hook)
        with open_gateway(root) as gateway:
            key = _key(gateway.store)
            with serving(root) as server:
                times = _times(gateway.store, other, server.address, key)
    for name, told in times.items():
        yield Figure(f"{store}, a changed price told by {name}, p50", statistics.median(told), "ms")
        yield Figure(f"{store}, a changed price told by {name}, slowest", max(told), "ms", at_most=TARGET_MS)


def _times(store: Store, other: Other, address: str, key: str) -> dict[str, list[float]]:
    """Milliseconds of each change by who told of it."""
    times: dict[str, list[float]] = {"the API": [], "a webhook": []}
    came: list[float] = []
    other.respond = _timed(came)
    for number in count(CHANGES):  # the webhook is told of what happens from its first round on
        _change(store, number)
        time.sleep(0.5)
        if came:
            break
    time.sleep(2)
    after = int(_asked(address, key, "")["next"])
    for number in range(CHANGES):
        came.clear()
        heard: list[float] = []
        listener = threading.Thread(target=lambda: _listen(address, key, after, heard), daemon=True)  # noqa: B023
        listener.start()
        time.sleep(0.3)
        began = _change(store, number)
        listener.join(_PATIENCE_S)
        while not came and time.monotonic() - began < _PATIENCE_S:
            time.sleep(0.005)
        times["the API"].append(1_000 * (heard[0] - began))
        times["a webhook"].append(1_000 * (came[0] - began))
        after = int(_asked(address, key, "")["next"])
    return times


def _timed(came: list[float]) -> Any:
    def respond(_: Other, line: socket.socket) -> None:
        came.append(time.monotonic())
        line.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    return respond


def _listen(address: str, key: str, after: int, heard: list[float]) -> None:
    answer = _asked(address, key, f"?after={after}&wait=30s&types=trade.changed")
    if answer["events"]:
        heard.append(time.monotonic())


def _asked(address: str, key: str, query: str) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the loopback
        f"{address}/api/v1/events{query}", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def _change(store: Store, number: int) -> float:
    """The instant at which another price of an article is committed."""
    source = f"subject,object,type,amount,currency\nall,product:A-1006,PRICE,{100 + number}.5,EUR\n"
    options = ImportOptions(datetime.now(UTC).date())
    with NamedTemporaryFile("w", suffix=".csv") as file:
        file.write(source)
        file.flush()
        import_rows(store, "prices", Path(file.name), options)
    return time.monotonic()


def _key(store: Store) -> str:
    key, secret = new_key()
    kept = StoredKey(
        id=secret.identity, name="speed", digest=secret.digest, scope="role:viewer",
        created_at=datetime.now(UTC).isoformat(),
    )  # fmt: skip
    with store.write() as db:
        add_key(db, kept)
    return key
