"""Channels: how far each has come, whose keys are whose, what both sides changed."""

from __future__ import annotations

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """The schema one step on."""
