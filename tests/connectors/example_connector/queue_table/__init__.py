"""A table that another program shares with us: it leaves documents in it, and finds ours there."""

from __future__ import annotations

from gateway.connector import ConnectionConfig, Connector
from queue_table.config import FIELDS, QueueTable
from queue_table.poll import QueuePoller
from queue_table.send import QueueSender

__all__ = ["CONNECTOR"]


class QueueConnection:
    """The table, as configured."""

    def __init__(self, config: ConnectionConfig) -> None:
        self._table = QueueTable.of(config)

    def poller(self) -> QueuePoller:
        """What takes rows from it."""
        return QueuePoller(self._table)

    def sender(self) -> QueueSender:
        """What adds rows to it."""
        return QueueSender(self._table)

    def test(self) -> list[str]:
        """How many rows wait."""
        with self._table.opened() as db:
            (waiting,) = db.execute("SELECT count(*) FROM document WHERE way = 'in' AND claimed = 0").fetchone()
        return [f"{self._table.path} can be read and written", f"{waiting} documents wait in it"]


CONNECTOR = Connector("queue_table", FIELDS, QueueConnection)
