"""What is let in where a partner posts his documents."""

from __future__ import annotations

from gateway.connector import Listener, Values


def listener_of(values: Values) -> Listener:
    """What the connection file says of it."""
    return Listener(values.texts("accepts"), values.integer("max_bytes") or None)
