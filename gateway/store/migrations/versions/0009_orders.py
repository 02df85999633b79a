"""What is charged on orders, and what they take of prices whose quantity is limited."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, String, Text

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """The schema one step on."""
    op.create_table(
        "call_off",
        Column("order_id", String(), nullable=False),
        Column("position", Integer(), nullable=False),
        Column("condition", String(), nullable=False),
        Column("quantity", BigInteger(), nullable=False),
        ForeignKeyConstraint(["order_id"], ["trade_order.id"]),
        PrimaryKeyConstraint("order_id", "position", "condition"),
    )
    op.create_index("order_history", "trade_order", ["account", "id"])
    op.add_column("trade_order", Column("charges", Text(), nullable=True))
    op.create_index("ix_call_off_condition", "call_off", ["condition"])
