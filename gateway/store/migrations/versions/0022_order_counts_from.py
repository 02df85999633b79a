"""The day an order counts from, kept with it once it is answered; of orders of before it is told anew."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """The schema one step on."""
    op.add_column("trade_order", Column("counts_from", String(), nullable=True))
