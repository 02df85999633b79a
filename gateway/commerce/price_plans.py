"""The prices of many articles for one account: what the resolution says of one article holds for every one like it.

Articles are alike when the same conditions concern them but for amounts and keys. Which of those win then does not
depend on the article, so the resolution is asked once, and its answer kept as a plan: the winner and what discounts
make of its amount; where the lowest price counts, every one that may be it. Where amounts or keys may decide otherwise
(equal steps, exclusion groups, floors, call-offs, scales that are not of the quantity alone), there is no plan and
every article is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from gateway.commerce.adjustments import Step, adjusted
from gateway.commerce.conditions import CHANGES, Offer
from gateway.commerce.pricing import PriceAnswer, PriceCode, PriceUnit, alternatives, publish, stated
from gateway.commerce.scales import Reached, Request, group_of
from gateway.commerce.units import base_units, exact
from gateway.model.money import round_half_up
from gateway.model.price import PriceCondition
from gateway.model.product import Product
from gateway.model.quantity import shortest

_ONE, _ZERO = Decimal(1), Fraction(0)
_LEAST = Decimal("0.000001")
# Amounts are millionths, unit prices are stated with four decimals.
_HUNDRED, _MILLION = 100, 10**6


class Tier(NamedTuple):
    """A price from a quantity of base units on: `unit_price` is for `price_unit` of `unit`; valid_to inclusive.

    `above` is None where all units have the price, as they have on most scales. On a graduated scale only those have it
    that lie above so many, up to the next step; the tier above nothing begins anew, those after it go on.
    """

    quantity: Decimal
    unit_price: Decimal
    price_unit: Decimal
    unit: str
    valid_from: date | None
    valid_to: date | None
    above: Decimal | None = None


class Listed(NamedTuple):
    """An article with its prices, the least quantity first; without any, `code` says why."""

    product: Product
    tiers: tuple[Tier, ...]
    code: str | None = None


class Formula(NamedTuple):
    """What makes a price of an amount: of that of the article's row `own`, None where it is the same for all articles.

    The price is (`factor` x amount in millionths + `more`) / `parts` in millionths, for `price` and in its unit.
    """

    own: int | None
    factor: int
    more: int
    parts: int
    price: PriceUnit
    valid_from: date | None
    valid_to: date | None
    above: Decimal | None

    def whole(self, amounts: Sequence[int]) -> int:
        """The price in millionths, times `parts`."""
        return self.more if self.own is None else self.factor * amounts[self.own] + self.more


class Start(NamedTuple):
    """The prices from a quantity of base units on: one, or one for each step of a graduated scale.

    Of the formulas of a price the one counts that gives the least, of equal ones the first.
    """

    quantity: Decimal
    prices: tuple[tuple[Formula, ...], ...]


Plan = tuple[Start, ...]
_Price: TypeAlias = tuple[Decimal, Decimal, str, date | None, date | None, Decimal | None]
"""A tier but for its quantity."""


def tiers_of(ask: Callable[[Decimal], PriceAnswer]) -> Listed:
    """The prices of an article, from its answers to each quantity at which another price may begin."""
    answer = ask(_ONE)
    answers = [(quantity, ask(max(_LEAST, quantity))) for quantity in _quantities(answer)]
    tiers: list[Tier] = []
    standing: list[_Price] = []
    for quantity, each in answers:
        if each.unit_price is not None and each.base:
            standing = _told(tiers, quantity, standing, _prices(each, each.base, each.unit_price))
    code = next((each.code for _, each in answers if each.code), None)
    return Listed(answer.request.product, tuple(tiers), None if tiers or code is None else code.value)


def _told(tiers: list[Tier], quantity: Decimal, standing: list[_Price], found: list[_Price]) -> list[_Price]:
    """What stands from a quantity on; of it that becomes a tier which did not stand before."""
    known = len(standing) if found[: len(standing)] == standing else 0
    if len(found) > known:
        tiers += [Tier(quantity, *price) for price in found[known:]]
    return found


def _prices(answer: PriceAnswer, base: Reached, unit_price: Decimal) -> list[_Price]:
    """The price of the answer's quantity, or those of the steps it reaches; a floor is one price for all of it."""
    if not base.intervals or answer.computed is not None:
        return [(unit_price, answer.price_unit, answer.unit, *_validity(base.offer), None)]
    found: list[_Price] = []
    for above, offer in _steps(answer, base):
        wanted = (_price_unit(offer, answer),)
        amount, price = publish(_changed(offer.rate, answer), wanted, _of_one(answer.request.product))
        found.append((amount, price.per, price.unit, *_validity(offer), above))
    return found


