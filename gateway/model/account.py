"""Accounts and their parties as the central store keeps them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.model.value import Value


class Account(Value, kw_only=True):
    """A customer account. A parent of kind legal or buying_group hands prices down, one of kind delivery does not.

    `industry` is a NACE code; `credit_used` what the ERP counts as open beside our orders, in the account's currency.
    """

    account: str
    name: str
    parent: str | None = None
    parent_kind: str = "legal"
    type: str = "customer"
    status: str = "active"
    segment: str | None = None
    currency: str = "EUR"
    language: str | None = None
    country: str | None = None
    timezone: str = "UTC"
    price_policy: str = "priority"
    price_group: str | None = None
    payment_terms: str | None = None
    incoterm: str | None = None
    incoterm_place: str | None = None
    min_order_value: Decimal | None = None
    free_freight_from: Decimal | None = None
    credit_limit: Decimal | None = None
    service_level: str | None = None
    gln: str | None = None
    vat_id: str | None = None
    duns: str | None = None
    legal_name: str | None = None
    registration: str | None = None
    industry: str | None = None
    employees: int | None = None
    revenue_band: str | None = None
    credit_used: Decimal | None = None
    credit_block: bool = False

    def day(self, at: datetime) -> date:
        """The day that an instant falls on where the account is."""
        return at.astimezone(ZoneInfo(self.timezone)).date()


class AccountParty(Value, kw_only=True):
    """A party of an account: role BY, DP, IV, PR or UC; scheme gln, ours, theirs, duns or vat; valid_to inclusive."""

    account: str
    role: str
    id: str
    scheme: str
    name: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class Contact(Value, kw_only=True):
    """A person at a customer, and what for."""

    account: str
    name: str
    role: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None


class ServiceLevel(Value, kw_only=True):
    """How an account of this level is served: over which channels, how soon it is answered, and when."""

    service_level: str
    name: str | None = None
    channels: str | None = None
    response_hours: int | None = None
    hours: str | None = None


class ServiceContact(Value, kw_only=True):
    """One of us who serves a subject; of several, the least `precedence` comes first and the others stand in for it."""

    subject: str
    name: str
    role: str | None = None
    email: str | None = None
    phone: str | None = None
    precedence: int = 0
