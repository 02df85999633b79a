"""Assortments told by rules over attributes."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """The schema one step on."""
    for name in ("assortment_entry", "assortment_entry_history"):
        op.add_column(name, Column("rule", Text, nullable=True))
