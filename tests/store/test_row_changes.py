"""What has changed since a number: prices are found by it however many there are, and told as they stand or stood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import Connection, event

from gateway.model.price import PriceCondition, PriceList, natural_key
from gateway.store.engine import Store
from gateway.store.row_changes import RowChange, changed_since, gone_since
from gateway.store.trade import Trade
from gateway.store.trade_changes import TradeChanges

Since = Callable[[Connection, type[PriceCondition], int], Iterator[RowChange]]
PLAIN = PriceCondition(
    key="", list="default", subject="account:1", object="product:A", type="PRICE", amount=Decimal("4.15"),
    currency="EUR", unit="PCE", scale_unit="PCE",
)  # fmt: skip


def price(article: str, amount: str) -> PriceCondition:
    value = msgspec.structs.replace(PLAIN, object=f"product:{article}", amount=Decimal(amount))
    return msgspec.structs.replace(value, key=natural_key(value, value.subject, value.object, Decimal(0), None))


def put(store: Store, *values: PriceCondition) -> int:
    """The number of the change that wrote them."""
    with store.write() as db:
        changes = TradeChanges(db)
        changes.put(PriceList, [PriceList(list="default")])
        changes.put(PriceCondition, values)
        return Trade(db).data_seq()


def end(store: Store, *values: PriceCondition) -> int:
    with store.write() as db:
        TradeChanges(db).delete_conditions([each.key for each in values])
        return Trade(db).data_seq()


def since(store: Store, look: Since, number: int) -> list[tuple[int, str, str]]:
    with store.read() as db:
        found = list(look(db, PriceCondition, number))
    assert {each.is_gone for each in found} <= {look is gone_since}
    return [(each.seq, each.value.object, str(each.value.amount)) for each in found]


@contextmanager
def explained(db: Connection) -> Iterator[list[str]]:
    """How the store finds what is asked meanwhile, a line each; a table of a few rows is not read whole either."""
    plan: list[str] = []
    is_postgresql = db.dialect.name == "postgresql"
    if is_postgresql:
        db.exec_driver_sql("SET LOCAL enable_seqscan = off")

    def explain(db: Connection, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if not statement.startswith("EXPLAIN"):
            rows = db.exec_driver_sql(f"EXPLAIN {'' if is_postgresql else 'QUERY PLAN '}{statement}", parameters)
            plan.extend(row[-1] for row in rows)

    event.listen(db, "before_cursor_execute", explain)
    try:
        yield plan
    finally:
        event.remove(db, "before_cursor_execute", explain)


@pytest.mark.both_stores
def test_prices_that_changed_or_ended_after_a_number_are_told_in_the_order_of_their_changes(store: Store) -> None:
    first = put(store, price("A", "1"), price("B", "1"), price("C", "1"), price("D", "1"))
    changed = put(store, price("C", "2"))
    ended = end(store, price("B", "1"), price("D", "1"))
    later = put(store, price("A", "3"), price("D", "4"))
    assert since(store, changed_since, first) == [
        (changed, "product:C", "2"), (later, "product:A", "3"), (later, "product:D", "4"),
    ]  # fmt: skip
    assert since(store, changed_since, changed) == [(later, "product:A", "3"), (later, "product:D", "4")]
    assert since(store, changed_since, later) == []
    assert since(store, gone_since, first) == [(ended, "product:B", "1")]
    assert since(store, gone_since, ended) == []


@pytest.mark.both_stores
@pytest.mark.parametrize(
    ("look", "index"),
    [
        (changed_since, "price_condition_by_updated_seq"),
        (gone_since, "price_condition_history_by_ended_seq"),
    ],
)
def test_they_are_found_by_their_number_and_no_table_is_read_whole(store: Store, look: Since, index: str) -> None:
    number = put(store, *(price(f"A{at}", "1") for at in range(50)))
    put(store, *(price(f"A{at}", "2") for at in range(9)))
    end(store, price("A1", "2"))
    with store.read() as db, explained(db) as plan:
        assert list(look(db, PriceCondition, number))
    assert [each for each in plan if index in each] != []
    assert [each for each in plan if "SCAN " in each or "Seq Scan" in each] == []
