"""Segments, their members, metrics and usage."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Date, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, String, Text

revision = "0004"
down_revision = "0003"

# SQLite counts on in INTEGER columns only, and those hold 64 bits there.
_ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """The schema one step on."""
    _segments()
    _metrics()
    _due()


def _segments() -> None:
    op.create_table(
        "segment",
        Column("segment", String(), nullable=False),
        Column("kind", String(), nullable=False),
        Column("rule", Text()),
        Column("priority", Integer(), nullable=False),
        Column("valid_from", Date()),
        Column("valid_to", Date()),
        PrimaryKeyConstraint("segment"),
    )
    op.create_table(
        "segment_member",
        Column("account", String(), nullable=False),
        Column("segment", String(), nullable=False),
        Column("since", Date(), nullable=False),
        Column("until", Date()),
        Column("evidence", Text(), nullable=False),
        Column("computed_seq", Integer(), nullable=False),
        PrimaryKeyConstraint("account", "segment", "since"),
        ForeignKeyConstraint(["account"], ["account.account"]),
    )
    op.create_index("ix_segment_member_segment", "segment_member", ["segment"])


def _metrics() -> None:
    op.create_table(
        "account_metric",
        Column("account", String(), nullable=False),
        Column("metric", String(), nullable=False),
        Column("number", BigInteger()),
        Column("day", Date()),
        Column("as_of", Date(), nullable=False),
        PrimaryKeyConstraint("account", "metric"),
        ForeignKeyConstraint(["account"], ["account.account"]),
    )
    op.create_table(
        "usage_event",
        Column("account", String(), nullable=False),
        Column("id", String(), nullable=False),
        Column("channel", String(), nullable=False),
        Column("kind", String(), nullable=False),
        Column("at", String(), nullable=False),
        Column("user", String()),
        Column("ref", String()),
        PrimaryKeyConstraint("account", "id"),
        ForeignKeyConstraint(["account"], ["account.account"]),
    )
    op.create_index("usage_event_by_account", "usage_event", ["account", "kind", "at"])


def _due() -> None:
    op.create_table(
        "segment_due",
        Column("seq", _ROW_NUMBER, nullable=False),
        Column("account", String(), nullable=False),
        PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "segment_round",
        Column("id", Integer(), nullable=False),
        Column("day", Date(), nullable=False),
        Column("reached", String()),
        PrimaryKeyConstraint("id"),
    )
