"""The table of what connections remember."""

from __future__ import annotations

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel


class ConnectorMemoryRow(SQLModel, table=True):
    """One note of a connection."""

    __tablename__ = "connector_memory"
    connection: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    value: str = Field(sa_column=Column(Text, nullable=False))
    noted_at: str
