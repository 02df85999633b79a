"""Orders found by our own number."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """The schema one step on."""
    op.create_index("order_by_our_number", "trade_order", ["our_number"])
