"""Prices: baskets, price lists, imports and changes over many conditions, on both stores and over HTTP.

PRICE_CONDITIONS says over how many (1,000,000). What grows with a process is measured in one of its own:
`python -m tests.speed.prices list URL` and `... import CONDITIONS`.
"""

from __future__ import annotations

import gc
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import httpx
import msgspec

from gateway.commerce.pricing import Wanted
from gateway.masterdata.importing import ImportOptions, import_rows
from gateway.model.price import PriceCondition
from gateway.pipeline.desk import Asked, PriceDesk, price_object
from gateway.pipeline.price import account_of
from gateway.pipeline.price_list import as_csv, price_list
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.store import Connection
from gateway.store.engine import Store, open_store
from gateway.store.migrate import upgrade
from gateway.store.trade_changes import TradeChanges
from gateway.wiring import open_gateway
from gateway.workspace.template import make_workspace
from tests.processes import call, serving
from tests.speed.figures import Figure
from tests.speed.price_data import Size, account, fill, fill_names, own_articles, sku, write_csv

CONDITIONS = int(os.environ.get("PRICE_CONDITIONS", "1_000_000"))
BASKETS, LINES, WARM_UP = 400, 50, 20
REQUESTS, REQUESTS_A_SECOND = 500, 50
IMPORTED = 1_000_000
ON = date(2026, 6, 1)
_QUANTITIES = (1, 20, 150, 2_000)


class Basket(NamedTuple):
    """An account and so much of each of some articles, half of which have prices of its own."""

    account: str
    lines: list[tuple[str, int]]


class Spread(NamedTuple):
    """The median and the 99th percentile of what was timed, in milliseconds."""

    p50: float
    p99: float


def measure() -> Iterator[Figure]:
    """T1 to T6 of the price targets, each with its bound; a store of each kind is filled anew."""
    size = Size(CONDITIONS)
    with TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        make_workspace(root)
        with open_gateway(root) as gateway:
            fill(gateway.store, size)
            yield from _on(gateway.store, size, "SQLite", (4, 10))
            yield from _list("SQLite", gateway.store.url, 2)
            key = _key(root)
        yield _over_http(root, key, size)
    yield from _postgresql(size)
    yield from _imports(min(IMPORTED, CONDITIONS))


def _on(store: Store, size: Size, name: str, bounds: tuple[float, float]) -> Iterator[Figure]:
    _collect_seldom()
    spread = _spread(list(_baskets_timed(store, size)))
    what = f"{CONDITIONS:,} conditions, {name}: basket of {LINES} lines with trace"
    yield Figure(f"{what}, p50", spread.p50, "ms", at_most=bounds[0])
    yield Figure("the same, p99", spread.p99, "ms", at_most=bounds[1])
    yield Figure(f"{name}: a changed price in the next answer", _changed(store, size), "ms", at_most=1_000)


def _postgresql(size: Size) -> Iterator[Figure]:
    from tests.databases import postgresql  # only here: it needs a package that only tests have

    with postgresql() as databases, closing(open_store(url := databases.make())) as store:
        upgrade(store)
        fill(store, size)
        with store.write() as db:
            db.exec_driver_sql("ANALYZE")
        yield from _on(store, size, "PostgreSQL", (8, 25))
        yield from _list("PostgreSQL", url, 3)


def _baskets(size: Size) -> Iterator[Basket]:
    chance = random.Random(1)  # noqa: S311 - the same baskets in every run
    while True:
        buyer = chance.randrange(size.accounts)
        own = own_articles(size, buyer)
        chosen = chance.sample(own, min(len(own), LINES // 2))
        chosen += chance.sample(range(size.products), LINES - len(chosen))
        yield Basket(account(buyer), [(sku(article), chance.choice(_QUANTITIES)) for article in chosen])


def _baskets_timed(store: Store, size: Size) -> Iterator[float]:
    """The milliseconds of each basket, nothing of which is remembered: of this process where the store lies in it."""
    clock = time.process_time if store.url.startswith("sqlite") else time.perf_counter
    for number, basket in zip(range(BASKETS + WARM_UP), _baskets(size), strict=False):
        with store.read() as db:
            started = clock()
            _priced(db, basket)
            taken = clock() - started
        if number >= WARM_UP:
            yield taken * 1_000


def _priced(db: Connection, basket: Basket) -> list[dict[str, object]]:
    snapshot = Snapshot(db, TradeMemory())
    desk = PriceDesk(snapshot, Asked(account_of(snapshot, basket.account), ON, "EUR"))
    products = snapshot.products({article for article, _ in basket.lines})
    wanted = [Wanted(products[article], Decimal(quantity), "PCE") for article, quantity in basket.lines]
    answers = desk.basket(wanted).lines
    priced = [price_object(answer, snapshot.data_seq) for answer in answers if answer]
    if len(priced) != LINES or any(each["net"] is None for each in priced):
        raise AssertionError("every line of a basket has a price")
    return priced


def _spread(taken: list[float]) -> Spread:
    ordered = sorted(taken)
    return Spread(ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)])


