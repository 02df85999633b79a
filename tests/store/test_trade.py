from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection

from gateway.model.account import Account, AccountParty
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import PartNumber, Product, Stock, Unit
from gateway.store.engine import Store
from gateway.store.trade import Trade
from gateway.store.trade_changes import Change, TradeChanges

SCREW = Product(
    sku="SCREW",
    name="Screw",
    base_unit="C62",
    units=(Unit(code="C62", gtin="4006381333931"), Unit(code="BX", numerator=200), Unit(code="MTR", denominator=3)),
    manufacturer_part="M-1",
    weight_kg=Decimal("0.0125"),
    names={"de": "Schraube"},
    attributes={"colour": "grau"},
)
NUT = Product(sku="NUT", name="Nut", base_unit="C62", units=(Unit(code="C62"),), manufacturer_part="M-1")


def condition(key: str, subject: str = "all", on: str = "product:SCREW", **fields: object) -> PriceCondition:
    given = {"amount": Decimal("4.15"), "currency": "EUR", "unit": "C62", **fields}
    return PriceCondition(key=key, list="default", subject=subject, object=on, type="PRICE", **given)


@pytest.fixture
def store(store: Store) -> Store:
    with store.write() as db:
        changes = TradeChanges(db)
        changes.put(
            Account,
            [
                Account(account="group", name="Group", type="buying_group"),
                Account(account="1", name="Head", parent="group", parent_kind="buying_group", gln="4012345000009"),
                Account(account="11", name="Branch", parent="1", credit_limit=Decimal("0.1")),
                Account(account="111", name="Shelf", parent="11"),
                Account(account="2", name="Other", duns="123456789"),
            ],
        )
        changes.put(Product, [SCREW, NUT])
        changes.put(AccountParty, [AccountParty(account="111", role="DP", id="77", scheme="theirs")])
    return store


@pytest.fixture
def db(store: Store) -> Iterator[Connection]:
    with store.read() as connection:
        yield connection


def put(store: Store, *values: object) -> list[Change]:
    with store.write() as db:
        return TradeChanges(db).put(type(values[0]), values)  # type: ignore[type-var,arg-type]


def data_seq(store: Store) -> int:
    with store.read() as db:
        return Trade(db).data_seq()


def test_the_subtree_holds_the_account_and_everything_below(db: Connection) -> None:
    assert sorted(Trade(db).subtree("1")) == ["1", "11", "111"]
    assert Trade(db).subtree("nobody") == {}


def test_the_chain_leads_from_the_account_up(db: Connection) -> None:
    assert [each.account for each in Trade(db).chain("111")] == ["111", "11", "1", "group"]
    assert Trade(db).chain("nobody") == []


def test_the_chain_ends_where_a_circle_closes(store: Store) -> None:
    put(store, Account(account="1", name="Head", parent="111"))
    with store.read() as db:
        assert [each.account for each in Trade(db).chain("11")] == ["11", "1", "111"]
        assert sorted(Trade(db).subtree("11")) == ["1", "11", "111"]


@pytest.mark.parametrize("identifier", ["4012345000009", "1"])
def test_the_register_finds_accounts_by_their_own_identifiers_with_their_parents(
    db: Connection, identifier: str
) -> None:
    assert sorted(Trade(db).register([identifier]).accounts) == ["1", "group"]


def test_the_register_finds_parties_and_what_stands_below_the_root(db: Connection) -> None:
    register = Trade(db).register(["77", "123456789"], root="1")
    assert [(party.account, party.id) for party in register.parties] == [("111", "77")]
    assert sorted(register.accounts) == ["1", "11", "111", "2", "group"]


def test_products_come_back_as_they_were_put_with_the_base_unit_first(db: Connection) -> None:
    assert Trade(db).products_by_sku(["SCREW", "NUT", "GONE"]) == {"SCREW": SCREW, "NUT": NUT}


def test_gtins_and_manufacturers_numbers_name_products(db: Connection) -> None:
    assert Trade(db).by_gtin(["4006381333931", "0"]) == {"4006381333931": ("SCREW", "C62")}
    assert Trade(db).manufacturer_parts(["M-1", "M-2"]) == {"M-1": ["NUT", "SCREW"]}


