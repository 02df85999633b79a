"""How a price came about, as one JSON object for every channel."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from gateway.commerce.adjustments import Step
from gateway.commerce.conditions import ONCE, PERCENT, TIERS, Offer
from gateway.commerce.losers import decimal_text, in_unit, lost, measure_text, named, source
from gateway.commerce.scales import Reached, Request, group_of
from gateway.commerce.units import base_units, below
from gateway.model.money import Rounding, round_half_up
from gateway.model.price import PriceCondition
from gateway.model.quantity import plain

if TYPE_CHECKING:
    from gateway.commerce.pricing import PriceAnswer, Promise

RESOLVER = "1.1"
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
    if context.rules.rounding is not Rounding.HALF_UP:
        told["rounding"] = context.rules.rounding.value
    if answer.base:
        told["winner"] = _winner(answer.base, request)
        told["steps"] = [_step(step, request) for step in answer.steps]
        if answer.computed is not None:
            told["floor"] = _floor(answer.base.offer, answer.computed, request)
    if answer.promise:
        told["cart"] = _promised(answer.promise)
    told["lost"] = lost(answer)
    statistical = [offer for offer in answer.found if offer.condition.statistical and offer.refusal is None]
    if statistical:
        told["statistical"] = _statistical(statistical, answer)
    tier = _next_tier(answer)
    if tier:
        told["next_tier"] = tier
    if answer.shares:
        told["header"] = _header(answer)
    told["resolver"] = RESOLVER
    return told


def _promised(promise: Promise) -> dict[str, object]:
    """The cart that the price was given with."""
    days = {"on": promise.on.isoformat(), "until": promise.until.isoformat()}
    return {"session": promise.cart, **days, "data_seq": promise.data_seq}


def _winner(winner: Reached, request: Request) -> dict[str, object]:
    """The condition that gave the base price."""
    offer = winner.offer
    condition = offer.condition
    account = request.context.account
    access = [TIERS[offer.access.tier], named(condition.subject, account), condition.object.replace(":", " ")]
    told: dict[str, object] = {"list": condition.list, "key": condition.key, "access": access}
    told |= _scale(winner, request)
    told["stated"] = f"{plain(condition.amount)}/{plain(condition.per)} {condition.unit or request.product.base_unit}"
    left = request.remaining(offer)
    if left is not None:
        told["call_off"] = {
            "max": plain(condition.call_off_max or Decimal(0)),
            "left": decimal_text(left - request.in_price_unit(offer)),
            "unit": condition.unit or request.product.base_unit,
        }
    return told


def _scale(winner: Reached, request: Request) -> dict[str, object]:
    """The step of the scale, and what was measured where that is not the line's own quantity."""
    offer = winner.offer
    condition = offer.condition
    told: dict[str, object] = {}
    if condition.min_quantity:
        told["scale"] = f"{plain(condition.min_quantity)} {_measured_in(offer, request)}"
    if condition.counts_together:
        told["measured"] = _counted_together(offer, request)
    elif condition.scale_basis != "qty":
        told["measured"] = measure_text(offer, request.measured(offer), request)
    if winner.intervals:
        told["intervals"] = [
            {"key": each.offer.condition.key, "measure": measure_text(each.offer, each.part, request),
             "stated": f"{plain(each.offer.condition.amount)}/{plain(each.offer.condition.per)}"}
            for each in winner.intervals
        ]  # fmt: skip
    return told


def _counted_together(offer: Offer, request: Request) -> dict[str, object]:
    """What counted towards a step besides the line, and what of it was bought before, by whom and from which day on."""
    group, measured = group_of(offer.condition, request.product), request.measured(offer) or Fraction(0)
    told: dict[str, object] = {"group": group.name} if group.name else {"product": group.product}
    told |= {"quantity": decimal_text(measured), "unit": group.unit}
    if offer.condition.scale_period is not None:
        volume = request.counted(offer)
        told |= {"before": decimal_text(request.before(offer)), "by": volume.account}
        if volume.first > date.min:
            told["since"] = volume.first.isoformat()
    return told


