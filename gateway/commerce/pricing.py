"""The agreed price of a quantity of an article for an account, with how it came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from gateway.commerce.conditions import (
    Offer,
    PriceContext,
    Request,
    in_access,
    objects,
    offers,
    rate,
    reached,
)
from gateway.commerce.parties import chain
from gateway.commerce.trace import trace
from gateway.commerce.units import base_units
from gateway.model.account import Account
from gateway.model.money import round_half_up, round_money
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product

__all__ = ["PriceAnswer", "PriceCode", "PriceContext", "PriceUnit", "objects", "publish", "resolve", "subjects"]

_DEFAULT_STEPS = {"DISC_PCT": 20, "DISC_ABS": 30, "SURCH_PCT": 40, "SURCH_ABS": 50}
_PERCENT = ("DISC_PCT", "SURCH_PCT")
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


class Adjustment(NamedTuple):
    """A discount or surcharge that was applied, and what it added to the price of one base unit."""

    offer: Offer
    change: Fraction


class PriceAnswer(NamedTuple):
    """A price, or the code of why there is none. `exact` is the price of one base unit, `net` the line's amount."""

    request: Request
    code: PriceCode | None = None
    net: Decimal | None = None
    unit_price: Decimal | None = None
    price_unit: Decimal = Decimal(1)
    unit: str = ""
    currency: str = ""
    exact: Fraction = Fraction(0)
    winner: Offer | None = None
    steps: tuple[Adjustment, ...] = ()

    def at(self, quantity: Decimal) -> PriceAnswer:
        """The answer to the same question for another quantity of the same unit."""
        return self if quantity == self.request.quantity else _answer(self.request._replace(quantity=quantity))

    def trace(self) -> dict[str, object]:
        """How the price came about, as one JSON object; all numbers are strings."""
        return trace(self)


def subjects(account: Account, accounts: Mapping[str, Account], channel: str | None = None) -> tuple[str, ...]:
    """Whom a condition may name to mean this account, the nearest first.

    Parents hand their prices down up to the first link of kind `delivery`.
    """
    names, groups = [f"account:{account.account}"], []
    for child, parent in pairwise(chain(account, accounts)):
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
    return _answer(Request(context, product, quantity, unit, conditions, lists))


def publish(exact: Fraction, wanted: Sequence[PriceUnit], currency_unit: PriceUnit) -> tuple[Decimal, PriceUnit]:
    """The price of one base unit stated for the first price unit in which four decimals are exact.

    `wanted` come first, then powers of ten of `currency_unit`; where none is exact the first wanted leads, rounded.
    """
    tens = (PriceUnit(power, currency_unit.unit, currency_unit.size * int(power)) for power in _POWERS)
    for unit in (*wanted, *tens):
        amount = exact * unit.size
        if 10**_DECIMALS % amount.denominator == 0:
            return round_half_up(amount, _DECIMALS), unit
    unit = wanted[0] if wanted else currency_unit
    return round_half_up(exact * unit.size, _DECIMALS), unit


def _answer(request: Request) -> PriceAnswer:
    """The answer to the request."""
    quantity = request.base_quantity
    if quantity is None:
        return PriceAnswer(request, PriceCode.NO_UOM_PATH)
    if request.context.policy == "ask_erp":
        return PriceAnswer(request, PriceCode.ERP_ASK)
    usable = [offer for offer in offers(request) if offer.refusal is None]
    prices = in_access(offer for offer in usable if offer.condition.type == "PRICE")
    winners = [winner for access in prices if (winner := reached(access, quantity, request.product))]
    if not winners:
        return PriceAnswer(request, PriceCode.NO_PRICE)
    changes = _changes(usable, quantity, request.product)
    listed = next((winner for winner in winners if winner.condition.subject == "all"), None)
    if request.context.policy == "lowest":
        priced = [_adjust(winner, listed, changes, request.product) for winner in winners]
        best = min(range(len(priced)), key=lambda at: (priced[at][0], winners[at].access))
        winner, (exact, steps) = winners[best], priced[best]
    else:
        winner = winners[0]
        exact, steps = _adjust(winner, listed, changes, request.product)
    return _published(request, winner, exact, steps)


def _changes(usable: Sequence[Offer], quantity: Fraction, product: Product) -> list[Offer]:
    """The discounts and surcharges that apply, in their order: of each step and type the nearest access only."""
    groups: dict[tuple[int, str], list[Offer]] = {}
    for offer in usable:
        kind = offer.condition.type
        if kind in _DEFAULT_STEPS:
            step = offer.condition.step if offer.condition.step is not None else _DEFAULT_STEPS[kind]
            groups.setdefault((step, kind), []).append(offer)
    chosen = []
    for group in sorted(groups):
        rows = (reached(access, quantity, product) for access in in_access(groups[group]))
        winner = next((row for row in rows if row), None)
        if winner:
            chosen.append(winner)
    return chosen


def _adjust(
    winner: Offer, listed: Offer | None, changes: Sequence[Offer], product: Product
) -> tuple[Fraction, tuple[Adjustment, ...]]:
    """The price of one base unit after discounts and surcharges, and those that were applied."""
    gross = running = rate(winner.condition, product)
    list_price = rate(listed.condition, product) if listed else gross
    # A price from the ERP is net as it stands, whatever the row says.
    if winner.condition.stop or winner.list.kind == "erp_net":
        return gross, ()
    steps = []
    for offer in changes:
        condition = offer.condition
        change = rate(condition, product)
        if condition.type in _PERCENT:
            change *= {"gross": gross, "list": list_price}.get(condition.base, running)
        running += change
        steps.append(Adjustment(offer, change))
        if condition.stop:
            break
    return running, tuple(steps)


def _published(request: Request, winner: Offer, exact: Fraction, steps: tuple[Adjustment, ...]) -> PriceAnswer:
    """The answer with amount and unit price as they are stated."""
    currency, product = request.context.currency, request.product
    if exact < 0:
        return PriceAnswer(request, PriceCode.NEGATIVE, currency=currency, exact=exact, winner=winner, steps=steps)
    factor = base_units(product, request.unit) or Fraction(1)
    stated_unit = winner.condition.unit or product.base_unit
    stated_size = Fraction(winner.condition.per) * (base_units(product, stated_unit) or 1)
    amount, unit = publish(
        exact,
        (PriceUnit(winner.condition.per, stated_unit, stated_size),),
        PriceUnit(Decimal(1), request.unit, factor),
    )
    net = round_money(exact * Fraction(request.quantity) * factor, currency)
    return PriceAnswer(request, None, net, amount, unit.per, unit.unit, currency, exact, winner, steps)
