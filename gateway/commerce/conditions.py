"""The price conditions that apply to a request, each with its place in the order of precedence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from gateway.commerce.units import base_units, exact
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product

_ZERO, _ONE = Fraction(0), Fraction(1)
_HUNDRED = Decimal(100)
PERCENT = frozenset({"DISC_PCT", "SURCH_PCT"})
DEFAULT_STEPS = {"DISC_PCT": 20, "DISC_ABS": 30, "SURCH_PCT": 40, "SURCH_ABS": 50}
TIERS = ("quote", "contract cited", "contract", "erp_net", "other")


class PriceContext(NamedTuple):
    """For whom and when a price is asked. `subjects` are ranked, the nearest first."""

    account: str
    subjects: tuple[str, ...]
    on: date
    currency: str
    contract: str | None = None
    policy: str = "priority"
    quote: str | None = None


class Request(NamedTuple):
    """One question for a price, with everything the answer depends on.

    `base_quantity` is the quantity in base units, None where the product lacks the unit.
    """

    context: PriceContext
    product: Product
    quantity: Decimal
    unit: str
    base_quantity: Fraction | None
    conditions: Sequence[PriceCondition]
    lists: Mapping[str, PriceList]


class Refusal(StrEnum):
    """Why a condition does not apply."""

    CURRENCY = "other currency"
    VALIDITY = "not valid on the day"
    INACTIVE = "list inactive"
    GROSS = "list with tax included"
    UNIT = "no way to the base unit"


class Access(NamedTuple):
    """Where a condition stands: less is nearer."""

    tier: int
    subject: int
    object: int


class Offer(NamedTuple):
    """A condition that concerns the request. `scale` is in base units."""

    condition: PriceCondition
    list: PriceList
    access: Access
    refusal: Refusal | None
    scale: Fraction

    @property
    def age(self) -> tuple[int, date]:
        """What orders ladders inside one access: the list's priority, then the day they begin."""
        return self.list.priority, self.condition.valid_from or date.min

    @property
    def place(self) -> tuple[int, str]:
        """When a discount or surcharge is applied: step, then type."""
        condition = self.condition
        return DEFAULT_STEPS.get(condition.type, 0) if condition.step is None else condition.step, condition.type

    @property
    def row_key(self) -> tuple[str, str, str]:
        """The last word in the total order, made of what the user sees."""
        condition = self.condition
        return condition.list, condition.contract_line or "", condition.key


def objects(product: Product) -> tuple[str, ...]:
    """What a condition may name to mean this product, the nearest first; a category's path the deepest first."""
    names = [f"product:{product.sku}"]
    if product.family:
        names.append(f"family:{product.family}")
    path = product.category.split("/") if product.category else []
    names += [f"category:{'/'.join(path[:depth])}" for depth in range(len(path), 0, -1)]
    if product.price_group:
        names.append(f"price-group:{product.price_group}")
    if product.brand:
        names.append(f"brand:{product.brand}")
    if product.unspsc:
        names.append(f"class:unspsc/{product.unspsc}")
    if product.eclass:
        names.append(f"class:eclass/{product.eclass}")
    return (*names, "all")


def offers(request: Request) -> list[Offer]:
    """Every condition that names one of the request's subjects and objects, refused ones included."""
    subjects, context = request.context.subjects, request.context
    ranks = {name: rank for rank, name in enumerate(objects(request.product))}
    found = []
    for condition in request.conditions:
        rank = ranks.get(condition.object)
        if rank is not None and condition.subject in subjects:
            rate = request.lists.get(condition.list) or _unregistered(condition.list)
            scale = _scale(condition, request.product)
            access = Access(_tier(condition, rate, context), subjects.index(condition.subject), rank)
            refusal = Refusal.UNIT if scale is None else _refusal(condition, rate, request)
            found.append(Offer(condition, rate, access, refusal, scale or _ZERO))
    return found


@lru_cache(maxsize=1024)
def _unregistered(name: str) -> PriceList:
    """A list nobody described: net, active, without a period."""
    return PriceList(list=name)


def in_access(found: Iterable[Offer]) -> list[list[Offer]]:
    """The offers by access, the nearest access first."""
    groups: dict[Access, list[Offer]] = {}
    for offer in found:
        groups.setdefault(offer.access, []).append(offer)
    return [groups[access] for access in sorted(groups)]


def reached(access: Sequence[Offer], quantity: Fraction, product: Product) -> Offer | None:
    """The row of the access' newest ladder that the quantity reaches; ladders never mix."""
    steps = [offer for offer in newest(access) if offer.scale <= quantity]
    if len(steps) < 2:
        return steps[0] if steps else None
    return min(steps, key=lambda offer: (-offer.scale, rate(offer.condition, product), offer.row_key))


def newest(access: Sequence[Offer]) -> list[Offer]:
    """The ladder that counts inside one access: of the first list in priority, the one that began last."""
    if len(access) == 1:
        return list(access)
    age = max(offer.age for offer in access)
    return [offer for offer in access if offer.age == age]


def rate(condition: PriceCondition, product: Product) -> Fraction:
    """The condition's value for one base unit: money, or a fraction of one for percentages."""
    if condition.type in PERCENT:
        return _quotient(condition.amount, _HUNDRED, _ONE)
    factor = base_units(product, condition.unit) if condition.unit else None
    return _quotient(condition.amount, condition.per, _ONE if factor is None else factor)


@lru_cache(maxsize=65536)
def _quotient(amount: Decimal, per: Decimal, size: Fraction) -> Fraction:
    """The amount for one base unit; remembered, since a price is asked for again and again."""
    return Fraction(amount) / (Fraction(per) * size)


def _scale(condition: PriceCondition, product: Product) -> Fraction | None:
    """The quantity from which the condition holds, in base units; None where one of its units is not the product's."""
    unit = condition.unit
    if unit and base_units(product, unit) is None:
        return None
    if not condition.min_quantity:
        return _ZERO
    code = condition.scale_unit or unit
    factor = base_units(product, code) if code else _ONE
    return None if factor is None else exact(condition.min_quantity) * factor


def _refusal(condition: PriceCondition, rate: PriceList, request: Request) -> Refusal | None:
    """Why the condition does not apply to the request, None where it does."""
    context = request.context
    currency = condition.currency or (None if condition.type in PERCENT else rate.currency)
    if currency and currency != context.currency:
        return Refusal.CURRENCY
    if rate.status != "active":
        return Refusal.INACTIVE
    if rate.tax != "net" and condition.type not in PERCENT:
        return Refusal.GROSS
    if _valid(condition.valid_from, context.on, condition.valid_to) and _valid(
        rate.valid_from, context.on, rate.valid_to
    ):
        return None
    return Refusal.VALIDITY


def _valid(first: date | None, on: date, last: date | None) -> bool:
    """Whether the day is none of those before the first or after the last."""
    return (first is None or first <= on) and (last is None or on <= last)


def _tier(condition: PriceCondition, rate: PriceList, context: PriceContext) -> int:
    """The tier of the condition, as an index of TIERS."""
    contract = condition.contract or rate.contract
    if rate.kind == "quote":
        return 0 if context.quote and context.quote in (rate.list, contract) else 4
    if contract and contract == context.contract:
        return 1
    if contract or rate.kind == "contract":
        return 2
    return 3 if rate.kind == "erp_net" else 4
