"""Segments, their members, metrics and usage."""

from __future__ import annotations

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """The schema one step on."""
