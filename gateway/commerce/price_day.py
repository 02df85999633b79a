"""The day whose prices hold for a line, and the one whose charges hold for the order."""

from __future__ import annotations

from datetime import date

from gateway.model.order import Line, Order


def price_day(order: Order, line: Line, basis: str | None, today: date) -> date:
    """The order's day, or by the basis agreed the day delivery is asked for, or that of shipment.

    Where no delivery day is stated it is the order's. When goods leave is not known yet: it is taken to be the day they
    are asked for, and not before today.
    """
    own = line.deliver_on or line.deliver_not_before or line.deliver_not_after
    scheduled = min((each.on for each in line.schedule if each.on), default=None)
    return _by_basis(order, own or scheduled, basis, today)


def charge_day(order: Order, basis: str | None, today: date) -> date:
    """The day, by the same basis, of what is charged on an order as a whole: told by its header, not by its lines."""
    return _by_basis(order, None, basis, today)


def _by_basis(order: Order, asked: date | None, basis: str | None, today: date) -> date:
    if basis not in ("requested_delivery", "shipment"):
        return order.ordered_on
    asked = asked or order.deliver_on or order.deliver_not_before or order.deliver_not_after
    if basis == "shipment":
        return max(asked or today, today)
    return asked or order.ordered_on
