"""The catalogue as values: assortments, relations and texts of whole sets of articles in one query each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, bindparam, select, union, union_all

from gateway.model.account import Contact, ServiceContact, ServiceLevel
from gateway.model.assortment import RULES, AssortmentEntry
from gateway.model.catalogue import Relation, Tailoring
from gateway.model.product import PartNumber, Product, Unit, category_paths
from gateway.store.lookup import among
from gateway.store.tables import table
from gateway.store.trade import PRODUCTS, TABLES, product_values, values
from gateway.store.trade_tables import ProductRow, ProductUnitRow

ROWS_AT_ONCE = 1_000

_product = table(ProductRow)
_entry, _relation, _tailoring = TABLES[AssortmentEntry], TABLES[Relation], TABLES[Tailoring]
_number, _contact = TABLES[PartNumber], TABLES[Contact]
_level, _server = TABLES[ServiceLevel], TABLES[ServiceContact]

_ENTRIES = select(_entry).where(among(_entry.c.assortment, "assortments")).order_by(_entry.c.scope)
_ASSIGNMENTS = select(_entry).where(among(_entry.c.scope, "subjects"), _entry.c.effect.is_not(None))
_ALL_MEMBERS = _ENTRIES.where(_entry.c.effect.is_(None))
_MEMBERS = _ALL_MEMBERS.where(among(_entry.c.scope, "scopes"))
# Found by what their scopes begin with, which the key is in the order of: an assortment may name a great many articles.
_RULED = select(_entry).where(
    _entry.c.scope >= RULES, _entry.c.scope < f"{RULES}~", among(_entry.c.assortment, "assortments")
)
_MEMBERS_AND_RULES = union_all(_MEMBERS.order_by(None), _RULED)
_MODES = select(_entry.c.assortment, _entry.c.mode).where(among(_entry.c.assortment, "assortments")).distinct()
_RELATIONS = (
    select(_relation)
    .where(among(_relation.c.product, "skus"))
    .order_by(_relation.c.product, _relation.c.kind, _relation.c.related)
)
_SUCCESSORS = select(_product.c.sku, _product.c.successor).where(
    among(_product.c.sku, "skus"), _product.c.successor.is_not(None)
)
_SUCCEEDED = select(_relation.c.product, _relation.c.related).where(
    among(_relation.c.product, "skus"), _relation.c.kind == "successor"
)
_TAILORING = select(_tailoring).where(among(_tailoring.c.product, "skus"), among(_tailoring.c.subject, "subjects"))
_NUMBERS = (
    select(_number)
    .where(among(_number.c.product, "skus"), among(_number.c.account, "chain"))
    .order_by(_number.c.number, _number.c.valid_from)
)
_IS_ACTIVE = (_product.c.status == "active", _product.c.sku > bindparam("after"))
_ACTIVE = PRODUCTS.where(*_IS_ACTIVE).execution_options(yield_per=ROWS_AT_ONCE)
_PRICED = (
    "sku", "name", "base_unit", "unspsc", "eclass", "category", "family", "brand", "price_group", "weight_kg"
)  # fmt: skip
_unit = table(ProductUnitRow)
_ACTIVE_PRICED = (
    select(*(_product.c[name] for name in _PRICED), _unit.c.code, _unit.c.numerator, _unit.c.denominator)
    .join(_unit, _unit.c.sku == _product.c.sku)
    .where(*_IS_ACTIVE)
    .order_by(_product.c.sku, _unit.c.position)
    .execution_options(yield_per=ROWS_AT_ONCE)
)
_CATEGORIES = select(_product.c.category).where(_product.c.category.is_not(None)).distinct()
_HELD = union(
    select(_product.c.sku).where(among(_product.c.brand, "brands")),
    select(_product.c.sku).where(among(_product.c.category, "categories")),
)
_LISTED = _ACTIVE.where(among(_product.c.sku, "listed"))
_LISTED_PRICED = _ACTIVE_PRICED.where(among(_product.c.sku, "listed"))
_CONTACTS = select(_contact).where(among(_contact.c.account, "accounts")).order_by(_contact.c.account, _contact.c.name)
_LEVELS = select(_level).where(among(_level.c.service_level, "names"))
_SERVERS = select(_server).where(among(_server.c.subject, "subjects")).order_by(_server.c.precedence, _server.c.name)


class Catalogue:
    """Reads the catalogue on one connection; what it gives out are values of `gateway.model`."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def assignments(self, subjects: Collection[str]) -> list[AssortmentEntry]:
        """The assignments of assortments to any of these subjects."""
        return values(AssortmentEntry, self._db.execute(_ASSIGNMENTS, {"subjects": subjects}))

    def members(self, assortments: Collection[str], scopes: Collection[str] | None = None) -> list[AssortmentEntry]:
        """The members of these assortments, or only those that are one of the scopes; `RULES` means every rule."""
        named: dict[str, Collection[str]] = {"assortments": assortments}
        if scopes is None:
            return values(AssortmentEntry, self._db.execute(_ALL_MEMBERS, named))
        query = _MEMBERS_AND_RULES if RULES in scopes else _MEMBERS
        return values(AssortmentEntry, self._db.execute(query, named | {"scopes": scopes}))

    def modes(self, assortments: Collection[str]) -> dict[str, str]:
        """The mode of each of these assortments that there is."""
        return {row.assortment: row.mode for row in self._db.execute(_MODES, {"assortments": assortments})}

    def successors(self, skus: Collection[str]) -> tuple[dict[str, str | None], dict[str, set[str]]]:
        """What succeeds these products and those in turn: by their own column, and by relation."""
        own: dict[str, str | None] = {}
        related: dict[str, set[str]] = {}
        ahead = set(skus)
        while ahead:
            following: set[str] = set()
            for sku, successor in self._db.execute(_SUCCESSORS, {"skus": ahead}):
                own[sku] = successor
                following.add(successor)
            for sku, successor in self._db.execute(_SUCCEEDED, {"skus": ahead}):
                related.setdefault(sku, set()).add(successor)
                following.add(successor)
            ahead = following - own.keys() - related.keys()
        return own, related

    def held(self, scopes: Collection[str]) -> frozenset[str]:
        """The SKUs that these scopes of an assortment mean; a category with all below it."""
        parts = [scope.partition(":") for scope in scopes]
        skus = {name for kind, _, name in parts if kind == "product"}
        brands = [name for kind, _, name in parts if kind == "brand"]
        named = {name for kind, _, name in parts if kind == "category"}
        categories: list[str] = []
        if named:
            known = self._db.execute(_CATEGORIES).scalars()
            categories = [each for each in known if not named.isdisjoint(category_paths(each))]
        if brands or categories:
            skus.update(self._db.execute(_HELD, {"brands": brands, "categories": categories}).scalars())
        return frozenset(skus)

    def products(self, after: str = "", listed: Collection[str] | None = None) -> Iterator[Product]:
        """The active products after a SKU, or the listed of them, in the order of SKUs, a few at a time."""
        query = _ACTIVE if listed is None else _LISTED
        with closing(self._db.execute(query, {"after": after, "listed": listed})) as rows:
            yield from product_values(rows)

    def priced(self, after: str = "", listed: Collection[str] | None = None) -> Iterator[Product]:
        """The same with no more of them than their names, and what prices depend on: units without their GTIN."""
        query = _ACTIVE_PRICED if listed is None else _LISTED_PRICED
        width = len(_PRICED)
        with closing(self._db.execute(query, {"after": after, "listed": listed})) as rows:
            for _, group in groupby(rows, key=itemgetter(0)):
                found = list(group)
                units = tuple([_sized(*row[width:]) for row in found])
                yield Product(**dict(zip(_PRICED, found[0], strict=False)), units=units)

    def relations(self, skus: Collection[str]) -> dict[str, list[Relation]]:
        """What each of these articles is related to."""
        found: dict[str, list[Relation]] = {}
        for each in values(Relation, self._db.execute(_RELATIONS, {"skus": skus})):
            found.setdefault(each.product, []).append(each)
        return found

    def tailoring(self, subjects: Collection[str], skus: Collection[str]) -> dict[str, list[Tailoring]]:
        """The texts of each of these articles for any of the subjects."""
        found: dict[str, list[Tailoring]] = {}
        for each in values(Tailoring, self._db.execute(_TAILORING, {"subjects": subjects, "skus": skus})):
            found.setdefault(each.product, []).append(each)
        return found

    def numbers_of(self, chain: Collection[str], skus: Collection[str]) -> dict[str, list[PartNumber]]:
        """The own numbers that any of these accounts has for each of the articles."""
        found: dict[str, list[PartNumber]] = {}
        for each in values(PartNumber, self._db.execute(_NUMBERS, {"chain": chain, "skus": skus})):
            found.setdefault(each.product, []).append(each)
        return found

    def contacts(self, accounts: Collection[str]) -> list[Contact]:
        """The people at these accounts."""
        return values(Contact, self._db.execute(_CONTACTS, {"accounts": accounts}))

    def service_levels(self, names: Collection[str]) -> dict[str, ServiceLevel]:
        """These service levels, by name."""
        found = values(ServiceLevel, self._db.execute(_LEVELS, {"names": names}))
        return {each.service_level: each for each in found}

    def service_contacts(self, subjects: Collection[str]) -> list[ServiceContact]:
        """Who serves any of these subjects, the least precedence first."""
        return values(ServiceContact, self._db.execute(_SERVERS, {"subjects": subjects}))


# The same few units are those of all articles.
@lru_cache(maxsize=4096)
def _sized(code: str, numerator: int, denominator: int) -> Unit:
    return Unit(code=code, numerator=numerator, denominator=denominator)
