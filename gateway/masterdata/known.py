"""What the store knows of the accounts, products and identifiers that a batch of rows names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from gateway.commerce.matching import gtin_forms
from gateway.commerce.units import unit_code
from gateway.masterdata.columns import RefusedError
from gateway.masterdata.identifiers import Identifiers
from gateway.model.product import PartNumber, Product
from gateway.store.trade import Register
from gateway.store.trade_changes import TradeChanges


class Names(NamedTuple):
    """What rows name: accounts, products, GTINs, customers' numbers, identifiers of accounts, successors of products.

    `assortments` are named with the mode that a row states first, None where none does; `calendars` are those
    that terms name, `ruled` the subjects whose Incoterm rows state, `places` those (with the contract) whose place.
    """

    accounts: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    gtins: frozenset[str] = frozenset()
    part_numbers: frozenset[str] = frozenset()
    identifiers: frozenset[str] = frozenset()
    successors: frozenset[str] = frozenset()
    assortments: Mapping[str, str | None] = {}
    calendars: frozenset[str] = frozenset()
    ruled: frozenset[str] = frozenset()
    places: frozenset[tuple[str, str]] = frozenset()


def accounts_named(rows: Sequence[Mapping[str, object]], column: str) -> frozenset[str]:
    """The accounts and buying groups that a column of subjects names."""
    subjects = (str(row.get(column)).partition(":") for row in rows)
    return frozenset(ref for kind, _, ref in subjects if kind in _OF_ACCOUNTS)


_OF_ACCOUNTS = ("account", "buying-group")


class Known:
    """Look-ups for the checks of one batch, and what its rows claimed so far.

    `parents` holds every account's parent where a hierarchy is imported, and grows with it.
    """

    def __init__(self, store: TradeChanges, names: Names, parents: dict[str, str | None]) -> None:
        trade, catalogue = store.trade, store.catalogue
        self.parents = parents
        self._accounts = trade.existing_accounts(names.accounts) if names.accounts else frozenset[str]()
        self._products = trade.products_by_sku(names.products) if names.products else {}
        forms = {form for gtin in names.gtins for form in gtin_forms(gtin)}
        self._owner: dict[str, str] = {}
        self._gtins: dict[str, set[str]] = {}
        for gtin, (sku, _) in (trade.by_gtin(forms) if forms else {}).items():
            self._own(sku, gtin)
        numbers = trade.part_numbers(sorted(names.accounts), names.part_numbers) if names.part_numbers else {}
        self._numbers: dict[tuple[str, str], dict[date | None, PartNumber]] = {}
        for each in (entry for entries in numbers.values() for entry in entries):
            self._numbers.setdefault((each.account, each.number), {})[each.valid_from] = each
        register = trade.register(names.identifiers) if names.identifiers else Register({}, [])
        self.identifiers = Identifiers(*register)
        self._successor, self._related = catalogue.successors(names.successors)
        modes = catalogue.modes(names.assortments) if names.assortments else {}
        self._modes = {name: modes.get(name) or mode or "include" for name, mode in names.assortments.items()}

        self._calendars = store.terms.calendars(names.calendars) if names.calendars else {}
        self._places = names.places | (store.terms.places(names.ruled) if names.ruled else frozenset())
        self._met: set[str] = set()

    def account(self, number: str, column: str) -> None:
        """Raises RefusedError for an account that is not known."""
        if number not in self._accounts:
            raise RefusedError("import.account.unknown", column, f"there is no account {number}")

    def subject(self, subject: str, column: str) -> None:
        """Raises RefusedError for a subject that is an account which is not known."""
        kind, _, ref = subject.partition(":")
        if kind in _OF_ACCOUNTS:
            self.account(ref, column)

    def mode(self, assortment: str, stated: str | None) -> str:
        """The mode of the assortment; raises RefusedError where another one is stated."""
        mode = self._modes[assortment]
        if stated not in (None, mode):
            text = f"assortment {assortment} is {mode}; delete its rows first, or give the other one a name of its own"
            raise RefusedError("import.assortment.mode", "mode", text)
        return mode

    def succeed(self, sku: str, successor: str | None, column: str) -> None:
        """The product is succeeded by the other; raises RefusedError where that would be a circle.

        A successor in a column of its own (`successor`) takes the place of the one before; a related one does not.
        """
        ahead, seen = {successor} if successor else set(), set[str]()
        while ahead:
            following = ahead.pop()
            if following == sku:
                text = f"{successor} is succeeded by {sku} in the end: that would be a circle"
                raise RefusedError("import.successor.circle", column, text)
            if following not in seen:
                seen.add(following)
                ahead |= self._related.get(following, set()) | {self._successor.get(following) or following}
        if column != "successor":
            self._related.setdefault(sku, set()).add(successor or "")
        else:
            self._successor[sku] = successor

    def calendar(self, name: str, column: str) -> None:
        """Raises RefusedError for a calendar that is not known."""
        if name not in self._calendars:
            raise RefusedError("import.calendar.unknown", column, f"there is no calendar {name}; import it first")

    def has_place(self, subject: str, contract: str) -> bool:
        """Whether the place of the subject's Incoterm is in the store, or on another row."""
        return (subject, contract) in self._places

    def meet(self, name: str) -> bool:
        """Whether no earlier row was about what has this name."""
        is_new = name not in self._met
        self._met.add(name)
        return is_new

    def product(self, sku: str, column: str) -> Product:
        """The product; raises RefusedError for one that is not known."""
        if sku not in self._products:
            raise RefusedError("import.product.unknown", column, f"there is no product {sku}")
        return self._products[sku]

    def claim_number(self, row: PartNumber) -> None:
        """The number is the product's; raises RefusedError where it means something else on one of its days.

        A row with the days of one that stands takes its place, but not that of another row beside it.
        """
        held = self._numbers.setdefault((row.account, row.number), {})
        is_again = not self.meet(f"{row.account} {row.number} {row.valid_from}")
        for first, other in held.items():
            same = (other.product, other.unit, other.pack) == (row.product, row.unit, row.pack)
            apart = _starts_after(other, row) or _starts_after(row, other)
            if not same and (is_again if first == row.valid_from else not apart):
                text = f"{row.number} of account {row.account} means {other.product} from {first or 'ever'} on"
                end = f"to {other.valid_to}" if other.valid_to else "without end"
                raise RefusedError("import.validity.overlap", "valid_from", f"{text}, {end}: end that first")
        held[row.valid_from] = row

    def claim_gtins(self, sku: str, gtins: Collection[tuple[str, str]]) -> None:
        """The GTINs (with their columns) are the product's; raises RefusedError where another one has them."""
        for column, gtin in gtins:
            owner = self._owner.get(gtin.zfill(14), sku)
            if owner != sku:
                raise RefusedError("import.gtin.taken", column, f"GTIN {gtin} already names product {owner}")
        for gone in self._gtins.pop(sku, ()):
            del self._owner[gone]
        for _, gtin in gtins:
            self._own(sku, gtin)

    def _own(self, sku: str, gtin: str) -> None:
        self._owner[gtin.zfill(14)] = sku
        self._gtins.setdefault(sku, set()).add(gtin.zfill(14))


def _starts_after(one: PartNumber, other: PartNumber) -> bool:
    """Whether the one begins when the other is over."""
    return bool(one.valid_from and other.valid_to and one.valid_from > other.valid_to)


def unit_of(product: Product, code: str, column: str) -> str:
    """The product's own code of a unit; raises RefusedError when it is not sold in it."""
    own = unit_code(product, code)
    if own is None:
        raise RefusedError("import.unit.unknown", column, f"product {product.sku} has no unit {code}")
    return own
