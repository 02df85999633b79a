"""Why a condition that concerned a request gave nothing to its price, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from gateway.commerce.conditions import CHANGES, CHARGES, TIERS, Offer, Refusal
from gateway.commerce.measures import VOLUMES, WEIGHTS
from gateway.commerce.scales import Request, group_of
from gateway.commerce.units import base_units, below
from gateway.model.quantity import nearest, plain

if TYPE_CHECKING:
    from gateway.commerce.pricing import PriceAnswer


def lost(answer: PriceAnswer) -> list[dict[str, object]]:
    """Every condition that concerned the request and gave nothing to its price, with the reason.

    What is charged on the document is told with the document, what is statistical beside the price.
    """
    used = {id(step.offer) for step in answer.steps}
    chosen = [step.reached for step in answer.steps]
    if answer.base:
        used.add(id(answer.base.offer))
        chosen.append(answer.base)
    for each in chosen:
        used.update(id(interval.offer) for interval in each.intervals)
    missed = [offer for offer in answer.found if id(offer) not in used and (offer.refusal or _told_here(offer))]
    missed.sort(key=lambda offer: (offer.access, offer.row_key))
    return [
        {"list": offer.condition.list, "key": offer.condition.key, "because": _because(offer, answer)}
        for offer in missed
    ]


def _told_here(offer: Offer) -> bool:
    return not offer.condition.statistical and offer.condition.type not in CHARGES


def _because(offer: Offer, answer: PriceAnswer) -> str:
    """Why the condition lost."""
    request, condition = answer.request, offer.condition
    if offer.refusal:
        return refused(offer, request.context.currency, request.context.on)
    if request.base_quantity is not None:
        short = _short(offer, answer)
        if short:
            return short
    if condition.type in CHANGES:
        return _change_lost(offer, answer)
    rival = answer.winner
    if rival is None:
        return "no price to apply it to"
    if request.context.policy == "lowest" and rival.access != offer.access:
        behind = rival.list.exclusive and rival.access < offer.access
        return f"list {rival.list.list} is exclusive" if behind else "a lower price was found"
    return (
        nearer(rival, offer, request.context.account)
        if rival.access != offer.access
        else _inside(rival, offer, request)
    )


def _short(offer: Offer, answer: PriceAnswer) -> str:
    """What of the quantity lacks to the condition's scale, or what is too much for its call-off; else nothing."""
    request = answer.request
    if offer.scale.numerator:
        measured = request.measured(offer)
        if offer.condition.scale_basis == "value" and answer.base:
            measured = request.with_value(answer.base.rate)(offer)
        if measured is not None and below(measured, offer.scale):
            if offer.condition.scale_basis == "qty" and not offer.condition.counts_together:
                return f"{plain(request.quantity)} < {decimal_text(in_unit(offer.scale, request))}"
            return f"{measure_text(offer, measured, request)} < {measure_text(offer, offer.scale, request)}"
        if measured is not None and measured != offer.scale and offer.condition.scale_mode == "exact":
            return f"{measure_text(offer, measured, request)}, not {measure_text(offer, offer.scale, request)}"
    most = offer.condition.call_off_max
    left = None if most is None else request.remaining(offer)
    if left is None or most is None or left >= request.in_price_unit(offer):
        return ""
    unit = offer.condition.unit or request.product.base_unit
    return f"{decimal_text(max(left, Fraction(0)))} of {plain(most)} {unit} left to call off"


def _change_lost(offer: Offer, answer: PriceAnswer) -> str:
    """Why a discount or surcharge that was reached was not applied."""
    winner = answer.winner
    if winner is None:
        return "no price to apply it to"
    if winner.condition.stop or winner.list.kind == "erp_net":
        return "the price stands net"
    if winner.list.exclusive and winner.list.list != offer.list.list:
        return f"list {winner.list.list} is exclusive"
    candidates = [each.offer for each in answer.candidates]
    if not any(each is offer for each in candidates):
        rival = next((each for each in candidates if _in_place_of(each, offer)), None)
        if rival is None:
            return "another ladder counts"
        same = rival.access == offer.access
        return _inside(rival, offer, answer.request) if same else nearer(rival, offer, answer.request.context.account)
    return excluded(offer, [step.offer for step in answer.steps])


