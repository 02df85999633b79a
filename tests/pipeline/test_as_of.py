"""What was answered at a number of the data sequence is answered again, to the letter, whatever changed since."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gateway.model.account import Account
from gateway.model.assortment import AssortmentEntry
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product
from gateway.pipeline.price import LineQuestion, Question, resolve
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.store import Connection
from gateway.store.engine import Store
from gateway.store.trade_changes import TradeChanges
from tests.commerce import price_cases
from tests.commerce.goods import TODAY

ACCOUNTS = (
    Account(account="10000", name="Group", type="buying_group"),
    Account(account="10001", name="Head", parent="10000", parent_kind="buying_group"),
    Account(account="10002", name="Branch", parent="10001", segment="gold", price_group="W"),
)
LINES = [LineQuestion(Decimal(quantity), f"P{number}") for number in range(12) for quantity in (1, 500)]


def answers(db: Connection, as_of: int | None = None) -> list[dict[str, Any]]:
    question = Question("10002", LINES, TODAY, "EUR", "edifact", "K-1")
    return resolve(Snapshot(db, TradeMemory(), as_of), question)


def account(chance: random.Random, changes: TradeChanges) -> None:
    parent, group = chance.choice(("10000", "10001")), chance.choice(("W", None))
    policy = chance.choice(("priority", "lowest"))
    branch = msgspec.structs.replace(ACCOUNTS[2], parent=parent, price_group=group, price_policy=policy)
    changes.put(Account, [branch])


def products(chance: random.Random, changes: TradeChanges) -> None:
    changes.put(Product, chance.sample(price_cases.products(chance), 6))


def lists(chance: random.Random, changes: TradeChanges) -> None:
    known = chance.choice(list(price_cases.LISTS.values()))
    changes.put(PriceList, [msgspec.structs.replace(known, priority=chance.randint(0, 3))])


def prices(chance: random.Random, changes: TradeChanges) -> None:
    changes.put(PriceCondition, price_cases.case(chance.randint(0, 10**6), lines=1).rows[:8])


def deletions(chance: random.Random, changes: TradeChanges) -> None:
    changes.delete_conditions([f"r{chance.randint(0, 20)}" for _ in range(5)])


def assortments(chance: random.Random, changes: TradeChanges) -> None:
    member = AssortmentEntry(assortment="few", scope=f"product:P{chance.randint(0, 11)}")
    if chance.random() < 0.5:
        changes.delete(AssortmentEntry, [member])
    else:
        denied = AssortmentEntry(assortment="few", scope="account:10002", effect="deny")
        changes.put(AssortmentEntry, [member, denied])


EDITS: tuple[Callable[[random.Random, TradeChanges], None], ...] = (
    account, products, lists, prices, prices, deletions, assortments,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_a_price_answered_once_is_answered_again_with_the_same_trace(store: Store, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 nothing secret is drawn
    with store.write() as db:
        changes = TradeChanges(db)
        for each in ACCOUNTS:
            changes.put(Account, [each])
        changes.put(Product, price_cases.products(chance))
        changes.put(PriceList, list(price_cases.LISTS.values()))
        changes.put(PriceCondition, price_cases.case(seed, lines=1).rows)
    told: dict[int, list[dict[str, Any]]] = {}
    for _ in range(25):
        with store.write() as db:
            chance.choice(EDITS)(chance, TradeChanges(db))
        with store.read() as db:
            given = answers(db)
        told[given[0]["data_seq"]] = given
    with store.read() as db:
        assert {number: answers(db, number) for number in told} == told
    assert len({repr([{**each, "data_seq": 0} for each in given]) for given in told.values()}) > 10
