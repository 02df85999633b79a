"""What is added to an order or taken off it as a whole: by its price conditions, then by the agreed terms."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from gateway.commerce.charges import charges_on
from gateway.commerce.conditions import PERCENT
from gateway.commerce.facts import Facts, LineDecision
from gateway.commerce.pricing import PriceAnswer
from gateway.model.money import round_money
from gateway.model.price import PriceCondition
from gateway.model.quantity import plain
from gateway.model.response import Decision


class FeeKind(StrEnum):
    """What a fee is for."""

    DISCOUNT = "discount"
    SURCHARGE = "surcharge"
    PACKING = "packing"
    FREIGHT = "freight"
    MINIMUM_VALUE = "minimum_value"
    SMALL_QUANTITY = "small_quantity"


class Fee(NamedTuple):
    """An amount that is added to an order, less than 0 where it is taken off, and what for, in words for its buyer.

    `percent` of the goods where it is stated so.
    """

    kind: FeeKind
    amount: Decimal
    text: str
    percent: Decimal | None = None


_WORDS = {
    FeeKind.DISCOUNT: "discount on the order",
    FeeKind.SURCHARGE: "surcharge on the order",
    FeeKind.PACKING: "packing",
    FeeKind.FREIGHT: "freight",
    FeeKind.MINIMUM_VALUE: "fee for small orders",
    FeeKind.SMALL_QUANTITY: "fee for small quantities",
}


def goods_of(lines: Iterable[LineDecision]) -> Decimal:
    """What the lines come to."""
    return sum((line.net for line in lines if line.net is not None), Decimal(0))


def fees_of(facts: Facts, lines: tuple[LineDecision, ...], currency: str) -> tuple[Fee, ...]:
    """What is added to these lines and taken off them; nothing where they are refused.

    The terms are in the account's currency, and add nothing to an order in another one. Where price conditions charge
    freight, the terms charge none beside it.
    """
    terms, account = facts.terms, facts.account
    if account is None or all(each.decision is Decision.REJECTED for each in lines):
        return ()
    fees = _charged(lines, currency)
    if currency != account.currency:
        return tuple(fees)
    goods, has_freight = goods_of(lines), any(fee.kind is FeeKind.FREIGHT for fee in fees)

    def add(kind: FeeKind, amount: Decimal | None, text: str) -> None:
        if amount:
            rounded = round_money(amount, currency)
            fees.append(Fee(kind, rounded, f"{text}: {plain(rounded)} {currency}"))

    if not has_freight and (terms.free_freight_from is None or goods < terms.free_freight_from):
        add(FeeKind.FREIGHT, terms.freight, _WORDS[FeeKind.FREIGHT])
    if is_small(facts, lines) and terms.min_order_value_kind == "soft":
        least = plain(terms.min_order_value or Decimal(0))
        add(FeeKind.MINIMUM_VALUE, terms.min_order_value_fee, f"fee for orders below {least} {currency}")
    for line in lines:
        if line.is_small and line.decision is not Decision.REJECTED:
            text = f"fee for the small quantity of line {line.position}"
            add(FeeKind.SMALL_QUANTITY, terms.small_quantity_fee, text)
    return tuple(fees)


def is_small(facts: Facts, lines: tuple[LineDecision, ...]) -> bool:
    """Whether the goods lie below the least order value; not while a person still has to say what a line comes to."""
    least = facts.terms.min_order_value
    if least is None or any(line.net is None and line.decision is Decision.HELD for line in lines):
        return False
    return goods_of(lines) < least


def _charged(lines: tuple[LineDecision, ...], currency: str) -> list[Fee]:
    """What the price conditions charge on the lines as they are confirmed."""
    priced = [_confirmed(line) for line in lines]
    context = next((answer.request.context for answer in priced if answer), None)
    charges = charges_on(context, priced)[0] if context else ()
    fees = []
    for charge in charges:
        condition = charge.offer.condition
        kind = _kind(condition, charge.amount)
        percent = condition.amount if condition.type in PERCENT else None
        fees.append(Fee(kind, charge.amount, f"{_WORDS[kind]}: {plain(charge.amount)} {currency}", percent))
    return fees


def _confirmed(line: LineDecision) -> PriceAnswer | None:
    """The line's price at the amount that is confirmed; None for what is not."""
    answer = line.answer
    if answer is None or answer.code is not None or line.net is None or line.decision is Decision.REJECTED:
        return None
    return answer if line.net == answer.net else answer._replace(net=line.net)


def _kind(condition: PriceCondition, amount: Decimal) -> FeeKind:
    if condition.type == "MIN_QTY_FEE":
        return FeeKind.MINIMUM_VALUE if condition.scale_basis == "value" else FeeKind.SMALL_QUANTITY
    of_type = {"FREIGHT": FeeKind.FREIGHT, "PACK_FEE": FeeKind.PACKING}
    return of_type.get(condition.type, FeeKind.DISCOUNT if amount < 0 else FeeKind.SURCHARGE)
