"""How far an order and its lines got: states follow on each other, and nothing leads back."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from gateway.model.status import OrderState

_RANK = {
    OrderState.OPEN: 0,
    OrderState.CONFIRMED: 1,
    OrderState.PARTLY_SHIPPED: 2,
    OrderState.SHIPPED: 3,
    OrderState.INVOICED: 4,
    OrderState.CLOSED: 5,
}


def follows(now: OrderState, told: OrderState) -> bool:
    """Whether the state told can come after the present one; to be where it is already follows, too.

    A cancelled order stays so, and what was shipped in whole is not cancelled any more.
    """
    if told is OrderState.CANCELLED:
        return now is OrderState.CANCELLED or _RANK[now] < _RANK[OrderState.SHIPPED]
    return now is not OrderState.CANCELLED and _RANK[told] >= _RANK[now]


def state_of_line(confirmed: Decimal, shipped: Decimal, invoiced: Decimal) -> OrderState:
    """How far a line got of which so much was confirmed, shipped and invoiced."""
    if confirmed and invoiced >= confirmed:
        return OrderState.INVOICED
    if confirmed and shipped >= confirmed:
        return OrderState.SHIPPED
    return OrderState.PARTLY_SHIPPED if shipped > 0 else OrderState.CONFIRMED


def state_of_order(lines: Iterable[OrderState]) -> OrderState:
    """How far an order got: as far as the last of its lines that are not cancelled; shipped only when all of it is."""
    states = list(lines)
    going = [state for state in states if state is not OrderState.CANCELLED]
    if not going:
        return OrderState.CANCELLED if states else OrderState.CONFIRMED
    least = min(going, key=lambda state: _RANK[state])
    return OrderState.CONFIRMED if least is OrderState.PARTLY_SHIPPED else least
