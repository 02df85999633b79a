"""What a cXML document was answered, to be said again."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, Integer, LargeBinary, PrimaryKeyConstraint, String

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """The schema one step on."""
    op.create_table(
        "cxml_answer",
        Column("partner", String(), nullable=False),
        Column("payload_id", String(), nullable=False),
        Column("digest", String(), nullable=False),
        Column("message", String(), nullable=True),
        Column("session", String(), nullable=True),
        Column("status", Integer(), nullable=True),
        Column("is_owed", Boolean(), nullable=False),
        Column("content", LargeBinary(), nullable=True),
        Column("key_id", String(), nullable=True),
        Column("until", String(), nullable=True),
        Column("received_at", String(), nullable=False),
        PrimaryKeyConstraint("partner", "payload_id"),
    )
    op.create_index("cxml_answer_by_message", "cxml_answer", ["message"])
    op.create_index("cxml_answer_by_session", "cxml_answer", ["session"])
    op.create_index("cxml_answer_by_receipt", "cxml_answer", ["received_at"])
