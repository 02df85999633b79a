"""Consumed: what an order takes of credit and of limited prices and what it buys, beside what other orders did."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from gateway.commerce.facts import LineDecision
from gateway.commerce.units import base_units, exact
from gateway.commerce.volumes import Volumes
from gateway.model.quantity import nearest
from gateway.model.response import Decision
from gateway.pipeline.work import Work
from gateway.store import Connection
from gateway.store.bookings import CallOff, Purchase, bought, called_off
from gateway.store.orders import open_total

_CONFIRMED = frozenset({Decision.ACCEPTED, Decision.CHANGED})


def credit_used(db: Connection, work: Work) -> Decimal:
    """What the account's other open orders come to, where its credit is limited; tests use none."""
    if work.account is None or work.account.credit_limit is None or work.message.test:
        return Decimal(0)
    return open_total(db, work.account.account, work.account.currency, but=work.own_order)


def taken_before(work: Work) -> Mapping[str, Decimal]:
    """What other orders had taken of each limited price that was looked at, by its call-off."""
    return {key: quantity for volumes in _volumes(work) for key, quantity in volumes.called_off.items()}


def is_outdated(db: Connection, work: Work) -> bool:
    """Whether other orders took or bought anything of what was looked at since that was read."""
    if work.facts is None:
        return False
    if work.facts.credit_used != credit_used(db, work):
        return True
    before, but = taken_before(work), work.own_order
    if before:
        taken = called_off(db, before, but)
        if any(taken.get(key, 0) != quantity for key, quantity in before.items()):
            return True
    looked_up = (each for volumes in _volumes(work) for each in volumes.looked_up.items())
    return any(bought(db, looked, but) != found for looked, found in looked_up)


def _volumes(work: Work) -> list[Volumes]:
    """What the prices of the lines rest on; lines at the prices of several days were priced apart."""
    if work.facts is None:
        return []
    read = (line.price.request.context.volumes for line in work.facts.lines if line.price)
    return list({id(each): each for each in read}.values())


def taking_lines(work: Work) -> list[LineDecision]:
    """The confirmed lines; a test, or an order that is cancelled or held, has none that takes anything."""
    if work.decision is None or work.decision.decision not in _CONFIRMED or work.message.test or work.is_cancellation:
        return []
    return [line for line in work.decision.lines if line.decision in _CONFIRMED]


def call_offs(work: Work) -> list[CallOff]:
    """What the confirmed lines take of limited prices."""
    claims = ((line.position, line.answer.claim) for line in taking_lines(work) if line.answer is not None)
    return [CallOff(position, claim.key, nearest(claim.quantity)) for position, claim in claims if claim]


def purchases(work: Work) -> list[Purchase]:
    """What the account buys with the confirmed lines, on back order too; a blanket order buys nothing by itself."""
    if work.account is None or work.order is None or work.order.kind == "blanket":
        return []
    quantities: dict[tuple[str, str], Fraction] = {}
    for line in taking_lines(work):
        if line.answer is not None and line.unit is not None:
            product = line.answer.request.product
            size = exact(line.pack) * (base_units(product, line.unit) or 0)
            key = product.sku, product.base_unit
            quantities[key] = quantities.get(key, Fraction(0)) + exact(line.quantity + line.backordered) * size
    account, day = work.account.account, work.order.ordered_on.isoformat()
    rounded = ((key, nearest(quantity)) for key, quantity in quantities.items())
    return [Purchase(account, sku, day, unit, quantity) for (sku, unit), quantity in rounded if quantity]