def _measured_in(offer: Offer, request: Request) -> str:
    """The unit a scale is stated in."""
    condition = offer.condition
    if condition.scale_basis == "value":
        return request.context.currency
    if condition.scale_basis in ("weight", "volume"):
        return condition.scale_unit or ("KGM" if condition.scale_basis == "weight" else "MTQ")
    return condition.scale_unit or condition.unit or request.product.base_unit


def _step(step: Step, request: Request) -> dict[str, object]:
    """One discount or surcharge as applied."""
    condition = step.offer.condition
    told: dict[str, object] = {"type": condition.type, "value": value_of(condition)}
    if condition.type in PERCENT:
        told["base"] = condition.base
    told["from"] = source(step.offer, request.context.account)
    if condition.min_quantity or step.reached.intervals:
        told |= _scale(step.reached, request)
    return told


def value_of(condition: PriceCondition) -> str:
    """The value of a discount, surcharge or charge, with its sign."""
    if condition.ladder is not None:
        return condition.ladder
    value = plain(condition.amount) if condition.amount < 0 else f"+{plain(condition.amount)}"
    if condition.type in PERCENT or condition.type in ONCE:
        return value
    return f"{value}/{plain(condition.per)}"


def _floor(offer: Offer, computed: Fraction, request: Request) -> dict[str, object]:
    """The floor that held the price, and what it would have been, in the row's price unit."""
    condition = offer.condition
    return {
        "floor": f"{plain(condition.floor or Decimal(0))}/{plain(condition.per)}",
        "computed": decimal_text(computed * offer.size * Fraction(condition.per)),
        "then": request.context.rules.below_floor.value,
    }


def _header(answer: PriceAnswer) -> list[dict[str, object]]:
    """What of the charges on the document falls to the line."""
    account = answer.request.context.account
    return [
        {"type": each.offer.condition.type, "value": value_of(each.offer.condition),
         "share": format(each.amount, "f"), "from": source(each.offer, account)}
        for each in answer.shares
    ]  # fmt: skip


def _statistical(offers: list[Offer], answer: PriceAnswer) -> list[dict[str, object]]:
    """What is told beside the price and does not change it."""
    account, measure = answer.request.context.account, answer.request.with_value(answer.exact)
    reached = [offer for offer in offers if (measured := measure(offer)) is not None and offer.scale <= measured]
    reached.sort(key=lambda offer: (offer.place, offer.access, offer.row_key))
    return [
        {"type": each.condition.type, "value": value_of(each.condition), "list": each.condition.list,
         "key": each.condition.key, "from": source(each, account)}
        for each in reached
    ]  # fmt: skip


def _next_tier(answer: PriceAnswer) -> dict[str, object] | None:
    """The next step of the ladder that won, with what it would make of the line."""
    winner, request = answer.winner, answer.request
    if winner is None or answer.net is None or winner.condition.scale_basis == "value":
        return None
    measured = request.measured(winner)
    if measured is None:
        return None
    scale = min((each.scale for each in answer.found.ladder_of(winner) if below(measured, each.scale)), default=None)
    if scale is None:
        return None
    wanted = _quantity_for(winner, scale, measured, request)
    told: dict[str, object] = {"from": f"{decimal_text(wanted)} {request.unit}"}
    quantity = _exact(wanted)
    line_net = answer.net_at(quantity) if quantity is not None else None
    if line_net is not None:
        told["line_net"] = format(line_net, "f")
        if line_net < answer.net:
            told["note"] = "cheaper than the ordered quantity"
    return told


def _quantity_for(offer: Offer, scale: Fraction, measured: Fraction, request: Request) -> Fraction:
    """The quantity in the unit asked for from which the step is reached."""
    missing, quantity = scale - measured, request.base_quantity or Fraction(0)
    if offer.condition.counts_together:
        size = base_units(request.product, group_of(offer.condition, request.product).unit) or Fraction(1)
        return in_unit(quantity + missing * size, request)
    if offer.condition.scale_basis == "qty":
        return in_unit(scale, request)
    return in_unit(quantity * scale / measured if measured else scale, request)


def _exact(number: Fraction) -> Decimal | None:
    """The number as a decimal of six places, None where it is none."""
    return round_half_up(number, 6) if 10**6 % number.denominator == 0 else None
