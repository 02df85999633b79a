"""Conflicts that settled themselves as ours: since when the system is to be told so."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """The schema one step on."""
    op.add_column("sync_conflict", Column("owed_since", String(), nullable=True))
