"""What is on back order of a line beside what is confirmed of it, so that both are due."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Column, Connection, text

revision = "0032"
down_revision = "0031"

_TOLD, _QUANTITY, _BACKORDERED = 4, 4, 5
_ROWS = 1_000
_SAID = text("SELECT id, rulings FROM trade_order WHERE id > :after AND rulings <> '{}' ORDER BY id LIMIT :rows")
_LINES = text("SELECT position, confirmed_quantity_e6 FROM order_line WHERE order_id = :id")
_PUT = text("UPDATE order_line SET backordered_quantity_e6 = :later WHERE order_id = :id AND position = :position")


def upgrade() -> None:
    """The schema one step on; what an ERP said to be on back order stood with what was said of the line."""
    op.add_column("order_line", Column("backordered_quantity_e6", BigInteger(), nullable=True))
    db = op.get_bind()
    after = ""
    while found := db.execute(_SAID, {"after": after, "rows": _ROWS}).all():
        later = [row for identity, rulings in found for row in _later(db, identity, json.loads(rulings))]
        if later:
            db.execute(_PUT, later)
        after = found[-1][0]


def _later(db: Connection, identity: str, rulings: dict[str, list[Any]]) -> Iterator[dict[str, object]]:
    """The lines of which something is on back order, in the unit that is confirmed."""
    confirmed = {position: quantity or 0 for position, quantity in db.execute(_LINES, {"id": identity})}
    for position, verdict in rulings.items():
        told = verdict[_TOLD] if len(verdict) > _TOLD else None
        if told and Decimal(told[_QUANTITY]) and Decimal(told[_BACKORDERED]) and int(position) in confirmed:
            share = Fraction(Decimal(told[_BACKORDERED])) / Fraction(Decimal(told[_QUANTITY]))
            exact = share * confirmed[int(position)]
            later = (Decimal(exact.numerator) / exact.denominator).to_integral_value(ROUND_HALF_UP)
            yield {"id": identity, "position": int(position), "later": int(later)}
