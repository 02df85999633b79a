"""Takes rows, each once: a claim is a mark in the row, which only one can set."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.connector import Arrival, safe_name
from queue_table.config import QueueTable


class QueuePoller:
    """What another program left is taken in its order; a row is whole as soon as it is seen."""

    def __init__(self, table: QueueTable) -> None:
        self._table = table
        self._again: list[str] = []

    def poll(self) -> Iterator[Arrival]:
        """What was given back, then what is new."""
        again, self._again = self._again, []
        for key in again:
            yield from self._arrival(key)
        while (key := self._claimed()) is not None:
            yield from self._arrival(key)

    def done(self, arrival: Arrival) -> None:
        """The row is removed."""
        with self._table.opened() as db:
            db.execute("DELETE FROM document WHERE number = ?", (arrival.key,))

    def release(self, arrival: Arrival) -> None:
        """The next poll yields it again."""
        self._again.append(arrival.key)

    def recover(self) -> int:
        """How many rows a run that crashed had claimed; the next poll yields them."""
        with self._table.opened() as db:
            rows = db.execute("SELECT number FROM document WHERE way = 'in' AND claimed = 1 ORDER BY number").fetchall()
        self._again = [str(number) for (number,) in rows]
        return len(rows)

    def _claimed(self) -> str | None:
        with self._table.opened() as db:
            row = db.execute(
                "UPDATE document SET claimed = 1 WHERE number = "
                "(SELECT min(number) FROM document WHERE way = 'in' AND claimed = 0) RETURNING number"
            ).fetchone()
        return None if row is None else str(row[0])

    def _arrival(self, key: str) -> Iterator[Arrival]:
        with self._table.opened() as db:
            row = db.execute("SELECT name, content FROM document WHERE number = ?", (key,)).fetchone()
        if row is not None:
            name, content = row
            yield Arrival(key, safe_name(name), len(content), lambda: iter([content]))
