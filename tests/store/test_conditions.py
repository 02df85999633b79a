"""Price conditions in their small rows: every field comes back, keys stay keys, and what stood before is kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.model.price import PriceCondition, PriceList, natural_key
from gateway.store import Connection
from gateway.store.condition_queries import CONDITION, FORM, SCOPE
from gateway.store.engine import Store
from gateway.store.trade import Trade, every
from gateway.store.trade_changes import Change, TradeChanges

PLAIN = PriceCondition(
    key="", list="default", subject="account:1", object="product:A", type="PRICE", amount=Decimal("4.15"),
    currency="EUR", unit="PCE", scale_unit="PCE",
)  # fmt: skip


def named(value: PriceCondition) -> PriceCondition:
    """The condition under the key that its fields make."""
    key = natural_key(value, value.subject, value.object, value.min_quantity, value.valid_from)
    return msgspec.structs.replace(value, key=key)


def plain(**fields: object) -> PriceCondition:
    return named(msgspec.structs.replace(PLAIN, **fields))


def put(store: Store, *values: PriceCondition) -> list[Change]:
    with store.write() as db:
        changes = TradeChanges(db)
        changes.put(PriceList, [PriceList(list=each) for each in sorted({value.list for value in values})])
        return changes.put(PriceCondition, values)


def standing(store: Store) -> dict[str, PriceCondition]:
    with store.read() as db:
        return {each.key: each for each in every(db, PriceCondition)}


texts = st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=8)
numbers = st.decimals(Decimal("-1e12"), Decimal("1e12"), allow_nan=False, places=6).map(
    lambda number: number.quantize(Decimal("1e-6"))
)
positive = st.decimals(Decimal("0.000001"), Decimal("1e12"), allow_nan=False, places=6)
conditions = st.builds(
    PriceCondition,
    key=st.one_of(texts, st.just("")),
    list=st.sampled_from(["default", "K-1"]),
    subject=st.sampled_from(["all", "account:1", "account:1|2", "segment:gold|all"]),
    object=st.sampled_from(["all", "product:A", "product:A|B", "category:a/b"]),
    type=st.sampled_from(["PRICE", "DISC_PCT", "DISC_LADDER"]),
    amount=numbers,
    ladder=st.none() | st.just("10+5+2"),
    currency=st.none() | st.just("EUR"),
    per=positive,
    unit=st.none() | st.just("PCE"),
    min_quantity=st.decimals(0, Decimal("1e12"), allow_nan=False, places=6),
    scale_unit=st.none() | st.just("BX"),
    scale_basis=st.sampled_from(["qty", "weight"]),
    scale_mode=st.sampled_from(["level", "graduated"]),
    scale_group=st.none() | texts,
    valid_from=st.none() | st.dates(),
    valid_to=st.none() | st.dates(),
    contract=st.none() | texts,
    contract_line=st.none() | texts,
    step=st.none() | st.integers(0, 999),
    base=st.sampled_from(["running", "gross", "list"]),
    exclusion_group=st.none() | texts,
    exclusion_mode=st.none() | st.just("best"),
    stack=st.booleans(),
    stop=st.booleans(),
    floor=st.none() | positive,
    call_off_max=st.none() | positive,
    statistical=st.booleans(),
).map(lambda value: value if value.key else named(value))


def cleared(db: Connection) -> Connection:
    for table in (CONDITION, FORM):
        db.execute(table.delete())
    return db


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(conditions, max_size=12, unique_by=lambda value: value.key))
def test_every_condition_comes_back_as_it_was_put(store: Store, values: list[PriceCondition]) -> None:
    with store.write() as db:
        cleared(db)
    assert put(store, *values) == [Change.INSERTED] * len(values)
    assert put(store, *values) == [Change.UNCHANGED] * len(values)
    wanted = {value.key: value for value in values}
    assert standing(store) == wanted
    with store.read() as db:
        assert Trade(db).conditions_by_key(list(wanted)) == wanted
        subjects, objects = {each.subject for each in values}, {each.object for each in values}
        assert {each.key: each for each in Trade(db).conditions(subjects, objects)} == wanted


def test_a_key_that_the_fields_make_is_not_stored(store: Store) -> None:
    given_one = msgspec.structs.replace(plain(object="all"), key="100-8")
    # The parts of this one's key cannot be told apart, and it could not be found by them.
    barred = plain(subject="account:1|2")
    put(store, plain(), plain(subject="account:2"), given_one, barred)
    with store.read() as db:
        keys = list(db.execute(select(CONDITION.c.key)).scalars())
    assert sorted(keys, key=str) == sorted(["100-8", barred.key, None, None], key=str)


def test_a_condition_is_found_by_its_old_key_wherever_it_moves(store: Store) -> None:
    old = plain()
    moved = msgspec.structs.replace(old, subject="all", object="category:a", amount=Decimal(3))
    put(store, old, plain(min_quantity=Decimal(10)))
    assert put(store, moved) == [Change.UPDATED]
    assert standing(store) == {each.key: each for each in (moved, plain(min_quantity=Decimal(10)))}
    back = msgspec.structs.replace(old, amount=Decimal(5))
    assert put(store, back) == [Change.UPDATED]
    assert standing(store)[old.key] == back


def test_what_conditions_state_alike_is_stored_once(store: Store) -> None:
    put(store, *(plain(object=f"product:{number}", amount=Decimal(number)) for number in range(1, 50)))
    with store.read() as db:
        assert len(db.execute(select(FORM)).all()) == 1
        assert [row.kind for row in db.execute(select(SCOPE))] == ["product"]


def test_a_deleted_condition_is_gone_and_can_come_again(store: Store) -> None:
    put(store, plain(), plain(subject="all"))
    with store.write() as db:
        TradeChanges(db).delete_conditions([plain().key, "nobody's"])
    assert list(standing(store)) == [plain(subject="all").key]
    assert put(store, plain()) == [Change.INSERTED]


@pytest.mark.parametrize("day", [date(2026, 6, 1), date(2026, 6, 30)])
def test_both_ends_of_a_validity_belong_to_it(store: Store, day: date) -> None:
    june = plain(valid_from=date(2026, 6, 1), valid_to=date(2026, 6, 30))
    put(store, june, plain(valid_to=date(2026, 5, 31)), plain(valid_from=date(2026, 7, 1)))
    with store.read() as db:
        assert Trade(db).conditions(["account:1"], ["product:A"], day) == [june]
