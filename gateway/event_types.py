"""The types of events the feed tells of; a further one may be added, and what one means does not change."""

from __future__ import annotations

EVENT_TYPES = (
    "order.received",
    "order.decided",
    "order.changed",
    "order.cancelled",
    "order.confirmed",
    "order.status",
    "message.held",
    "quote.changed",
    "trade.changed",
    "content.changed",
)
