"""The price list of an account says of each article what the price desk answers for it alone."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import msgspec
import pytest

from gateway.commerce.conditions import CHARGES
from gateway.commerce.price_plans import Plan, plan_of
from gateway.commerce.units import base_units
from gateway.model.account import Account
from gateway.model.money import round_half_up
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product, Unit
from gateway.pipeline import price_list as listing
from gateway.pipeline.desk import Asked
from gateway.pipeline.price import LineQuestion, Question, account_of, resolve
from gateway.pipeline.price_list import as_csv, as_object, price_list
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.store.engine import Store
from gateway.store.trade_changes import TradeChanges
from tests.commerce import price_cases
from tests.commerce.goods import TODAY

CLONES, LEAST = 6, Decimal("0.000001")
Tier: TypeAlias = dict[str, str]
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


def told(trace: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(trace.get(name) for name in ("unit_price", "price_unit", "price_uom"))


def counting(tiers: Sequence[Tier], quantity: Decimal) -> list[Tier]:
    """The tiers that price so many base units: the last that began anew, and what went on from it."""
    reached = [tier for tier in tiers if Decimal(tier["min_quantity"]) <= quantity]
    begun = [place for place, tier in enumerate(reached) if tier.get("above", "0") == "0"]
    return reached[begun[-1] :] if begun else []


def amount(tiers: Sequence[Tier], quantity: Decimal, product: Product) -> Decimal:
    """What so many base units cost by the tiers of a list alone, as its documentation says."""
    counted = counting(tiers, quantity)
    ends = [*(Decimal(tier["above"]) for tier in counted[1:]), quantity]
    parts = [Fraction(end - Decimal(tier.get("above", 0))) for tier, end in zip(counted, ends, strict=True)]
    prices = [
        Fraction(tier["unit_price"]) / (Fraction(tier["price_unit"]) * (base_units(product, tier["price_uom"]) or 1))
        for tier in counted
    ]
    return round_half_up(sum((part * price for part, price in zip(parts, prices, strict=True)), Fraction(0)), 2)


def check(snapshot: Snapshot, asked: Asked) -> int:
    """How many articles the list holds, each of whose prices is that of an order of its quantity alone."""
    listed = list(price_list(snapshot, asked))
    for each in listed:
        tiers: Any = as_object(each, asked.currency).get("tiers", [])
        starts = [Decimal(tier["min_quantity"]) for tier in tiers] or [Decimal(1)]
        lines = [LineQuestion(max(start, LEAST), each.product.sku) for start in starts]
        questions = [Question("10002", [line], asked.on, asked.currency, asked.channel) for line in lines]
        answers = [resolve(snapshot, question)[0] for question in questions]
        for answer, tier, start in zip(answers, tiers, starts, strict=False):
            if "above" not in tier:
                assert told(answer) == told(tier)
            elif answer["net"]:
                # Unit prices are stated with four decimals.
                of_list = amount(tiers, max(start, LEAST), each.product)
                assert abs(of_list - Decimal(str(answer["net"]))) <= Decimal("0.01") + start * LEAST * 100
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


def test_a_graduated_scale_is_listed_with_every_step_of_it(store: Store) -> None:
    tiers = listed_of(store, *GRADUATED)
    assert [(tier["min_quantity"], tier["above"], tier["unit_price"]) for tier in tiers] == [
        ("20", "0", "4"), ("100", "100", "3"), ("1000", "1000", "2")
    ]  # fmt: skip


def test_what_changes_from_a_quantity_on_begins_a_graduated_list_anew(store: Store) -> None:
    discount = row("less", "DISC_PCT", "-10", min_quantity=Decimal(500))
    tiers = listed_of(store, *GRADUATED, discount, row("more", "SURCH_ABS", "0.5"))
    assert [(tier["min_quantity"], tier["above"], tier["unit_price"]) for tier in tiers] == [
        ("20", "0", "4.5"), ("100", "100", "3.5"),
        ("500", "0", "4.1"), ("500", "100", "3.2"), ("1000", "1000", "2.3"),
    ]  # fmt: skip


@pytest.mark.parametrize("policy", ["priority", "lowest"])
@pytest.mark.parametrize("quantity", ["20", "99", "100", "101", "499.5", "500", "999", "1000", "1000.000001", "7000"])
def test_an_order_costs_what_its_steps_in_the_list_come_to(store: Store, policy: str, quantity: str) -> None:
    rows = (*GRADUATED, row("less", "DISC_PCT", "-10", min_quantity=Decimal(500)), row("more", "SURCH_ABS", "0.5"))
    tiers = listed_of(store, *rows, policy=policy)
    with store.read() as db:
        snapshot = Snapshot(db, TradeMemory())
        [answer] = resolve(snapshot, Question("10002", [LineQuestion(Decimal(quantity), "A")], TODAY, "EUR"))
    assert str(answer["net"]) == str(amount(tiers, Decimal(quantity), SCREW))


def test_a_list_in_csv_says_above_how_many_a_step_prices(store: Store) -> None:
    listed_of(store, *GRADUATED)
    with store.read() as db:
        snapshot = Snapshot(db, TradeMemory())
        asked = Asked(account_of(snapshot, "10002"), TODAY, "EUR")
        header, *lines = as_csv(price_list(snapshot, asked), "EUR")
    assert header.strip() == ",".join(listing.COLUMNS)
    assert [line.strip() for line in lines] == [
        'A,"Screw, ""M6""",20,PCE,4,1,PCE,EUR,,,0,',
        'A,"Screw, ""M6""",100,PCE,3,1,PCE,EUR,,,100,',
        'A,"Screw, ""M6""",1000,PCE,2,1,PCE,EUR,,,1000,',
    ]