def _steps(answer: PriceAnswer, base: Reached) -> list[tuple[Decimal, Offer]]:
    """The steps of a graduated scale that are reached, each with the base units above which it prices; 0 comes first.

    What lies below the first step goes with it.
    """
    starts = [_start(each.offer, answer.request) or _ZERO for each in base.intervals]
    starts[0] = _ZERO
    return [(_rounded_up(start), each.offer) for start, each in zip(starts, base.intervals, strict=True)]


def _changed(rate: Fraction, answer: PriceAnswer) -> Fraction:
    """What the changes of the answer make of the price of one base unit."""

    def counted(offer: Offer) -> Fraction:
        """What a percentage counts from before anything is applied."""
        if offer.condition.base != "list" or not offer.rate:
            return rate
        return next(step.effect for step in answer.steps if step.offer is offer) / offer.rate

    return adjusted(rate, [each.reached for each in answer.steps], counted).amount


def plan_of(product: Product, own: Sequence[PriceCondition], ask: Callable[[Decimal], PriceAnswer]) -> Plan | None:
    """What holds for every article like this one; None where each must be asked for. `own` are its own conditions."""
    first = ask(_ONE)
    policy = first.request.context.policy
    if policy not in ("priority", "lowest") or not _is_plain(first.found, policy):
        return None
    places = {condition.key: place for place, condition in enumerate(own)}
    plan = []
    for quantity in _quantities(first):
        answer = ask(max(_LEAST, quantity))
        if answer.code is PriceCode.NEGATIVE:
            return None
        if answer.base is not None:
            plan.append(Start(quantity, _formulas(answer, answer.base, places)))
    amounts = [int(condition.amount.scaleb(6)) for condition in own]
    return tuple(plan) if priced(plan, product, amounts) == tiers_of(ask).tiers else None


def _formulas(answer: PriceAnswer, base: Reached, places: Mapping[str, int]) -> tuple[tuple[Formula, ...], ...]:
    """Each price of the answer as its formulas."""
    if base.intervals:
        return tuple((_formula(offer, answer.steps, answer, places, above),) for above, offer in _steps(answer, base))
    rivals = alternatives(answer.request, answer.found)
    return (tuple(_formula(each.base.offer, each.steps, answer, places) for each in rivals),)


def priced(plan: Iterable[Start], product: Product, amounts: Sequence[int]) -> tuple[Tier, ...] | None:
    """The prices of an article by the plan; None where it must be asked for.

    `amounts` are those of its own conditions, in millionths.
    """
    tiers: list[Tier] = []
    standing: list[_Price] = []
    for quantity, prices in plan:
        found: list[_Price] = []
        for formulas in prices:
            formula = formulas[0] if len(formulas) == 1 else _least(formulas, amounts)
            own, factor, more, parts, price, first, last, above = formula
            whole = more if own is None else factor * amounts[own] + more
            if whole < 0:
                return None
            ten_thousandths, rest = divmod(whole, parts * _HUNDRED)
            if rest:
                amount, price = _published(formula, product, whole)
            else:
                amount = stated(ten_thousandths)
            found.append((amount, price.per, price.unit, first, last, above))
        standing = _told(tiers, quantity, standing, found)
    return tuple(tiers)


def _least(formulas: Sequence[Formula], amounts: Sequence[int]) -> Formula:
    """The formula of the lowest price of one base unit."""
    return min(formulas, key=lambda each: Fraction(each.whole(amounts), each.parts) / each.price.size)


def _published(formula: Formula, product: Product, whole: int) -> tuple[Decimal, PriceUnit]:
    """A price that four decimals do not state for the price unit of its row."""
    of_one = Fraction(whole, formula.parts * _MILLION) / formula.price.size
    return publish(of_one, (formula.price,), _of_one(product))


