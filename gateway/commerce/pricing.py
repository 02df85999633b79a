"""The agreed price of a quantity of an article for an account, with how it came about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from gateway.commerce import parties
from gateway.commerce.adjustments import Step, adjusted, applicable, surviving
from gateway.commerce.conditions import (
    BelowFloor,
    Finder,
    Offer,
    PriceContext,
    PriceRules,
    Wanted,
    objects,
)
from gateway.commerce.found import NOTHING, Found
from gateway.commerce.scales import Reached, Request, request_of
from gateway.commerce.trace import trace
from gateway.commerce.units import base_units, exact
from gateway.model.account import Account
from gateway.model.money import Rounding, minor_units, whole
from gateway.model.price import PriceCondition, PriceList

__all__ = [
    "Claim", "PriceAnswer", "PriceCode", "PriceContext", "PriceRules", "PriceUnit", "Promise", "Share",
    "Wanted", "alternatives", "answer_to", "concern", "objects", "outside", "publish", "resolve", "subjects",
]  # fmt: skip

_POWERS = tuple(10**power for power in range(5))
# Unit prices travel with at most four decimals: more does not fit the partners' fields.
_DECIMALS = 4
_SCALE = 10**_DECIMALS
_ONE = Decimal(1)


class PriceCode(StrEnum):
    """Why there is no price."""

    NO_PRICE = "NO_PRICE"
    ERP_ASK = "ERP_ASK"
    NOT_IN_ASSORTMENT = "NOT_IN_ASSORTMENT"
    NO_UOM_PATH = "NO_UOM_PATH"
    PRODUCT_UNKNOWN = "PRODUCT_UNKNOWN"
    NEGATIVE = "NEGATIVE"
    BELOW_FLOOR = "BELOW_FLOOR"


class PriceUnit(NamedTuple):
    """What a unit price is for: `per` of `unit`, together `size` base units."""

    per: Decimal
    unit: str
    size: Fraction


_NO_UNIT = PriceUnit(_ONE, "", Fraction(1))


class Claim(NamedTuple):
    """What a line takes of a call-off: its key, and how much in the unit of the price."""

    key: str
    quantity: Fraction


class Share(NamedTuple):
    """What of a charge on the document falls to one line."""

    offer: Offer
    amount: Decimal


class Promise(NamedTuple):
    """A price that a cart was given at, by the session's id: made on a day from trade data, and held to another."""

    cart: str
    on: date
    until: date
    data_seq: int


class Priced(NamedTuple):
    """The price of one base unit that a base price and its discounts and surcharges come to.

    `candidates` are the changes among which exclusion groups chose; `computed` is what the price was before a floor
    held it, None where none did.
    """

    base: Reached
    exact: Fraction
    steps: tuple[Step, ...] = ()
    candidates: Sequence[Reached] = ()
    computed: Fraction | None = None


class PriceAnswer(NamedTuple):
    """A price, or the code of why there is none. `exact` is the price of one base unit, `net` the line's amount.

    `base` gave the base price, `steps` of the `candidates` changed it, `computed` is what they came to where a floor
    held the price; `found` are all conditions that concern the request, `shares` what charges on its document add to
    the line. With a `promise` the price is that of a cart, and no condition of the day gave it.
    """

    request: Request
    code: PriceCode | None = None
    net: Decimal | None = None
    unit_price: Decimal | None = None
    price_unit: Decimal = Decimal(1)
    unit: str = ""
    currency: str = ""
    exact: Fraction = Fraction(0)
    base: Reached | None = None
    steps: tuple[Step, ...] = ()
    candidates: Sequence[Reached] = ()
    computed: Fraction | None = None
    found: Found = NOTHING
    shares: tuple[Share, ...] = ()
    promise: Promise | None = None

    @property
    def winner(self) -> Offer | None:
        """The condition that gave the base price."""
        return self.base.offer if self.base else None

    @property
    def rounding(self) -> Rounding:
        """How amounts of who asked are rounded."""
        return self.request.context.rules.rounding

    @property
    def claim(self) -> Claim | None:
        """What the line takes of a call-off, None where its price has no limit."""
        if self.base is None or self.code is not None or self.base.offer.condition.call_off_max is None:
            return None
        return Claim(self.base.offer.condition.call_off, self.request.in_price_unit(self.base.offer))

    def at(self, quantity: Decimal) -> PriceAnswer:
        """The answer to the same question for another quantity of the same unit; without shares of its document."""
        request = self.request
        if quantity == request.quantity:
            return self
        if self.code is PriceCode.NOT_IN_ASSORTMENT:
            return outside(request.context, request.wanted._replace(quantity=quantity))
        # Which conditions concern a request does not depend on its quantity.
        return answer_to(request.of(quantity), self.found)

    def net_at(self, quantity: Decimal) -> Decimal | None:
        """The amount of the line for another quantity of the same unit, None where there is no price for it."""
        request = self.request.of(quantity)
        price = _best(request, self.found)
        return None if price is None or _withheld(price, request) else _net(price, request)

    def trace(self) -> dict[str, object]:
        """How the price came about, as one JSON object; all numbers are strings."""
        return trace(self)


