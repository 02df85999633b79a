"""The tables of price conditions: names and what conditions have in common are kept once, so that a row is small.

A condition is found by the numbers of its subject and object alone, in one place of the table.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Text, text
from sqlmodel import Field, SQLModel

from gateway.store.history import find_by_change, keep_history

_NAMED = text("key IS NOT NULL")


class PriceSubjectRow(SQLModel, table=True):
    """The number of a subject that conditions name (`account:10001`, `all`)."""

    __tablename__ = "price_subject"
    id: int = Field(primary_key=True)
    name: str = Field(unique=True)


class PriceObjectRow(SQLModel, table=True):
    """The number of an object that conditions name (`product:A-1001`); kind is what stands before the colon."""

    __tablename__ = "price_object"
    id: int = Field(primary_key=True)
    kind: str
    name: str = Field(unique=True)


class PriceScopeRow(SQLModel, table=True):
    """That a subject has (or had) conditions on objects of a kind: where it has none, nothing is looked for."""

    __tablename__ = "price_scope"
    __table_args__ = {"sqlite_with_rowid": False}
    subject: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)


class PriceFormRow(SQLModel, table=True):
    """What many conditions state alike (list, type, currency, unit ...): a condition without what is its own, as JSON.

    A form is never changed.
    """

    __tablename__ = "price_form"
    id: int = Field(primary_key=True)
    list: str = Field(foreign_key="price_list.list", index=True)
    stated: str = Field(sa_column=Column(Text, nullable=False, unique=True))


class PriceConditionRow(SQLModel, table=True):
    """A price condition. `code` tells its key from others of the same subject and object.

    `key` is NULL where it is the one made of the condition's own fields; amounts are 10^-6, days proleptic Gregorian
    ordinals; `further` is a JSON object of what few conditions state.
    """

    __tablename__ = "price_condition"
    __table_args__ = (
        Index("price_condition_by_key", "key", unique=True, sqlite_where=_NAMED, postgresql_where=_NAMED),
        {"sqlite_with_rowid": False},
    )
    subject: int = Field(primary_key=True)
    object: int = Field(primary_key=True)
    code: int = Field(primary_key=True, sa_type=BigInteger)
    form: int
    amount_e6: int = Field(sa_type=BigInteger)
    min_quantity_e6: int = Field(sa_type=BigInteger)
    valid_from: int | None = None
    valid_to: int | None = None
    contract_line: str | None = None
    key: str | None = None
    further: str | None = Field(default=None, sa_column=Column(Text))


keep_history(PriceConditionRow)
find_by_change(PriceConditionRow)
