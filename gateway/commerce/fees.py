"""What is added to an order or taken off it as a whole: by its price conditions, then by the agreed terms."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from gateway.commerce.basket import Basket
from gateway.commerce.charges import Charge, charges_on
from gateway.commerce.conditions import PERCENT
from gateway.commerce.facts import Facts, LineDecision
from gateway.commerce.pricing import PriceAnswer
from gateway.commerce.terms import AgreedTerms
from gateway.commerce.units import exact
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


class Sold(NamedTuple):
    """What the terms charge for: the goods, whether they lie below the least order value, the lines that do so.

    `has_freight`: price conditions charge it, and the terms charge none beside it.
    """

    goods: Decimal
    is_small: bool
    small_lines: tuple[int, ...]
    has_freight: bool


def fees_of(facts: Facts, lines: tuple[LineDecision, ...], currency: str) -> tuple[Fee, ...]:
    """What is added to these lines and taken off them; nothing where they are refused.

    The terms are in the account's currency, and add nothing to an order in another one.
    """
    account = facts.account
    if account is None or all(each.decision is Decision.REJECTED for each in lines):
        return ()
    fees = _charged(facts, lines, currency)
    if currency != account.currency:
        return tuple(fees)
    small = tuple(each.position for each in lines if each.is_small and each.decision is not Decision.REJECTED)
    has_freight = any(fee.kind is FeeKind.FREIGHT for fee in fees)
    sold = Sold(goods_of(lines), is_small(facts, lines), small, has_freight)
    return (*fees, *fees_by_terms(facts.terms, sold, currency))


def fees_on(basket: Basket, terms: AgreedTerms) -> tuple[Fee, ...]:
    """What the terms, which are in its currency, would add to an order of the basket; nothing where it has no price.

    Whether it is too small is not told while one of its lines has no price.
    """
    priced = [(position, line) for position, line in enumerate(basket.lines, 1) if line and line.net is not None]
    if not priced:
        return ()
    small = tuple(position for position, line in priced if _is_below_least(line))
    has_freight = any(_kind(each.offer.condition, each.amount) is FeeKind.FREIGHT for each in basket.charges)
    below = len(priced) == len(basket.lines) and _is_below(terms, basket.goods)
    return fees_by_terms(terms, Sold(basket.goods, below, small, has_freight), basket.context.currency)


def fees_due(basket: Basket, terms: AgreedTerms | None) -> tuple[Fee, ...]:
    """All that would be added to an order of the basket and taken off it, as `fees_of` does where it is ordered so.

    `terms` are None where they are in another currency than the basket.
    """
    by_conditions = _fees_of_charges(basket.charges, basket.context.currency)
    return (*by_conditions, *fees_on(basket, terms)) if terms else tuple(by_conditions)


def fees_by_terms(terms: AgreedTerms, sold: Sold, currency: str) -> tuple[Fee, ...]:
    """What the terms, which are in this currency, charge for what is sold."""
    fees: list[Fee] = []

    def add(kind: FeeKind, amount: Decimal | None, text: str) -> None:
        if amount:
            rounded = round_money(amount, currency)
            fees.append(Fee(kind, rounded, f"{text}: {plain(rounded)} {currency}"))

    if not sold.has_freight and (terms.free_freight_from is None or sold.goods < terms.free_freight_from):
        add(FeeKind.FREIGHT, terms.freight, _WORDS[FeeKind.FREIGHT])
    if sold.is_small and terms.min_order_value_kind == "soft":
        least = plain(terms.min_order_value or Decimal(0))
        add(FeeKind.MINIMUM_VALUE, terms.min_order_value_fee, f"fee for orders below {least} {currency}")
    for position in sold.small_lines:
        text = f"fee for the small quantity of line {position}"
        add(FeeKind.SMALL_QUANTITY, terms.small_quantity_fee, text)
    return tuple(fees)


def is_small(facts: Facts, lines: tuple[LineDecision, ...]) -> bool:
    """Whether the goods lie below the least order value; not while a person still has to say what a line comes to."""
    if any(line.net is None and line.decision is Decision.HELD for line in lines):
        return False
    return _is_below(facts.terms, goods_of(lines))


def _is_below(terms: AgreedTerms, goods: Decimal) -> bool:
    return terms.min_order_value is not None and goods < terms.min_order_value


def _is_below_least(line: PriceAnswer) -> bool:
    """Whether less is asked for than the least quantity of the article."""
    return (line.request.base_quantity or 0) < exact(line.request.product.min_quantity or 0)


def _charged(facts: Facts, lines: tuple[LineDecision, ...], currency: str) -> list[Fee]:
    """What the price conditions charge on the lines as they are confirmed."""
    on_the_day = facts.charged or tuple(line.answer for line in lines)
    priced = [_confirmed(*each) for each in zip(lines, on_the_day, strict=True)]
    context = next((each.request.context for each in on_the_day if each), None)
    return _fees_of_charges(charges_on(context, priced)[0] if context else (), currency)


def _fees_of_charges(charges: Iterable[Charge], currency: str) -> list[Fee]:
    """What price conditions charge, each with what it is for."""
    fees = []
    for charge in charges:
        condition = charge.offer.condition
        kind = _kind(condition, charge.amount)
        percent = condition.amount if condition.type in PERCENT else None
        fees.append(Fee(kind, charge.amount, f"{_WORDS[kind]}: {plain(charge.amount)} {currency}", percent))
    return fees


def _confirmed(line: LineDecision, on_the_day: PriceAnswer | None) -> PriceAnswer | None:
    """The line's price at the amount that is confirmed, beside the charges of a day; None for what is not confirmed."""
    answer = line.answer
    if answer is None or answer.code is not None or line.net is None or line.decision is Decision.REJECTED:
        return None
    return answer._replace(net=line.net, found=on_the_day.found if on_the_day else answer.found)


def _kind(condition: PriceCondition, amount: Decimal) -> FeeKind:
    if condition.type == "MIN_QTY_FEE":
        return FeeKind.MINIMUM_VALUE if condition.scale_basis == "value" else FeeKind.SMALL_QUANTITY
    of_type = {"FREIGHT": FeeKind.FREIGHT, "PACK_FEE": FeeKind.PACKING}
    return of_type.get(condition.type, FeeKind.DISCOUNT if amount < 0 else FeeKind.SURCHARGE)
