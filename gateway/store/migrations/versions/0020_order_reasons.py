"""What was found about an order as a whole; of orders of before it is not known."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """The schema one step on."""
    op.add_column("trade_order", Column("reasons", Text(), nullable=False, server_default="[]"))
