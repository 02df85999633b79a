"""Small notes that connections keep across restarts."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, String, Text

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """The schema one step on."""
    op.create_table(
        "connector_memory",
        Column("connection", String(), nullable=False),
        Column("key", String(), nullable=False),
        Column("value", Text(), nullable=False),
        Column("noted_at", String(), nullable=False),
        PrimaryKeyConstraint("connection", "key"),
    )
