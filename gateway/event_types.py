"""What the feed tells of, and by what kind of connection; a further type may be added, none changes its meaning."""

from __future__ import annotations

WEBHOOK = "webhook"
"""The kind of connection that is told of events."""

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
AGGREGATES = ("order", "message", "quote", "trade")
"""The kinds of things that events are about."""
