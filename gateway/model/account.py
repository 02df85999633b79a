"""Accounts and their parties as the central store keeps them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from gateway.model.value import Value


class Account(Value, kw_only=True):
    """A customer account. A parent of kind legal or buying_group hands prices down, one of kind delivery does not."""

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
