"""What an order's prices rest on."""

from __future__ import annotations

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """The schema one step on."""
