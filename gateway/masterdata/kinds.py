"""Every kind of table that goes in and out, by its name on the command line."""

from __future__ import annotations

from gateway.errors import UsageError
from gateway.masterdata.accounts import ACCOUNTS, PARTIES
from gateway.masterdata.assortments import ASSORTMENTS
from gateway.masterdata.kind import Kind
from gateway.masterdata.people import CONTACTS, SERVICE_CONTACTS, SERVICE_LEVELS
from gateway.masterdata.prices import PRICE_LISTS, PRICES
from gateway.masterdata.products import PART_NUMBERS, PRODUCTS, STOCK
from gateway.masterdata.relations import RELATIONS, TAILORING
from gateway.masterdata.segments import SEGMENTS
from gateway.masterdata.tax_rates import TAX_RATES
from gateway.masterdata.terms import CALENDARS, TERMS

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        ACCOUNTS,
        PARTIES,
        SEGMENTS,
        CONTACTS,
        SERVICE_LEVELS,
        SERVICE_CONTACTS,
        PRODUCTS,
        PART_NUMBERS,
        RELATIONS,
        ASSORTMENTS,
        TAILORING,
        PRICE_LISTS,
        PRICES,
        STOCK,
        CALENDARS,
        TERMS,
        TAX_RATES,
    )
}
"""In the order in which a fresh store is filled: none names what comes later."""


def kind_of(name: str) -> Kind:
    """The kind of this name; raises UsageError for one that there is not."""
    if name not in KINDS:
        raise UsageError(f"There is no kind {name}: it is one of {', '.join(KINDS)}.")
    return KINDS[name]
