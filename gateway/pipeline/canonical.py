"""Canonical: what a message can become, by what its mapping makes, and how each is kept."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from gateway.errors import PermanentError
from gateway.mapping.table_reader import Document
from gateway.model.confirmation import OrderConfirmation
from gateway.model.order import Order, OrderChange
from gateway.model.status import OrderStatus
from gateway.model.trade_rows import ROW_KINDS, TradeRows
from gateway.model.value import to_json

Stated: TypeAlias = Order | OrderConfirmation | OrderStatus | TradeRows
"""What someone states in a message; an order change is an order too."""

_MADE: dict[str, type[Stated]] = {
    "order": Order,
    "order_change": OrderChange,
    "order_confirmation": OrderConfirmation,
    "order_status": OrderStatus,
}
ORDERS = frozenset({"order", "order_change"})


def made_by(makes: str) -> type[Stated]:
    """The document that a mapping with this `makes` comes to; raises PermanentError where the line knows none."""
    if makes in ROW_KINDS:
        return TradeRows
    if makes not in _MADE:
        raise PermanentError(f"Nothing is done with {makes} here. Name a mapping that makes another document.")
    return _MADE[makes]


def stated_in(document: Document, makes: str) -> Stated:
    """The document of a mapping's tree; raises msgspec.ValidationError where it does not fit."""
    return msgspec.convert(document, made_by(makes))


def kept(document: Stated | None) -> str | None:
    """The JSON text the store keeps; rows of trade data are read again from the archive."""
    return None if document is None or isinstance(document, TradeRows) else to_json(document).decode()
