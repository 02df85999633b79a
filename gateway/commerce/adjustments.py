"""Which discounts and surcharges apply together, in which order, and what they make of a price."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from gateway.commerce.conditions import PERCENT, Offer
from gateway.commerce.scales import Before, Measure, Reached, in_access, nothing_before, reached

Base: TypeAlias = Callable[[Offer], Fraction]
"""What a percentage counts from before anything is applied."""


class Step(NamedTuple):
    """What was applied: the row, and what it added to the price of one base unit (or to the document)."""

    reached: Reached
    effect: Fraction

    @property
    def offer(self) -> Offer:
        """The row that was applied."""
        return self.reached.offer


class Pricing(NamedTuple):
    """What a price comes to after the steps."""

    amount: Fraction
    steps: tuple[Step, ...]


def applicable(offers: Iterable[Offer], measure: Measure, before: Before = nothing_before) -> list[Reached]:
    """What may apply, in the order of application.

    Of each step, type and exclusion group only the nearest access, besides every row that stacks.
    """
    groups: dict[tuple[int, str, str], list[Offer]] = {}
    for offer in offers:
        groups.setdefault(offer.place, []).append(offer)
    found: list[Reached] = []
    for group in groups.values():
        if len(group) == 1:
            found += filter(None, (reached(group, measure, before),))
            continue
        plain = [offer for offer in group if not offer.condition.stack]
        nearest = (reached(access, measure, before) for access in in_access(plain))
        found += filter(None, (next(filter(None, nearest), None),))
        if len(plain) < len(group):
            found += _stacked([offer for offer in group if offer.condition.stack], measure, before)
    return in_order(found) if len(found) > 1 else found


def in_order(found: Iterable[Reached]) -> list[Reached]:
    """The rows in the order in which they are applied: step, type, row key."""
    return sorted(found, key=lambda each: (each.offer.place[:2], each.offer.row_key))


def _stacked(offers: Sequence[Offer], measure: Measure, before: Before) -> list[Reached]:
    """The row reached of every list and contract line in every access."""
    rows: dict[tuple[object, ...], list[Offer]] = {}
    for offer in offers:
        rows.setdefault((offer.access, offer.row_key[:2]), []).append(offer)
    return [each for row in rows.values() if (each := reached(row, measure, before))]


def surviving(found: Sequence[Reached], base: Base) -> list[Reached]:
    """What the modes of the exclusion groups leave, in the same order; the first member of a group states its mode.

    best and worst are measured by what each would do alone to the price that nothing has changed yet.
    """
    groups: dict[str, list[Reached]] = {}
    for each in found:
        name = each.offer.condition.exclusion_group
        if name:
            groups.setdefault(name, []).append(each)
    lost: set[int] = set()
    for group in groups.values():
        mode = group[0].offer.condition.exclusion_mode or "best"
        if mode != "sum":
            kept = _kept(group, mode, base)
            lost |= {id(each) for each in group if each is not kept}
    return [each for each in found if id(each) not in lost] if lost else list(found)


def _kept(group: Sequence[Reached], mode: str, base: Base) -> Reached:
    if mode == "first":
        return group[0]
    return (min if mode == "best" else max)(group, key=lambda each: _alone(each, base))


def _alone(each: Reached, base: Base) -> Fraction:
    return each.rate * base(each.offer) if each.offer.condition.type in PERCENT else each.rate


def adjusted(start: Fraction, changes: Sequence[Reached], base: Base) -> Pricing:
    """The price after the changes; one that stops is the last.

    Percentages count from what they state: the price so far, or what `base` says. Those of an exclusion group whose
    mode is sum count together, from the price before the first of them.
    """
    running, steps = start, []
    before: dict[str, Fraction] = {}
    for change in changes:
        condition = change.offer.condition
        counted, effect = running, change.rate
        if condition.exclusion_group:
            counted = before.setdefault(condition.exclusion_group, running)
        if condition.type in PERCENT:
            effect *= counted if condition.base == "running" else base(change.offer)
        running += effect
        steps.append(Step(change, effect))
        if condition.stop:
            break
    return Pricing(running, tuple(steps))
