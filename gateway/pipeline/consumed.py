"""Consumed: what an order takes of credit and of prices whose quantity is limited, beside what other orders took."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from gateway.commerce.facts import LineDecision
from gateway.model.money import round_half_up
from gateway.model.response import Decision
from gateway.pipeline.work import Work
from gateway.store import Connection
from gateway.store.call_offs import CallOff
from gateway.store.orders import open_total

_CONFIRMED = frozenset({Decision.ACCEPTED, Decision.CHANGED})
# The store keeps six decimals.
_DECIMALS = 6


def credit_used(db: Connection, work: Work) -> Decimal:
    """What the account's other open orders come to, where its credit is limited; tests use none."""
    if work.account is None or work.account.credit_limit is None or work.message.test:
        return Decimal(0)
    return open_total(db, work.account.account, work.account.currency, but=work.own_order)


def taken_before(work: Work) -> Mapping[str, Decimal]:
    """What other orders had taken of each limited price that was looked at, by its call-off."""
    if work.facts is None:
        return {}
    # Lines at the prices of several days were priced apart, each with what it looked at.
    read = (line.price.request.context.volumes.called_off for line in work.facts.lines if line.price)
    return {key: quantity for taken in read for key, quantity in taken.items()}


def taking_lines(work: Work) -> list[LineDecision]:
    """The confirmed lines; a test, or an order that is cancelled or held, has none that takes anything."""
    if work.decision is None or work.decision.decision not in _CONFIRMED or work.message.test or work.is_cancellation:
        return []
    return [line for line in work.decision.lines if line.decision in _CONFIRMED]


def call_offs(work: Work) -> list[CallOff]:
    """What the confirmed lines take of limited prices."""
    claims = ((line.position, line.answer.claim) for line in taking_lines(work) if line.answer is not None)
    return [
        CallOff(position, claim.key, round_half_up(claim.quantity, _DECIMALS)) for position, claim in claims if claim
    ]
