"""The table of the runs of schedules: a slot is run by whoever claims it first."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel


class FireRow(SQLModel, table=True):
    """One run of a schedule: `slot` is the instant it was due, `code` the command's exit status, `text` its last words.

    Lease and token are those of the process that runs it; `tries` is counted before it begins.
    """

    __tablename__ = "fire"
    __table_args__ = (Index("fire_by_state", "state"),)
    schedule: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    state: str
    tries: int = 0
    token: str | None = None
    lease_until: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    code: int | None = None
    text: str = Field(default="", sa_column=Column(Text, nullable=False))
