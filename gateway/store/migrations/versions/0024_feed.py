"""The feed of what happened, and who is told of it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Integer, PrimaryKeyConstraint, String, Text

from gateway.store.types import RowNumber

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """The schema one step on."""
    op.create_table(
        "feed",
        Column("seq", RowNumber, nullable=False, autoincrement=True),
        Column("at", String(), nullable=False),
        Column("type", String(), nullable=False),
        Column("aggregate", String(), nullable=False),
        Column("id", String(), nullable=False),
        Column("account", String(), nullable=True),
        Column("data", Text(), nullable=False),
        Column("origin", String(), nullable=True),
        PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "feed_cursor",
        Column("reader", String(), nullable=False),
        Column("seq", RowNumber, nullable=False),
        Column("round", Integer(), nullable=False),
        Column("moved_at", String(), nullable=False),
        PrimaryKeyConstraint("reader"),
    )
    op.create_table(
        "webhook",
        Column("id", String(), nullable=False),
        Column("url", String(), nullable=False),
        Column("events", Text(), nullable=False),
        Column("account", String(), nullable=True),
        Column("secrets", Text(), nullable=False),
        Column("made_by", String(), nullable=False),
        Column("created_at", String(), nullable=False),
        Column("changed_at", String(), nullable=False),
        Column("removed_at", String(), nullable=True),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_webhook_account", "webhook", ["account"])
