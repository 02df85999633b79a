"""Price conditions as they are found and kept."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, String, false

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """The schema one step on."""
    for name in ("ladder", "scale_group", "exclusion_group", "exclusion_mode"):
        op.add_column("price_condition", Column(name, String))
    for name, default in (("scale_basis", "qty"), ("scale_mode", "level")):
        op.add_column("price_condition", Column(name, String, nullable=False, server_default=default))
    for name in ("floor", "call_off_max"):
        op.add_column("price_condition", Column(name, BigInteger))
    for name in ("stack", "statistical"):
        op.add_column("price_condition", Column(name, Boolean, nullable=False, server_default=false()))
