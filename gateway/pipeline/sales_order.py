"""An order as our own systems get it, made of what the store has: what mappings to ERP and channels read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from gateway.model.order import Order
from gateway.model.sales_order import SalesLine, SalesOrder
from gateway.pipeline.order_view import order_object
from gateway.store.orders import StoredLine, StoredOrder

_STATED = ("buyer", "ship_to", "invoicee", "seller", "contract", "note", "deliver_on", "extras")
_STATED_OF_LINES = ("text", "note", "deliver_on", "extras")


def sales_order(order: StoredOrder, lines: Sequence[StoredLine], stated: Order) -> SalesOrder:
    """The order: what `orders show` has of it, with what the buyer states of parties and days."""
    shown = order_object(order, lines)
    asked = {line.position: {name: getattr(line, name) for name in _STATED_OF_LINES} for line in stated.lines}
    told = shown["lines"]
    made = (
        [_fields(SalesLine, each | asked.get(each["position"], {})) for each in told] if isinstance(told, list) else []
    )
    whole = {**shown, **{name: getattr(stated, name) for name in _STATED}, "lines": made, "test": order.test}
    return msgspec.convert(_fields(SalesOrder, whole), SalesOrder)


def _fields(made: type[msgspec.Struct], values: Mapping[str, object]) -> dict[str, object]:
    """Those of the values that the type has."""
    return {name: values[name] for name in made.__struct_fields__ if name in values}
