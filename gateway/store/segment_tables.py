"""The tables of segments: their rules, their members since when, metrics, usage, and what is to be looked at again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel

from gateway.store.history import keep_history
from gateway.store.types import OpenStart, RowNumber, Scaled


class SegmentRow(SQLModel, table=True):
    """A segment with its rule."""

    __tablename__ = "segment"
    segment: str = Field(primary_key=True)
    kind: str
    rule: str | None = Field(default=None, sa_column=Column(Text))
    priority: int
    valid_from: date | None = None
    valid_to: date | None = None


class SegmentMemberRow(SQLModel, table=True):
    """An account in a segment from a day on; what ended stays."""

    __tablename__ = "segment_member"
    account: str = Field(primary_key=True, foreign_key="account.account")
    segment: str = Field(primary_key=True, index=True)
    since: date | None = Field(default=None, sa_column=Column(OpenStart, primary_key=True))
    until: date | None = None
    evidence: str = Field(sa_column=Column(Text, nullable=False))
    computed_seq: int


class AccountMetricRow(SQLModel, table=True):
    """What the orders and the usage of an account come to, or a CRM tells of it: a number or a day."""

    __tablename__ = "account_metric"
    account: str = Field(primary_key=True, foreign_key="account.account")
    metric: str = Field(primary_key=True)
    number: Decimal | None = Field(default=None, sa_type=Scaled)
    day: date | None = None
    as_of: date


class UsageEventRow(SQLModel, table=True):
    """What an account did in a channel; never changed. `at` is UTC text like the instants of the line."""

    __tablename__ = "usage_event"
    __table_args__ = (Index("usage_event_by_account", "account", "kind", "at"),)
    account: str = Field(primary_key=True, foreign_key="account.account")
    id: str = Field(primary_key=True)
    channel: str
    kind: str
    at: str
    user: str | None = None
    ref: str | None = None


class SegmentDueRow(SQLModel, table=True):
    """An account whose segments are to be looked at again (empty: all); a row each time, in what made it so."""

    __tablename__ = "segment_due"
    seq: int | None = Field(default=None, sa_column=Column(RowNumber, primary_key=True, autoincrement=True))
    account: str


class SegmentRoundRow(SQLModel, table=True):
    """The day for which all accounts are looked at in turn, and the last one that was (None: all were); one row."""

    __tablename__ = "segment_round"
    id: int = Field(primary_key=True)
    day: date
    reached: str | None = None


keep_history(SegmentRow, SegmentMemberRow)