def subjects(
    account: Account,
    accounts: Mapping[str, Account],
    channel: str | None = None,
    segments: Sequence[str] = (),
    ship_to: Account | None = None,
) -> tuple[str, ...]:
    """Whom a condition may name to mean this account, the nearest first; `segments` are all of its own, ranked already.

    The account it is shipped to comes before all. Parents hand their prices down up to the first link of kind
    `delivery`.
    """
    names, groups = [f"account:{account.account}"], []
    if ship_to:
        names.insert(0, f"account:{ship_to.account}")
    for child, parent in pairwise(parties.chain(account, accounts)):
        if child.parent_kind == "delivery":
            break
        names.append(f"account:{parent.account}")
        if child.parent_kind == "buying_group":
            groups.append(f"buying-group:{parent.account}")
    members = [f"segment:{name}" for name in segments]
    further = (("price-group", account.price_group), ("channel", channel))
    ranked = (*names, *groups, *members, *(f"{kind}:{value}" for kind, value in further if value), "all")
    return tuple(dict.fromkeys(ranked))


def concern(account: Account, accounts: Mapping[str, Account]) -> tuple[str, ...]:
    """The account and those it belongs to by legal links, nearest first."""
    names = [account.account]
    for child, parent in pairwise(parties.chain(account, accounts)):
        if child.parent_kind != "legal":
            break
        names.append(parent.account)
    return tuple(names)


def resolve(
    context: PriceContext, wanted: Wanted, conditions: Sequence[PriceCondition], lists: Mapping[str, PriceList]
) -> PriceAnswer:
    """The price of what is wanted, by itself; the same for any order of the conditions."""
    by_object: dict[str, list[PriceCondition]] = {}
    for condition in conditions:
        by_object.setdefault(condition.object, []).append(condition)
    request = request_of(context, wanted)
    return answer_to(request, Found(Finder(request.context, lists).offers(wanted, by_object)))


def outside(context: PriceContext, wanted: Wanted) -> PriceAnswer:
    """The answer about an article that the account may not buy: no price, and nothing of how one would come about."""
    return PriceAnswer(request_of(context, wanted), PriceCode.NOT_IN_ASSORTMENT)


def publish(exact: Fraction, wanted: Sequence[PriceUnit], ordered: PriceUnit) -> tuple[Decimal, PriceUnit]:
    """The price of one base unit stated for the first price unit in which four decimals are exact.

    `wanted` come first, then powers of ten of the `ordered` unit. Where none is exact the first wanted leads, rounded;
    where none is wanted, the greatest power, which loses least.
    """
    # Integers, not a fraction a candidate: this runs for every line.
    scaled, parts = exact.numerator * _SCALE, exact.denominator
    for unit in wanted:
        if scaled * unit.size.numerator % (parts * unit.size.denominator) == 0:
            return _stated(exact, unit)
    ten = ordered.size.numerator, ordered.size.denominator
    power = next((power for power in _POWERS if scaled * ten[0] * power % (parts * ten[1]) == 0), None)
    if power is None and wanted:
        return _stated(exact, wanted[0])
    power = power or _POWERS[-1]
    return _stated(exact, PriceUnit(Decimal(power), ordered.unit, ordered.size * power))


def _stated(exact: Fraction, unit: PriceUnit) -> tuple[Decimal, PriceUnit]:
    """The price of one base unit for the price unit, half up at four decimals."""
    size = unit.size
    return stated(whole(exact.numerator * size.numerator * _SCALE, exact.denominator * size.denominator)), unit


@lru_cache(maxsize=65_536)
def stated(ten_thousandths: int) -> Decimal:
    """A unit price as it is stated: without an exponent and trailing zeros."""
    digits = _DECIMALS
    while digits and not ten_thousandths % 10:
        ten_thousandths, digits = ten_thousandths // 10, digits - 1
    return Decimal(ten_thousandths).scaleb(-digits)


