"""Price conditions as they are found and kept."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """The schema one step on."""
