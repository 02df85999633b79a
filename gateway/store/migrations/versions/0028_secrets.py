"""Secrets, encrypted."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Integer, LargeBinary, PrimaryKeyConstraint, String

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """The schema one step on."""
    op.create_table(
        "secret",
        Column("name", String(), nullable=False),
        Column("key_id", String(), nullable=False),
        Column("sealed", LargeBinary(), nullable=False),
        Column("version", Integer(), nullable=False),
        Column("set_at", String(), nullable=False),
        PrimaryKeyConstraint("name"),
    )
