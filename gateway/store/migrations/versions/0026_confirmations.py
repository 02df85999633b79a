"""What other systems of ours said of an order."""

from __future__ import annotations

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """The schema one step on."""
