"""Receiving: documents posted to a served gateway over several connections, by a process of their own."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from gateway.access import new_key
from gateway.store.engine import open_store
from gateway.store.keys import StoredKey, add_key
from gateway.wiring import open_gateway
from gateway.workspace.template import make_workspace
from tests.databases import postgresql
from tests.processes import ROOT, environment, serving
from tests.speed import orders
from tests.speed.figures import Figure
from tests.workspaces import Place

POSTS, CONNECTIONS = 3_000, 16
COMMITS = 300
_WARM = 200
_LINES = 8
_NAME = "example_http"


def measure() -> Iterator[Figure]:
    """Documents acknowledged a second, wall time, while the line works them off in the same process."""
    with TemporaryDirectory() as folder:
        yield from _measured(Path(folder), "SQLite", "")
    try:
        with postgresql() as databases, TemporaryDirectory() as folder:
            yield from _measured(Path(folder), "PostgreSQL", _durable(databases.make()))
    except ImportError:
        return  # no PostgreSQL here


def _measured(root: Path, store: str, url: str) -> Iterator[Figure]:
    make_workspace(root)
    if url:
        Place(root).move_to(url)
    key = listening_at(root)
    roles = ("--roles", "web") if url else ()  # where nodes share a store, one that receives may do only that
    with serving(root, *roles) as server:
        taken = posted(server.address, key)
    name = f"{store}, documents of {len(_document(1)) / 1_000:.1f} kB over {CONNECTIONS} connections"
    yield Figure(f"{name}, received", POSTS / taken["wall_s"], "a second", at_least=300)
    yield Figure(f"{name}, p50", taken["p50_ms"], "ms")
    yield Figure(f"{name}, p99", taken["p99_ms"], "ms")
    yield Figure(f"{store}, commits of one document each", _commits(url or f"sqlite:///{root}/commits.db"), "a second")


def _durable(url: str) -> str:
    """The URL of a database of the tests, whose server waits for the disk from now on as one in earnest does."""
    with closing(open_store(url)) as store, store._engine.connect() as db:
        db.execution_options(isolation_level="AUTOCOMMIT")
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            db.exec_driver_sql(f"ALTER SYSTEM SET {setting} = on")
        db.exec_driver_sql("SELECT pg_reload_conf()")
    return url


def listening_at(root: Path) -> str:
    """The key of a connection of the workspace that listens from now on."""
    (root / "connections" / f"{_NAME}.toml").write_text('kind = "http"\naccepts = "edifact"\n', "utf-8")
    partner = root / "partners" / "example.toml"
    via = '"example_inbox"'
    partner.write_text(partner.read_text("utf-8").replace(via, f'[{via}, "{_NAME}"]'), "utf-8")
    settings = root / "gateway.toml"
    settings.write_text(settings.read_text("utf-8") + "\n[receive]\nposts_per_second = 1e6\nburst = 1000000\n", "utf-8")
    key, secret = new_key()
    with open_gateway(root) as gateway, gateway.store.write() as db:
        kept = StoredKey(
            id=secret.identity, name="speed", digest=secret.digest, scope=f"connection:{_NAME}",
            created_at=gateway.line.now(),
        )  # fmt: skip
        add_key(db, kept)
    return key


def _document(number: int) -> bytes:
    return "".join(orders.interchange(1, _LINES, f"S{number:05d}", number)).encode("iso8859-1")


def _commits(url: str) -> float:
    """Commits a second of one document each by one connection, as durable as the store's."""
    content = _document(1)
    with closing(open_store(url)) as store, store._engine.connect() as db:
        db.execution_options(isolation_level="AUTOCOMMIT")
        kind = "BLOB" if db.dialect.name == "sqlite" else "BYTEA"
        db.exec_driver_sql(f"CREATE TABLE raw_document (content {kind})")
        statement = text("INSERT INTO raw_document VALUES (:content)")
        began = time.perf_counter()
        for _ in range(COMMITS):
            db.execute(statement, {"content": content})
        return COMMITS / (time.perf_counter() - began)


def posted(address: str, key: str) -> dict[str, float]:
    """What the posting process measured; it fails where anything but 202 was answered."""
    command = [sys.executable, "-m", "tests.speed.receive", address, key]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment(), timeout=600, check=True)
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def main(address: str, key: str) -> None:
    """Post, and print what was measured."""
    _post_all(address, key, [_document(number) for number in range(POSTS, POSTS + _WARM)])
    bodies = [_document(number) for number in range(POSTS)]
    began = time.perf_counter()
    times = sorted(_post_all(address, key, bodies))
    told = {
        "wall_s": time.perf_counter() - began,
        "p50_ms": times[len(times) // 2],
        "p99_ms": times[-len(times) // 100],
    }
    print(json.dumps(told))


def _post_all(address: str, key: str, bodies: Sequence[bytes]) -> list[float]:
    """Milliseconds from each document's sending to its acknowledgement; every connection posts a share."""
    times: list[float] = []
    threads = [
        threading.Thread(target=_post, args=(address, key, bodies[share::CONNECTIONS], times))
        for share in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(times) != len(bodies):
        raise AssertionError(f"{len(bodies)} acknowledgements were expected, there are {len(times)}")
    return times


def _post(address: str, key: str, bodies: Sequence[bytes], times: list[float]) -> None:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    head = {"Authorization": f"Bearer {key}", "Content-Type": "application/edifact"}
    for body in bodies:
        began = time.perf_counter()
        connection.request("POST", f"/in/{_NAME}", body, head)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 202:
            raise AssertionError(content[:300])
        times.append(1_000 * (time.perf_counter() - began))
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
