"""Keys of the HTTP interface."""

from __future__ import annotations

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """The schema one step on."""
