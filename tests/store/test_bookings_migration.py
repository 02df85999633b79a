"""What was ordered before the upgrade counts as bought after it, and what was called off as taken all along."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

import gateway.store.migrations
from gateway.model.purchases import Looked
from gateway.store.bookings import bought, called_off
from gateway.store.data_sequence import Numbers, numbers
from gateway.store.engine import open_store
from gateway.store.history import past
from gateway.store.migrate import upgrade

ORDERS = 1_200
"""More than are carried over at once."""
ORDER = text(
    "INSERT INTO trade_order (id, account, partner, number, our_number, kind, version, channel, message, ordered_on,"
    " currency, decision, state, test, document, rulings, created_at, changed_at) VALUES (:id, '1', 'p', :id, :id,"
    " :kind, 1, 'json', 'M', '2026-03-01', 'EUR', :decision, :state, :test, '{}', '{}', '', '')"
)
LINE = text(
    "INSERT INTO order_line (order_id, position, product, confirmed_quantity_e6, confirmed_unit, schedule, decision,"
    " reasons) VALUES (:id, :position, :product, :quantity, :unit, '[]', :decision, '[]')"
)
SOUND = {"kind": "order", "decision": "accepted", "state": "confirmed", "test": False}
NONE_OF_THEM = {
    "held": {"decision": "held", "state": "open"},
    "refused": {"decision": "rejected", "state": "closed"},
    "cancelled": {"state": "cancelled"},
    "test": {"test": True},
    "blanket": {"kind": "blanket"},
}


def fill(db: Connection) -> None:
    for statement in (
        "INSERT INTO data_sequence (id, value) VALUES (1, 7)",
        (
            "INSERT INTO transmission (id, name, digest, size, received_at, state, issues)"
            " VALUES ('T', 'f', '', 0, '', 'decoded', '[]')"
        ),
        (
            "INSERT INTO message (id, transmission, start, length, file, syntax, test, state, issues, received_at,"
            " changed_at) VALUES ('M', 'T', 0, 0, 'f', 'json', false, 'processed', '[]', '', '')"
        ),
        (
            "INSERT INTO product (sku, name, base_unit, status, lead_time_days, names, descriptions, attributes)"
            " VALUES ('P1', 'Pin', 'PCE', 'active', 0, '{}', '{}', '{}')"
        ),
        "INSERT INTO product_unit (sku, position, code, numerator, denominator) VALUES ('P1', 0, 'PCE', 1, 1)",
        "INSERT INTO product_unit (sku, position, code, numerator, denominator) VALUES ('P1', 1, 'KGM', 1000, 3)",
    ):
        db.execute(text(statement))
    for number in range(ORDERS):
        db.execute(ORDER, {"id": f"A{number:04}", **SOUND})
        line = {"id": f"A{number:04}", "product": "P1", "decision": "accepted"}
        db.execute(LINE, {**line, "position": 1, "quantity": 1_000_001, "unit": "PCE"})
        db.execute(LINE, {**line, "position": 2, "quantity": 1_000_000, "unit": "KGM"})
        db.execute(LINE, {**line, "position": 3, "quantity": 5_000_000, "unit": "PCE", "decision": "rejected"})
        db.execute(LINE, {**line, "position": 4, "quantity": 5_000_000, "unit": "PCE", "product": None})
    for name, other in NONE_OF_THEM.items():
        db.execute(ORDER, {"id": name, **SOUND, **other})
        line = {"id": name, "product": "P1", "decision": "accepted", "position": 1, "unit": "PCE"}
        db.execute(LINE, {**line, "quantity": 9_000_000})
    taken = "INSERT INTO call_off (order_id, position, condition, quantity) VALUES ('A0001', 1, 'K1', 2500000)"
    db.execute(text(taken))


def test_confirmed_lines_of_before_count_in_their_base_unit_at_every_number(database_url: str) -> None:
    with closing(open_store(database_url)) as store:
        with store.write() as db:
            config = Config(attributes={"connection": db})
            scripts = Path(gateway.store.migrations.__file__).parent
            config.set_main_option("script_location", str(scripts).replace("%", "%%"))
            command.upgrade(config, "0011")
            fill(db)
        upgrade(store)
        looked = Looked(("1",), date(2026, 1, 1), date(2026, 12, 31), None)
        with store.read() as db:
            for each in (db, past(db, 1)):
                # 1.000001 pieces and a kilogram of 1000/3 pieces, rounded once for each line.
                assert bought(each, looked) == {("P1", "PCE"): ORDERS * Decimal("334.333334")}
                assert called_off(each, {"K1"}) == {"K1": Decimal("2.5")}
            assert numbers(db) == Numbers(last=7, trade=7)
