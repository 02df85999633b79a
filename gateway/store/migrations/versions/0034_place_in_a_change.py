"""Flows of channels that end within a change: the row behind which they go on."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """The schema one step on."""
    op.add_column("channel_flow", Column("place", Text(), nullable=True))