def _changed(store: Store, size: Size) -> float:
    """Milliseconds from the commit of a price to the answer that holds it, on another connection."""
    basket = Basket(account(0), [(sku(own_articles(size, 0)[0]), 1)])
    with store.write() as db:
        changes = TradeChanges(db)
        [standing] = [
            each
            for each in changes.trade.conditions([f"account:{basket.account}"], [f"product:{basket.lines[0][0]}"])
            if not each.min_quantity
        ]
        changes.put(PriceCondition, [msgspec.structs.replace(standing, amount=Decimal("77.77"))])
    started = time.perf_counter()
    with store.read() as db:
        snapshot = Snapshot(db, TradeMemory())
        desk = PriceDesk(snapshot, Asked(account_of(snapshot, basket.account), ON, "EUR"))
        product = snapshot.products([basket.lines[0][0]])[basket.lines[0][0]]
        [answer] = desk.answers([Wanted(product, Decimal(1), "PCE")])
    taken = time.perf_counter() - started
    if answer is None or answer.winner is None or answer.winner.condition.amount != Decimal("77.77"):
        raise AssertionError("the answer after the commit holds the new price")
    return taken * 1_000


def _list(name: str, url: str, at_most_s: float) -> Iterator[Figure]:
    told = _in_a_process("list", url)
    yield Figure(f"{name}: price list of {told['articles']:,} articles as CSV", told["cpu_s"], "s", at_most=at_most_s)
    yield Figure("the same, wall time", told["wall_s"], "s")
    yield Figure("its first line, wall time", told["first_s"] * 1_000, "ms", at_most=200)
    yield Figure("memory it takes", told["grown_mb"], "MB", at_most=150)


def _told_of_list(url: str) -> dict[str, float]:
    with closing(open_store(url)) as store, store.read() as db:
        list(zip(range(10), _lines(db), strict=False))
        before = _peak_mb()
        wall, cpu = time.perf_counter(), time.process_time()
        lines = _lines(db)
        next(lines), next(lines)
        first = time.perf_counter() - wall
        articles = {line.partition(",")[0] for line in lines}
        taken = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu, "first_s": first}
    return {**taken, "articles": len(articles), "grown_mb": _peak_mb() - before}


def _lines(db: Connection) -> Iterator[str]:
    snapshot = Snapshot(db, TradeMemory())
    return as_csv(price_list(snapshot, Asked(account_of(snapshot, account(7)), ON, "EUR")), "EUR")


def _imports(count: int) -> Iterator[Figure]:
    told = _in_a_process("import", str(count))
    yield Figure(f"import of {told['rows']:,} new conditions", told["new"]["cpu_s"], "s", at_most=60 * count / IMPORTED)
    yield Figure("the same, wall time", told["new"]["wall_s"], "s")
    yield Figure("the same file again", told["again"]["cpu_s"], "s", at_most=60 * count / IMPORTED)
    yield Figure("the same, wall time", told["again"]["wall_s"], "s")
    yield Figure("memory of both", told["grown_mb"], "MB", at_most=150)


def _told_of_import(count: int) -> dict[str, Any]:
    size = Size(count)
    with TemporaryDirectory() as folder, closing(open_store(f"sqlite:///{folder}/gateway.db")) as store:
        upgrade(store)
        fill_names(store, size)
        file = Path(folder) / "prices.csv"
        rows = write_csv(size, file)
        before = _peak_mb()
        new = _imported(store, file, "inserted", rows)
        again = _imported(store, file, "unchanged", rows)
        return {"rows": rows, "new": new, "again": again, "grown_mb": _peak_mb() - before}


def _imported(store: Store, file: Path, fate: str, rows: int) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    report = import_rows(store, "prices", file, ImportOptions(ON))
    if report.summary()[fate] != rows:
        raise AssertionError(f"every row is {fate}: {report.summary()}")
    return {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}


def _key(root: Path) -> str:
    made = call("--workspace", root, "key", "add", "speed", "--scope", "role:viewer", "--json")
    if made.returncode:
        raise AssertionError(made.stderr)
    key: str = json.loads(made.stdout)["key"]
    return key


def _over_http(root: Path, key: str, size: Size) -> Figure:
    """The 99th percentile of baskets asked of a server at an even pace, each on one connection that stays open."""
    taken = []
    with serving(root) as server, httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        begun = time.perf_counter()
        for number, basket in zip(range(REQUESTS), _baskets(size), strict=False):
            time.sleep(max(0.0, begun + number / REQUESTS_A_SECOND - time.perf_counter()))
            lines = [{"product": article, "quantity": str(quantity)} for article, quantity in basket.lines]
            asked = {"account": basket.account, "on": ON.isoformat(), "currency": "EUR", "lines": lines}
            started = time.perf_counter()
            answer = client.post(f"{server.address}/api/v1/prices:resolve", json=asked)
            taken.append((time.perf_counter() - started) * 1_000)
            answer.raise_for_status()
    name = f"SQLite over HTTP, {REQUESTS_A_SECOND} baskets a second at most, p99"
    return Figure(name, _spread(taken[WARM_UP:]).p99, "ms", at_most=40)


def _in_a_process(*words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.speed.prices", *words], capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _collect_seldom() -> None:
    """Python's collector works as the command line has it."""
    gc.freeze()
    gc.set_threshold(5_000, 200, 20)


def _peak_mb() -> float:
    """The most memory this process had; what getrusage tells begins with that of the process that started it."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


_PARTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "list": _told_of_list,
    "import": lambda count: _told_of_import(int(count)),
}

if __name__ == "__main__":
    _collect_seldom()
    print(json.dumps(_PARTS[sys.argv[1]](sys.argv[2])))
