"""Trade data as values: whole sets of keys in one query each."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Result, Select, Table, bindparam, select, union

from gateway.model.account import Account, AccountParty, Contact, ServiceContact, ServiceLevel
from gateway.model.assortment import AssortmentEntry
from gateway.model.catalogue import Relation, Tailoring
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import PartNumber, Product, Stock, Unit
from gateway.model.segment import Segment, SegmentMember
from gateway.model.terms import DeliveryCalendar, TaxRate, Term
from gateway.model.value import Value
from gateway.store.catalogue_tables import (
    AssortmentEntryRow,
    ContactRow,
    RelationRow,
    ServiceContactRow,
    ServiceLevelRow,
    TailoringRow,
)
from gateway.store.condition_queries import ConditionRow
from gateway.store.conditions import Conditions
from gateway.store.data_sequence import Numbers, numbers
from gateway.store.history import UPDATED, past, stated
from gateway.store.lookup import among
from gateway.store.segment_tables import SegmentMemberRow, SegmentRow
from gateway.store.segments import ranked_segments
from gateway.store.tables import table
from gateway.store.term_tables import DeliveryCalendarRow, TaxRateRow, TermRow
from gateway.store.trade_tables import (
    AccountPartyRow,
    AccountRow,
    PartNumberRow,
    PriceListRow,
    ProductRow,
    ProductUnitRow,
    StockRow,
)

_account = table(AccountRow)
_party = table(AccountPartyRow)
_product = table(ProductRow)
_unit = table(ProductUnitRow)
_number = table(PartNumberRow)
_list = table(PriceListRow)
_stock = table(StockRow)

TABLES: Mapping[type[Value], Table] = {
    Account: _account,
    AccountParty: _party,
    AssortmentEntry: table(AssortmentEntryRow),
    Contact: table(ContactRow),
    DeliveryCalendar: table(DeliveryCalendarRow),
    Relation: table(RelationRow),
    Segment: table(SegmentRow),
    SegmentMember: table(SegmentMemberRow),
    ServiceContact: table(ServiceContactRow),
    ServiceLevel: table(ServiceLevelRow),
    Tailoring: table(TailoringRow),
    TaxRate: table(TaxRateRow),
    Term: table(TermRow),
    PartNumber: _number,
    PriceList: _list,
    Product: _product,
    Stock: _stock,
}
"""The table of each kind of value; a product's units lie in a table of their own, price conditions in several."""

PRODUCT_TEXTS = ("names", "descriptions", "attributes")
"""The columns of a product that hold JSON objects of texts."""
_UNIT = ("code", "numerator", "denominator", "gtin")
_PRODUCT = tuple(column.name for column in stated(_product))
_SKU = _PRODUCT.index("sku")
_TEXTS = msgspec.json.Decoder(dict[str, str])

V = TypeVar("V", bound=Value)


