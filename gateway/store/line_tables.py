"""The tables of the line: what was received, how far it got, what was decided, what leaves.

Transmissions and interchanges have no unique business key: duplicates and clashes are stored too. Keys are claimed in
`claim`. Instants are UTC text (ISO 8601, microseconds), money and quantities scaled integers (10^-6).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from gateway.store.types import RowNumber


class TransmissionRow(SQLModel, table=True):
    """Bytes as one connection delivered them; their content lies in `transmission_chunk`."""

    __tablename__ = "transmission"
    __table_args__ = (Index("transmission_by_connection", "connection", "id"),)
    id: str = Field(primary_key=True)
    connection: str | None = None
    name: str
    digest: str = Field(index=True)
    size: int = Field(sa_type=BigInteger)
    received_at: str
    state: str = Field(index=True)
    issues: str = Field(default="[]", sa_column=Column(Text, nullable=False))


class ChunkRow(SQLModel, table=True):
    """One piece of a transmission's bytes, in order; never changed."""

    __tablename__ = "transmission_chunk"
    transmission: str = Field(primary_key=True, foreign_key="transmission.id")
    start: int = Field(primary_key=True, sa_type=BigInteger)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class InterchangeRow(SQLModel, table=True):
    """One interchange of a transmission: where it lies, who sent it and what became of it."""

    __tablename__ = "interchange"
    id: str = Field(primary_key=True)
    transmission: str = Field(foreign_key="transmission.id", index=True)
    start: int = Field(sa_type=BigInteger)
    length: int = Field(sa_type=BigInteger)
    digest: str
    envelope: str = Field(sa_column=Column(Text, nullable=False))
    control_reference: str | None = None
    partner: str | None = None
    test: bool = False
    state: str
    issues: str = Field(default="[]", sa_column=Column(Text, nullable=False))


class MessageRow(SQLModel, table=True):
    """One message: its window of the transmission, its state, its decision and its canonical document."""

    __tablename__ = "message"
    __table_args__ = (
        Index("message_by_reference", "partner", "reference"),
        Index("message_waiting", "waits_for", "partner"),
        Index("message_by_connection", "connection", "id"),
        Index("message_by_account", "account", "id"),
    )
    id: str = Field(primary_key=True)
    transmission: str = Field(foreign_key="transmission.id", index=True)
    interchange: str | None = Field(default=None, foreign_key="interchange.id", index=True)
    start: int = Field(sa_type=BigInteger)
    length: int = Field(sa_type=BigInteger)
    file: str
    connection: str | None = None
    partner: str | None = None
    channel: str | None = None
    account: str | None = None
    syntax: str
    type: str | None = None
    release: str | None = None
    association: str | None = None
    control_reference: str | None = None
    message_reference: str | None = None
    reference: str | None = None
    test: bool = False
    state: str = Field(index=True)
    decision: str | None = None
    order_id: str | None = Field(default=None, index=True)
    mapping: str | None = None
    mapping_digest: str | None = None
    configuration: int | None = None
    issues: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    document: str | None = Field(default=None, sa_column=Column(Text))
    waits_for: str | None = None
    received_at: str
    changed_at: str


class IntakeRow(SQLModel, table=True):
    """How many rows of a message with trade data were looked at, how many refused and why, until all are through."""

    __tablename__ = "intake_progress"
    message: str = Field(primary_key=True, foreign_key="message.id")
    done: int
    refused: int
    issues: str = Field(sa_column=Column(Text, nullable=False))


class ClaimRow(SQLModel, table=True):
    """A key that only one may hold: arrival, transport, envelope or business."""

    __tablename__ = "claim"
    kind: str = Field(primary_key=True)
    partner: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    holder: str
    digest: str
    at: str


class LaneRow(SQLModel, table=True):
    """A queue in which order matters; paused, it keeps its items. Who drains it has its token until `lease_until`."""

    __tablename__ = "lane"
    name: str = Field(primary_key=True)
    state: str = "open"
    holder: str | None = None
    token: str | None = None
    lease_until: str | None = None


class WorkItemRow(SQLModel, table=True):
    """One message waiting for, or at, a stage, or a file (`transmission`) waiting to be read.

    `tries` and `failures` are counted before the work starts; a failure that was no fault of the item is not counted
    in `failures`, and `failing_since` is the first of them in a row.
    """

    __tablename__ = "work_item"
    __table_args__ = (Index("work_item_due", "state", "lane", "seq"),)
    seq: int | None = Field(default=None, sa_column=Column(RowNumber, primary_key=True, autoincrement=True))
    lane: str
    message: str | None = Field(default=None, foreign_key="message.id", index=True)
    transmission: str | None = Field(default=None, foreign_key="transmission.id", index=True)
    stage: str
    state: str
    tries: int = 0
    failures: int = 0
    failing_since: str | None = None
    not_before: str | None = None
    reason: str | None = None


