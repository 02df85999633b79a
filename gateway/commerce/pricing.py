"""The agreed price of a quantity of an article for an account, with how it came about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import chain, islice, pairwise
from typing import NamedTuple

from gateway.commerce import parties
from gateway.commerce.conditions import (
    DEFAULT_STEPS,
    PERCENT,
    Offer,
    PriceContext,
    Request,
    in_access,
    objects,
    offers,
    rate,
    reached,
)
from gateway.commerce.trace import trace
from gateway.commerce.units import base_units, convert, exact
from gateway.model.account import Account
from gateway.model.money import round_half_up, round_money
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product
from gateway.model.quantity import shortest

__all__ = ["PriceAnswer", "PriceCode", "PriceContext", "PriceUnit", "objects", "publish", "resolve", "subjects"]

_POWERS = tuple(Decimal(10**power) for power in range(5))
# Unit prices travel with at most four decimals: more does not fit the partners' fields.
_DECIMALS = 4


class PriceCode(StrEnum):
    """Why there is no price."""

    NO_PRICE = "NO_PRICE"
    ERP_ASK = "ERP_ASK"
    NOT_IN_ASSORTMENT = "NOT_IN_ASSORTMENT"
    NO_UOM_PATH = "NO_UOM_PATH"
    PRODUCT_UNKNOWN = "PRODUCT_UNKNOWN"
    NEGATIVE = "NEGATIVE"


class PriceUnit(NamedTuple):
    """What a unit price is for: `per` of `unit`, together `size` base units."""

    per: Decimal
    unit: str
    size: Fraction


class Change(NamedTuple):
    """A discount or surcharge that applies, and the list price where it counts from that."""

    offer: Offer
    list_price: Fraction | None


class Priced(NamedTuple):
    """The price of one base unit that a base price and its discounts and surcharges come to."""

    base: Offer
    exact: Fraction
    steps: tuple[Offer, ...]


class PriceAnswer(NamedTuple):
    """A price, or the code of why there is none. `exact` is the price of one base unit, `net` the line's amount.

    `winner` gave the base price, `steps` changed it, `found` are all conditions that concern the request.
    """

    request: Request
    code: PriceCode | None = None
    net: Decimal | None = None
    unit_price: Decimal | None = None
    price_unit: Decimal = Decimal(1)
    unit: str = ""
    currency: str = ""
    exact: Fraction = Fraction(0)
    winner: Offer | None = None
    steps: tuple[Offer, ...] = ()
    found: tuple[Offer, ...] = ()

    def at(self, quantity: Decimal) -> PriceAnswer:
        """The answer to the same question for another quantity of the same unit."""
        request = self.request
        if quantity == request.quantity:
            return self
        if self.code is PriceCode.NOT_IN_ASSORTMENT:
            return outside(request.context, request.product, quantity, request.unit)
        base = convert(request.product, quantity, request.unit, request.product.base_unit)
        # Which conditions concern a request does not depend on its quantity.
        return _answer(request._replace(quantity=quantity, base_quantity=base), self.found)

    def trace(self) -> dict[str, object]:
        """How the price came about, as one JSON object; all numbers are strings."""
        return trace(self)


def subjects(account: Account, accounts: Mapping[str, Account], channel: str | None = None) -> tuple[str, ...]:
    """Whom a condition may name to mean this account, the nearest first.

    Parents hand their prices down up to the first link of kind `delivery`.
    """
    names, groups = [f"account:{account.account}"], []
    for child, parent in pairwise(parties.chain(account, accounts)):
        if child.parent_kind == "delivery":
            break
        names.append(f"account:{parent.account}")
        if child.parent_kind == "buying_group":
            groups.append(f"buying-group:{parent.account}")
    further = (("segment", account.segment), ("price-group", account.price_group), ("channel", channel))
    return (*names, *groups, *(f"{kind}:{value}" for kind, value in further if value), "all")


def resolve(
    context: PriceContext,
    product: Product,
    quantity: Decimal,
    unit: str,
    conditions: Sequence[PriceCondition],
    lists: Mapping[str, PriceList],
) -> PriceAnswer:
    """The price of the quantity in the unit; the same for any order of the conditions."""
    base = convert(product, quantity, unit, product.base_unit)
    request = Request(context, product, quantity, unit, base, conditions, lists)
    return _answer(request, tuple(offers(request)))


def outside(context: PriceContext, product: Product, quantity: Decimal, unit: str) -> PriceAnswer:
    """The answer about an article that the account may not buy: no price, and nothing of how one would come about."""
    return PriceAnswer(Request(context, product, quantity, unit, None, (), {}), PriceCode.NOT_IN_ASSORTMENT)


def publish(exact: Fraction, wanted: Sequence[PriceUnit], ordered: PriceUnit) -> tuple[Decimal, PriceUnit]:
    """The price of one base unit stated for the first price unit in which four decimals are exact.

    `wanted` come first, then powers of ten of the `ordered` unit. Where none is exact the first wanted leads, rounded;
    where none is wanted, the greatest power, which loses least.
    """
    tens = (PriceUnit(power, ordered.unit, ordered.size * int(power)) for power in _POWERS)
    scaled = exact.numerator * 10**_DECIMALS
    for unit in chain(wanted, tens):
        # Integers, not a Fraction a candidate: this runs for every line.
        if scaled * unit.size.numerator % (exact.denominator * unit.size.denominator) == 0:
            return shortest(round_half_up(exact * unit.size, _DECIMALS)), unit
    most = int(_POWERS[-1])
    unit = wanted[0] if wanted else PriceUnit(_POWERS[-1], ordered.unit, ordered.size * most)
    return shortest(round_half_up(exact * unit.size, _DECIMALS)), unit


def _answer(request: Request, found: tuple[Offer, ...]) -> PriceAnswer:
    """The answer to the request from the conditions that concern it."""
    quantity = request.base_quantity
    if quantity is None:
        return PriceAnswer(request, PriceCode.NO_UOM_PATH, found=found)
    if request.context.policy == "ask_erp":
        return PriceAnswer(request, PriceCode.ERP_ASK, found=found)
    usable = [offer for offer in found if offer.refusal is None]
    bases = _bases(usable, quantity, request.product)
    if request.context.policy != "lowest":
        bases = islice(bases, 1)
    changes = _changes(usable, quantity, request.product)
    prices = [Priced(base, *_adjust(base, changes, request.product)) for base in bases]
    if not prices:
        return PriceAnswer(request, PriceCode.NO_PRICE, found=found)
    return _published(request, min(prices, key=lambda price: (price.exact, price.base.access)), found)


def _bases(usable: Sequence[Offer], quantity: Fraction, product: Product) -> Iterator[Offer]:
    """The base price of each access that has one for the quantity, the nearest first."""
    for access in in_access(offer for offer in usable if offer.condition.type == "PRICE"):
        base = reached(access, quantity, product)
        if base:
            yield base


def _changes(usable: Sequence[Offer], quantity: Fraction, product: Product) -> list[Change]:
    """The discounts and surcharges that apply, in their order: of each step and type the nearest access only."""
    groups: dict[tuple[int, str], list[Offer]] = {}
    for offer in usable:
        if offer.condition.type in DEFAULT_STEPS:
            groups.setdefault(offer.place, []).append(offer)
    chosen = []
    for group in sorted(groups):
        rows = (reached(access, quantity, product) for access in in_access(groups[group]))
        winner = next((row for row in rows if row), None)
        if winner:
            chosen.append(Change(winner, _list_price(winner, usable, quantity, product)))
    return chosen


def _list_price(change: Offer, usable: Sequence[Offer], quantity: Fraction, product: Product) -> Fraction | None:
    """The price everybody gets, where the change counts from it and there is one."""
    if change.condition.base != "list":
        return None
    open_to_all = [offer for offer in usable if offer.condition.subject == "all"]
    listed = next(_bases(open_to_all, quantity, product), None)
    return rate(listed.condition, product) if listed else None


def _adjust(base: Offer, changes: Sequence[Change], product: Product) -> tuple[Fraction, tuple[Offer, ...]]:
    """The price of one base unit after discounts and surcharges, and those that were applied."""
    gross = running = rate(base.condition, product)
    # A price from the ERP is net as it stands, whatever the row says.
    if base.condition.stop or base.list.kind == "erp_net":
        return gross, ()
    steps = []
    for change in changes:
        condition = change.offer.condition
        amount = rate(condition, product)
        if condition.type in PERCENT:
            listed = gross if change.list_price is None else change.list_price
            amount *= {"gross": gross, "list": listed}.get(condition.base, running)
        running += amount
        steps.append(change.offer)
        if condition.stop:
            break
    return running, tuple(steps)


def _published(request: Request, price: Priced, found: tuple[Offer, ...]) -> PriceAnswer:
    """The answer with amount and unit price as they are stated."""
    currency, product, condition = request.context.currency, request.product, price.base.condition
    answer = PriceAnswer(
        request, PriceCode.NEGATIVE, currency=currency, exact=price.exact, winner=price.base, steps=price.steps,
        found=found,
    )  # fmt: skip
    if price.exact < 0:
        return answer
    factor = base_units(product, request.unit) or Fraction(1)
    stated = condition.unit or product.base_unit
    size = (base_units(product, stated) or 1) * exact(condition.per)
    amount, unit = publish(
        price.exact, (PriceUnit(condition.per, stated, size),), PriceUnit(Decimal(1), request.unit, factor)
    )
    net = round_money(price.exact * (request.base_quantity or 0), currency)
    return answer._replace(code=None, net=net, unit_price=amount, price_unit=unit.per, unit=unit.unit)
