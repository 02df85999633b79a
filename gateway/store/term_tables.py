"""The tables of terms, delivery calendars and tax rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel

from gateway.store.history import keep_history
from gateway.store.types import OpenStart, Scaled


class TermRow(SQLModel, table=True):
    """One field of what is agreed with a subject; `contract` is empty where it holds for every order."""

    __tablename__ = "term"
    subject: str = Field(primary_key=True)
    contract: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    valid_from: date | None = Field(default=None, sa_column=Column(OpenStart, primary_key=True))
    valid_to: date | None = None
    value: str = Field(sa_column=Column(Text, nullable=False))


class DeliveryCalendarRow(SQLModel, table=True):
    """On which days we work."""

    __tablename__ = "delivery_calendar"
    calendar: str = Field(primary_key=True)
    country: str | None = None
    region: str | None = None
    weekdays: str
    closed_on: str | None = Field(default=None, sa_column=Column(Text))
    cut_off: str | None = None


class TaxRateRow(SQLModel, table=True):
    """The rate of a tax class in a country."""

    __tablename__ = "tax_rate"
    tax_class: str = Field(primary_key=True)
    country: str = Field(primary_key=True)
    valid_from: date | None = Field(default=None, sa_column=Column(OpenStart, primary_key=True))
    valid_to: date | None = None
    rate: Decimal = Field(sa_type=Scaled)


keep_history(TermRow, DeliveryCalendarRow, TaxRateRow)
