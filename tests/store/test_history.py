"""Trade data as it was: every state that a number of the data sequence stood for is read again."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from gateway.model.account import Account, AccountParty
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import PartNumber, Product, Stock, Unit
from gateway.model.value import Value
from gateway.store.condition_queries import CONDITION
from gateway.store.engine import Store
from gateway.store.history import history_of
from gateway.store.trade import TABLES, Trade
from gateway.store.trade_changes import TradeChanges

ACCOUNTS, SKUS = ("top", "1", "11"), ("A", "B", "C")
SUBJECTS, OBJECTS = ("account:1", "account:top", "all"), ("product:A", "product:B", "category:x", "all")
GTINS = ("4006381333931", "4098765000010")
Edit = Callable[[random.Random, TradeChanges], None]


def accounts(chance: random.Random, changes: TradeChanges) -> None:
    parent = chance.choice([None, "top"])
    given = {"gln": chance.choice([None, "4012345000009"]), "credit_limit": chance.choice([None, Decimal("0.5")])}
    changes.put(Account, [Account(account="1", name=chance.choice("xy"), parent=parent, **given)])


def parties(chance: random.Random, changes: TradeChanges) -> None:
    changes.put(AccountParty, [AccountParty(account="1", role="DP", scheme="gln", id="7", city=chance.choice("KB"))])


def products(chance: random.Random, changes: TradeChanges) -> None:
    first, second = chance.sample(GTINS, 2)
    boxes = (Unit(code="BX", numerator=chance.choice([10, 200])),) if chance.random() < 0.5 else ()
    changes.put(
        Product,
        [
            Product(
                sku="A", name="A", base_unit="PCE", units=(Unit(code="PCE", gtin=first), *boxes),
                manufacturer_part=chance.choice(["M", None]), category=chance.choice(["x", None]),
            ),
            Product(sku="B", name="B", base_unit="PCE", units=(Unit(code="PCE", gtin=second),)),
        ],
    )  # fmt: skip


def numbers(chance: random.Random, changes: TradeChanges) -> None:
    changes.put(PartNumber, [PartNumber(account="1", number="700", product=chance.choice("AB"))])


def lists(chance: random.Random, changes: TradeChanges) -> None:
    given = {"priority": chance.randint(0, 3), "contract": chance.choice([None, "K"])}
    changes.put(PriceList, [PriceList(list="default", **given)])


def prices(chance: random.Random, changes: TradeChanges) -> None:
    changes.put(
        PriceCondition,
        [
            PriceCondition(
                key=f"k{chance.randint(1, 6)}", list="default", subject=chance.choice(SUBJECTS),
                object=chance.choice(OBJECTS), type="PRICE", amount=Decimal(chance.randint(1, 9)), currency="EUR",
                valid_to=chance.choice([None, date(2026, 6, 30)]), floor=chance.choice([None, Decimal("0.1")]),
            )
            for _ in range(3)
        ],
    )  # fmt: skip


def deletions(chance: random.Random, changes: TradeChanges) -> None:
    changes.delete_conditions([f"k{chance.randint(1, 6)}"])


def stock(chance: random.Random, changes: TradeChanges) -> None:
    changes.put(Stock, [Stock(sku="A", quantity=Decimal(chance.randint(0, 5)), available_on=date(2026, 1, 1))])


EDITS: tuple[Edit, ...] = (accounts, parties, products, numbers, lists, prices, prices, deletions, stock)


def answers(trade: Trade) -> list[object]:
    """Everything that prices and orders ask of trade data."""
    return [
        trade.accounts(ACCOUNTS),
        trade.existing_accounts(ACCOUNTS),
        trade.parents(),
        trade.chain("11"),
        trade.subtree("top"),
        sorted(trade.parties(ACCOUNTS), key=repr),
        trade.register(["7", "4012345000009"], root="top"),
        trade.products_by_sku(SKUS),
        trade.by_gtin(GTINS),
        trade.manufacturer_parts(["M"]),
        trade.part_numbers(["11", "1"], ["700"]),
        trade.conditions(SUBJECTS, OBJECTS),
        trade.conditions(SUBJECTS[:2], OBJECTS[:3], date(2026, 7, 1)),
        trade.lists(["default"]),
        trade.contracts(["K"]),
        trade.stock(SKUS),
    ]


@pytest.fixture
def filled(store: Store) -> Store:
    with store.write() as db:
        changes = TradeChanges(db)
        changes.put(Account, [Account(account="top", name="Top"), Account(account="1", name="x", parent="top")])
        changes.put(Account, [Account(account="11", name="Below", parent="1")])
        changes.put(PriceList, [PriceList(list="default")])
        for each in EDITS[:-2]:
            each(random.Random(0), changes)  # noqa: S311 no secret
    return store


@pytest.mark.parametrize("seed", range(3))
def test_every_state_there_was_is_read_again(filled: Store, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 no secret
    told: dict[int, list[object]] = {}
    for _ in range(60):
        with filled.write() as db:
            changes = TradeChanges(db)
            chance.choice(EDITS)(chance, changes)
            told[changes.trade.data_seq()] = answers(changes.trade)
    assert len(told) > 30
    with filled.read() as db:
        for number, answer in told.items():
            assert Trade(db, as_of=number).data_seq() == number
            assert answers(Trade(db, as_of=number)) == answer
        assert answers(Trade(db, as_of=10**9)) == answers(Trade(db))
        assert Trade(db, as_of=0).conditions(SUBJECTS, OBJECTS) == []


def condition(key: str, amount: int) -> PriceCondition:
    given = {"subject": "all", "object": "product:A", "currency": "EUR"}
    return PriceCondition(key=key, list="default", type="PRICE", amount=Decimal(amount), **given)


def kept(store: Store) -> int:
    gone = history_of(CONDITION)
    assert gone is not None
    with store.read() as db:
        return db.execute(select(func.count()).select_from(gone)).scalar_one()


def test_only_what_changes_is_written_twice(filled: Store) -> None:
    before = kept(filled)
    for amounts, more in ((range(100), 0), (range(100), 0), ([1, *range(1, 100)], 1)):
        with filled.write() as db:
            rows = [condition(f"n{place}", amount) for place, amount in enumerate(amounts)]
            TradeChanges(db).put(PriceCondition, rows)
        assert kept(filled) == before + more


def test_what_is_rolled_back_leaves_no_history(filled: Store) -> None:
    before = kept(filled)
    with filled.write() as db:
        changes = TradeChanges(db)
        changes.put(PriceCondition, [condition("n", 1)])
        changes.put(PriceCondition, [condition("n", 2)])
        changes.discard()
    assert kept(filled) == before


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_every_kind_of_trade_data_keeps_its_history(kind: type[Value]) -> None:
    assert history_of(TABLES[kind]) is not None
