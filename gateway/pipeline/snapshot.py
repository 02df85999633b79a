"""What the stages read: one state of the store, with what the messages of a group have in common read once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TypeVar, cast

import msgspec

from gateway.commerce.assortment import Assignments, assigned
from gateway.edifact.envelope import Envelope
from gateway.errors import PermanentError
from gateway.model.account import Account
from gateway.model.assortment import RULES, AssortmentEntry
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import PartNumber, Product, Stock
from gateway.model.purchases import Bought, Looked
from gateway.model.terms import DeliveryCalendar, Term
from gateway.store import Connection, records
from gateway.store.bookings import bought, called_off
from gateway.store.catalogue import Catalogue
from gateway.store.history import past
from gateway.store.messages import interchange
from gateway.store.terms import TradeTerms
from gateway.store.trade import Register, Trade

_T = TypeVar("_T")

MAX_REMEMBERED = 50_000


def envelope_to_json(envelope: Envelope) -> str:
    """The envelope as the text the store keeps."""
    return msgspec.json.encode(envelope).decode()


class TradeMemory:
    """What was read of the trade data, as long as it stays the same: every change of it has a number of its own."""

    def __init__(self) -> None:
        self._number = -1
        self._kept: dict[Hashable, dict[Hashable, object]] = {}

    def at(self, number: int) -> dict[Hashable, dict[Hashable, object]]:
        """What is known of the data that the change of this number made, by kind and key."""
        if number != self._number or sum(map(len, self._kept.values())) > MAX_REMEMBERED:
            self._number, self._kept = number, {}
        return self._kept


class Snapshot:
    """A connection that sees one state of the store. What is asked twice is read once.

    With `as_of` its trade data, and what orders took and bought, are those of that number of the data sequence.
    """

    def __init__(self, db: Connection, memory: TradeMemory, as_of: int | None = None) -> None:
        self.db = db
        self.trade = Trade(db, as_of)
        self._data = db if as_of is None else past(db, as_of)
        self.catalogue = Catalogue(self._data)
        self._terms = TradeTerms(self._data)
        numbers = self.trade.numbers()
        self.data_seq = numbers.last
        self._kept = memory.at(numbers.trade)
        self._envelopes: dict[str, Envelope] = {}

    def envelope(self, message: records.Message) -> Envelope:
        """The envelope the message came in; raises PermanentError where it came in none."""
        identity = message.interchange or ""
        if identity not in self._envelopes:
            found = interchange(self.db, identity)
            if found is None:
                raise PermanentError(f"Message {message.id} came in no interchange. Nothing of it can be read.")
            self._envelopes[identity] = msgspec.json.decode(found.envelope, type=Envelope)
        return self._envelopes[identity]

    def register(self, identifiers: frozenset[str], root: str | None) -> Register:
        """What the identifiers name, with the partner's root account and what stands directly below it."""
        return self._once("register", (identifiers, root), lambda: self.trade.register(identifiers, root))

    def chain(self, account: str) -> list[Account]:
        """The account and its parents, nearest first."""
        return self._once("chain", account, lambda: self.trade.chain(account))

    def segments(self, account: str, on: date) -> tuple[str, ...]:
        """The account's segments on the day, the highest priority first."""
        return self._once("segments", (account, on), lambda: self.trade.segments_of(account, on))

    def lists(self, names: Collection[str]) -> dict[str, PriceList]:
        """These price lists, by name."""
        return self._each("list", names, self.trade.lists)

    def contracts(self, numbers: Collection[str]) -> dict[str, list[PriceList]]:
        """The price lists of these contracts."""
        return self._each("contract", numbers, self.trade.contracts)

    def products(self, skus: Collection[str]) -> dict[str, Product]:
        """These products, by SKU."""
        return self._each("product", skus, self.trade.products_by_sku)

    def by_gtin(self, gtins: Collection[str]) -> dict[str, tuple[str, str]]:
        """SKU and unit that each of these GTINs names."""
        return self._each("gtin", gtins, self.trade.by_gtin)

    def manufacturer_parts(self, numbers: Collection[str]) -> dict[str, list[str]]:
        """The SKUs that bear each of these manufacturers' part numbers."""
        return self._each("part", numbers, self.trade.manufacturer_parts)

    def part_numbers(self, chain: tuple[str, ...], numbers: Collection[str]) -> dict[str, list[PartNumber]]:
        """The entries of these customers' numbers, the account nearest in the chain first."""
        return self._each(("number", chain), numbers, partial(self.trade.part_numbers, chain))

    def stock(self, skus: Collection[str]) -> dict[str, list[Stock]]:
        """What is free of these products."""
        return self._each("stock", skus, self.trade.stock)

    def terms(self, subjects: Collection[str]) -> dict[str, list[Term]]:
        """The terms of each of the subjects, valid or not."""

        def read(missing: Collection[str]) -> dict[str, list[Term]]:
            found: dict[str, list[Term]] = {}
            for term in self._terms.terms(missing):
                found.setdefault(term.subject, []).append(term)
            return found

        return self._each("terms", subjects, read)

    def calendars(self, names: Collection[str]) -> dict[str, DeliveryCalendar]:
        """These delivery calendars, by name."""
        return self._each("calendar", names, self._terms.calendars)

    def tax_rates(self, classes: Collection[str], country: str, on: date) -> dict[str, Decimal]:
        """The rates in percent of these tax classes in the country on the day."""
        return self._each(("tax", country, on), classes, lambda missing: self._terms.tax_rates(missing, country, on))

    def assignments(self, subjects: tuple[str, ...]) -> Assignments:
        """The assortments that count for an account of these subjects."""
        return self._once("assigned", subjects, lambda: assigned(self.catalogue.assignments(subjects)))

    def members(self, assortments: tuple[str, ...], scopes: Collection[str]) -> list[AssortmentEntry]:
        """The members of these assortments that are one of the scopes, and those that are rules."""

        def read(missing: Collection[str]) -> dict[str, list[AssortmentEntry]]:
            found: dict[str, list[AssortmentEntry]] = {}
            for entry in self.catalogue.members(assortments, missing):
                found.setdefault(entry.scope if entry.rule is None else RULES, []).append(entry)
            return found

        found = self._each(("member", assortments), {RULES, *scopes}, read)
        return [entry for entries in found.values() for entry in entries]

    def conditions(self, subjects: tuple[str, ...], objects: Collection[str]) -> dict[str, list[PriceCondition]]:
        """The price conditions of any of the subjects, valid or not, by object."""

        def read(missing: Collection[str]) -> dict[str, list[PriceCondition]]:
            found: dict[str, list[PriceCondition]] = {}
            for condition in self.trade.conditions(subjects, missing):
                found.setdefault(condition.object, []).append(condition)
            return found

        return self._each(("condition", subjects), objects, read)

    def called_off(self, conditions: Collection[str], but: str) -> dict[str, Decimal]:
        """What all orders but one have taken of these conditions: asked anew each time, since orders go on."""
        return called_off(self._data, conditions, but)

    def bought(self, looked: Looked, but: str) -> Bought:
        """What was bought with all orders but one, by article and unit: asked anew each time."""
        return bought(self._data, looked, but)

    def belonging(self, account: str) -> tuple[str, ...]:
        """The account and those that belong to it."""
        return self._once("belonging", account, lambda: self.trade.belonging(account))

    def found_out(
        self, kind: Hashable, keys: Collection[str], find: Callable[[Collection[str]], dict[str, _T]]
    ) -> dict[str, _T]:
        """What follows from the trade data for each of the keys, found out once."""
        return self._each(("found out", kind), keys, find)

    def _once(self, kind: Hashable, key: Hashable, read: Callable[[], _T]) -> _T:
        known = self._kept.setdefault(kind, {})
        if key not in known:
            known[key] = read()
        return cast("_T", known[key])

    def _each(
        self, kind: Hashable, keys: Collection[str], read: Callable[[Collection[str]], dict[str, _T]]
    ) -> dict[str, _T]:
        """What the keys name. Those not asked before are read at once; that one names nothing is known too."""
        known = cast("dict[Hashable, _T | None]", self._kept.setdefault(kind, {}))
        missing = [key for key in keys if key not in known]
        if missing:
            found = read(missing)
            known.update({key: found.get(key) for key in missing})
        return {key: value for key in keys if (value := known[key]) is not None}
