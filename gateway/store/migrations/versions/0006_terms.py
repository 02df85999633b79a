"""Terms, calendars and tax rates."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Date, PrimaryKeyConstraint, String, Text
from sqlalchemy.sql.schema import SchemaItem

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """The schema one step on."""
    op.create_table(
        "term",
        *_texts("subject", "contract", "field"),
        *_validity(),
        Column("value", Text, nullable=False),
        PrimaryKeyConstraint("subject", "contract", "field", "valid_from"),
    )
    op.create_table(
        "delivery_calendar",
        *_texts("calendar"),
        *_open_texts("country", "region"),
        *_texts("weekdays"),
        Column("closed_on", Text),
        *_open_texts("cut_off"),
        PrimaryKeyConstraint("calendar"),
    )
    op.create_table(
        "tax_rate",
        *_texts("tax_class", "country"),
        *_validity(),
        Column("rate", BigInteger, nullable=False),
        PrimaryKeyConstraint("tax_class", "country", "valid_from"),
    )


def _texts(*names: str) -> list[SchemaItem]:
    return [Column(name, String, nullable=False) for name in names]


def _open_texts(*names: str) -> list[SchemaItem]:
    return [Column(name, String) for name in names]


def _validity() -> list[SchemaItem]:
    return [Column("valid_from", Date, nullable=False), Column("valid_to", Date)]
