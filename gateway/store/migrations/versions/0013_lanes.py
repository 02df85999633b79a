"""Who drains a lane, until when; files that wait to be read stand in lanes too, tried and counted as messages are."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Integer, String, text

from gateway.store import bell

revision = "0013"
down_revision = "0012"

_WAITING = """
    INSERT INTO work_item (lane, transmission, stage, state, tries, failures)
    SELECT coalesce(connection, 'direct') || '/decode', id, 'decode', 'ready', 0, 0
    FROM transmission WHERE state = 'received' ORDER BY id
"""
_LANES = """
    INSERT INTO lane (name, state)
    SELECT DISTINCT coalesce(connection, 'direct') || '/decode', 'open' FROM transmission WHERE state = 'received'
"""


def upgrade() -> None:
    """The schema one step on."""
    for name in ("holder", "token", "lease_until"):
        op.add_column("lane", Column(name, String(), nullable=True))
    with op.batch_alter_table("work_item") as items:
        items.alter_column("message", existing_type=String(), nullable=True)
        items.add_column(Column("transmission", String(), nullable=True))
        items.add_column(Column("failures", Integer(), nullable=False, server_default="0"))
        items.add_column(Column("failing_since", String(), nullable=True))
        items.create_foreign_key("work_item_of_file", "transmission", ["transmission"], ["id"])
    op.create_index("ix_work_item_transmission", "work_item", ["transmission"])
    op.execute(text("UPDATE work_item SET failures = tries, state = 'ready' WHERE state <> 'dead'"))
    op.execute(text(_LANES))
    op.execute(text(_WAITING))
    if bell.is_hung(op.get_bind()):
        bell.hang(op.get_bind())
