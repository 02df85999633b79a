"""What came in found by the connection it came over, and by the account it is of, in the order it came."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """The schema one step on."""
    op.create_index("transmission_by_connection", "transmission", ["connection", "id"])
    op.create_index("message_by_connection", "message", ["connection", "id"])
    op.create_index("message_by_account", "message", ["account", "id"])
