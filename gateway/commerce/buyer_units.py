"""Documents of a buyer with our units for his, and answers with his: by the profile of his system, never by a guess.

A code that nobody has named stays as it was received beside no unit of ours: of an order the article decides then
whether it is sold so, else its line is held.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from gateway.model.order import Line, Order, Price, Schedule
from gateway.model.profile import Profile
from gateway.model.punchout import SetupItem
from gateway.model.response import OrderResponse, ResponseLine

_OrderT = TypeVar("_OrderT", bound=Order)


def order_in_our_units(order: _OrderT, profile: Profile) -> _OrderT:
    """The order in our units (UN/ECE Rec 20); those that a mapping has read already stand as they are."""
    return replace(order, lines=tuple(_line(line, profile) for line in order.lines))


def items_in_our_units(items: Iterable[SetupItem], profile: Profile) -> tuple[SetupItem, ...]:
    """The items of a buyer's cart in our units."""
    return tuple(
        replace(item, unit=_ours(item.unit, item.unit_as_received, profile), price=_price(item.price, profile))
        for item in items
    )


def response_in_their_units(response: OrderResponse, profile: Profile) -> OrderResponse:
    """The answer with the buyer's codes for units of ours, on lines for which he stated none."""
    return replace(response, lines=tuple(_answered(line, profile) for line in response.lines))


def _answered(line: ResponseLine, profile: Profile) -> ResponseLine:
    if line.unit_as_received is not None or line.unit is None:
        return line
    return replace(line, unit_as_received=profile.unit_sent(line.unit))


def _line(line: Line, profile: Profile) -> Line:
    return replace(
        line,
        unit=_ours(line.unit, line.unit_as_received, profile),
        price=_price(line.price, profile),
        schedule=tuple(_schedule(part, profile) for part in line.schedule),
    )


def _price(price: Price | None, profile: Profile) -> Price | None:
    return price and replace(price, unit=_ours(price.unit, price.unit_as_received, profile))


def _schedule(part: Schedule, profile: Profile) -> Schedule:
    """The part of a schedule, which has its unit as it was received."""
    return replace(part, unit=profile.unit_read(part.unit) or part.unit) if part.unit else part


def _ours(unit: str | None, received: str | None, profile: Profile) -> str | None:
    return unit or (profile.unit_read(received) if received else None)
