"""Search: the index made of a full catalogue, and an account's questions answered from index and store."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.model.account import Account
from gateway.model.assortment import AssortmentEntry
from gateway.model.product import PartNumber, Product, Unit
from gateway.pipeline.desk import Asked, PriceDesk
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.search.finding import Finder, Found
from gateway.search.index import SearchIndex
from gateway.search.keeping import keep
from gateway.store.engine import Store
from gateway.store.trade_changes import TradeChanges
from gateway.wiring import open_gateway
from gateway.workspace.template import make_workspace
from tests.speed.figures import Figure

PRODUCTS = int(os.environ.get("SEARCH_PRODUCTS", "200000"))
QUESTIONS = 400
_AT_ONCE = 5_000
_ON = date(2026, 6, 1)
_KINDS = (
    "Sechskant", "Zylinder", "Senk", "Linsen", "Gewinde", "Holz", "Blech", "Flügel", "Hammerkopf", "Augen", "Ring",
)  # fmt: skip
_THINGS = ("schraube", "mutter", "scheibe", "bolzen", "niete", "dübel", "anker", "stift", "feder", "buchse")
_FINISHES = ("verzinkt", "Edelstahl A2", "Messing", "schwarz", "Polyamid", "feuerverzinkt")
_CATEGORIES = 400


def measure() -> Iterator[Figure]:
    """The time to make the index, and of questions of an account that may buy a quarter of all."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        make_workspace(root)
        with open_gateway(root) as gateway:
            _fill(gateway.store)
            index = SearchIndex(root / "var")
            started = time.perf_counter()
            keep(gateway.store, index)
            yield Figure(f"{PRODUCTS:,} articles, index made", time.perf_counter() - started, "s")
            yield from _asked(gateway.store, index)
            _change(gateway.store, 0)
            started = time.perf_counter()
            keep(gateway.store, index)
            yield Figure("one article changed, found as it is", time.perf_counter() - started, "s", at_most=2)


def _asked(store: Store, index: SearchIndex) -> Iterator[Figure]:
    chance = random.Random(1)  # noqa: S311 - the same questions in every run
    asked: dict[str, Callable[[], str]] = {
        "our number": lambda: f"{chance.randrange(0, PRODUCTS, 4):08d}",
        "the maker's number, written otherwise": lambda: f"hp {chance.randrange(0, PRODUCTS, 4)} / x",
        "the account's own number": lambda: f"OWN-{chance.randrange(0, PRODUCTS, 20):07d}",
        "two words": lambda: f"{chance.choice(_THINGS)}n M{chance.randint(2, 30)}",
        "a word of a tenth of all": lambda: chance.choice(_THINGS),
        "a slip in a long word": lambda: f"{chance.choice(_KINDS)}{chance.choice(_THINGS)}".replace("s", "", 1),
    }
    for name, question in asked.items():
        times = sorted(_timed(store, index, question()) for _ in range(QUESTIONS))
        yield Figure(f"{name}, p50", times[QUESTIONS // 2], "ms")
        yield Figure("the same, p95", times[int(QUESTIONS * 0.95)], "ms", at_most=80)


def _timed(store: Store, index: SearchIndex, question: str) -> float:
    """The milliseconds of a question of which nothing is remembered."""
    with store.read() as db:
        started = time.perf_counter()
        found = _found(Snapshot(db, TradeMemory()), index, question)
        taken = time.perf_counter() - started
    if found.how == "nothing":
        raise AssertionError(f"{question} is found")
    return taken * 1_000


def _found(snapshot: Snapshot, index: SearchIndex, question: str) -> Found:
    [buyer] = snapshot.chain("1")
    return Finder(snapshot, PriceDesk(snapshot, Asked(buyer, _ON, "EUR")), index).find(question)


def _fill(store: Store) -> None:
    assortment = [AssortmentEntry(assortment="A", scope=f"category:c{number}") for number in range(_CATEGORIES // 4)]
    assigned = AssortmentEntry(assortment="A", scope="account:1", effect="allow")
    with store.write() as db:
        changes = TradeChanges(db)
        changes.put(Account, [Account(account="1", name="Nordwerk", language="de")])
        changes.put(AssortmentEntry, [*assortment, assigned])
    for first in range(0, PRODUCTS, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, PRODUCTS))
        own = [PartNumber(account="1", number=f"OWN-{each:07d}", product=f"{each:08d}") for each in numbers[::20]]
        with store.write() as db:
            changes = TradeChanges(db)
            changes.put(Product, [_product(each) for each in numbers])
            changes.put(PartNumber, own)


def _product(number: int) -> Product:
    chance = random.Random(number)  # noqa: S311 - the same articles in every run
    size = f"M{chance.randint(2, 30)}x{chance.randint(5, 200)}"
    thing = f"{chance.choice(_KINDS)}{chance.choice(_THINGS)}"
    return Product(
        sku=f"{number:08d}", name=f"{thing} {size} {chance.choice(_FINISHES)}", base_unit="PCE",
        units=(Unit(code="PCE", gtin=f"{4_000_000_000_000 + number}"),), manufacturer=f"Maker {number % 300}",
        manufacturer_part=f"HP-{number}-X", category=f"c{number % 4 * _CATEGORIES // 4 + number % (_CATEGORIES // 4)}",
        brand=f"b{number % 120}", names={"en": f"fastener {thing} {size}"}, attributes={"Gewinde": f"M{number % 30}"},
    )  # fmt: skip


def _change(store: Store, number: int) -> None:
    with store.write() as db:
        changed = Product(sku=f"{number:08d}", name="Neuheit", base_unit="PCE", units=(Unit(code="PCE"),))
        TradeChanges(db).put(Product, [changed])
