"""Terms, delivery calendars and tax rates as the central store keeps them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from gateway.model.value import Value


class Term(Value, kw_only=True):
    """One field of what is agreed with a subject (account:10001, segment:gold, all ...), its value as it is written.

    `contract` is empty where the term holds for every order, else it holds for those that cite it; valid_to inclusive.
    """

    subject: str
    contract: str = ""
    field: str
    value: str
    valid_from: date | None = None
    valid_to: date | None = None


class DeliveryCalendar(Value, kw_only=True):
    """On which days we work: `weekdays` and `closed_on` as they are written, public holidays by country and region.

    `cut_off` is the time until which an order counts as of the day, and its zone where that is not the account's.
    """

    calendar: str
    country: str | None = None
    region: str | None = None
    weekdays: str = "mon-fri"
    closed_on: str | None = None
    cut_off: str | None = None


class TaxRate(Value, kw_only=True):
    """The rate in percent for articles of a tax class delivered in a country; valid_to inclusive."""

    tax_class: str
    country: str
    rate: Decimal
    valid_from: date | None = None
    valid_to: date | None = None