def excluded(offer: Offer, kept: Sequence[Offer]) -> str:
    """Why one that could apply did not: another of its exclusion group, or one that stops, did."""
    group = offer.condition.exclusion_group
    for rival in kept:
        if group and rival.condition.exclusion_group == group:
            return f"exclusion group {group}: {rival.condition.type} {rival.condition.key} applies"
    return f"nothing follows {kept[-1].condition.key}" if kept else "not applied"


def _in_place_of(rival: Offer, offer: Offer) -> bool:
    """Whether the candidate stands where the condition would stand."""
    if rival.place != offer.place or rival.condition.stack != offer.condition.stack:
        return False
    same_row = rival.access == offer.access and rival.row_key[:2] == offer.row_key[:2]
    return same_row or not offer.condition.stack


def refused(offer: Offer, currency: str, on: date) -> str:
    """The reason of a condition that does not apply at all."""
    condition = offer.condition
    if offer.refusal is Refusal.CURRENCY:
        return f"currency {condition.currency or offer.list.currency}, not {currency}"
    if offer.refusal is Refusal.VALIDITY:
        starts = [day for day in (condition.valid_from, offer.list.valid_from) if day and day > on]
        ends = [day for day in (condition.valid_to, offer.list.valid_to) if day]
        return f"valid from {max(starts)}" if starts else f"valid until {min(ends)}"
    return offer.refusal.value if offer.refusal else ""


def nearer(rival: Offer, offer: Offer, account: str) -> str:
    """Which access won over which."""
    if rival.access.tier != offer.access.tier:
        return f"{TIERS[rival.access.tier]} beats {TIERS[offer.access.tier]}"
    ours, theirs = (named(each.condition.subject, account) for each in (rival, offer))
    if rival.access.subject == offer.access.subject:
        ours, theirs = rival.condition.object, offer.condition.object
    first, second = ours.replace(":", " "), theirs.replace(":", " ")
    if first.split(" ")[0] != second.split(" ")[0]:
        first, second = first.split(" ")[0], second.split(" ")[0]
    return f"{first} beats {second}"


def _inside(rival: Offer, offer: Offer, request: Request) -> str:
    """Why a row lost against another of the same access."""
    if offer.age < rival.age:
        return "a list of higher priority" if rival.list.priority > offer.list.priority else "a newer ladder"
    if offer.ladder != rival.ladder:
        return f"list {rival.list.list} is cheaper" if rival.list.list != offer.list.list else "another ladder counts"
    if below(offer.scale, rival.scale):
        if offer.condition.scale_basis == "qty" and not offer.condition.counts_together:
            return f"scale from {decimal_text(in_unit(rival.scale, request))} reached"
        return f"scale from {measure_text(offer, rival.scale, request)} reached"
    if rival.rate < offer.rate:
        return "a lower price at the same scale"
    return f"key {rival.condition.key} comes first"


def measure_text(offer: Offer, measured: Fraction | None, request: Request) -> str:
    """What a scale measures, in the unit the scale is stated in; a quantity in the unit asked for."""
    basis, stated = offer.condition.scale_basis, offer.condition.scale_unit
    if measured is None:
        return ""
    if basis == "value":
        return f"{decimal_text(measured)} {request.context.currency}"
    if basis in ("weight", "volume"):
        known, usual = (WEIGHTS, "KGM") if basis == "weight" else (VOLUMES, "MTQ")
        return f"{decimal_text(measured / known[stated or usual])} {stated or usual}"
    if offer.condition.counts_together:
        group = group_of(offer.condition, request.product)
        counted = f"group {group.name}" if group.name else f"article {group.product}"
        return f"{decimal_text(measured)} {group.unit} of {counted}"
    return f"{decimal_text(in_unit(measured, request))} {request.unit}"


def source(offer: Offer, account: str) -> str:
    """Where a condition comes from: its subject and object."""
    return f"{named(offer.condition.subject, account)}, {offer.condition.object.replace(':', ' ')}"


def named(subject: str, account: str) -> str:
    """The subject in words; an account other than the buyer's is a parent."""
    kind, _, value = subject.partition(":")
    if kind == "account" and value != account:
        kind = "parent"
    return f"{kind} {value}" if value else kind


def in_unit(quantity: Fraction, request: Request) -> Fraction:
    """So many base units in the unit asked for."""
    size = base_units(request.product, request.unit)
    return quantity if not size or size.numerator == size.denominator else quantity / size


def decimal_text(number: Fraction) -> str:
    """The number in plain digits, six decimals where it does not come out even."""
    return str(number.numerator) if number.denominator == 1 else plain(nearest(number))