def test_a_gtin_can_move_to_another_product_in_one_go(store: Store) -> None:
    bare = Product(sku="SCREW", name="Screw", base_unit="C62", units=(Unit(code="C62"),))
    taker = Product(sku="NUT", name="Nut", base_unit="C62", units=(Unit(code="C62", gtin="4006381333931"),))
    assert put(store, taker, bare) == [Change.UPDATED, Change.UPDATED]
    with store.read() as db:
        assert Trade(db).by_gtin(["4006381333931"]) == {"4006381333931": ("NUT", "C62")}
        assert Trade(db).products_by_sku(["SCREW"]) == {"SCREW": bare}


def test_part_numbers_of_the_nearest_account_come_first_then_the_newest(store: Store) -> None:
    new = date(2026, 7, 1)
    far = PartNumber(account="1", number="N", product="NUT", valid_from=new)
    old = PartNumber(account="11", number="N", product="SCREW", valid_to=date(2026, 6, 30))
    near = PartNumber(account="11", number="N", product="NUT", unit="C62", pack=Decimal(10), valid_from=new)
    strange = PartNumber(account="2", number="N", product="SCREW")
    put(store, far, old, near, strange)
    with store.read() as db:
        assert Trade(db).part_numbers(["111", "11", "1"], ["N"]) == {"N": [near, old, far]}


def test_conditions_are_found_by_subject_and_object_and_on_their_days_only(store: Store) -> None:
    put(store, PriceList(list="default"))
    always = condition("a")
    june = condition("b", "account:11", valid_from=date(2026, 6, 1), valid_to=date(2026, 6, 30))
    put(store, always, june, condition("c", "account:2"), condition("d", on="product:NUT"))
    with store.read() as db:
        trade = Trade(db)
        subjects, objects = ["account:11", "all"], ["product:SCREW", "all"]
        assert trade.conditions(subjects, objects) == [always, june]
        assert trade.conditions(subjects, objects, date(2026, 6, 30)) == [always, june]
        assert trade.conditions(subjects, objects, date(2026, 7, 1)) == [always]
        assert trade.conditions([], objects) == []


def test_a_thousand_keys_are_one_query(db: Connection) -> None:
    statements: list[str] = []
    event.listen(db, "before_cursor_execute", lambda *parts: statements.append(parts[2]))
    Trade(db).conditions([f"account:{number}" for number in range(1000)], [f"product:{n}" for n in range(40_000)])
    assert len(statements) == 1


def test_stock_and_lists_are_found_by_name(store: Store) -> None:
    later, now = (
        Stock(sku="NUT", quantity=Decimal(5), available_on=date(2026, 7, 1)),
        Stock(sku="NUT", quantity=Decimal("-1.5")),
    )
    put(store, later, now)
    campaign = PriceList(list="c", kind="campaign", priority=5, exclusive=True, valid_from=date(2026, 1, 1))
    put(store, campaign)
    with store.read() as db:
        assert Trade(db).stock(["NUT", "SCREW"]) == {"NUT": [now, later]}
        assert Trade(db).lists(["c", "d"]) == {"c": campaign}


def test_the_same_value_again_is_unchanged_and_leaves_the_data_sequence(store: Store) -> None:
    account = Account(account="11", name="Branch", parent="1", credit_limit=Decimal("0.10"))
    before = data_seq(store)
    assert put(store, account) == [Change.UNCHANGED]
    assert data_seq(store) == before
    assert put(store, Account(account="11", name="Branch 11", parent="1")) == [Change.UPDATED]
    assert data_seq(store) == before + 1


def test_of_values_with_one_key_the_last_stays(store: Store) -> None:
    put(store, PriceList(list="default"))
    changes = put(store, condition("k"), condition("k", amount=Decimal(5)), condition("k", amount=Decimal(5)))
    assert changes == [Change.INSERTED, Change.UPDATED, Change.UNCHANGED]
    with store.read() as db:
        assert [each.amount for each in Trade(db).conditions(["all"], ["product:SCREW"])] == [Decimal(5)]
