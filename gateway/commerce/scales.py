"""Which step of a scale a request reaches, and what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from gateway.commerce.conditions import Access, Offer, PriceContext, Wanted, scale_unit
from gateway.commerce.units import base_units, convert, exact
from gateway.commerce.volumes import Counted, Group, first_day, whose
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product

Measure: TypeAlias = Callable[[Offer], Fraction | None]
"""How much a condition's scale measures of what is asked for, in the unit of the offer's `scale`; None: not known."""
Before: TypeAlias = Callable[[Offer], Fraction]
"""How much of that measure was bought before."""
_ZERO = Fraction(0)


class Interval(NamedTuple):
    """A part of a graduated scale: the row that prices it, and how much of the measure lies in it."""

    offer: Offer
    part: Fraction


class Reached(NamedTuple):
    """The row of a ladder that applies, its value for one base unit, and the parts where the scale is graduated."""

    offer: Offer
    rate: Fraction
    intervals: tuple[Interval, ...] = ()


class Request(NamedTuple):
    """One question for a price, with everything the answer depends on besides the conditions.

    `base_quantity` is the quantity in base units, None where the product lacks the unit; `elsewhere` what other lines
    count towards scale groups, `taken` what they took of call-offs, by key in the unit of the price.
    """

    context: PriceContext
    wanted: Wanted
    product: Product
    quantity: Decimal
    unit: str
    base_quantity: Fraction | None
    elsewhere: Mapping[Group, Fraction] = MappingProxyType({})
    taken: Mapping[str, Fraction] = MappingProxyType({})

    def of(self, quantity: Decimal) -> Request:
        """The same question for another quantity of the unit."""
        product, unit = self.product, self.unit
        base = convert(product, quantity, unit, product.base_unit)
        wanted = Wanted(product, quantity, *self.wanted[2:])
        return Request(self.context, wanted, product, quantity, unit, base, self.elsewhere, self.taken)

    def measured(self, offer: Offer) -> Fraction | None:
        """What the offer's scale measures of the line; None for its value, which needs a price first."""
        basis, quantity = offer.condition.scale_basis, self.base_quantity
        if quantity is None:
            return None
        if offer.condition.counts_together:
            group = group_of(offer.condition, self.product)
            own = quantity / (base_units(self.product, group.unit) or 1)
            return self.before(offer) + self.elsewhere.get(group, 0) + own
        if basis == "qty":
            return quantity
        if basis == "value":
            return None
        of_one = self.wanted.weight_of_one() if basis == "weight" else self.wanted.volume_of_one()
        return None if of_one is None else of_one * quantity

    def before(self, offer: Offer) -> Fraction:
        """What was bought before, as far as the offer's scale counts it and in the unit of that."""
        if offer.condition.scale_period is None:
            return _ZERO
        return self.context.volumes.bought.get(self.counted(offer), _ZERO)

    def counted(self, offer: Offer) -> Counted:
        """What of what was bought before counts towards the offer's scale over a period."""
        return counted(offer.condition, offer.list, self.product, self.context)

    def with_value(self, price: Fraction) -> Measure:
        """The measure of the line once the price of one base unit is known."""

        def measure(offer: Offer) -> Fraction | None:
            if offer.condition.scale_basis == "value":
                return price * (self.base_quantity or 0)
            return self.measured(offer)

        return measure

    def remaining(self, offer: Offer) -> Fraction | None:
        """What can still be called off under the offer, in its unit; None where there is no limit."""
        condition = offer.condition
        if condition.call_off_max is None:
            return None
        before = self.context.volumes.called_off.get(condition.call_off, 0)
        return exact(condition.call_off_max) - Fraction(before) - self.taken.get(condition.call_off, 0)

    def in_price_unit(self, offer: Offer) -> Fraction:
        """The quantity in the unit of the offer's price."""
        return (self.base_quantity or 0) / offer.size

    def exhausted(self, offer: Offer) -> bool:
        """Whether less than the quantity is left of the offer's call-off."""
        left = self.remaining(offer)
        return left is not None and left < self.in_price_unit(offer)


def request_of(context: PriceContext, wanted: Wanted) -> Request:
    """The question for a price of what is wanted, alone."""
    if wanted.contract or wanted.quote:
        context = context._replace(contract=wanted.contract or context.contract, quote=wanted.quote or context.quote)
    product, quantity, unit = wanted.product, wanted.quantity, wanted.unit
    base = convert(product, quantity, unit, product.base_unit)
    return Request(context, wanted, product, quantity, unit, base, {}, {})


def group_of(condition: PriceCondition, product: Product) -> Group:
    """What counts together towards a scale: the scale group in the unit the scale is stated in, or the article."""
    if condition.scale_basis != "group_qty":
        return Group("", product.sku, product.base_unit)
    return Group(condition.scale_group or "", "", scale_unit(condition, product))