class OrderRow(SQLModel, table=True):
    """One order per business claim in its latest version: `document` as the buyer states it, `rulings` by a person."""

    __tablename__ = "trade_order"
    __table_args__ = (
        Index("order_by_number", "number", "account"),
        Index("order_by_our_number", "our_number"),
        Index("order_by_account", "account", "state"),
        Index("order_history", "account", "id"),
    )
    id: str = Field(primary_key=True)
    account: str
    partner: str
    number: str
    our_number: str
    kind: str
    version: int
    channel: str
    message: str = Field(foreign_key="message.id")
    buyer: str | None = None
    ship_to: str | None = None
    note: str | None = None
    ordered_on: str
    currency: str
    decision: str
    state: str
    test: bool = False
    total_e6: int | None = Field(default=None, sa_type=BigInteger)
    charges: str | None = Field(default=None, sa_column=Column(Text))
    reasons: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    document: str = Field(sa_column=Column(Text, nullable=False))
    rulings: str = Field(sa_column=Column(Text, nullable=False))
    counts_from: str | None = None
    created_at: str
    changed_at: str


class OrderLineRow(SQLModel, table=True):
    """One line of an order with its three truths: ordered, agreed and confirmed (quantities and prices x 10^6)."""

    __tablename__ = "order_line"
    order_id: str = Field(primary_key=True, foreign_key="trade_order.id")
    position: int = Field(primary_key=True)
    product: str | None = None
    gtin: str | None = None
    buyer_sku: str | None = None
    ordered_quantity_e6: int | None = Field(default=None, sa_type=BigInteger)
    ordered_unit: str | None = None
    ordered_price_e6: int | None = Field(default=None, sa_type=BigInteger)
    ordered_per_e6: int | None = Field(default=None, sa_type=BigInteger)
    agreed_price_e6: int | None = Field(default=None, sa_type=BigInteger)
    agreed_per_e6: int | None = Field(default=None, sa_type=BigInteger)
    agreed_unit: str | None = None
    confirmed_quantity_e6: int | None = Field(default=None, sa_type=BigInteger)
    confirmed_unit: str | None = None
    confirmed_price_e6: int | None = Field(default=None, sa_type=BigInteger)
    confirmed_per_e6: int | None = Field(default=None, sa_type=BigInteger)
    confirmed_on: str | None = None
    schedule: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    decision: str
    reasons: str = "[]"
    trace: str | None = Field(default=None, sa_column=Column(Text))
    backordered_quantity_e6: int | None = Field(default=None, sa_type=BigInteger)


class ArchiveRow(SQLModel, table=True):
    """A document as converted for somebody, by its digest; never changed."""

    __tablename__ = "archive"
    id: str = Field(primary_key=True)
    digest: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: str


class OutboxRow(SQLModel, table=True):
    """One document on its way out; `number` is its own, `reference` what it answers.

    `key` is stable over every try; lease and token fence a late finisher. `crashes` are the processes that died while
    they sent it, `failing_since` its first failed try, `receipt` what the other side said it has.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_by_lane", "state", "lane", "id"),
        Index("outbox_by_control", "partner", "control_reference"),
        Index("outbox_by_reference", "partner", "reference"),
        Index("outbox_by_number", "partner", "number"),
    )
    id: str = Field(primary_key=True)
    key: str = Field(unique=True)
    message: str | None = Field(default=None, foreign_key="message.id", index=True)
    interchange: str | None = Field(default=None, index=True)
    order_id: str | None = Field(default=None, index=True)
    partner: str
    connection: str
    lane: str
    type: str
    extension: str
    reference: str
    number: str | None = None
    control_reference: str | None = None
    test: bool = False
    archive: str = Field(foreign_key="archive.id")
    state: str
    tries: int = 0
    crashes: int = 0
    failing_since: str | None = None
    next_try: str | None = None
    lease_until: str | None = None
    token: str | None = None
    reason: str | None = None
    created_at: str
    sent_at: str | None = None
    receipt: str | None = None


class OutboxRateRow(SQLModel, table=True):
    """When a connection with a rate may send again."""

    __tablename__ = "outbox_rate"
    connection: str = Field(primary_key=True)
    free_at: str


class CounterRow(SQLModel, table=True):
    """A gap-free counter: its row is locked in the transaction that uses its number."""

    __tablename__ = "counter"
    kind: str = Field(primary_key=True)
    partner: str = Field(primary_key=True)
    test: bool = Field(primary_key=True)
    value: int = 0


class EventRow(SQLModel, table=True):
    """What happened to a message, an order or an output: the audit of the line."""

    __tablename__ = "event"
    seq: int | None = Field(default=None, sa_column=Column(RowNumber, primary_key=True, autoincrement=True))
    at: str
    subject: str = Field(index=True)
    type: str
    text: str = ""


class ConfigurationRow(SQLModel, table=True):
    """One published version of the workspace's files; never changed."""

    __tablename__ = "configuration"
    number: int = Field(primary_key=True)
    digest: str
    note: str = ""
    files: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    published_at: str
    active: bool = False
