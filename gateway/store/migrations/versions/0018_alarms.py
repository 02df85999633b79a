"""What a person has to look at, and who was told."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, String, Text

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """The schema one step on."""
    op.create_table(
        "alarm",
        Column("id", String(), nullable=False),
        Column("kind", String(), nullable=False),
        Column("subject", String(), nullable=False),
        Column("text", Text(), nullable=False),
        Column("raised_at", String(), nullable=False),
        Column("count", Integer(), nullable=False),
        Column("cleared_at", String(), nullable=True),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("alarm_by_subject", "alarm", ["kind", "subject"])
    op.create_index("alarm_by_end", "alarm", ["cleared_at"])
    op.create_table(
        "alarm_notice",
        Column("seq", BigInteger().with_variant(Integer(), "sqlite"), nullable=False),
        Column("alarm", String(), nullable=False),
        Column("what", String(), nullable=False),
        Column("at", String(), nullable=False),
        ForeignKeyConstraint(["alarm"], ["alarm.id"]),
        PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_alarm_notice_alarm", "alarm_notice", ["alarm"])
    op.create_table(
        "alarm_channel",
        Column("name", String(), nullable=False),
        Column("told_seq", BigInteger(), nullable=False),
        Column("tries", Integer(), nullable=False),
        Column("next_try", String(), nullable=False),
        Column("token", String(), nullable=True),
        Column("reason", Text(), nullable=True),
        PrimaryKeyConstraint("name"),
    )
