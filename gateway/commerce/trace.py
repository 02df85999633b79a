"""How a price came about, as one JSON object for every channel."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from gateway.commerce.conditions import TIERS, Offer, Refusal, Request, newest, rate
from gateway.commerce.units import base_units
from gateway.model.money import round_half_up
from gateway.model.price import PriceCondition
from gateway.model.quantity import plain

if TYPE_CHECKING:
    from gateway.commerce.pricing import PriceAnswer

RESOLVER = "1.0"
"""Version of the rules: raised when the same data would give another price."""


def trace(answer: PriceAnswer) -> dict[str, object]:
    """The answer with its winner, steps, losers and next tier; all numbers are strings."""
    request = answer.request
    context = request.context
    told: dict[str, object] = {
        "account": context.account,
        "product": request.product.sku,
        "quantity": plain(request.quantity),
        "unit": request.unit,
        "on": context.on.isoformat(),
        "currency": context.currency,
    }
    if answer.code:
        told["code"] = answer.code.value
    if answer.net is not None and answer.unit_price is not None:
        told["net"] = format(answer.net, "f")
        told["unit_price"] = plain(answer.unit_price)
        told["price_unit"] = plain(answer.price_unit)
        told["price_uom"] = answer.unit
    if answer.winner:
        told["winner"] = _winner(answer.winner, request)
        told["steps"] = [_step(offer, request) for offer in answer.steps]
    told["lost"] = _lost(answer)
    tier = _next_tier(answer)
    if tier:
        told["next_tier"] = tier
    told["resolver"] = RESOLVER
    return told


def _winner(winner: Offer, request: Request) -> dict[str, object]:
    """The condition that gave the base price."""
    condition = winner.condition
    access = [TIERS[winner.access.tier], _named(condition.subject, request), condition.object.replace(":", " ")]
    told: dict[str, object] = {"list": condition.list, "key": condition.key, "access": access}
    if condition.min_quantity:
        told["scale"] = f"{plain(condition.min_quantity)} {_scale_unit(condition, request)}"
    told["stated"] = f"{plain(condition.amount)}/{plain(condition.per)} {condition.unit or request.product.base_unit}"
    return told


def _step(offer: Offer, request: Request) -> dict[str, object]:
    """One discount or surcharge as applied."""
    condition = offer.condition
    value = plain(condition.amount) if condition.amount < 0 else f"+{plain(condition.amount)}"
    if not condition.type.endswith("_PCT"):
        return {"type": condition.type, "value": f"{value}/{plain(condition.per)}", "from": _source(offer, request)}
    return {"type": condition.type, "value": value, "base": condition.base, "from": _source(offer, request)}


def _source(offer: Offer, request: Request) -> str:
    """Where a condition comes from: its subject and object."""
    return f"{_named(offer.condition.subject, request)}, {offer.condition.object.replace(':', ' ')}"


def _named(subject: str, request: Request) -> str:
    """The subject in words; an account other than the buyer's is a parent."""
    kind, _, value = subject.partition(":")
    if kind == "account" and value != request.context.account:
        kind = "parent"
    return f"{kind} {value}" if value else kind


def _lost(answer: PriceAnswer) -> list[dict[str, object]]:
    """Every condition that concerned the request and gave nothing to its price, with the reason."""
    used = {answer.winner.condition.key: answer.winner} if answer.winner else {}
    used |= {offer.condition.key: offer for offer in answer.steps}
    lost = [offer for offer in answer.found if used.get(offer.condition.key) is not offer]
    lost.sort(key=lambda offer: (offer.access, offer.row_key))
    return [
        {"list": offer.condition.list, "key": offer.condition.key, "because": _because(offer, answer)} for offer in lost
    ]


