"""The price list of an account: everything it may buy with its prices, a few articles at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice, repeat
from operator import itemgetter
from typing import TypeAlias

from gateway.commerce.basket import PriceBook
from gateway.commerce.conditions import Finder, Wanted, objects
from gateway.commerce.found import Found
from gateway.commerce.price_plans import Listed, Plan, Tier, plan_of, priced, tiers_of
from gateway.commerce.pricing import PriceAnswer, answer_to
from gateway.commerce.scales import request_of
from gateway.model.price import PriceCondition
from gateway.model.product import Product
from gateway.pipeline.assortment import permitted_products
from gateway.pipeline.desk import Asked, PriceDesk
from gateway.pipeline.snapshot import Snapshot
from gateway.store.condition_queries import ConditionRow
from gateway.store.conditions import of_row
from gateway.tabular.writer import csv_cell, csv_line

FIRST, AT_ONCE = 50, 1_000
MAX_PLANS = 50_000
COLUMNS = (
    "product", "name", "min_quantity", "unit", "unit_price", "price_unit", "price_uom", "currency", "valid_from",
    "valid_to", "above", "code",
)  # fmt: skip
"""`unit_price` is for `price_unit` of `price_uom`, from `min_quantity` of `unit` on; `code`: why there is none.

Where `above` is filled, only what lies above so many of `unit` has the price.
"""

_Shape: TypeAlias = tuple[object, ...]
_Common: TypeAlias = tuple[str | None, ...]
# What makes articles alike: all of a row but its object, amount and key; what changes a price, with its amount.
_PRICE, _CHANGE = itemgetter(*range(1, 8)), itemgetter(*range(1, 9))
_ORDER = itemgetter(1, 2, 3)


def price_list(snapshot: Snapshot, asked: Asked, after: str = "") -> Iterator[Listed]:
    """Every article that the account may buy, in the order of SKUs from the one after a SKU on, with its prices.

    They are those that the price desk answers for each quantity of base units, bought alone.
    """
    desk = PriceDesk(snapshot, asked)
    shop = _Listing(snapshot, desk)
    products = permitted_products(snapshot, desk.buyer, after, for_prices=True)
    # The first ones come at once, and those after them together.
    for most in chain([FIRST], repeat(AT_ONCE)):
        chunk = list(islice(products, most))
        if not chunk:
            return
        yield from shop.listed(chunk)


def as_csv(listed: Iterable[Listed], currency: str) -> Iterator[str]:
    """The list as CSV lines with a header: a line for each quantity a price begins at, one where there is none."""
    yield csv_line(COLUMNS)
    # Most of a line is that of the line before: what may need quotes is looked at once an article, numbers never are.
    currency = csv_cell(currency)
    for each in listed:
        product = each.product
        head, unit = f"{csv_cell(product.sku)},{csv_cell(product.name)}", csv_cell(product.base_unit)
        if each.code:
            yield f"{head}{',' * (len(COLUMNS) - 2)}{each.code}\r\n"
        for tier in each.tiers:
            quantity, price, per, uom, first, last, above = _texts(tier)
            yield f"{head},{quantity},{unit},{price},{per},{csv_cell(uom)},{currency},{first},{last},{above},\r\n"


def as_object(listed: Listed, currency: str) -> dict[str, object]:
    """An article of the list as one JSON object; all numbers are strings."""
    unit = listed.product.base_unit
    told: dict[str, object] = {"product": listed.product.sku, "name": listed.product.name}
    if listed.code:
        return told | {"code": listed.code}
    return told | {"tiers": [_tier(tier, unit, currency) for tier in listed.tiers]}


def _tier(tier: Tier, unit: str, currency: str) -> dict[str, str]:
    """A price as a JSON object: what is filled of its cells."""
    quantity, price, per, uom, *rest = _texts(tier)
    cells = (quantity, unit, price, per, uom, currency, *rest)
    return {name: cell for name, cell in zip(COLUMNS[2:-1], cells, strict=True) if cell}


def _texts(tier: Tier) -> tuple[str, ...]:
    """What a price states, in its order; its numbers are without exponent and trailing zeros."""
    quantity, price, per, unit, first, last, above = tier
    return (
        str(quantity), str(price), str(per), unit, first.isoformat() if first else "",
        last.isoformat() if last else "", "" if above is None else str(above),
    )  # fmt: skip


class _Listing:
    """Prices articles for one account; what it learnt of one it knows of those that are like it."""

    def __init__(self, snapshot: Snapshot, desk: PriceDesk) -> None:
        self._snapshot = snapshot
        self._desk = desk
        self._stated: dict[int, str] = {}
        self._prices: set[int] = set()
        self._shared: dict[str, list[ConditionRow]] = {}
        self._groups: dict[_Common, tuple[int, list[ConditionRow]]] = {}
        self._by_rows: dict[tuple[int, ...], int] = {}
        self._plans: dict[_Shape, Plan | None] = {}
        self._together: frozenset[str] = frozenset()

    def listed(self, products: Sequence[Product]) -> Iterator[Listed]:
        """The articles with their prices, in order."""
        # What it names is asked for twice, and made once.
        named = [_common(product) for product in products]
        own = self._read(products, named)
        self._together = frozenset(product.sku for product in products)
        if len(self._plans) > MAX_PLANS:
            self._plans.clear()
        for product, common in zip(products, named, strict=True):
            group, shared = self._groups.get(common) or self._group(product, common)
            yield self._listed(product, own.get(product.sku, []), group, shared)

    def _listed(self, product: Product, own: list[ConditionRow], group: int, shared: Sequence[ConditionRow]) -> Listed:
        if len(own) > 1:
            own.sort(key=_ORDER)
        prices = self._prices
        rows = tuple([_PRICE(row) if row.form in prices else _CHANGE(row) for row in own])
        units = tuple([(unit.code, unit.numerator, unit.denominator) for unit in product.units])
        shape = (group, rows, product.base_unit, units)
        plan = self._plans.get(shape)
        if plan is None and shape not in self._plans:
            plan = self._plans[shape] = self._planned(product, own, shared)
        if plan is not None:
            tiers = priced(plan, product, [row.amount_e6 for row in own])
            if tiers:
                return Listed(product, tiers)
        return tiers_of(self._asking(product, [self._condition(row) for row in (*own, *shared)]))

    def _planned(self, product: Product, own: Sequence[ConditionRow], shared: Sequence[ConditionRow]) -> Plan | None:
        if any(row.further for row in (*own, *shared)):
            return None
        conditions = [self._condition(row) for row in own]
        return plan_of(product, conditions, self._asking(product, [*conditions, *map(self._condition, shared)]))

    def _asking(self, product: Product, conditions: Sequence[PriceCondition]) -> Callable[[Decimal], PriceAnswer]:
        """What answers for a quantity of base units of the article, as the desk does for one line."""
        by_object: dict[str, list[PriceCondition]] = {}
        for condition in conditions:
            by_object.setdefault(condition.object, []).append(condition)
        lists = self._snapshot.lists({condition.list for condition in conditions})
        wanted = Wanted(product, Decimal(1), product.base_unit)
        context = self._desk.with_volumes(PriceBook(by_object, lists), [wanted], self._together)
        request = request_of(context, wanted)
        found = Found(Finder(request.context, lists).offers(wanted, by_object))
        return lambda quantity: answer_to(request.of(quantity), found)

    def _read(self, products: Sequence[Product], named: Sequence[_Common]) -> dict[str, list[ConditionRow]]:
        """The articles' own conditions by SKU; those of what several have in common are kept from then on."""
        names = {f"product:{product.sku}" for product in products}
        new = dict(zip(named, products, strict=True))
        common = {name for key, each in new.items() if key not in self._groups for name in objects(each)[1:]}
        common -= self._shared.keys()
        self._shared.update((name, []) for name in common)
        context = self._desk.context
        rows = self._snapshot.trade.condition_rows(context.subjects, names | common, context.on)
        own: dict[str, list[ConditionRow]] = {}
        for row in rows:
            if row.object in names:
                own.setdefault(row.object[len("product:") :], []).append(row)
            else:
                self._shared[row.object].append(row)
        self._know({row.form for row in rows})
        return own

    def _know(self, forms: Iterable[int]) -> None:
        unknown = [form for form in forms if form not in self._stated]
        if unknown:
            self._stated |= self._snapshot.trade.forms(unknown)
            self._prices.update(form for form in unknown if '"type":"PRICE"' in self._stated[form])

    def _group(self, product: Product, named: _Common) -> tuple[int, list[ConditionRow]]:
        """The conditions on what the article has in common with others, and the number of this set of conditions."""
        rows = [row for name in objects(product)[1:] for row in self._shared.get(name, ())]
        number = self._by_rows.setdefault(tuple(map(id, rows)), len(self._by_rows))
        self._groups[named] = number, rows
        return number, rows

    def _condition(self, row: ConditionRow) -> PriceCondition:
        return of_row(row, self._stated[row.form])


def _common(product: Product) -> _Common:
    """What of an article conditions may name that others have too."""
    return product.family, product.category, product.price_group, product.brand, product.unspsc, product.eclass
