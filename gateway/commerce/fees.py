"""What the agreed terms add to an order: freight, and fees for orders and quantities that are small."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from gateway.commerce.facts import Facts, LineDecision
from gateway.model.money import round_money
from gateway.model.quantity import plain
from gateway.model.response import Decision


class FeeKind(StrEnum):
    """What a fee is for."""

    FREIGHT = "freight"
    MINIMUM_VALUE = "minimum_value"
    SMALL_QUANTITY = "small_quantity"


class Fee(NamedTuple):
    """An amount that is added to an order, and what for, in words for its buyer."""

    kind: FeeKind
    amount: Decimal
    text: str


def goods_of(lines: Iterable[LineDecision]) -> Decimal:
    """What the lines come to."""
    return sum((line.net for line in lines if line.net is not None), Decimal(0))


def fees_of(facts: Facts, lines: tuple[LineDecision, ...], currency: str) -> tuple[Fee, ...]:
    """What is added to these lines; nothing where they are refused, or in another currency than the account's.

    Where price conditions charge freight, the terms charge none beside it.
    """
    terms, account = facts.terms, facts.account
    if account is None or currency != account.currency or all(each.decision is Decision.REJECTED for each in lines):
        return ()
    goods = goods_of(lines)
    fees: list[Fee] = []

    def add(kind: FeeKind, amount: Decimal | None, text: str) -> None:
        if amount:
            rounded = round_money(amount, currency)
            fees.append(Fee(kind, rounded, f"{text}: {plain(rounded)} {currency}"))

    if not _charged_freight(facts) and (terms.free_freight_from is None or goods < terms.free_freight_from):
        add(FeeKind.FREIGHT, terms.freight, "freight")
    if is_small(facts, goods) and terms.min_order_value_kind == "soft":
        least = plain(terms.min_order_value or Decimal(0))
        add(FeeKind.MINIMUM_VALUE, terms.min_order_value_fee, f"fee for orders below {least} {currency}")
    for line in lines:
        if line.is_small and line.decision is not Decision.REJECTED:
            text = f"fee for the small quantity of line {line.position}"
            add(FeeKind.SMALL_QUANTITY, terms.small_quantity_fee, text)
    return tuple(fees)


def is_small(facts: Facts, goods: Decimal) -> bool:
    """Whether the goods lie below the least order value."""
    return facts.terms.min_order_value is not None and goods < facts.terms.min_order_value


def _charged_freight(facts: Facts) -> bool:
    shares = (share for line in facts.lines if line.price for share in line.price.shares)
    return any(share.offer.condition.type == "FREIGHT" for share in shares)
