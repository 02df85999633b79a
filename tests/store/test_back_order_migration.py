"""What an ERP had said to be on back order is due after the upgrade as it was before."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

import gateway.store.migrations
from gateway.commerce.verdict import Told, Verdict
from gateway.model.response import Decision
from gateway.pipeline.rulings import rulings_to_json
from gateway.store.engine import open_store
from gateway.store.migrate import upgrade
from gateway.store.orders import lines_of
from tests.store.test_bookings_migration import LINE, ORDER, SOUND

STATEMENTS = (
    "INSERT INTO data_sequence (id, value) VALUES (1, 7)",
    (
        "INSERT INTO transmission (id, name, digest, size, received_at, state, issues)"
        " VALUES ('T', 'f', '', 0, '', 'decoded', '[]')"
    ),
    (
        "INSERT INTO message (id, transmission, start, length, file, syntax, test, state, issues, received_at,"
        " changed_at) VALUES ('M', 'T', 0, 0, 'f', 'json', false, 'processed', '[]', '', '')"
    ),
)
TOLD = Told("erp", "AB-1", quantity=Decimal(3), backordered=Decimal(2))
RULINGS = rulings_to_json({
    1: Verdict(Decision.CHANGED, told=TOLD),
    2: Verdict(Decision.ACCEPTED, quantity=Decimal(5)),
    3: Verdict(Decision.ACCEPTED, told=TOLD._replace(backordered=Decimal(0))),
})  # fmt: skip


@pytest.mark.parametrize("orders", [1, 1_001])
def test_what_was_told_to_come_later_is_kept_in_the_unit_that_is_confirmed(database_url: str, orders: int) -> None:
    with closing(open_store(database_url)) as store:
        with store.write() as db:
            config = Config(attributes={"connection": db})
            scripts = Path(gateway.store.migrations.__file__).parent
            config.set_main_option("script_location", str(scripts).replace("%", "%%"))
            command.upgrade(config, "0031")
            for statement in STATEMENTS:
                db.execute(text(statement))
            for number in range(orders):
                identity = f"A{number:04}"
                db.execute(ORDER, {"id": identity, **SOUND})
                for position, quantity in enumerate((36_000_000, 5_000_000, 3_000_000, 1_000_000), 1):
                    line = {"id": identity, "position": position, "product": None, "unit": "PCE", "decision": "changed"}
                    db.execute(LINE, {**line, "quantity": quantity})
            db.execute(text("UPDATE trade_order SET rulings = :rulings"), {"rulings": RULINGS})
        upgrade(store)
        with store.read() as db:
            for number in (0, orders - 1):
                lines = lines_of(db, f"A{number:04}")
                assert [line.backordered_quantity_e6 for line in lines] == [24_000_000, None, None, None]
