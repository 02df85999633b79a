"""The chain over all that was received, converted and done; what is there already is sealed as it stands."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, String, Text

from gateway.store.audit import seal_standing

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """The schema one step on."""
    op.create_table(
        "audit",
        Column("seq", BigInteger(), autoincrement=False, nullable=False),
        Column("at", String(), nullable=False),
        Column("previous", String(), nullable=False),
        Column("hash", String(), nullable=False),
        Column("body", Text(), nullable=False),
        PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "retention",
        Column("kind", String(), nullable=False),
        Column("before", String(), nullable=False),
        PrimaryKeyConstraint("kind"),
    )
    seal_standing(op.get_bind())
