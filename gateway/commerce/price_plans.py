"""The prices of many articles for one account: what the resolution says of one article holds for every one like it.

Articles are alike when the same conditions concern them but for amounts and keys. Which of those win then does not
depend on the article, so the resolution is asked once, and its answer kept as a plan: the winner and what discounts
make of its amount. Where amounts or keys may decide (policy lowest, equal steps, exclusion groups, floors, call-offs,
scales that are not of the quantity alone), there is no plan and every article is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from gateway.commerce.adjustments import adjusted
from gateway.commerce.conditions import CHANGES, Offer
from gateway.commerce.pricing import PriceAnswer, PriceUnit, publish, stated
from gateway.commerce.scales import Request, group_of
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
    """A price from a quantity of base units on: `unit_price` is for `price_unit` of `unit`; valid_to inclusive."""

    quantity: Decimal
    unit_price: Decimal
    price_unit: Decimal
    unit: str
    valid_from: date | None
    valid_to: date | None


class Listed(NamedTuple):
    """An article with its prices, the least quantity first; without any, `code` says why."""

    product: Product
    tiers: tuple[Tier, ...]
    code: str | None = None


class Step(NamedTuple):
    """A price of a plan: `own` is the row of the article whose amount it is made of, None where it is the same for all.

    The price is (`factor` x amount in millionths + `more`) / `parts` in millionths, for `price` and in its unit.
    """

    quantity: Decimal
    own: int | None
    factor: int
    more: int
    parts: int
    price: PriceUnit
    valid_from: date | None
    valid_to: date | None


Plan = tuple[Step, ...]


def tiers_of(ask: Callable[[Decimal], PriceAnswer]) -> Listed:
    """The prices of an article, from its answers to each quantity at which another price may begin."""
    answer = ask(_ONE)
    answers = [(quantity, ask(max(_LEAST, quantity))) for quantity in _quantities(answer)]
    tiers = _distinct(
        Tier(quantity, each.unit_price, each.price_unit, each.unit, *_validity(each.base.offer))
        for quantity, each in answers
        if each.unit_price is not None and each.base
    )
    code = next((each.code for _, each in answers if each.code), None)
    return Listed(answer.request.product, tiers, None if tiers or code is None else code.value)


def plan_of(product: Product, own: Sequence[PriceCondition], ask: Callable[[Decimal], PriceAnswer]) -> Plan | None:
    """What holds for every article like this one; None where each must be asked for. `own` are its own conditions."""
    first = ask(_ONE)
    if first.request.context.policy != "priority" or not _is_plain(first.found):
        return None
    places = {condition.key: place for place, condition in enumerate(own)}
    steps = []
    for quantity in _quantities(first):
        answer = ask(max(_LEAST, quantity))
        if answer.code is None and answer.base is not None:
            steps.append(_step(quantity, answer, answer.base.offer, places))
    plan = tuple(steps)
    amounts = [int(condition.amount.scaleb(6)) for condition in own]
    return plan if priced(plan, product, amounts) == tiers_of(ask).tiers else None


def priced(plan: Plan, product: Product, amounts: Sequence[int]) -> tuple[Tier, ...] | None:
    """The prices of an article by the plan; None where it must be asked for.

    `amounts` are those of its own conditions, in millionths.
    """
    tiers: list[Tier] = []
    for step in plan:
        quantity, own, factor, more, parts, price, valid_from, valid_to = step
        whole = more if own is None else factor * amounts[own] + more
        if whole < 0:
            return None
        found, rest = divmod(whole, parts * _HUNDRED)
        amount, per, unit = (stated(found), price.per, price.unit) if not rest else _published(step, product, whole)
        last = tiers[-1] if tiers else None
        if last is None or last.unit_price != amount or last[2:] != (per, unit, valid_from, valid_to):
            tiers.append(Tier(quantity, amount, per, unit, valid_from, valid_to))
    return tuple(tiers)


def _published(step: Step, product: Product, whole: int) -> tuple[Decimal, Decimal, str]:
    """The amount, price unit and unit of a price that four decimals do not state for the price unit of its row."""
    of_one = Fraction(whole, step.parts * _MILLION) / step.price.size
    amount, price = publish(of_one, (step.price,), PriceUnit(_ONE, product.base_unit, Fraction(1)))
    return amount, price.per, price.unit


def _step(quantity: Decimal, answer: PriceAnswer, row: Offer, places: Mapping[str, int]) -> Step:
    """The answer as a formula of the amount of its base price: what is applied to that is linear in it."""
    condition = row.condition
    own = places.get(condition.key)
    changes = [each.reached for each in answer.steps]

    def at(gross: Fraction) -> Fraction:
        return adjusted(gross, changes, lambda _: gross).amount

    unit = condition.unit or answer.request.product.base_unit
    size = (base_units(answer.request.product, unit) or 1) * exact(condition.per)
    added = at(_ZERO)
    slope, more = at(Fraction(1)) - added, added * size * _MILLION
    if own is None:
        more, slope = more + slope * Fraction(condition.amount) * _MILLION, _ZERO
    parts = slope.denominator * more.denominator
    return Step(
        quantity, own, int(slope * parts), int(more * parts), parts, PriceUnit(condition.per, unit, size),
        *_validity(row),
    )  # fmt: skip


def _is_plain(found: Iterable[Offer]) -> bool:
    """Whether neither an amount nor a key can decide which of these conditions win."""
    accesses: dict[tuple[object, ...], list[PriceCondition]] = {}
    for offer in found:
        row = offer.condition
        special = row.exclusion_group or row.stack or row.floor is not None or row.call_off_max is not None
        special = special or row.scale_period is not None
        if special or row.scale_basis != "qty" or row.scale_mode != "level" or row.base == "list":
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


def _distinct(tiers: Iterable[Tier]) -> tuple[Tier, ...]:
    """Of neighbours that differ in their quantity alone, the first."""
    found: list[Tier] = []
    for tier in tiers:
        if not found or found[-1][1:] != tier[1:]:
            found.append(tier)
    return tuple(found)
