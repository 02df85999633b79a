"""The catalogue read in whole sets: who may buy what, in a constant number of queries and in any size."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection

from gateway.commerce.assortment import permits
from gateway.model.assortment import AssortmentEntry
from gateway.model.catalogue import Relation, Tailoring
from gateway.model.product import Product, Unit
from gateway.pipeline.assortment import permitted, permitted_products
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.store.catalogue import Catalogue
from gateway.store.engine import Store
from gateway.store.trade_changes import TradeChanges

ARTICLES = 120


def product(number: int) -> Product:
    """Article 000 and so on: of six categories in two parts, of four brands; every tenth is not active."""
    return Product(
        sku=f"{number:03}",
        name="Thing",
        base_unit="C62",
        units=(Unit(code="C62"),),
        status="active" if number % 10 else "planned",
        category=f"part{number % 2}/group{number % 3}",
        brand=f"brand {number % 4}" if number % 5 else None,
    )


GOODS = [product(number) for number in range(ARTICLES)]
ENTRIES = [
    *(AssortmentEntry(assortment="half", scope=scope) for scope in ("category:part0", "product:001", "product:010")),
    *(AssortmentEntry(assortment="brand", scope=scope) for scope in ("brand:brand 3", "category:part1/group2")),
    AssortmentEntry(assortment="few", scope="product:001"),
    AssortmentEntry(assortment="few", scope="product:119"),
    AssortmentEntry(assortment="rest", scope="category:part1", mode="exclude"),
    AssortmentEntry(assortment="half", scope="account:half", effect="allow"),
    AssortmentEntry(assortment="brand", scope="segment:both", effect="allow"),
    AssortmentEntry(assortment="half", scope="segment:both", effect="allow"),
    AssortmentEntry(assortment="few", scope="price-group:few", effect="allow"),
    AssortmentEntry(assortment="rest", scope="account:rest", effect="allow", mode="exclude"),
    AssortmentEntry(assortment="brand", scope="account:denied", effect="deny"),
    AssortmentEntry(assortment="half", scope="account:denied", effect="allow"),
    AssortmentEntry(assortment="few", scope="account:never", effect="deny"),
]
SUBJECTS = [
    ("account:none", "all"),
    ("account:half", "all"),
    ("account:x", "segment:both", "price-group:few", "all"),
    ("price-group:few", "all"),
    ("account:rest", "all"),
    ("account:denied", "all"),
    ("account:never", "all"),
]


@pytest.fixture
def db(store: Store) -> Iterator[Connection]:
    with store.write() as db:
        TradeChanges(db).put(Product, GOODS)
        TradeChanges(db).put(AssortmentEntry, ENTRIES)
    with store.read() as connection:
        yield connection


def expected(subjects: tuple[str, ...]) -> list[str]:
    assignments = [entry for entry in ENTRIES if entry.effect and entry.scope in subjects]
    return sorted(permits(GOODS, assignments, [entry for entry in ENTRIES if not entry.effect]))


@pytest.mark.parametrize("subjects", SUBJECTS)
def test_a_few_articles_and_all_of_them_are_permitted_alike(db: Connection, subjects: tuple[str, ...]) -> None:
    snapshot = Snapshot(db, TradeMemory())
    wanted = expected(subjects)
    assert 0 < len(wanted) < ARTICLES
    assert sorted(permitted(snapshot, subjects, GOODS)) == wanted
    assert sorted(permitted(snapshot, subjects, GOODS[5:15])) == [sku for sku in wanted if "005" <= sku < "015"]
    assert [each.sku for each in permitted_products(snapshot, subjects)] == wanted
    after = wanted[len(wanted) // 2]
    rest = permitted_products(snapshot, subjects, after)
    assert [each.sku for each in islice(rest, 3)] == wanted[len(wanted) // 2 + 1 :][:3]


def test_articles_come_whole_and_in_the_order_of_their_numbers_past_any_page(store: Store) -> None:
    many = [Product(sku=f"{number:05}", name="x", base_unit="C62", units=(Unit(code="C62"),))
            for number in range(2_500)]  # fmt: skip
    with store.write() as db:
        TradeChanges(db).put(Product, many)
    with store.read() as db:
        assert list(permitted_products(Snapshot(db, TradeMemory()), ("all",))) == many


def test_what_is_permitted_is_read_in_two_queries_and_then_remembered(db: Connection) -> None:
    statements: list[str] = []
    event.listen(db, "before_cursor_execute", lambda *parts: statements.append(parts[2]))
    memory = TradeMemory()
    snapshot = Snapshot(db, memory)
    statements.clear()
    permitted(snapshot, ("account:x", "segment:both", "account:denied", "all"), GOODS)
    assert len(statements) == 2
    permitted(snapshot, ("account:x", "segment:both", "account:denied", "all"), GOODS[:50])
    assert len(statements) == 2


def test_a_change_of_an_assortment_holds_for_the_next_question(store: Store, db: Connection) -> None:
    memory = TradeMemory()
    subjects = ("account:none", "all")
    assert "001" in permitted(Snapshot(db, memory), subjects, GOODS)
    with store.write() as other:
        entry = AssortmentEntry(assortment="few", scope="all", effect="deny")
        TradeChanges(other).put(AssortmentEntry, [entry])
    assert "001" in permitted(Snapshot(db, memory), subjects, GOODS)  # this reader still sees the state before
    with store.read() as later:
        assert "001" not in permitted(Snapshot(later, memory), subjects, GOODS)


def test_what_was_permitted_at_a_number_can_be_told_later(store: Store, db: Connection) -> None:
    before = Snapshot(db, TradeMemory()).data_seq
    denied = AssortmentEntry(assortment="few", scope="all", effect="deny")
    with store.write() as other:
        TradeChanges(other).put(AssortmentEntry, [denied])
    with store.read() as later:
        while_denied = Snapshot(later, TradeMemory()).data_seq
    with store.write() as other:
        assert TradeChanges(other).delete(AssortmentEntry, [denied, denied]) == [True, False]
    with store.read() as later:
        told = [Snapshot(later, TradeMemory(), number) for number in (before, while_denied, None)]
        assert ["001" in permitted(each, ("all",), GOODS) for each in told] == [True, False, True]
        assert ["001" in {p.sku for p in permitted_products(each, ("all",))} for each in told] == [True, False, True]


def test_relations_and_texts_are_read_for_many_articles_at_once(store: Store, db: Connection) -> None:
    with store.write() as other:
        changes = TradeChanges(other)
        changes.put(Relation, [Relation(product="001", related="002", kind="accessory"),
                               Relation(product="002", related="001", kind="successor")])  # fmt: skip
        changes.put(Tailoring, [Tailoring(subject="account:1", product="001", field="name", value="Mine"),
                                Tailoring(subject="account:2", product="001", field="name", value="His")])  # fmt: skip
    with store.read() as later:
        catalogue = Catalogue(later)
        found = catalogue.relations(["001", "002", "003"])
        assert {sku: [each.related for each in related] for sku, related in found.items()} == {
            "001": ["002"], "002": ["001"],
        }  # fmt: skip
        texts = catalogue.tailoring(["account:1", "all"], ["001", "002"])
        assert {sku: [each.value for each in found] for sku, found in texts.items()} == {"001": ["Mine"]}