def counted(condition: PriceCondition, known: PriceList, product: Product, context: PriceContext) -> Counted:
    """What counts towards the scale over a period of a condition in a list, of what was bought before."""
    account = whose(condition.subject, context.account, context.concern)
    return Counted(account, first_day(condition, known, context.on), group_of(condition, product))


def in_access(found: Iterable[Offer]) -> list[list[Offer]]:
    """The offers by access, the nearest access first."""
    groups: dict[Access, list[Offer]] = {}
    for offer in found:
        groups.setdefault(offer.access, []).append(offer)
    return [groups[access] for access in sorted(groups)] if len(groups) > 1 else list(groups.values())


def newest(access: Sequence[Offer]) -> list[Offer]:
    """The rows that count inside one access: those of the first lists in priority that began last."""
    if len(access) == 1:
        return list(access)
    ages = [offer.age for offer in access]
    newest_age = max(ages)
    return [offer for offer, age in zip(access, ages, strict=True) if age == newest_age]


def nothing_before(_: Offer) -> Fraction:
    """What was bought before where nothing of it counts."""
    return _ZERO


def ladders(access: Sequence[Offer]) -> list[Sequence[Offer]]:
    """The ladders of one access that count, all equally new."""
    if len(access) == 1:
        return [access]
    found: dict[tuple[str, ...], list[Offer]] = {}
    for offer in newest(access):
        found.setdefault(offer.ladder, []).append(offer)
    return list(found.values())


def reached(access: Sequence[Offer], measure: Measure, before: Before = nothing_before) -> Reached | None:
    """What the access' newest ladder gives; ladders never mix. Of equally new ones the cheaper counts, then the key."""
    return cheapest(ladders(access), measure, before)


def cheapest(equally_new: Sequence[Sequence[Offer]], measure: Measure, before: Before) -> Reached | None:
    """What is reached on these ladders of one access: on the cheaper, then by key; None where nothing is."""
    if len(equally_new) == 1:
        return _on_ladder(equally_new[0], measure, before)
    found = [each for ladder in equally_new if (each := _on_ladder(ladder, measure, before))]
    return min(found, key=lambda each: (each.rate, each.offer.row_key)) if found else None


def _on_ladder(ladder: Sequence[Offer], measure: Measure, before: Before) -> Reached | None:
    """The highest step that is reached, of equal ones the cheapest; None where none is."""
    measured = measure(ladder[0])
    if measured is None or measured.numerator < 0:
        return None
    # Two integers, since this runs for every row: to compare fractions costs several times as much.
    most, parts = measured.numerator, measured.denominator
    steps = [offer for offer in ladder if offer.scale.numerator * parts <= most * offer.scale.denominator]
    if not steps:
        return None
    top = _cheapest(_highest(steps))
    if top.condition.scale_mode == "exact" and top.scale != measured:
        return None
    if top.condition.scale_mode == "graduated" and measured:
        return _graduated(steps, before(top), measured)
    return Reached(top, top.rate)


def _highest(steps: Sequence[Offer]) -> Sequence[Offer]:
    """Those of the greatest scale."""
    if len(steps) == 1:
        return steps
    highest = [steps[0]]
    most, parts = steps[0].scale.numerator, steps[0].scale.denominator
    for offer in steps[1:]:
        scale = offer.scale
        more = scale.numerator * parts - most * scale.denominator
        if more > 0:
            highest, most, parts = [offer], scale.numerator, scale.denominator
        elif not more:
            highest.append(offer)
    return highest


def _cheapest(steps: Sequence[Offer]) -> Offer:
    """The one of the lowest value, of equal ones the first by its key."""
    # Steps seldom share a scale, and a rate is dear to compute.
    return steps[0] if len(steps) == 1 else min(steps, key=lambda offer: (offer.rate, offer.row_key))


def _graduated(steps: Sequence[Offer], before: Fraction, measured: Fraction) -> Reached:
    """Every interval at its own rate, as one average; what lies below the first step goes with that step.

    Intervals that were bought before had their price then.
    """
    rows: dict[Fraction, Offer] = {}
    for offer in sorted(steps, key=lambda each: (each.scale, each.rate, each.row_key)):
        rows.setdefault(offer.scale, offer)
    starts = [Fraction(0), *list(rows)[1:], measured]
    intervals = tuple(
        Interval(offer, last - max(first, before))
        for offer, first, last in zip(rows.values(), starts, starts[1:], strict=False)
        if last > before
    )
    if not intervals:
        top = rows[max(rows)]
        return Reached(top, top.rate)
    total = sum(each.offer.rate * each.part for each in intervals)
    return Reached(intervals[-1].offer, total / (measured - before), intervals)
