"""Terms, calendars and tax rates."""

from __future__ import annotations

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """The schema one step on."""
