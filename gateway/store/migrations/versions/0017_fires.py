"""Which slot of a schedule was run by whom, and how it ended."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Integer, PrimaryKeyConstraint, String, Text

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """The schema one step on."""
    op.create_table(
        "fire",
        Column("schedule", String(), nullable=False),
        Column("slot", String(), nullable=False),
        Column("state", String(), nullable=False),
        Column("tries", Integer(), nullable=False),
        Column("token", String()),
        Column("lease_until", String()),
        Column("started_at", String()),
        Column("ended_at", String()),
        Column("code", Integer()),
        Column("text", Text(), nullable=False),
        PrimaryKeyConstraint("schedule", "slot"),
    )
    op.create_index("fire_by_state", "fire", ["state"])
