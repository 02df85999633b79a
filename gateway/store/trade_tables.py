"""The tables of trade data: accounts and their parties, products, part numbers, price conditions, stock.

Columns are the fields of the values in `gateway.model`; numbers are scaled integers (10^-6), days are dates.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, Column, ForeignKey, Text
from sqlmodel import Field, SQLModel

from gateway.store.history import keep_history
from gateway.store.types import OpenStart, Scaled


class AccountRow(SQLModel, table=True):
    """A customer account."""

    __tablename__ = "account"
    account: str = Field(primary_key=True)
    name: str
    parent: str | None = Field(default=None, foreign_key="account.account", index=True)
    parent_kind: str
    type: str
    status: str
    segment: str | None = None
    currency: str
    language: str | None = None
    country: str | None = None
    timezone: str
    price_policy: str
    price_group: str | None = None
    payment_terms: str | None = None
    incoterm: str | None = None
    incoterm_place: str | None = None
    min_order_value: Decimal | None = Field(default=None, sa_type=Scaled)
    free_freight_from: Decimal | None = Field(default=None, sa_type=Scaled)
    credit_limit: Decimal | None = Field(default=None, sa_type=Scaled)
    service_level: str | None = None
    gln: str | None = Field(default=None, index=True)
    vat_id: str | None = Field(default=None, index=True)
    duns: str | None = Field(default=None, index=True)
    legal_name: str | None = None
    registration: str | None = None
    industry: str | None = None
    employees: int | None = None
    revenue_band: str | None = None
    credit_used: Decimal | None = Field(default=None, sa_type=Scaled)
    credit_block: bool


class AccountPartyRow(SQLModel, table=True):
    """A party of an account, under one identifier."""

    __tablename__ = "account_party"
    account: str = Field(primary_key=True, foreign_key="account.account")
    role: str = Field(primary_key=True)
    scheme: str = Field(primary_key=True)
    id: str = Field(primary_key=True, index=True)
    valid_from: date | None = Field(default=None, sa_column=Column(OpenStart, primary_key=True))
    valid_to: date | None = None
    name: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None


class AccountGroupRow(SQLModel, table=True):
    """A segment or price group that accounts and prices name; kind is `segment` or `price-group`."""

    __tablename__ = "account_group"
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)


class ProductRow(SQLModel, table=True):
    """A product; `names` and `descriptions` by language and `attributes` are JSON objects of texts."""

    __tablename__ = "product"
    sku: str = Field(primary_key=True)
    name: str
    base_unit: str
    status: str
    description: str | None = Field(default=None, sa_column=Column(Text))
    manufacturer: str | None = None
    manufacturer_part: str | None = Field(default=None, index=True)
    unspsc: str | None = None
    unspsc_version: str | None = None
    eclass: str | None = None
    eclass_version: str | None = None
    tax_class: str | None = None
    category: str | None = Field(default=None, index=True)
    family: str | None = None
    brand: str | None = Field(default=None, index=True)
    price_group: str | None = None
    keywords: str | None = None
    min_quantity: Decimal | None = Field(default=None, sa_type=Scaled)
    quantity_step: Decimal | None = Field(default=None, sa_type=Scaled)
    lead_time_days: int
    weight_kg: Decimal | None = Field(default=None, sa_type=Scaled)
    successor: str | None = None
    documents: str | None = None
    names: str = Field(sa_column=Column(Text, nullable=False))
    descriptions: str = Field(sa_column=Column(Text, nullable=False))
    attributes: str = Field(sa_column=Column(Text, nullable=False))


class ProductUnitRow(SQLModel, table=True):
    """A unit of a product; `position` 0 is the base unit. A GTIN names one product in one unit."""

    __tablename__ = "product_unit"
    sku: str = Field(sa_column=Column(ForeignKey("product.sku", ondelete="CASCADE"), primary_key=True))
    code: str = Field(primary_key=True)
    position: int
    numerator: int = Field(sa_type=BigInteger)
    denominator: int = Field(sa_type=BigInteger)
    gtin: str | None = Field(default=None, unique=True)


class PartNumberRow(SQLModel, table=True):
    """A customer's own number for a product, from a day on."""

    __tablename__ = "part_number"
    number: str = Field(primary_key=True)
    account: str = Field(primary_key=True, foreign_key="account.account")
    valid_from: date | None = Field(default=None, sa_column=Column(OpenStart, primary_key=True))
    valid_to: date | None = None
    product: str = Field(foreign_key="product.sku")
    unit: str | None = None
    pack: Decimal | None = Field(default=None, sa_type=Scaled)
    description: str | None = None


class PriceListRow(SQLModel, table=True):
    """A price list."""

    __tablename__ = "price_list"
    list: str = Field(primary_key=True)
    kind: str
    currency: str | None = None
    tax: str
    priority: int
    exclusive: bool
    contract: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    status: str


class StockRow(SQLModel, table=True):
    """What of a product is free from a day on, in base units."""

    __tablename__ = "stock"
    sku: str = Field(primary_key=True, foreign_key="product.sku")
    available_on: date | None = Field(default=None, sa_column=Column(OpenStart, primary_key=True))
    quantity: Decimal = Field(sa_type=Scaled)


class DataSequenceRow(SQLModel, table=True):
    """The number of the last change of what answers depend on (one row), and of the last one of trade data.

    `purchases` says whether a price may depend on what was bought.
    """

    __tablename__ = "data_sequence"
    id: int = Field(primary_key=True)
    value: int
    trade: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    purchases: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})


keep_history(AccountRow, AccountPartyRow, ProductRow, ProductUnitRow, PartNumberRow, PriceListRow, StockRow)
