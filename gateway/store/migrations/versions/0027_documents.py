"""Messages that came in no interchange."""

from __future__ import annotations

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """The schema one step on."""