def _upwards(start: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    up = start.cte("up", recursive=True)
    # Whole rows: PostgreSQL expects a hundred times as many parents as there are, and would not look them up again.
    return select(up.union(select(_account).join(up, up.c.parent == _account.c.account)))


def _downwards(start: Select[str]) -> Select[*tuple[Any, ...]]:
    down = start.cte("down", recursive=True)
    numbers = down.union(select(_account.c.account).join(down, _account.c.parent == down.c.account))
    return select(_account).join(numbers, numbers.c.account == _account.c.account)


def _legally(start: Select[str]) -> Select[*tuple[Any, ...]]:
    down = start.cte("down", recursive=True)
    linked = select(_account.c.account).join(down, _account.c.parent == down.c.account)
    return select(down.union(linked.where(_account.c.parent_kind == "legal")))


# Built once: composing a statement costs more than SQLite takes to run it.
_NUMBERS = select(_account.c.account).where(among(_account.c.account, "numbers"))
_ACCOUNTS = select(_account).where(among(_account.c.account, "numbers"))
_PARENTS = select(_account.c.account, _account.c.parent)
_SUBTREE = _downwards(_NUMBERS)
_BELONGING = _legally(_NUMBERS)
_CHAIN = _upwards(_ACCOUNTS)
_NAMED = union(
    _NUMBERS,
    select(_account.c.account).where(_account.c.parent == bindparam("root")),
    *(
        select(_account.c.account).where(among(key, "identifiers"))
        for key in (_account.c.gln, _account.c.vat_id, _account.c.duns)
    ),
).subquery()
_REGISTER = _upwards(select(_account).join(_NAMED, _NAMED.c.account == _account.c.account))
_PARTIES = select(_party).where(among(_party.c.account, "accounts")).order_by(*_party.primary_key)
_PARTIES_NAMED = select(_party).where(among(_party.c.id, "identifiers")).order_by(*_party.primary_key)
PRODUCTS = (
    select(*stated(_product), *(_unit.c[name] for name in _UNIT))
    .join(_unit, _unit.c.sku == _product.c.sku)
    .order_by(_product.c.sku, _unit.c.position)
)
"""Every product, a row a unit, in order: for `product_values`."""
_PRODUCTS_BY_SKU = PRODUCTS.where(among(_product.c.sku, "skus"))
_ALONE_BY_SKU = select(*stated(_product)).where(among(_product.c.sku, "skus"))
_UNITS_BY_SKU = (
    select(_unit.c.sku, *(_unit.c[name] for name in _UNIT))
    .where(among(_unit.c.sku, "skus"))
    .order_by(_unit.c.sku, _unit.c.position)
)
_BY_GTIN = select(_unit.c.gtin, _unit.c.sku, _unit.c.code).where(among(_unit.c.gtin, "gtins"))
_MANUFACTURER_PARTS = (
    select(_product.c.manufacturer_part, _product.c.sku)
    .where(among(_product.c.manufacturer_part, "numbers"))
    .order_by(_product.c.sku)
)
_PART_NUMBERS = select(_number).where(among(_number.c.number, "numbers"), among(_number.c.account, "chain"))
_LISTS = select(_list).where(among(_list.c.list, "names"))
_LISTS_OF_CONTRACTS = select(_list).where(among(_list.c.contract, "contracts")).order_by(_list.c.list)
_STOCK = select(_stock).where(among(_stock.c.sku, "skus")).order_by(_stock.c.sku, _stock.c.available_on)


class Register(NamedTuple):
    """Accounts and parties that identifiers name: the accounts with all their parents, by number."""

    accounts: dict[str, Account]
    parties: list[AccountParty]


class Trade:
    """Reads trade data on one connection, as it is or as it was when the data sequence was at the number `as_of`.

    What it gives out are values of `gateway.model`.
    """

    def __init__(self, db: Connection, as_of: int | None = None) -> None:
        self._db = db if as_of is None else past(db, as_of)
        self._as_of = as_of
        self._conditions = Conditions(db, as_of)

    def data_seq(self) -> int:
        """The number of the last change of what is read, 0 before the first."""
        return self.numbers().last

    def numbers(self) -> Numbers:
        """The numbers of the last changes of what is read."""
        return numbers(self._db) if self._as_of is None else Numbers(self._as_of, self._as_of)

    def accounts(self, numbers: Collection[str]) -> dict[str, Account]:
        """These accounts, by number."""
        return self._accounts(_ACCOUNTS, numbers=numbers)

    def existing_accounts(self, numbers: Collection[str]) -> frozenset[str]:
        """Those of the numbers that are accounts."""
        return frozenset(self._db.execute(_NUMBERS, {"numbers": numbers}).scalars())

    def parents(self) -> dict[str, str | None]:
        """Every account's parent."""
        return {row.account: row.parent for row in self._db.execute(_PARENTS)}

    def subtree(self, number: str) -> dict[str, Account]:
        """The account and everything below it, by number."""
        return self._accounts(_SUBTREE, numbers=[number])

    def chain(self, number: str) -> list[Account]:
        """The account and its parents, nearest first; a circle ends where it closes."""
        found = self._accounts(_CHAIN, numbers=[number])
        chain: list[Account] = []
        following: str | None = number
        while following in found:
            chain.append(found.pop(following))
            following = chain[-1].parent
        return chain

    def belonging(self, number: str) -> tuple[str, ...]:
        """The account and those that belong to it by legal links, by number; members of a buying group do not."""
        return tuple(sorted(self._db.execute(_BELONGING, {"numbers": [number]}).scalars()))

    def segments_of(self, account: str, on: date) -> tuple[str, ...]:
        """The account's segments on the day, the highest priority first: by rule, and the one it names itself."""
        return ranked_segments(self._db, account, on)

    def parties(self, accounts: Collection[str]) -> list[AccountParty]:
        """The parties of these accounts."""
        return values(AccountParty, self._db.execute(_PARTIES, {"accounts": accounts}))

    def register(self, identifiers: Collection[str], root: str | None = None) -> Register:
        """What the identifiers name: parties, and accounts by number, GLN, VAT number or DUNS, with all their parents.

        The root (the partner's account) and what stands directly below it are there too.
        """
        parties = values(AccountParty, self._db.execute(_PARTIES_NAMED, {"identifiers": identifiers}))
        numbers = {party.account for party in parties} | ({root} if root else set()) | set(identifiers)
        return Register(self._accounts(_REGISTER, numbers=numbers, identifiers=identifiers, root=root), parties)

    def products_by_sku(self, skus: Collection[str]) -> dict[str, Product]:
        """These products with their units, the base unit first, by SKU."""
        named = {"skus": skus}
        if self._as_of is None:
            rows: Iterable[Sequence[Any]] = self._db.execute(_PRODUCTS_BY_SKU, named).all()
        else:
            # As they were, SQLite would join all there are before it looks for these.
            units: dict[str, list[Sequence[Any]]] = {}
            for sku, *unit in self._db.execute(_UNITS_BY_SKU, named):
                units.setdefault(sku, []).append(unit)
            alone = self._db.execute(_ALONE_BY_SKU, named)
            rows = [(*product, *unit) for product in alone for unit in units.get(product[_SKU], ())]
        return {product.sku: product for product in product_values(rows)}

    def by_gtin(self, gtins: Collection[str]) -> dict[str, tuple[str, str]]:
        """SKU and unit that each of these GTINs names, as they are written in the store."""
        return {gtin: (sku, code) for gtin, sku, code in self._db.execute(_BY_GTIN, {"gtins": gtins})}

    def manufacturer_parts(self, numbers: Collection[str]) -> dict[str, list[str]]:
        """The SKUs that bear each of these manufacturers' part numbers."""
        found: dict[str, list[str]] = {}
        for number, sku in self._db.execute(_MANUFACTURER_PARTS, {"numbers": numbers}):
            found.setdefault(number, []).append(sku)
        return found

    def part_numbers(self, chain: Sequence[str], numbers: Collection[str]) -> dict[str, list[PartNumber]]:
        """The entries of these customers' numbers: the account nearest in the chain first, there the newest first."""
        entries = values(PartNumber, self._db.execute(_PART_NUMBERS, {"numbers": numbers, "chain": chain}))
        nearness = {account: rank for rank, account in enumerate(chain)}
        entries.sort(key=lambda each: each.valid_from or date.min, reverse=True)
        entries.sort(key=lambda each: nearness[each.account])
        found: dict[str, list[PartNumber]] = {}
        for entry in entries:
            found.setdefault(entry.number, []).append(entry)
        return found

    def conditions(
        self, subjects: Collection[str], objects: Collection[str], on: date | None = None
    ) -> list[PriceCondition]:
        """The price conditions of any of the subjects on any of the objects, valid on the day when one is given."""
        return self._conditions.of(subjects, objects, on)

    def condition_rows(self, subjects: Collection[str], objects: Collection[str], on: date) -> list[ConditionRow]:
        """The same valid on the day as they lie in the store, for many at once; `forms` says what their forms state."""
        return self._conditions.rows(subjects, objects, on)

    def forms(self, numbers: Collection[int]) -> dict[int, str]:
        """What the forms of these numbers state."""
        return self._conditions.forms(numbers)

    def conditions_by_key(self, keys: Collection[str]) -> dict[str, PriceCondition]:
        """The price conditions of these keys, as they stand now."""
        return self._conditions.by_key(keys)

    def lists(self, names: Collection[str]) -> dict[str, PriceList]:
        """These price lists, by name."""
        return {each.list: each for each in values(PriceList, self._db.execute(_LISTS, {"names": names}))}

    def contracts(self, numbers: Collection[str]) -> dict[str, list[PriceList]]:
        """The price lists of these contracts, by the contract's number."""
        found: dict[str, list[PriceList]] = {}
        for each in values(PriceList, self._db.execute(_LISTS_OF_CONTRACTS, {"contracts": numbers})):
            found.setdefault(each.contract or "", []).append(each)
        return found

    def stock(self, skus: Collection[str]) -> dict[str, list[Stock]]:
        """What is free of these products, the earliest day first; a product without stock records is not there."""
        found: dict[str, list[Stock]] = {}
        for entry in values(Stock, self._db.execute(_STOCK, {"skus": skus})):
            found.setdefault(entry.sku, []).append(entry)
        return found

    def _accounts(
        self, query: Select[*tuple[Any, ...]], **parameters: Collection[str] | str | None
    ) -> dict[str, Account]:
        return {each.account: each for each in values(Account, self._db.execute(query, parameters))}


def every(db: Connection, kind: type[V]) -> Generator[V, None, None]:
    """Every stored value of this kind by its key, a few at a time; who stops before the end closes it."""
    if kind is Product:
        with db.execute(PRODUCTS.execution_options(yield_per=1_000)) as rows:
            yield from product_values(rows)  # type: ignore[misc]
        return
    if kind is PriceCondition:
        yield from Conditions(db).every()  # type: ignore[misc]
        return
    columns = TABLES[kind]
    query = select(*stated(columns)).order_by(*columns.primary_key).execution_options(yield_per=1_000)
    with db.execute(query) as rows:
        for row in rows.mappings():
            yield kind(**row)


def values(kind: type[V], rows: Result[*tuple[Any, ...]]) -> list[V]:
    """The rows as values of this kind: columns are its fields, but for the number of the change."""
    names = tuple(rows.keys())
    if UPDATED not in names:
        return [kind(**dict(zip(names, row, strict=True))) for row in rows]
    fields = [(name, position) for position, name in enumerate(names) if name != UPDATED]
    return [kind(**{name: row[position] for name, position in fields}) for row in rows]


def product_values(rows: Iterable[Sequence[Any]]) -> Iterator[Product]:
    """Products from the rows of `PRODUCTS`."""
    width = len(_PRODUCT)
    for _, group in groupby(rows, key=itemgetter(_SKU)):
        units = list(group)
        # What is absent need not be said: most of what an article may have, few have.
        columns = {name: cell for name, cell in zip(_PRODUCT, units[0], strict=False) if cell is not None}
        for name in PRODUCT_TEXTS:
            texts = columns.pop(name)
            if texts != "{}":
                columns[name] = _TEXTS.decode(texts)
        yield Product(**columns, units=tuple([_sold_in(*row[width:]) for row in units]))


def _sold_in(code: str, numerator: int, denominator: int, gtin: str | None) -> Unit:
    return Unit(code=code, numerator=numerator, denominator=denominator, gtin=gtin)