def _formula(
    row: Offer, steps: Sequence[Step], answer: PriceAnswer, places: Mapping[str, int], above: Decimal | None = None
) -> Formula:
    """The price as a formula of the amount of its row: what is applied to that is linear in it."""
    own = places.get(row.condition.key)
    changes = [each.reached for each in steps]

    def at(gross: Fraction) -> Fraction:
        return adjusted(gross, changes, lambda _: gross).amount

    price = _price_unit(row, answer)
    added = at(_ZERO)
    slope, more = at(Fraction(1)) - added, added * price.size * _MILLION
    if own is None:
        more, slope = more + slope * Fraction(row.condition.amount) * _MILLION, _ZERO
    parts = slope.denominator * more.denominator
    return Formula(own, int(slope * parts), int(more * parts), parts, price, *_validity(row), above)


def _price_unit(row: Offer, answer: PriceAnswer) -> PriceUnit:
    """What the row's price is for."""
    unit = row.condition.unit or answer.request.product.base_unit
    return PriceUnit(row.condition.per, unit, row.size * exact(row.condition.per))


def _of_one(product: Product) -> PriceUnit:
    return PriceUnit(_ONE, product.base_unit, Fraction(1))


def _is_plain(found: Iterable[Offer], policy: str) -> bool:
    """Whether no key can decide which of these conditions win, and amounts only which access has the lowest price."""
    accesses: dict[tuple[object, ...], list[PriceCondition]] = {}
    for offer in found:
        row = offer.condition
        special = row.exclusion_group or row.stack or row.floor is not None or row.call_off_max is not None
        special = special or row.scale_period is not None
        special = special or row.scale_basis != "qty" or row.base == "list"
        # What lies in several steps has a price of its own for each quantity: those are not compared.
        if special or (row.scale_mode != "level" and (policy == "lowest" or row.type in CHANGES)):
            return False
        if offer.refusal is None and not row.statistical:
            place = row.subject, row.object, *(offer.place if row.type in CHANGES else (row.type,))
            accesses.setdefault(place, []).append(row)
    return all(_is_one_ladder(rows) for rows in accesses.values() if len(rows) > 1)


def _is_one_ladder(rows: Sequence[PriceCondition]) -> bool:
    ladders = {(row.list, row.contract, row.contract_line, row.valid_from, row.unit, row.scale_unit) for row in rows}
    return len(ladders) == 1 and len({row.min_quantity for row in rows}) == len(rows)


def _quantities(answer: PriceAnswer) -> list[Decimal]:
    """The quantities of base units from which another price may hold, nothing first."""
    starts = {_ZERO}
    for offer in answer.found:
        if offer.refusal is None:
            start = _start(offer, answer.request)
            if start is not None:
                starts.add(start)
                if offer.condition.scale_mode == "exact":
                    starts.add(start + Fraction(_LEAST))
    return sorted({_rounded_up(start) for start in starts})


def _start(offer: Offer, request: Request) -> Fraction | None:
    """The base units at which the step of a condition is reached; None where its value decides."""
    basis, wanted = offer.condition.scale_basis, request.wanted
    if offer.condition.counts_together:
        missing = max(offer.scale - request.before(offer), _ZERO)
        return missing * (base_units(wanted.product, group_of(offer.condition, wanted.product).unit) or 1)
    if basis == "qty":
        return offer.scale
    of_one = {"weight": wanted.weight_of_one, "volume": wanted.volume_of_one}.get(basis, lambda: None)()
    return offer.scale / of_one if of_one else None


def _rounded_up(quantity: Fraction) -> Decimal:
    near = round_half_up(quantity, 6)
    return shortest(near if Fraction(near) >= quantity else near + _LEAST)


def _validity(offer: Offer) -> tuple[date | None, date | None]:
    """The days on which both the condition and its list hold."""
    firsts = [day for day in (offer.condition.valid_from, offer.list.valid_from) if day]
    lasts = [day for day in (offer.condition.valid_to, offer.list.valid_to) if day]
    return max(firsts, default=None), min(lasts, default=None)
