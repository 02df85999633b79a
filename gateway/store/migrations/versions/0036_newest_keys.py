"""Of several keys that a system has for one thing of ours, which it told last."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Integer

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """The schema one step on; among keys known before, the first by the alphabet stays in front."""
    op.add_column("external_key", Column("number", Integer(), nullable=False, server_default="1"))