def test_where_the_lowest_price_counts_one_article_in_many_is_asked_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [msgspec.structs.replace(SCREW, sku=f"A{number}") for number in range(20)]
    prices = [
        row(f"{subject}{number}", "PRICE", str(1 + number * factor % 7), object=f"product:A{number}", subject=subject)
        for number in range(20)
        for subject, factor in (("all", 3), ("segment:gold", 5), ("account:10002", 2))
    ]
    plans: list[Plan | None] = []
    monkeypatch.setattr(listing, "plan_of", lambda *given: plans.append(plan_of(*given)) or plans[-1])
    listed_of(store, *prices, policy="lowest", products=made)
    with store.read() as db:
        snapshot = Snapshot(db, TradeMemory())
        plans.clear()
        assert check(snapshot, Asked(account_of(snapshot, "10002"), TODAY, "EUR", "edifact")) == 20
    assert len(plans) == 1
    assert plans[0]


SCREW = Product(sku="A", name='Screw, "M6"', base_unit="PCE", units=(Unit(code="PCE"),))


def row(key: str, kind: str, amount_of_it: str, **fields: Any) -> PriceCondition:
    """A condition in euro that holds for everybody and every article unless told."""
    told_of_it: dict[str, Any] = {"subject": "all", "object": "all", "currency": "EUR", "unit": "PCE"}
    if kind.endswith("_PCT"):
        told_of_it |= {"currency": None, "unit": None, "scale_unit": "PCE"}
    return PriceCondition(key=key, list="L", type=kind, amount=Decimal(amount_of_it), **(told_of_it | fields))


GRADUATED = tuple(
    row(f"from {least}", "PRICE", price, min_quantity=Decimal(least), scale_mode="graduated")
    for least, price in ((20, "4"), (100, "3"), (1000, "2"))
)


def listed_of(
    store: Store, *rows: PriceCondition, policy: str = "priority", products: Sequence[Product] = (SCREW,)
) -> list[Tier]:
    """The tiers of the first article in the list of 10002, for whom only these conditions are there."""
    with store.write() as db:
        changes = TradeChanges(db)
        for account in ACCOUNTS:
            changes.put(Account, [msgspec.structs.replace(account, price_policy=policy)])
        changes.put(Product, list(products))
        changes.put(PriceList, [PriceList(list="L")])
        changes.put(PriceCondition, list(rows))
    with store.read() as db:
        snapshot = Snapshot(db, TradeMemory())
        told_first = next(price_list(snapshot, Asked(account_of(snapshot, "10002"), TODAY, "EUR")))
    tiers: Any = as_object(told_first, "EUR").get("tiers", [])
    return tiers
