"""The tables of alarms: what a person has to look at, each raising and clearing in order, and who was told how far."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel

from gateway.store.types import RowNumber


class AlarmRow(SQLModel, table=True):
    """A reason for a person to look, from `raised_at` until it is gone; `count` is how often it was found meanwhile."""

    __tablename__ = "alarm"
    __table_args__ = (Index("alarm_by_subject", "kind", "subject"), Index("alarm_by_end", "cleared_at"))
    id: str = Field(primary_key=True)
    kind: str
    subject: str
    text: str = Field(sa_column=Column(Text, nullable=False))
    raised_at: str
    count: int
    cleared_at: str | None = None


class AlarmNoticeRow(SQLModel, table=True):
    """That an alarm was raised or cleared, in the order in which it is told."""

    __tablename__ = "alarm_notice"
    seq: int | None = Field(default=None, sa_column=Column(RowNumber, primary_key=True, autoincrement=True))
    alarm: str = Field(foreign_key="alarm.id", index=True)
    what: str
    at: str


class AlarmChannelRow(SQLModel, table=True):
    """How far a channel has told: up to the notice `told_seq`. Until `next_try` it rests, or one process is at it."""

    __tablename__ = "alarm_channel"
    name: str = Field(primary_key=True)
    told_seq: int = Field(sa_type=BigInteger)
    tries: int = 0
    next_try: str
    token: str | None = None
    reason: str | None = Field(default=None, sa_column=Column(Text))
