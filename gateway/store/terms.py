"""Terms, calendars and tax rates as values: whole sets of keys in one query each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, bindparam, select

from gateway.model.terms import DeliveryCalendar, TaxRate, Term
from gateway.store.lookup import among
from gateway.store.trade import TABLES, values

_term, _calendar, _rate = TABLES[Term], TABLES[DeliveryCalendar], TABLES[TaxRate]

_TERMS = select(_term).where(among(_term.c.subject, "subjects")).order_by(*_term.primary_key)
_PLACES = select(_term.c.subject, _term.c.contract).where(
    among(_term.c.subject, "subjects"), _term.c.field == "incoterm_place"
)
_CALENDARS = select(_calendar).where(among(_calendar.c.calendar, "names"))
_RATES = (
    select(_rate)
    .where(among(_rate.c.tax_class, "classes"), _rate.c.country == bindparam("country"))
    .order_by(_rate.c.tax_class, _rate.c.valid_from)
)


class TradeTerms:
    """Reads terms on one connection; what it gives out are values of `gateway.model`."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def terms(self, subjects: Collection[str]) -> list[Term]:
        """The terms of any of the subjects, valid or not."""
        return values(Term, self._db.execute(_TERMS, {"subjects": subjects}))

    def places(self, subjects: Collection[str]) -> frozenset[tuple[str, str]]:
        """Those of the subjects for which an Incoterm's place is stored, each with the contract it holds for."""
        return frozenset((subject, contract) for subject, contract in self._db.execute(_PLACES, {"subjects": subjects}))

    def calendars(self, names: Collection[str]) -> dict[str, DeliveryCalendar]:
        """These calendars, by name."""
        return {
            each.calendar: each for each in values(DeliveryCalendar, self._db.execute(_CALENDARS, {"names": names}))
        }

    def tax_rates(self, classes: Collection[str], country: str, on: date) -> dict[str, Decimal]:
        """The rate in percent that holds for each of the tax classes in the country on the day, the newest of several.

        A class without a rate is not there.
        """
        found = values(TaxRate, self._db.execute(_RATES, {"classes": classes, "country": country}))
        return {each.tax_class: each.rate for each in found if (each.valid_from or on) <= on <= (each.valid_to or on)}
