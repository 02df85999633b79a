"""Quotes and their versions."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Date, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, String, Text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """The schema one step on."""
    _quotes()
    _of_quotes()


def _quotes() -> None:
    op.create_table(
        "quote",
        Column("number", String(), nullable=False),
        Column("account", String(), nullable=False),
        Column("currency", String(), nullable=False),
        Column("state", String(), nullable=False),
        Column("revision", Integer(), nullable=False),
        Column("version", Integer(), nullable=False),
        Column("offered", Integer()),
        Column("valid_until", Date()),
        Column("channel", String()),
        Column("reference", String()),
        Column("supersedes", String()),
        Column("opened_at", String(), nullable=False),
        Column("changed_at", String(), nullable=False),
        PrimaryKeyConstraint("number"),
        ForeignKeyConstraint(["account"], ["account.account"]),
        ForeignKeyConstraint(["supersedes"], ["quote.number"]),
    )
    op.create_index("ix_quote_account", "quote", ["account"])
    op.create_index("quote_by_end", "quote", ["state", "valid_until"])


def _of_quotes() -> None:
    op.create_table(
        "quote_version",
        Column("number", String(), nullable=False),
        Column("version", Integer(), nullable=False),
        Column("document", Text(), nullable=False),
        PrimaryKeyConstraint("number", "version"),
        ForeignKeyConstraint(["number"], ["quote.number"]),
    )
    op.create_table(
        "quote_event",
        Column("number", String(), nullable=False),
        Column("revision", Integer(), nullable=False),
        Column("action", String(), nullable=False),
        Column("side", String(), nullable=False),
        Column("who", String(), nullable=False),
        Column("at", String(), nullable=False),
        Column("state", String(), nullable=False),
        Column("digest", String(), nullable=False),
        Column("version", Integer()),
        Column("note", Text()),
        PrimaryKeyConstraint("number", "revision"),
        ForeignKeyConstraint(["number"], ["quote.number"]),
    )
    op.create_table(
        "quote_order",
        Column("number", String(), nullable=False),
        Column("order_id", String(), nullable=False),
        PrimaryKeyConstraint("number", "order_id"),
        ForeignKeyConstraint(["number"], ["quote.number"]),
        ForeignKeyConstraint(["order_id"], ["trade_order.id"]),
    )
    op.create_index("ix_quote_order_order_id", "quote_order", ["order_id"])
