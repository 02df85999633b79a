"""What orders take of a price whose quantity is limited."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text

from gateway.store.call_offs import CallOff, book_call_offs, called_off
from gateway.store.engine import Store

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


def test_what_all_other_orders_took_is_summed_exactly(orders: Store) -> None:
    with orders.write() as db:
        book_call_offs(db, "A", [CallOff(1, "K1", Decimal("0.1")), CallOff(2, "K1", Decimal("0.2"))])
        book_call_offs(db, "B", [CallOff(1, "K1", Decimal(5)), CallOff(1, "K2", Decimal(7))])
    with orders.read() as db:
        assert called_off(db, {"K1", "K2", "K3"}) == {"K1": Decimal("5.3"), "K2": Decimal(7)}
        assert called_off(db, {"K1"}, but="B") == {"K1": Decimal("0.3")}
        assert called_off(db, set()) == {}


def test_an_order_decided_again_takes_only_what_it_takes_now(orders: Store) -> None:
    with orders.write() as db:
        book_call_offs(db, "A", [CallOff(1, "K1", Decimal(4))])
        book_call_offs(db, "A", [CallOff(1, "K1", Decimal(3))])
        assert called_off(db, {"K1"}) == {"K1": Decimal(3)}
        book_call_offs(db, "A", [])
        assert called_off(db, {"K1"}) == {}
