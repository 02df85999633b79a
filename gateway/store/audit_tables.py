"""The tables of the audit: the chain that seals what was recorded, and from when on each kind of content is kept."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field, SQLModel


class AuditRow(SQLModel, table=True):
    """What one transaction recorded, sealed: `body` names each record with its digest, `previous` is the hash before.

    `at` is the earliest instant of what it seals. Never changed, never removed.
    """

    __tablename__ = "audit"
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: str
    previous: str
    hash: str
    body: str = Field(sa_column=Column(Text, nullable=False))


class RetentionRow(SQLModel, table=True):
    """What is gone of a kind of content: all of it from before an instant that nobody needed any more."""

    __tablename__ = "retention"
    kind: str = Field(primary_key=True)
    before: str
