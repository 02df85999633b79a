"""Adds rows: the idempotency key is a unique column, so that the same delivery is there once."""

from __future__ import annotations

from gateway.connector import Delivery, Receipt, safe_name
from gateway.errors import PermanentError
from queue_table.config import QueueTable


class QueueSender:
    """What it adds is committed when it returns, so that no answer can be lost; sending again does no harm."""

    def __init__(self, table: QueueTable) -> None:
        self._table = table

    def send(self, delivery: Delivery) -> Receipt:
        """The row's name; raises PermanentError where the name stands for other content."""
        name = safe_name(delivery.name)
        with self._table.opened() as db:
            found = db.execute("SELECT content FROM document WHERE way = 'out' AND name = ?", (name,)).fetchone()
            if found is not None and found[0] != delivery.content:
                raise PermanentError(f"{name} is there with other content; take it away, then resend")
            added = db.execute(
                "INSERT INTO document (way, name, content, key) VALUES ('out', ?, ?, ?) ON CONFLICT DO NOTHING",
                (name, delivery.content, delivery.idempotency_key),
            ).rowcount
        return Receipt(name, repeated=not added)
