"""The table of the keys of the HTTP interface."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel


class KeyRow(SQLModel, table=True):
    """A key: never itself, only its digest. A name may be given again after its key was revoked."""

    __tablename__ = "api_key"
    __table_args__ = (
        Index(
            "api_key_in_force",
            "name",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )
    id: str = Field(primary_key=True)
    name: str
    digest: str
    scope: str
    created_at: str
    revoked_at: str | None = None