def answer_to(request: Request, found: Found) -> PriceAnswer:
    """The answer to the request from the conditions that concern it."""
    if request.base_quantity is None:
        return PriceAnswer(request, PriceCode.NO_UOM_PATH, found=found)
    if request.context.policy == "ask_erp":
        return PriceAnswer(request, PriceCode.ERP_ASK, found=found)
    best = _best(request, found)
    return PriceAnswer(request, PriceCode.NO_PRICE, found=found) if best is None else _published(request, best, found)


def alternatives(request: Request, found: Found) -> Iterator[Priced]:
    """The prices of which the lowest wins, of equal ones the first: one of each access that counts, the nearest first.

    It is one alone, unless the account's policy is `lowest`.
    """
    for base in _bases(found, request):
        yield _priced(base, found, request)
        # Nothing behind an exclusive list counts, however low it is.
        if request.context.policy != "lowest" or base.offer.list.exclusive:
            break


def _best(request: Request, found: Found) -> Priced | None:
    """The price that wins, None where there is none."""
    best: Priced | None = None
    for price in alternatives(request, found):
        if best is None or price.exact < best.exact:
            best = price
    return best


def _bases(found: Found, request: Request) -> Iterator[Reached]:
    """The base price of each access that has one for the quantity, the nearest first."""
    reached = (access.reached(request) for access in found.accesses)
    return (base for base in reached if base)


def _priced(base: Reached, found: Found, request: Request) -> Priced:
    """The price after discounts and surcharges, not below the floor of its row."""
    gross, row, changes = base.rate, base.offer, found.changes
    # A price from the ERP is net as it stands, whatever the row says.
    if row.condition.stop or row.list.kind == "erp_net":
        return Priced(base, gross)
    if not changes and row.condition.floor is None:
        return Priced(base, gross)
    if row.list.exclusive:
        changes = [offer for offer in changes if offer.list.list == row.list.list]
    listed: list[Fraction] = []

    def counted(offer: Offer) -> Fraction:
        """The price that the change counts from where that is not the price so far."""
        if offer.condition.base != "list":
            return gross
        if not listed:
            listed.append(_list_price(found, request, gross))
        return listed[0]

    candidates = applicable(changes, request.with_value(gross), request.before)
    pricing = adjusted(gross, surviving(candidates, counted), counted)
    if row.condition.floor is not None:
        floor = row.of_one(row.condition.floor)
        if pricing.amount < floor:
            return Priced(base, floor, pricing.steps, candidates, pricing.amount)
    return Priced(base, pricing.amount, pricing.steps, candidates)


def _list_price(found: Found, request: Request, gross: Fraction) -> Fraction:
    """The price everybody gets; the base price where there is none."""
    listed = next(_bases(found.open_to_all, request), None)
    return gross if listed is None else listed.rate


def _published(request: Request, price: Priced, found: Found) -> PriceAnswer:
    """The answer with amount and unit price as they are stated."""
    currency, product = request.context.currency, request.product
    code, net, amount, unit = _withheld(price, request), None, None, _NO_UNIT
    if code is None:
        condition, size = price.base.offer.condition, price.base.offer.size
        if condition.per != _ONE:
            size *= exact(condition.per)
        wanted = (PriceUnit(condition.per, condition.unit or product.base_unit, size),)
        factor = base_units(product, request.unit) or _NO_UNIT.size
        amount, unit = publish(price.exact, wanted, PriceUnit(_ONE, request.unit, factor))
        net = _net(price, request)
    return PriceAnswer(
        request, code, net, amount, unit.per, unit.unit, currency, exact=price.exact, base=price.base,
        steps=price.steps, candidates=price.candidates, computed=price.computed, found=found,
    )  # fmt: skip


def _withheld(price: Priced, request: Request) -> PriceCode | None:
    """Why the price is none to sell at, None where it is."""
    if price.exact < 0:
        return PriceCode.NEGATIVE
    if price.computed is not None and request.context.rules.below_floor is BelowFloor.HOLD:
        return PriceCode.BELOW_FLOOR
    return None


def _net(price: Priced, request: Request) -> Decimal:
    """The amount of the line, rounded for the first and only time."""
    digits, quantity = minor_units(request.context.currency), request.base_quantity or Fraction(0)
    units = price.exact.numerator * quantity.numerator * 10**digits
    parts = price.exact.denominator * quantity.denominator
    return Decimal(whole(units, parts, request.context.rules.rounding)).scaleb(-digits)
