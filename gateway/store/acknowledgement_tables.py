"""The tables of the ledger: the answers we owe and expect, and when each partner was last heard of."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text, text
from sqlmodel import Field, SQLModel

_WAITS, _IS_OVERDUE = text("check_at IS NOT NULL"), text("state = 'overdue'")


class AcknowledgementRow(SQLModel, table=True):
    """An answer that we owe (`side` owes) or are owed (expects), until when, and what became of it.

    `subject` is what it answers: an interchange or message we took, or the archived document we sent. `output` is our
    answer once there is one, or what we sent. `check_at` is when it is looked at next, NULL where there is nothing more
    to look for.
    """

    __tablename__ = "acknowledgement"
    # Few rows of many stand: the indexes hold these alone, so that what is settled costs nothing.
    __table_args__ = (
        Index("acknowledgement_due", "check_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("acknowledgement_overdue", "id", sqlite_where=_IS_OVERDUE, postgresql_where=_IS_OVERDUE),
    )
    id: str = Field(primary_key=True)
    side: str
    partner: str
    type: str
    test: bool = False
    agreement: str
    subject: str = Field(index=True)
    output: str | None = Field(default=None, index=True)
    reference: str | None = None
    since: str
    due_at: str
    check_at: str | None = None
    state: str
    late: bool = False
    resent: int = 0
    ended_at: str | None = None
    ended_by: str | None = Field(default=None, sa_column=Column(Text))


class HeardRow(SQLModel, table=True):
    """When a partner was last heard of by an agreement whose silence is an alarm, or when it was first watched."""

    __tablename__ = "heard"
    partner: str = Field(primary_key=True)
    agreement: str = Field(primary_key=True)
    at: str
