"""The channel a message flows in by, and how far rows of trade data that came as a message were taken."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, String, Text

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """The schema one step on."""
    op.add_column("message", Column("channel", String(), nullable=True))
    op.create_table(
        "intake_progress",
        Column("message", String(), nullable=False),
        Column("done", Integer(), nullable=False),
        Column("refused", Integer(), nullable=False),
        Column("issues", Text(), nullable=False),
        ForeignKeyConstraint(["message"], ["message.id"]),
        PrimaryKeyConstraint("message"),
    )
