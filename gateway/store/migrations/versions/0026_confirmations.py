"""How far each line of an order got, as other systems of ours reported it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, String

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """The schema one step on."""
    op.create_table(
        "order_line_state",
        Column("order_id", String(), nullable=False),
        Column("position", Integer(), nullable=False),
        Column("state", String(), nullable=False),
        Column("shipped", BigInteger(), nullable=False),
        Column("invoiced", BigInteger(), nullable=False),
        Column("on", String(), nullable=True),
        Column("changed_at", String(), nullable=False),
        ForeignKeyConstraint(["order_id"], ["trade_order.id"]),
        PrimaryKeyConstraint("order_id", "position"),
    )
