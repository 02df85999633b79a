"""The tables of the catalogue: assortments, relations and customers' texts; and of the people on both sides."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel

from gateway.store.history import keep_history
from gateway.store.types import Scaled


class AssortmentEntryRow(SQLModel, table=True):
    """An entry of an assortment, found by what it names: an article's objects, or an account's subjects."""

    __tablename__ = "assortment_entry"
    scope: str = Field(primary_key=True)
    assortment: str = Field(primary_key=True, index=True)
    mode: str
    effect: str | None = None
    rule: str | None = Field(default=None, sa_column=Column(Text))


class RelationRow(SQLModel, table=True):
    """An article related to another one."""

    __tablename__ = "product_relation"
    product: str = Field(primary_key=True, foreign_key="product.sku")
    kind: str = Field(primary_key=True)
    related: str = Field(primary_key=True, foreign_key="product.sku", index=True)
    quantity: Decimal | None = Field(default=None, sa_type=Scaled)
    position: str | None = None


class TailoringRow(SQLModel, table=True):
    """A text of an article for one subject."""

    __tablename__ = "product_tailoring"
    product: str = Field(primary_key=True, foreign_key="product.sku")
    subject: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    value: str = Field(sa_column=Column(Text, nullable=False))


class ContactRow(SQLModel, table=True):
    """A person at a customer."""

    __tablename__ = "contact"
    account: str = Field(primary_key=True, foreign_key="account.account")
    name: str = Field(primary_key=True)
    role: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None


class ServiceLevelRow(SQLModel, table=True):
    """How accounts of a level are served."""

    __tablename__ = "service_level"
    service_level: str = Field(primary_key=True)
    name: str | None = None
    channels: str | None = None
    response_hours: int | None = None
    hours: str | None = None


class ServiceContactRow(SQLModel, table=True):
    """One of us who serves a subject."""

    __tablename__ = "service_contact"
    subject: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    role: str | None = None
    email: str | None = None
    phone: str | None = None
    precedence: int


keep_history(AssortmentEntryRow, ContactRow, RelationRow, ServiceContactRow, ServiceLevelRow, TailoringRow)
