"""What orders take of a price whose quantity is limited, and what accounts buy, now and as it stood."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from gateway.model.purchases import Looked
from gateway.store.bookings import CallOff, Purchase, book, bought, called_off
from gateway.store.data_sequence import Numbers, change_of_trade, count_purchases, numbers
from gateway.store.engine import Store
from gateway.store.history import past

_ORDER = text(
    "INSERT INTO trade_order (id, account, partner, number, our_number, kind, version, channel, message, ordered_on,"
    " currency, decision, state, test, document, rulings, created_at, changed_at) VALUES (:id, '1', 'p', :id, :id,"
    " 'order', 1, 'json', 'M', '', 'EUR', 'accepted', 'confirmed', false, '{}', '{}', '', '')"
)


@pytest.fixture
def orders(store: Store) -> Store:
    """Two orders that nothing else refers to."""
    with store.write() as db:
        db.execute(
            text(
                "INSERT INTO transmission (id, name, digest, size, received_at, state, issues)"
                " VALUES ('T', 'f', '', 0, '', 'decoded', '[]')"
            )
        )
        db.execute(
            text(
                "INSERT INTO message (id, transmission, start, length, file, syntax, test, state, issues, received_at,"
                " changed_at) VALUES ('M', 'T', 0, 0, 'f', 'json', false, 'processed', '[]', '', '')"
            )
        )
        for order in ("A", "B"):
            db.execute(_ORDER, {"id": order})
    return store


def purchase(product: str, quantity: str, day: str = "2026-03-01", account: str = "1", unit: str = "PCE") -> Purchase:
    return Purchase(account, product, day, unit, Decimal(quantity))


YEAR = Looked(("1",), date(2026, 1, 1), date(2026, 12, 31), None)


def test_what_all_other_orders_took_is_summed_exactly(orders: Store) -> None:
    with orders.write() as db:
        taken = [CallOff(1, "K1", Decimal("0.1")), CallOff(2, "K1", Decimal("0.2"))]
        book(db, "A", taken, [], is_new=True)
        book(db, "B", [CallOff(1, "K1", Decimal(5)), CallOff(1, "K2", Decimal(7))], [], is_new=True)
    with orders.read() as db:
        assert called_off(db, {"K1", "K2", "K3"}) == {"K1": Decimal("5.3"), "K2": Decimal(7)}
        assert called_off(db, {"K1"}, but="B") == {"K1": Decimal("0.3")}
        assert called_off(db, set()) == {}


def test_an_order_decided_again_takes_only_what_it_takes_now(orders: Store) -> None:
    with orders.write() as db:
        book(db, "A", [CallOff(1, "K1", Decimal(4))], [], is_new=True)
        book(db, "A", [CallOff(1, "K1", Decimal(3))], [], is_new=False)
        assert called_off(db, {"K1"}) == {"K1": Decimal(3)}
        book(db, "A", [], [], is_new=False)
        assert called_off(db, {"K1"}) == {}


def test_what_accounts_bought_is_found_by_day_and_article_and_is_exact_beyond_any_integer(orders: Store) -> None:
    most = "999999999999.999999"
    with orders.write() as db:
        book(db, "A", [], [purchase("P1", most), purchase("P2", "5"), purchase("P3", "1", "2025-12-31")], is_new=True)
        book(db, "B", [], [purchase("P1", most), purchase("P1", "7", account="2")], is_new=True)
        for number in range(12):
            db.execute(_ORDER, {"id": f"C{number}"})
            book(db, f"C{number}", [], [purchase("P1", most)], is_new=True)
    with orders.read() as db:
        assert bought(db, YEAR) == {("P1", "PCE"): 14 * Decimal(most), ("P2", "PCE"): Decimal(5)}
        assert bought(db, YEAR._replace(products=frozenset({"P2", "P3"})), but="B") == {("P2", "PCE"): Decimal(5)}
        assert bought(db, YEAR._replace(accounts=("1", "2"), first=date(2026, 3, 2))) == {}


def test_what_was_taken_and_bought_is_found_as_it_stood_at_each_number(orders: Store) -> None:
    steps = [
        ([CallOff(1, "K1", Decimal(4))], [purchase("P1", "4")]),
        ([CallOff(1, "K1", Decimal(3))], [purchase("P1", "3"), purchase("P2", "1")]),
        ([], []),
    ]
    found = []
    with orders.write() as db:
        for taken, purchases in steps:
            book(db, "A", taken, purchases, is_new=not found)
            found.append((numbers(db).last, called_off(db, {"K1"}), bought(db, YEAR)))
    assert [number for number, _, _ in found] == [1, 2, 3]
    with orders.read() as db:
        assert called_off(past(db, 0), {"K1"}) == bought(past(db, 0), YEAR) == {}
        for number, taken, purchases in found:
            then = past(db, number)
            assert (called_off(then, {"K1"}), bought(then, YEAR)) == (taken, purchases)
            assert bought(then, YEAR._replace(products=frozenset({"P2"}))) == {
                key: quantity for key, quantity in purchases.items() if key == ("P2", "PCE")
            }


def test_an_order_that_takes_and_buys_what_it_did_changes_no_number(orders: Store) -> None:
    with orders.write() as db:
        for is_new in (True, False, False):
            book(db, "A", [CallOff(1, "K1", Decimal("4.50"))], [purchase("P1", "4.5")], is_new=is_new)
        assert numbers(db) == Numbers(last=1, trade=0)


def test_what_is_bought_has_a_number_of_its_own_only_where_prices_may_depend_on_it(orders: Store) -> None:
    with orders.write() as db:
        book(db, "A", [], [purchase("P1", "4")], is_new=True)
        book(db, "A", [], [purchase("P1", "3")], is_new=False)
        assert numbers(db) == Numbers()
        assert change_of_trade(db) == 1
        count_purchases(db)
        book(db, "B", [], [purchase("P1", "5")], is_new=True)
        assert numbers(db) == Numbers(last=2, trade=1, purchases=True)
        assert bought(db, YEAR) == {("P1", "PCE"): Decimal(8)}
        assert bought(past(db, 1), YEAR) == {("P1", "PCE"): Decimal(3)}
