"""Punchout sessions, carts and what was transferred of them."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """The schema one step on."""
    _sessions()
    _carts()
    _transfers()


def _sessions() -> None:
    op.create_table(
        "punchout_session",
        Column("id", String(), nullable=False),
        Column("connection", String(), nullable=False),
        Column("partner", String(), nullable=False),
        Column("account", String(), nullable=False),
        Column("protocol", String(), nullable=False),
        Column("test", Boolean(), nullable=False),
        Column("state", String(), nullable=False),
        Column("revision", Integer(), nullable=False),
        Column("lasts_s", Integer(), nullable=False),
        Column("token_digest", String(), nullable=False),
        Column("token_until", String(), nullable=False),
        Column("key_digest", String(), nullable=True),
        Column("opened_at", String(), nullable=False),
        Column("expires_at", String(), nullable=False),
        Column("changed_at", String(), nullable=False),
        Column("content", Text(), nullable=False),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("token_digest"),
        UniqueConstraint("key_digest"),
    )
    op.create_index("punchout_session_by_end", "punchout_session", ["expires_at"])
    op.create_index("punchout_session_by_account", "punchout_session", ["account"])


def _carts() -> None:
    op.create_table(
        "punchout_cart_line",
        Column("session", String(), nullable=False),
        Column("position", Integer(), nullable=False),
        Column("document", Text(), nullable=False),
        ForeignKeyConstraint(["session"], ["punchout_session.id"]),
        PrimaryKeyConstraint("session", "position"),
    )


def _transfers() -> None:
    op.create_table(
        "punchout_return",
        Column("session", String(), nullable=False),
        Column("form", Text(), nullable=False),
        Column("made_at", String(), nullable=False),
        ForeignKeyConstraint(["session"], ["punchout_session.id"]),
        PrimaryKeyConstraint("session"),
    )
    op.create_table(
        "punchout_transferred_line",
        Column("session", String(), nullable=False),
        Column("position", Integer(), nullable=False),
        Column("auxiliary_id", String(), nullable=False),
        Column("account", String(), nullable=False),
        Column("transferred_at", String(), nullable=False),
        Column("valid_until", Date(), nullable=False),
        Column("document", Text(), nullable=False),
        ForeignKeyConstraint(["session"], ["punchout_session.id"]),
        PrimaryKeyConstraint("session", "position"),
    )
    op.create_index("punchout_transferred_line_by_id", "punchout_transferred_line", ["auxiliary_id", "account"])
