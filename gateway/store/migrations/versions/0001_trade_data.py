"""Accounts, products, prices and stock."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.sql.schema import SchemaItem

revision = "0001"
down_revision = None


def upgrade() -> None:
    """The schema one step on."""
    _accounts()
    _products()
    _prices()
    op.create_table("data_sequence", *_integers("id", "value"), PrimaryKeyConstraint("id"))


def _accounts() -> None:
    op.create_table(
        "account",
        *_texts("account", "name"),
        *_open_texts("parent"),
        *_texts("parent_kind", "type", "status"),
        *_open_texts("segment"),
        *_texts("currency"),
        *_open_texts("language", "country"),
        *_texts("timezone", "price_policy"),
        *_open_texts("price_group", "payment_terms", "incoterm", "incoterm_place"),
        *_open_numbers("min_order_value", "free_freight_from", "credit_limit"),
        *_open_texts("service_level", "gln", "vat_id", "duns"),
        PrimaryKeyConstraint("account"),
        ForeignKeyConstraint(["parent"], ["account.account"]),
    )
    for column in ("parent", "gln", "vat_id", "duns"):
        op.create_index(f"ix_account_{column}", "account", [column])
    op.create_table(
        "account_party",
        *_texts("account", "role", "scheme", "id"),
        *_validity_from_the_start(),
        *_open_texts("name", "street", "postcode", "city", "country"),
        PrimaryKeyConstraint("account", "role", "scheme", "id", "valid_from"),
        ForeignKeyConstraint(["account"], ["account.account"]),
    )
    op.create_index("ix_account_party_id", "account_party", ["id"])
    op.create_table("account_group", *_texts("kind", "name"), PrimaryKeyConstraint("kind", "name"))


def _products() -> None:
    op.create_table(
        "product",
        *_texts("sku", "name", "base_unit", "status"),
        Column("description", Text),
        *_open_texts("manufacturer", "manufacturer_part", "unspsc", "eclass", "tax_class"),
        *_open_texts("category", "family", "brand", "price_group", "keywords"),
        *_open_numbers("min_quantity", "quantity_step"),
        *_integers("lead_time_days"),
        *_open_numbers("weight_kg"),
        *_open_texts("successor", "documents"),
        Column("names", Text, nullable=False),
        Column("attributes", Text, nullable=False),
        PrimaryKeyConstraint("sku"),
    )
    op.create_index("ix_product_manufacturer_part", "product", ["manufacturer_part"])
    op.create_table(
        "product_unit",
        *_texts("sku", "code"),
        *_integers("position"),
        *_numbers("numerator", "denominator"),
        *_open_texts("gtin"),
        PrimaryKeyConstraint("sku", "code"),
        ForeignKeyConstraint(["sku"], ["product.sku"], ondelete="CASCADE"),
        UniqueConstraint("gtin"),
    )
    op.create_table(
        "part_number",
        *_texts("number", "account"),
        *_validity_from_the_start(),
        *_texts("product"),
        *_open_texts("unit"),
        *_open_numbers("pack"),
        *_open_texts("description"),
        PrimaryKeyConstraint("number", "account", "valid_from"),
        ForeignKeyConstraint(["account"], ["account.account"]),
        ForeignKeyConstraint(["product"], ["product.sku"]),
    )
    op.create_table(
        "stock",
        *_texts("sku"),
        Column("available_on", Date, nullable=False),
        *_numbers("quantity"),
        PrimaryKeyConstraint("sku", "available_on"),
        ForeignKeyConstraint(["sku"], ["product.sku"]),
    )


def _prices() -> None:
    op.create_table(
        "price_list",
        *_texts("list", "kind"),
        *_open_texts("currency"),
        *_texts("tax"),
        *_integers("priority"),
        Column("exclusive", Boolean, nullable=False),
        *_open_texts("contract"),
        *_validity(),
        *_texts("status"),
        PrimaryKeyConstraint("list"),
    )
    op.create_table(
        "price_condition",
        *_texts("key", "list", "subject", "object", "type"),
        *_numbers("amount"),
        *_open_texts("currency"),
        *_numbers("per"),
        *_open_texts("unit"),
        *_numbers("min_quantity"),
        *_open_texts("scale_unit"),
        *_validity(),
        *_open_texts("contract", "contract_line"),
        Column("step", Integer),
        *_texts("base"),
        Column("stop", Boolean, nullable=False),
        PrimaryKeyConstraint("key"),
        ForeignKeyConstraint(["list"], ["price_list.list"]),
    )
    op.create_index("price_condition_by_scope", "price_condition", ["subject", "object"])


def _texts(*names: str) -> list[SchemaItem]:
    return [Column(name, String, nullable=False) for name in names]


def _open_texts(*names: str) -> list[SchemaItem]:
    return [Column(name, String) for name in names]


def _numbers(*names: str) -> list[SchemaItem]:
    return [Column(name, BigInteger, nullable=False) for name in names]


def _open_numbers(*names: str) -> list[SchemaItem]:
    return [Column(name, BigInteger) for name in names]


def _integers(*names: str) -> list[SchemaItem]:
    return [Column(name, Integer, nullable=False) for name in names]


def _validity() -> list[SchemaItem]:
    return [Column("valid_from", Date), Column("valid_to", Date)]


def _validity_from_the_start() -> list[SchemaItem]:
    return [Column("valid_from", Date, nullable=False), Column("valid_to", Date)]
