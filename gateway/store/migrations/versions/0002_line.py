"""The line: transmissions, interchanges, messages, claims, lanes, orders and the outbox."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

revision = "0002"
down_revision = "0001"

# SQLite counts on in INTEGER columns only, and those hold 64 bits there.
_ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """The schema one step on."""
    _archive()
    _claim()
    _configuration()
    _counter()
    _event()
    _lane()
    _transmission()
    _interchange()
    _transmission_chunk()
    _message()
    _outbox()
    _trade_order()
    _work_item()
    _order_line()


def _archive() -> None:
    op.create_table(
        "archive",
        Column("id", String(), nullable=False),
        Column("digest", String(), nullable=False),
        Column("content", LargeBinary(), nullable=False),
        Column("created_at", String(), nullable=False),
        PrimaryKeyConstraint("id"),
    )


def _claim() -> None:
    op.create_table(
        "claim",
        Column("kind", String(), nullable=False),
        Column("partner", String(), nullable=False),
        Column("key", String(), nullable=False),
        Column("holder", String(), nullable=False),
        Column("digest", String(), nullable=False),
        Column("at", String(), nullable=False),
        PrimaryKeyConstraint("kind", "partner", "key"),
    )


def _configuration() -> None:
    op.create_table(
        "configuration",
        Column("number", Integer(), nullable=False),
        Column("digest", String(), nullable=False),
        Column("note", String(), nullable=False),
        Column("files", LargeBinary(), nullable=False),
        Column("published_at", String(), nullable=False),
        Column("active", Boolean(), nullable=False),
        PrimaryKeyConstraint("number"),
    )


def _counter() -> None:
    op.create_table(
        "counter",
        Column("kind", String(), nullable=False),
        Column("partner", String(), nullable=False),
        Column("test", Boolean(), nullable=False),
        Column("value", Integer(), nullable=False),
        PrimaryKeyConstraint("kind", "partner", "test"),
    )


def _event() -> None:
    op.create_table(
        "event",
        Column("seq", _ROW_NUMBER, nullable=False),
        Column("at", String(), nullable=False),
        Column("subject", String(), nullable=False),
        Column("type", String(), nullable=False),
        Column("text", String(), nullable=False),
        PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_event_subject", "event", ["subject"])


def _lane() -> None:
    op.create_table(
        "lane",
        Column("name", String(), nullable=False),
        Column("state", String(), nullable=False),
        PrimaryKeyConstraint("name"),
    )


def _transmission() -> None:
    op.create_table(
        "transmission",
        Column("id", String(), nullable=False),
        Column("connection", String(), nullable=True),
        Column("name", String(), nullable=False),
        Column("digest", String(), nullable=False),
        Column("size", BigInteger(), nullable=False),
        Column("received_at", String(), nullable=False),
        Column("state", String(), nullable=False),
        Column("issues", Text(), nullable=False),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_transmission_digest", "transmission", ["digest"])
    op.create_index("ix_transmission_state", "transmission", ["state"])


def _interchange() -> None:
    op.create_table(
        "interchange",
        Column("id", String(), nullable=False),
        Column("transmission", String(), nullable=False),
        Column("start", BigInteger(), nullable=False),
        Column("length", BigInteger(), nullable=False),
        Column("digest", String(), nullable=False),
        Column("envelope", Text(), nullable=False),
        Column("control_reference", String(), nullable=True),
        Column("partner", String(), nullable=True),
        Column("test", Boolean(), nullable=False),
        Column("state", String(), nullable=False),
        Column("issues", Text(), nullable=False),
        ForeignKeyConstraint(
            ["transmission"],
            ["transmission.id"],
        ),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_interchange_transmission", "interchange", ["transmission"])


def _transmission_chunk() -> None:
    op.create_table(
        "transmission_chunk",
        Column("transmission", String(), nullable=False),
        Column("start", BigInteger(), nullable=False),
        Column("content", LargeBinary(), nullable=False),
        ForeignKeyConstraint(
            ["transmission"],
            ["transmission.id"],
        ),
        PrimaryKeyConstraint("transmission", "start"),
    )


def _message() -> None:
    op.create_table(
        "message",
        Column("id", String(), nullable=False),
        Column("transmission", String(), nullable=False),
        Column("interchange", String(), nullable=True),
        Column("start", BigInteger(), nullable=False),
        Column("length", BigInteger(), nullable=False),
        Column("file", String(), nullable=False),
        Column("connection", String(), nullable=True),
        Column("partner", String(), nullable=True),
        Column("account", String(), nullable=True),
        Column("syntax", String(), nullable=False),
        Column("type", String(), nullable=True),
        Column("release", String(), nullable=True),
        Column("association", String(), nullable=True),
        Column("control_reference", String(), nullable=True),
        Column("message_reference", String(), nullable=True),
        Column("reference", String(), nullable=True),
        Column("test", Boolean(), nullable=False),
        Column("state", String(), nullable=False),
        Column("decision", String(), nullable=True),
        Column("order_id", String(), nullable=True),
        Column("mapping", String(), nullable=True),
        Column("mapping_digest", String(), nullable=True),
        Column("configuration", Integer(), nullable=True),
        Column("issues", Text(), nullable=False),
        Column("document", Text(), nullable=True),
        Column("waits_for", String(), nullable=True),
        Column("received_at", String(), nullable=False),
        Column("changed_at", String(), nullable=False),
        ForeignKeyConstraint(
            ["interchange"],
            ["interchange.id"],
        ),
        ForeignKeyConstraint(
            ["transmission"],
            ["transmission.id"],
        ),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_message_interchange", "message", ["interchange"])
    op.create_index("ix_message_order_id", "message", ["order_id"])
    op.create_index("ix_message_state", "message", ["state"])
    op.create_index("ix_message_transmission", "message", ["transmission"])
    op.create_index("message_waiting", "message", ["waits_for", "partner"])
    op.create_index("message_by_reference", "message", ["partner", "reference"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        Column("id", String(), nullable=False),
        Column("key", String(), nullable=False),
        Column("message", String(), nullable=True),
        Column("interchange", String(), nullable=True),
        Column("order_id", String(), nullable=True),
        Column("partner", String(), nullable=False),
        Column("connection", String(), nullable=False),
        Column("type", String(), nullable=False),
        Column("extension", String(), nullable=False),
        Column("reference", String(), nullable=False),
        Column("number", String(), nullable=True),
        Column("control_reference", String(), nullable=True),
        Column("test", Boolean(), nullable=False),
        Column("archive", String(), nullable=False),
        Column("state", String(), nullable=False),
        Column("tries", Integer(), nullable=False),
        Column("next_try", String(), nullable=True),
        Column("lease_until", String(), nullable=True),
        Column("token", String(), nullable=True),
        Column("reason", String(), nullable=True),
        Column("created_at", String(), nullable=False),
        Column("sent_at", String(), nullable=True),
        ForeignKeyConstraint(
            ["archive"],
            ["archive.id"],
        ),
        ForeignKeyConstraint(
            ["message"],
            ["message.id"],
        ),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("key"),
    )
    op.create_index("ix_outbox_interchange", "outbox", ["interchange"])
    op.create_index("ix_outbox_message", "outbox", ["message"])
    op.create_index("outbox_due", "outbox", ["state", "next_try"])
    op.create_index("outbox_by_control", "outbox", ["partner", "control_reference"])
    op.create_index("outbox_by_reference", "outbox", ["partner", "reference"])
    op.create_index("outbox_by_number", "outbox", ["partner", "number"])
    op.create_index("ix_outbox_order_id", "outbox", ["order_id"])


def _trade_order() -> None:
    op.create_table(
        "trade_order",
        Column("id", String(), nullable=False),
        Column("account", String(), nullable=False),
        Column("partner", String(), nullable=False),
        Column("number", String(), nullable=False),
        Column("our_number", String(), nullable=False),
        Column("kind", String(), nullable=False),
        Column("version", Integer(), nullable=False),
        Column("channel", String(), nullable=False),
        Column("message", String(), nullable=False),
        Column("buyer", String(), nullable=True),
        Column("ship_to", String(), nullable=True),
        Column("note", String(), nullable=True),
        Column("ordered_on", String(), nullable=False),
        Column("currency", String(), nullable=False),
        Column("decision", String(), nullable=False),
        Column("state", String(), nullable=False),
        Column("test", Boolean(), nullable=False),
        Column("total_e6", BigInteger(), nullable=True),
        Column("document", Text(), nullable=False),
        Column("rulings", Text(), nullable=False),
        Column("created_at", String(), nullable=False),
        Column("changed_at", String(), nullable=False),
        ForeignKeyConstraint(
            ["message"],
            ["message.id"],
        ),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("order_by_number", "trade_order", ["number", "account"])
    op.create_index("order_by_account", "trade_order", ["account", "state"])


def _work_item() -> None:
    op.create_table(
        "work_item",
        Column("seq", _ROW_NUMBER, nullable=False),
        Column("lane", String(), nullable=False),
        Column("message", String(), nullable=False),
        Column("stage", String(), nullable=False),
        Column("state", String(), nullable=False),
        Column("tries", Integer(), nullable=False),
        Column("not_before", String(), nullable=True),
        Column("reason", String(), nullable=True),
        ForeignKeyConstraint(
            ["message"],
            ["message.id"],
        ),
        PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_work_item_message", "work_item", ["message"])
    op.create_index("work_item_due", "work_item", ["state", "lane", "seq"])


def _order_line() -> None:
    op.create_table(
        "order_line",
        Column("order_id", String(), nullable=False),
        Column("position", Integer(), nullable=False),
        Column("product", String(), nullable=True),
        Column("gtin", String(), nullable=True),
        Column("buyer_sku", String(), nullable=True),
        Column("ordered_quantity_e6", BigInteger(), nullable=True),
        Column("ordered_unit", String(), nullable=True),
        Column("ordered_price_e6", BigInteger(), nullable=True),
        Column("ordered_per_e6", BigInteger(), nullable=True),
        Column("agreed_price_e6", BigInteger(), nullable=True),
        Column("agreed_per_e6", BigInteger(), nullable=True),
        Column("agreed_unit", String(), nullable=True),
        Column("confirmed_quantity_e6", BigInteger(), nullable=True),
        Column("confirmed_unit", String(), nullable=True),
        Column("confirmed_price_e6", BigInteger(), nullable=True),
        Column("confirmed_per_e6", BigInteger(), nullable=True),
        Column("confirmed_on", String(), nullable=True),
        Column("schedule", Text(), nullable=False),
        Column("decision", String(), nullable=False),
        Column("reasons", String(), nullable=False),
        Column("trace", Text(), nullable=True),
        ForeignKeyConstraint(
            ["order_id"],
            ["trade_order.id"],
        ),
        PrimaryKeyConstraint("order_id", "position"),
    )
