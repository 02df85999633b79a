"""What is owed and expected, and until when. What was sent before has no deadline: nobody said which held for it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, Integer, PrimaryKeyConstraint, String, Text, text

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """The schema one step on."""
    op.create_table(
        "acknowledgement",
        Column("id", String(), nullable=False),
        Column("side", String(), nullable=False),
        Column("partner", String(), nullable=False),
        Column("type", String(), nullable=False),
        Column("test", Boolean(), nullable=False),
        Column("agreement", String(), nullable=False),
        Column("subject", String(), nullable=False),
        Column("output", String(), nullable=True),
        Column("reference", String(), nullable=True),
        Column("since", String(), nullable=False),
        Column("due_at", String(), nullable=False),
        Column("check_at", String(), nullable=True),
        Column("state", String(), nullable=False),
        Column("late", Boolean(), nullable=False),
        Column("resent", Integer(), nullable=False),
        Column("ended_at", String(), nullable=True),
        Column("ended_by", Text(), nullable=True),
        PrimaryKeyConstraint("id"),
    )
    for name in ("subject", "output"):
        op.create_index(f"ix_acknowledgement_{name}", "acknowledgement", [name])
    _index_of_few("acknowledgement_due", "check_at", "check_at IS NOT NULL")
    _index_of_few("acknowledgement_overdue", "id", "state = 'overdue'")
    op.create_table(
        "heard",
        Column("partner", String(), nullable=False),
        Column("agreement", String(), nullable=False),
        Column("at", String(), nullable=False),
        PrimaryKeyConstraint("partner", "agreement"),
    )


def _index_of_few(name: str, column: str, only: str) -> None:
    op.create_index(name, "acknowledgement", [column], sqlite_where=text(only), postgresql_where=text(only))
