"""The tables of punchout: sessions, the lines of their carts, what was given back, and the lines that were given."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel


class PunchoutSessionRow(SQLModel, table=True):
    """A session as it stands; `revision` guards each change of its cart. Of token and key there are digests only."""

    __tablename__ = "punchout_session"
    __table_args__ = (Index("punchout_session_by_end", "expires_at"), Index("punchout_session_by_account", "account"))
    id: str = Field(primary_key=True)
    connection: str
    partner: str
    account: str
    protocol: str
    test: bool
    state: str
    revision: int
    lasts_s: int
    token_digest: str = Field(unique=True)
    token_until: str
    key_digest: str | None = Field(default=None, unique=True)
    opened_at: str
    expires_at: str
    changed_at: str
    content: str = Field(sa_column=Column(Text, nullable=False))


class PunchoutCartLineRow(SQLModel, table=True):
    """A line of a cart; `document` is the whole of it as JSON."""

    __tablename__ = "punchout_cart_line"
    session: str = Field(primary_key=True, foreign_key="punchout_session.id")
    position: int = Field(primary_key=True)
    document: str = Field(sa_column=Column(Text, nullable=False))


class PunchoutReturnRow(SQLModel, table=True):
    """What was given to the browser of the buyer at the end of a session, as JSON: the same again, however often."""

    __tablename__ = "punchout_return"
    session: str = Field(primary_key=True, foreign_key="punchout_session.id")
    form: str = Field(sa_column=Column(Text, nullable=False))
    made_at: str


class TransferredLineRow(SQLModel, table=True):
    """A line of a cart as the buyer has it, found again by its auxiliary id; never changed."""

    __tablename__ = "punchout_transferred_line"
    __table_args__ = (Index("punchout_transferred_line_by_id", "auxiliary_id", "account"),)
    session: str = Field(primary_key=True, foreign_key="punchout_session.id")
    position: int = Field(primary_key=True)
    auxiliary_id: str
    account: str
    transferred_at: str
    valid_until: date
    document: str = Field(sa_column=Column(Text, nullable=False))
