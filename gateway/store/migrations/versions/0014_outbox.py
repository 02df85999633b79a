"""What leaves waits in lanes: crashes apart from failed tries, since when it fails, what the other side said it has."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Integer, PrimaryKeyConstraint, String, text

revision = "0014"
down_revision = "0013"

_LANE = """
    UPDATE outbox SET lane = connection || '/out/' || CASE
        WHEN type IN ('CONTRL', 'APERAK') THEN 'acknowledgements'
        WHEN type IN ('PRICAT', 'PRODAT', 'INVRPT') THEN 'catalogue'
        ELSE 'orders' END
"""
_FAILED = "UPDATE outbox SET state = 'failed' WHERE state = 'queued' AND tries > 0"
_QUEUED = "UPDATE outbox SET next_try = NULL WHERE state <> 'failed'"


def upgrade() -> None:
    """The schema one step on; what failed and waits for its next try is told from what was never tried."""
    op.add_column("outbox", Column("lane", String(), nullable=False, server_default=""))
    op.add_column("outbox", Column("crashes", Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", Column("failing_since", String(), nullable=True))
    op.add_column("outbox", Column("receipt", String(), nullable=True))
    for statement in (_LANE, _FAILED, _QUEUED):
        op.execute(text(statement))
    op.drop_index("outbox_due", "outbox")
    op.create_index("outbox_by_lane", "outbox", ["state", "lane", "id"])
    op.create_table(
        "outbox_rate",
        Column("connection", String(), nullable=False),
        Column("free_at", String(), nullable=False),
        PrimaryKeyConstraint("connection"),
    )
