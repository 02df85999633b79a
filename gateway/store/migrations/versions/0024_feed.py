"""The feed of what happened, and who is told of it."""

from __future__ import annotations

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """The schema one step on."""
