"""An embedded store in which trade data has changed is found sound, and so is one that was made before the upgrade."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

import gateway.store.migrations
from gateway.model.product import Product, Stock, Unit
from gateway.store.engine import Store, open_store
from gateway.store.migrate import upgrade
from gateway.store.trade import Trade
from gateway.store.trade_changes import TradeChanges

HELD = (
    "INSERT INTO stock_history (sku, available_on, quantity, updated_seq, ended_seq)"
    " VALUES ('A', '0001-01-01', 5000000, 3, 4)"
)
INDEXES = text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' ORDER BY name")


def put(store: Store, quantity: int) -> None:
    with store.write() as db:
        changes = TradeChanges(db)
        changes.put(Product, [Product(sku="A", name="A", base_unit="PCE", units=(Unit(code="PCE"),))])
        changes.put(Stock, [Stock(sku="A", quantity=Decimal(quantity))])


def test_a_store_whose_stock_has_changed_is_served_again_after_a_kill(store: Store) -> None:
    for quantity in (1, 2, 3):
        put(store, quantity)
    store.look_through()
    assert store.faults() == []


@pytest.mark.one_store
def test_what_was_held_before_the_upgrade_is_held_after_it_and_found_by_the_same_indexes(database_url: str) -> None:
    with closing(open_store(database_url)) as store:
        with store.write() as db:
            config = Config(attributes={"connection": db})
            scripts = Path(gateway.store.migrations.__file__).parent
            config.set_main_option("script_location", str(scripts).replace("%", "%%"))
            command.upgrade(config, "0034")
            db.execute(text("INSERT INTO data_sequence (id, value, trade) VALUES (1, 7, 7)"))
            db.execute(text(HELD))
            before = db.execute(INDEXES).all()
        upgrade(store)
        store.look_through()
        assert store.faults() == []
        with store.read() as db:
            assert db.execute(INDEXES).all() == before
            [held] = Trade(db, 3).stock(["A"]).values()
            assert [each.quantity for each in held] == [Decimal(5)]
