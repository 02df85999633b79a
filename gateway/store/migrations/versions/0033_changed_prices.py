"""Price conditions that changed or ended are found by the number of their change, not by reading all there are."""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """The schema one step on."""
    op.create_index("price_condition_by_updated_seq", "price_condition", ["updated_seq"])
    op.create_index("price_condition_history_by_ended_seq", "price_condition_history", ["ended_seq"])
