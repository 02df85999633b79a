"""Keys of the HTTP interface."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, String, text

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """The schema one step on."""
    in_force = text("revoked_at IS NULL")
    op.create_table(
        "api_key",
        Column("id", String, nullable=False),
        Column("name", String, nullable=False),
        Column("digest", String, nullable=False),
        Column("scope", String, nullable=False),
        Column("created_at", String, nullable=False),
        Column("revoked_at", String),
        PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "api_key_in_force", "api_key", ["name"], unique=True, sqlite_where=in_force, postgresql_where=in_force
    )
