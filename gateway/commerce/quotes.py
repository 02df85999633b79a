"""What may become of a quote, who may do it, and what is sound in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

import msgspec

from gateway.commerce.term_values import SHIPPING
from gateway.commerce.units import unit_code
from gateway.errors import ConflictError, UsageError
from gateway.model.product import Product
from gateway.model.quantity import parse_decimal, plain
from gateway.model.quote import LadderStep, Quote, QuoteAction, QuoteLine, QuoteState, RequestLine, Side

_BUYER, _SELLER, _GATEWAY = Side.BUYER, Side.SELLER, Side.GATEWAY
_State = QuoteState
# An EDIFACT reference (1154) has 35 characters.
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,34}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_Line = TypeVar("_Line", RequestLine, QuoteLine)

MOVES: Mapping[tuple[QuoteAction, Side], tuple[frozenset[QuoteState], QuoteState]] = {
    (QuoteAction.SUBMIT, _BUYER): (frozenset({_State.DRAFT}), _State.SUBMITTED),
    (QuoteAction.START, _SELLER): (frozenset({_State.SUBMITTED, _State.RENEGOTIATE}), _State.IN_WORK),
    (QuoteAction.OFFER, _SELLER): (
        frozenset({_State.DRAFT, _State.SUBMITTED, _State.IN_WORK, _State.OFFERED, _State.RENEGOTIATE}),
        _State.OFFERED,
    ),
    (QuoteAction.RENEGOTIATE, _BUYER): (frozenset({_State.OFFERED}), _State.RENEGOTIATE),
    (QuoteAction.ACCEPT, _BUYER): (frozenset({_State.OFFERED}), _State.ACCEPTED),
    (QuoteAction.DECLINE, _BUYER): (frozenset({_State.OFFERED}), _State.DECLINED),
    (QuoteAction.DECLINE, _SELLER): (
        frozenset({_State.SUBMITTED, _State.IN_WORK, _State.RENEGOTIATE}),
        _State.DECLINED,
    ),
    (QuoteAction.WITHDRAW, _BUYER): (
        frozenset({_State.DRAFT, _State.SUBMITTED, _State.IN_WORK, _State.RENEGOTIATE}),
        _State.WITHDRAWN,
    ),
    (QuoteAction.WITHDRAW, _SELLER): (frozenset({_State.DRAFT, _State.OFFERED, _State.ACCEPTED}), _State.WITHDRAWN),
    (QuoteAction.EXPIRE, _GATEWAY): (frozenset({_State.OFFERED, _State.ACCEPTED}), _State.EXPIRED),
    (QuoteAction.ORDER, _GATEWAY): (frozenset({_State.ACCEPTED}), _State.ORDERED),
    (QuoteAction.REOPEN, _GATEWAY): (frozenset({_State.ORDERED}), _State.ACCEPTED),
}
"""Who may do what in which states, and where it leads."""


def move(quote: Quote, action: QuoteAction, side: Side) -> QuoteState:
    """The state after the action; raises ConflictError, which says what is possible, where it is not."""
    states, following = MOVES.get((action, side), (frozenset[QuoteState](), quote.state))
    if quote.state in states:
        return following
    raise ConflictError(
        f"Quote {quote.number} is {quote.state}: the {side} cannot {action} it. {_possible_in_words(quote.state)}"
    )


def possible(state: QuoteState, side: Side) -> tuple[QuoteAction, ...]:
    """What this side may do to a quote in the state."""
    return tuple(action for (action, who), (states, _) in MOVES.items() if who is side and state in states)


def _possible_in_words(state: QuoteState) -> str:
    parts = [
        f"the {side} can {', '.join(possible(state, side))}" for side in (_BUYER, _SELLER) if possible(state, side)
    ]
    if not parts:
        return "Nothing more can be done with it; open a new one."
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def is_over(quote: Quote, on: date) -> bool:
    """Whether its offer has run out before the day, and nothing has come of that yet."""
    states, _ = MOVES[QuoteAction.EXPIRE, _GATEWAY]
    return quote.state in states and quote.valid_until is not None and quote.valid_until < on


def check_header(number: str | None, currency: str | None) -> None:
    """Raises UsageError for a number that no order could cite, and for what is no currency."""
    if number is not None and not _NUMBER.fullmatch(number):
        raise UsageError("number: write up to 35 letters, digits and . _ / -, so that an order can cite it.")
    if currency is not None and not _CURRENCY.fullmatch(currency):
        raise UsageError(f"currency: {currency[:10]!r} is no code of ISO 4217 like EUR.")


def check_request(lines: Sequence[RequestLine]) -> tuple[RequestLine, ...]:
    """The lines with their positions; raises UsageError for the first thing that is not sound."""
    numbered = _numbered(lines)
    for place, line in _places(numbered):
        if not (line.product or line.buyer_sku or line.text):
            raise UsageError(f"{place}: name the article by product, buyer_sku or text.")
        for index, quantity in enumerate(line.quantities):
            _positive(quantity, f"{place}.quantities[{index}]")
        if line.target_price is not None:
            _not_negative(line.target_price, f"{place}.target_price")
        _positive(line.target_per, f"{place}.target_per")
    return numbered


def check_offer(lines: Sequence[QuoteLine], products: Mapping[str, Product]) -> tuple[QuoteLine, ...]:
    """The lines with their positions and units; raises UsageError for the first thing that is not sound.

    `products` are the articles of the lines that there are.
    """
    numbered = _numbered(lines)
    offered: dict[str, int] = {}
    checked = []
    for place, line in _places(numbered):
        product = products.get(line.product)
        if product is None:
            raise UsageError(f"{place}.product: there is no article {line.product}. Import it, or name another.")
        if line.product in offered:
            raise UsageError(
                f"{place}.product: line {offered[line.product]} offers {line.product} already. Give it one ladder."
            )
        offered[line.product] = line.position
        checked.append(_offered(place, line, product))
    return tuple(checked)


def _offered(place: str, line: QuoteLine, product: Product) -> QuoteLine:
    if not line.ladder:
        raise UsageError(f"{place}.ladder: offer at least one price.")
    ladder = tuple(_step(f"{place}.ladder[{index}]", step, product) for index, step in enumerate(line.ladder))
    if len({(step.min_quantity, step.unit) for step in ladder}) < len(ladder):
        raise UsageError(f"{place}.ladder: two steps begin at the same quantity. Leave one out.")
    if not line.free_increments and any(not step.min_quantity for step in ladder):
        raise UsageError(f"{place}.ladder: without free_increments each step names the quantity that it is for.")
    if line.max_quantity is not None:
        _positive(line.max_quantity, f"{place}.max_quantity")
        if len({step.unit for step in ladder}) > 1:
            raise UsageError(f"{place}.max_quantity: state the whole ladder in one unit, so that it can be counted.")
        if any(step.min_quantity > line.max_quantity for step in ladder):
            raise UsageError(f"{place}.max_quantity: a step begins above it and could never be reached.")
    return QuoteLine(
        position=line.position, product=line.product, ladder=ladder, max_quantity=line.max_quantity,
        free_increments=line.free_increments, note=line.note,
    )  # fmt: skip


def check_shipping(shipping: str | None, is_locked: bool) -> None:
    """Raises UsageError for a method that is locked and that no order could be compared with."""
    if is_locked and shipping not in SHIPPING:
        named = f"{shipping[:40]!r} is none of" if shipping else "name one of"
        raise UsageError(f"shipping: {named} {', '.join(SHIPPING)}, so that an order can be held to it.")


def _step(place: str, step: LadderStep, product: Product) -> LadderStep:
    _not_negative(step.min_quantity, f"{place}.min_quantity")
    _not_negative(step.price, f"{place}.price")
    _positive(step.per, f"{place}.per")
    unit = unit_code(product, step.unit) if step.unit else product.base_unit
    if unit is None:
        known = ", ".join(each.code for each in product.units)
        raise UsageError(f"{place}.unit: article {product.sku} is not sold in {step.unit}. It is in: {known}.")
    return LadderStep(min_quantity=step.min_quantity, price=step.price, per=step.per, unit=unit)


def _numbered(lines: Sequence[_Line]) -> tuple[_Line, ...]:
    """The lines with positions, counted from 1 where none are stated."""
    if not lines:
        raise UsageError("lines: name at least one article.")
    numbered = tuple(
        line if line.position else msgspec.structs.replace(line, position=index) for index, line in enumerate(lines, 1)
    )
    seen: set[int] = set()
    for place, line in _places(numbered):
        if line.position < 0 or line.position in seen:
            raise UsageError(f"{place}.position: {line.position} is used twice or below 1. Give each line its own.")
        seen.add(line.position)
    return numbered


def _places(lines: Sequence[_Line]) -> Iterator[tuple[str, _Line]]:
    return ((f"lines[{index}]", line) for index, line in enumerate(lines))


def _positive(number: Decimal, place: str) -> None:
    _not_negative(number, place)
    if not number:
        raise UsageError(f"{place}: write more than 0.")


def _not_negative(number: Decimal, place: str) -> None:
    try:
        parse_decimal(format(number, "f"))
    except ValueError as reason:
        raise UsageError(f"{place}: {reason}.") from reason
    if number < 0:
        raise UsageError(f"{place}: {plain(number)} is below 0.")
