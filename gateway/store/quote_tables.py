"""The tables of quotes: how they stand, their versions, what was done to them, and the orders that came of them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel


class QuoteRow(SQLModel, table=True):
    """A quote as it stands; `revision` guards each change of it."""

    __tablename__ = "quote"
    __table_args__ = (Index("quote_by_end", "state", "valid_until"),)
    number: str = Field(primary_key=True)
    account: str = Field(foreign_key="account.account", index=True)
    currency: str
    state: str
    revision: int
    version: int
    offered: int | None = None
    valid_until: date | None = None
    channel: str | None = None
    reference: str | None = None
    supersedes: str | None = Field(default=None, foreign_key="quote.number")
    opened_at: str
    changed_at: str


class QuoteVersionRow(SQLModel, table=True):
    """One version of a quote, never changed; `document` is the whole of it as JSON."""

    __tablename__ = "quote_version"
    number: str = Field(primary_key=True, foreign_key="quote.number")
    version: int = Field(primary_key=True)
    document: str = Field(sa_column=Column(Text, nullable=False))


class QuoteEventRow(SQLModel, table=True):
    """What was done to a quote, by whom and when; never changed."""

    __tablename__ = "quote_event"
    number: str = Field(primary_key=True, foreign_key="quote.number")
    revision: int = Field(primary_key=True)
    action: str
    side: str
    who: str
    at: str
    state: str
    digest: str
    version: int | None = None
    note: str | None = Field(default=None, sa_column=Column(Text))


class QuoteOrderRow(SQLModel, table=True):
    """An order whose lines have prices of a quote."""

    __tablename__ = "quote_order"
    number: str = Field(primary_key=True, foreign_key="quote.number")
    order_id: str = Field(primary_key=True, foreign_key="trade_order.id", index=True)
