"""The price list of an account says of each article what the price desk answers for it alone."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gateway.commerce.conditions import CHARGES
from gateway.commerce.price_plans import Plan, plan_of
from gateway.model.account import Account
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product
from gateway.pipeline import price_list as listing
from gateway.pipeline.desk import Asked
from gateway.pipeline.price import LineQuestion, Question, account_of, resolve
from gateway.pipeline.price_list import as_object, price_list
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.store.engine import Store
from gateway.store.trade_changes import TradeChanges
from tests.commerce import price_cases
from tests.commerce.goods import TODAY

CLONES, LEAST = 6, Decimal("0.000001")
ACCOUNTS = (
    Account(account="10000", name="Group", type="buying_group"),
    Account(account="10001", name="Head", parent="10000", parent_kind="buying_group"),
    Account(account="10002", name="Branch", parent="10001", segment="gold", price_group="W"),
)


def alike(products: list[Product]) -> list[Product]:
    """Several of each article, which differ in nothing that conditions may name."""
    return [msgspec.structs.replace(each, sku=f"{each.sku}-{number}") for each in products for number in range(CLONES)]


def of_each(chance: random.Random, rows: Iterable[PriceCondition]) -> Iterator[PriceCondition]:
    """The conditions on articles on several of each, prices with amounts of their own."""
    for row in rows:
        if not row.object.startswith("product:"):
            yield row
            continue
        for number in range(CLONES):
            factor = Decimal(chance.choice((100, 100, 150, 333))) / 100 if row.type == "PRICE" else 1
            amount = round(row.amount * factor, 6)
            yield msgspec.structs.replace(
                row, key=f"{row.key}-{number}", object=f"{row.object}-{number}", amount=amount
            )


def plain(rows: Iterable[PriceCondition]) -> Iterator[PriceCondition]:
    """The rows as most are: one price, percentage or amount of a subject and object, prices in two steps."""
    simple = {"scale_basis": "qty", "scale_mode": "level", "exclusion_group": None}
    simple |= {"scale_group": None, "scale_period": None}
    limits = {"exclusion_mode": None, "stack": False, "floor": None, "call_off_max": None, "base": "running"}
    found = {(row.subject, row.object, row.type): row for row in rows if row.type not in CHARGES}
    for row in found.values():
        step = msgspec.structs.replace(row, **simple, **limits, scale_unit=row.unit)
        yield step
        if row.type == "PRICE":
            key, least, amount = f"{row.key}+", row.min_quantity + 50, row.amount * Decimal("0.9")
            yield msgspec.structs.replace(step, key=key, min_quantity=least, amount=round(amount, 6))


def filled(store: Store, seed: int, policy: str, is_plain: bool) -> str:
    """The currency of the prices that the store now holds."""
    chance = random.Random(seed)  # noqa: S311 nothing secret is drawn
    case = price_cases.case(seed, lines=1)
    products = price_cases.products(random.Random(seed))  # noqa: S311 nothing secret is drawn
    rows = plain(case.rows) if is_plain else case.rows
    with store.write() as db:
        changes = TradeChanges(db)
        for account in ACCOUNTS:
            changes.put(Account, [msgspec.structs.replace(account, price_policy=policy)])
        changes.put(Product, alike(products))
        changes.put(PriceList, list(price_cases.LISTS.values()))
        changes.put(PriceCondition, list(of_each(chance, rows)))
    return case.currency


def told(trace: dict[str, object]) -> tuple[object, ...]:
    return tuple(trace.get(name) for name in ("unit_price", "price_unit", "price_uom"))


def check(snapshot: Snapshot, asked: Asked) -> int:
    """How many articles the list holds, each of whose prices is that of an order of its quantity alone."""
    listed = list(price_list(snapshot, asked))
    for each in listed:
        tiers: Any = as_object(each, asked.currency).get("tiers", [])
        starts = [Decimal(tier["min_quantity"]) for tier in tiers] or [Decimal(1)]
        lines = [LineQuestion(max(start, LEAST), each.product.sku) for start in starts]
        questions = [Question("10002", [line], asked.on, asked.currency, asked.channel) for line in lines]
        answers = [resolve(snapshot, question)[0] for question in questions]
        assert [told(answer) for answer in answers if answer["net"]] == [told(tier) for tier in tiers]
        assert each.code == (None if tiers else answers[0]["code"])
    return len(listed)


@pytest.mark.parametrize("policy", ["priority", "lowest"])
@pytest.mark.parametrize("seed", range(3))
def test_each_price_of_the_list_is_that_of_an_order(store: Store, seed: int, policy: str) -> None:
    currency = filled(store, seed, policy, is_plain=False)
    with store.read() as db:
        snapshot = Snapshot(db, TradeMemory())
        assert check(snapshot, Asked(account_of(snapshot, "10002"), TODAY, currency, "edifact")) == 12 * CLONES


@pytest.mark.parametrize("seed", range(8))
def test_what_holds_for_articles_that_are_alike_is_that_of_an_order(
    store: Store, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    currency = filled(store, seed, "priority", is_plain=True)
    plans: list[Plan | None] = []
    monkeypatch.setattr(listing, "plan_of", lambda *given: plans.append(plan_of(*given)) or plans[-1])
    with store.read() as db:
        snapshot = Snapshot(db, TradeMemory())
        assert check(snapshot, Asked(account_of(snapshot, "10002"), TODAY, currency, "edifact")) == 12 * CLONES
    assert len(plans) < 12 * CLONES
    assert any(plans)


def test_a_price_holds_from_its_quantity_up_to_the_next(store: Store) -> None:
    currency = filled(store, 3, "priority", is_plain=True)
    chance = random.Random(3)  # noqa: S311 nothing secret is drawn
    with store.read() as db:
        snapshot = Snapshot(db, TradeMemory())
        asked = Asked(account_of(snapshot, "10002"), TODAY, currency, "edifact")
        for each in price_list(snapshot, asked):
            quantity = Decimal(chance.choice((1, 9, 77, 1000, 5000)))
            reached = [tier for tier in each.tiers if tier.quantity <= quantity]
            question = Question("10002", [LineQuestion(quantity, each.product.sku)], TODAY, currency, "edifact")
            [answer] = resolve(snapshot, question)
            assert answer.get("unit_price") == (str(reached[-1].unit_price) if reached else None)
