"""Flows of channels: the number at which everything was in files, so that what was told can be taken back."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """The schema one step on: of a flow that was under way before, every version counts once."""
    op.add_column("channel_flow", Column("since", BigInteger(), nullable=False, server_default="-1"))
