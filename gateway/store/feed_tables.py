"""The tables of the feed: what happened, how far its readers have come, and the webhooks made over the API."""

from __future__ import annotations

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel

from gateway.store.types import RowNumber


class FeedRow(SQLModel, table=True):
    """Something that happened to `id`, an order or other thing of the kind `aggregate`; `data` is JSON.

    `account` is whose it is, NULL where it is everyone's; `origin` the channel it came from.
    """

    __tablename__ = "feed"
    seq: int | None = Field(default=None, sa_column=Column(RowNumber, primary_key=True, autoincrement=True))
    at: str
    type: str
    aggregate: str
    id: str
    account: str | None = None
    data: str = Field(sa_column=Column(Text, nullable=False))
    origin: str | None = None


class FeedCursorRow(SQLModel, table=True):
    """How far one reader of the feed has come: all up to `seq` is done with; `round` counts how often it began anew."""

    __tablename__ = "feed_cursor"
    reader: str = Field(primary_key=True)
    seq: int = Field(sa_type=RowNumber)
    round: int = 0
    moved_at: str


class WebhookRow(SQLModel, table=True):
    """A webhook made over the API; `events` are the types it is told of as JSON, none: all.

    `account` is whose events it is told of, NULL: everyone's. `secrets` are the names of those it signs with, as JSON,
    the newest first. `made_by` is the name of the key that made it.
    """

    __tablename__ = "webhook"
    id: str = Field(primary_key=True)
    url: str
    events: str = Field(sa_column=Column(Text, nullable=False))
    account: str | None = Field(default=None, index=True)
    secrets: str = Field(sa_column=Column(Text, nullable=False))
    made_by: str
    created_at: str
    changed_at: str
    removed_at: str | None = None
