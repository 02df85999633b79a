"""The tables of the channels: how far each has come, what its system holds, whose keys are whose, what both changed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel


class DataChangeRow(SQLModel, table=True):
    """The number of the last change of the rows of a table of trade data."""

    __tablename__ = "data_change"
    name: str = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)


class ChannelFlowRow(SQLModel, table=True):
    """How far a flow of a channel has come: everything up to `seq` of the data sequence is in its files.

    `flow` is a kind of table, or `feed:ACCOUNT`. `number` counts its files; `digest` is that of the last feed, made for
    `day`. `place` says up to which row of a change beyond `seq` all is in them too; `since` is the sequence when all
    last was. `reason` says why it does not get on, since `failing_since`.
    """

    __tablename__ = "channel_flow"
    channel: str = Field(primary_key=True)
    flow: str = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)
    number: int = Field(sa_type=BigInteger)
    rows: int = Field(sa_type=BigInteger)
    digest: str | None = None
    day: str | None = None
    reason: str | None = Field(default=None, sa_column=Column(Text))
    failing_since: str | None = None
    changed_at: str
    place: str | None = Field(default=None, sa_column=Column(Text))
    since: int = Field(default=-1, sa_column=Column(BigInteger, nullable=False, server_default="-1"))


class SystemRow(SQLModel, table=True):
    """What an outside system is known to hold of a row of trade data: its cells, as JSON; it last told of it `at`."""

    __tablename__ = "system_row"
    system: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    cells: str = Field(sa_column=Column(Text, nullable=False))
    at: str


class ExternalKeyRow(SQLModel, table=True):
    """The key that an outside system has for an account, a product or an order of ours.

    Of several for one thing, that with the highest `number` was told last.
    """

    __tablename__ = "external_key"
    __table_args__ = (Index("external_key_by_key", "system", "entity", "key"),)
    system: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    external: str = Field(primary_key=True)
    key: str
    number: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class SyncConflictRow(SQLModel, table=True):
    """A value of a channel's that differs from ours and was not simply taken.

    `state` is open (a person decides), ours or theirs; a conflict of the same field comes back in the same row.
    `owed_since`: since when ours is to be told to the system; None where it is not, or was.
    """

    __tablename__ = "sync_conflict"
    __table_args__ = (Index("sync_conflict_by_field", "channel", "kind", "key", "field", unique=True),)
    id: str = Field(primary_key=True)
    channel: str
    kind: str
    key: str
    field: str
    ours: str | None = Field(default=None, sa_column=Column(Text))
    theirs: str | None = Field(default=None, sa_column=Column(Text))
    owner: str | None = None
    state: str = Field(index=True)
    times: int
    message: str | None = None
    note: str | None = Field(default=None, sa_column=Column(Text))
    found_at: str
    changed_at: str
    owed_since: str | None = None
