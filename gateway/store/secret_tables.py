"""The table of secrets, which are encrypted before they come here."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel


class SecretRow(SQLModel, table=True):
    """A secret by its name: sealed by the key of `key_id`; `version` counts how often it was set."""

    __tablename__ = "secret"
    name: str = Field(primary_key=True)
    key_id: str
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    version: int
    set_at: str
