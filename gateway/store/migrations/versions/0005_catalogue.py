"""Relations, assortments and account-specific texts; people on both sides, and what else is known of an account."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    false,
)
from sqlalchemy.sql.schema import SchemaItem

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """The schema one step on."""
    _products()
    _assortments()
    _accounts()


def _products() -> None:
    for column in _open_texts("unspsc_version", "eclass_version"):
        op.add_column("product", column)
    op.add_column("product", Column("descriptions", Text, nullable=False, server_default="{}"))
    for name in ("category", "brand"):
        op.create_index(f"ix_product_{name}", "product", [name])
    op.create_table(
        "product_relation",
        *_texts("product", "kind", "related"),
        Column("quantity", BigInteger),
        *_open_texts("position"),
        PrimaryKeyConstraint("product", "kind", "related"),
        ForeignKeyConstraint(["product"], ["product.sku"]),
        ForeignKeyConstraint(["related"], ["product.sku"]),
    )
    op.create_index("ix_product_relation_related", "product_relation", ["related"])
    op.create_table(
        "product_tailoring",
        *_texts("product", "subject", "field"),
        Column("value", Text, nullable=False),
        PrimaryKeyConstraint("product", "subject", "field"),
        ForeignKeyConstraint(["product"], ["product.sku"]),
    )


def _assortments() -> None:
    op.create_table(
        "assortment_entry",
        *_texts("scope", "assortment", "mode"),
        *_open_texts("effect"),
        PrimaryKeyConstraint("scope", "assortment"),
    )
    op.create_index("ix_assortment_entry_assortment", "assortment_entry", ["assortment"])


def _accounts() -> None:
    for column in _open_texts("legal_name", "registration", "industry", "revenue_band"):
        op.add_column("account", column)
    op.add_column("account", Column("employees", Integer))
    op.add_column("account", Column("credit_used", BigInteger))
    op.add_column("account", Column("credit_block", Boolean, nullable=False, server_default=false()))
    op.create_table(
        "contact",
        *_texts("account", "name"),
        *_open_texts("role", "email", "phone", "language"),
        PrimaryKeyConstraint("account", "name"),
        ForeignKeyConstraint(["account"], ["account.account"]),
    )
    op.create_table(
        "service_level",
        *_texts("service_level"),
        *_open_texts("name", "channels"),
        Column("response_hours", Integer),
        *_open_texts("hours"),
        PrimaryKeyConstraint("service_level"),
    )
    op.create_table(
        "service_contact",
        *_texts("subject", "name"),
        *_open_texts("role", "email", "phone"),
        Column("precedence", Integer, nullable=False),
        PrimaryKeyConstraint("subject", "name"),
    )


def _texts(*names: str) -> list[SchemaItem]:
    return [Column(name, String, nullable=False) for name in names]


def _open_texts(*names: str) -> list[Column[str]]:
    return [Column(name, String) for name in names]
