"""Channels: how far each has come, whose keys are whose, what both sides changed."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    column,
    literal,
    select,
    table,
)

revision = "0025"
down_revision = "0024"

_TRADE_DATA = (
    "account", "account_party", "segment", "segment_member", "contact", "service_level", "service_contact", "product",
    "part_number", "product_relation", "assortment_entry", "product_tailoring", "price_list", "price_condition",
    "stock", "delivery_calendar", "term", "tax_rate",
)  # fmt: skip


def upgrade() -> None:
    """The schema one step on."""
    _count_changes()
    _keep_flows()
    _keep_systems()
    _keep_conflicts()


def _count_changes() -> None:
    op.create_table(
        "data_change",
        Column("name", String(), nullable=False),
        Column("seq", BigInteger(), nullable=False),
        PrimaryKeyConstraint("name"),
    )
    # Of what was there before it is only known that nothing has changed since the last number.
    names, sequence = column("name", String), table("data_sequence", column("trade", BigInteger))
    change = table("data_change", names, column("seq", BigInteger))
    for name in _TRADE_DATA:
        op.execute(change.insert().from_select(["name", "seq"], select(literal(name, String), sequence.c.trade)))


def _keep_flows() -> None:
    op.create_table(
        "channel_flow",
        Column("channel", String(), nullable=False),
        Column("flow", String(), nullable=False),
        Column("seq", BigInteger(), nullable=False),
        Column("number", BigInteger(), nullable=False),
        Column("rows", BigInteger(), nullable=False),
        Column("digest", String(), nullable=True),
        Column("day", String(), nullable=True),
        Column("reason", Text(), nullable=True),
        Column("failing_since", String(), nullable=True),
        Column("changed_at", String(), nullable=False),
        PrimaryKeyConstraint("channel", "flow"),
    )


def _keep_systems() -> None:
    op.create_table(
        "system_row",
        Column("system", String(), nullable=False),
        Column("kind", String(), nullable=False),
        Column("key", String(), nullable=False),
        Column("cells", Text(), nullable=False),
        Column("at", String(), nullable=False),
        PrimaryKeyConstraint("system", "kind", "key"),
    )
    op.create_table(
        "external_key",
        Column("system", String(), nullable=False),
        Column("entity", String(), nullable=False),
        Column("external", String(), nullable=False),
        Column("key", String(), nullable=False),
        PrimaryKeyConstraint("system", "entity", "external"),
    )
    op.create_index("external_key_by_key", "external_key", ["system", "entity", "key"])


def _keep_conflicts() -> None:
    op.create_table(
        "sync_conflict",
        Column("id", String(), nullable=False),
        Column("channel", String(), nullable=False),
        Column("kind", String(), nullable=False),
        Column("key", String(), nullable=False),
        Column("field", String(), nullable=False),
        Column("ours", Text(), nullable=True),
        Column("theirs", Text(), nullable=True),
        Column("owner", String(), nullable=True),
        Column("state", String(), nullable=False),
        Column("times", Integer(), nullable=False),
        Column("message", String(), nullable=True),
        Column("note", Text(), nullable=True),
        Column("found_at", String(), nullable=False),
        Column("changed_at", String(), nullable=False),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("sync_conflict_by_field", "sync_conflict", ["channel", "kind", "key", "field"], unique=True)
    op.create_index("ix_sync_conflict_state", "sync_conflict", ["state"])