def _because(offer: Offer, answer: PriceAnswer) -> str:
    """Why the condition lost."""
    request, condition = answer.request, offer.condition
    if offer.refusal:
        return _refused(offer, request)
    quantity = request.base_quantity
    if quantity is not None and offer.scale > quantity:
        return f"{plain(request.quantity)} < {_in_unit(offer.scale, request)}"
    base = condition.type == "PRICE"
    rival = answer.winner if base else _rival(offer, answer)
    if rival is None:
        return "the price stands net" if answer.winner and not base else "no price to apply it to"
    if base and request.context.policy == "lowest" and rival.access != offer.access:
        return "a lower price was found"
    if rival.access != offer.access:
        return _nearer(rival, offer, request)
    return _inside(rival, offer, request)


def _rival(offer: Offer, answer: PriceAnswer) -> Offer | None:
    """The applied condition that stands in the place this one would have had."""
    return next((each for each in answer.steps if each.place == offer.place), None)


def _refused(offer: Offer, request: Request) -> str:
    """The reason of a condition that does not apply at all."""
    condition = offer.condition
    if offer.refusal is Refusal.CURRENCY:
        return f"currency {condition.currency or offer.list.currency}, not {request.context.currency}"
    if offer.refusal is Refusal.VALIDITY:
        starts = [day for day in (condition.valid_from, offer.list.valid_from) if day and day > request.context.on]
        ends = [day for day in (condition.valid_to, offer.list.valid_to) if day]
        return f"valid from {max(starts)}" if starts else f"valid until {min(ends)}"
    return offer.refusal.value if offer.refusal else ""


def _nearer(rival: Offer, offer: Offer, request: Request) -> str:
    """Which access won over which."""
    if rival.access.tier != offer.access.tier:
        return f"{TIERS[rival.access.tier]} beats {TIERS[offer.access.tier]}"
    ours, theirs = (_named(each.condition.subject, request) for each in (rival, offer))
    if rival.access.subject == offer.access.subject:
        ours, theirs = rival.condition.object, offer.condition.object
    first, second = ours.replace(":", " "), theirs.replace(":", " ")
    if first.split(" ")[0] != second.split(" ")[0]:
        first, second = first.split(" ")[0], second.split(" ")[0]
    return f"{first} beats {second}"


def _inside(rival: Offer, offer: Offer, request: Request) -> str:
    """Why a row lost against another of the same access."""
    if offer not in newest([rival, offer]):
        return "a list of higher priority" if rival.list.priority > offer.list.priority else "a newer ladder"
    if rival.scale > offer.scale:
        return f"scale from {_in_unit(rival.scale, request)} reached"
    if rate(rival.condition, request.product) < rate(offer.condition, request.product):
        return "a lower price at the same scale"
    return f"key {rival.condition.key} comes first"


def _next_tier(answer: PriceAnswer) -> dict[str, object] | None:
    """The next step of the ladder that won, with what it would make of the line."""
    winner, request = answer.winner, answer.request
    if winner is None or answer.net is None:
        return None
    same = [
        each
        for each in answer.found
        if each.access == winner.access and each.condition.type == "PRICE" and each.refusal is None
    ]
    further = [each for each in newest(same) if each.scale > (request.base_quantity or 0)]
    if not further:
        return None
    scale = min(each.scale for each in further)
    quantity = _exact(scale / (base_units(request.product, request.unit) or 1))
    told: dict[str, object] = {"from": f"{_in_unit(scale, request)} {request.unit}"}
    line_net = answer.at(quantity).net if quantity is not None else None
    if line_net is not None:
        told["line_net"] = format(line_net, "f")
        if line_net < answer.net:
            told["note"] = "cheaper than the ordered quantity"
    return told


def _scale_unit(condition: PriceCondition, request: Request) -> str:
    """The unit in which the condition's scale is stated."""
    return condition.scale_unit or condition.unit or request.product.base_unit


def _in_unit(scale: Fraction, request: Request) -> str:
    """A scale in the unit asked for; six decimals where it does not come out even."""
    return plain(round_half_up(scale / (base_units(request.product, request.unit) or 1), 6))


def _exact(number: Fraction) -> Decimal | None:
    """The number as a decimal of six places, None where it is none."""
    return round_half_up(number, 6) if 10**6 % number.denominator == 0 else None
