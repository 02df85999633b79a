"""What stood before in trade data is kept: the number of the change beside each row, and a table of former versions."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, inspect

revision = "0010"
down_revision = "0009"

_TABLES = (
    "account",
    "account_party",
    "product",
    "product_unit",
    "part_number",
    "stock",
    "price_list",
    "price_condition",
    "assortment_entry",
    "product_relation",
    "product_tailoring",
    "contact",
    "service_level",
    "service_contact",
    "segment",
    "segment_member",
    "term",
    "delivery_calendar",
    "tax_rate",
)


def upgrade() -> None:
    """The schema one step on."""
    for name in _TABLES:
        op.add_column(name, Column("updated_seq", BigInteger, nullable=False, server_default="0"))
        _former(name)


def _former(name: str) -> None:
    """A table of the same columns, whose rows held until a change."""
    schema = inspect(op.get_bind())
    key = schema.get_pk_constraint(name)["constrained_columns"]
    columns = [Column(each["name"], each["type"], nullable=each["nullable"]) for each in schema.get_columns(name)]
    former = f"{name}_history"
    op.create_table(
        former,
        *columns,
        Column("ended_seq", BigInteger, nullable=False),
        PrimaryKeyConstraint(*key, "ended_seq"),
        sqlite_with_rowid=False,
    )
    found_by: list[list[str | None]] = [each["column_names"] for each in schema.get_indexes(name) if not each["unique"]]
    found_by += [list(each["column_names"]) for each in schema.get_unique_constraints(name)]
    for names in found_by:
        parts = [str(column) for column in names]
        op.create_index(f"{former}_by_{'_'.join(parts)}", former, parts)
