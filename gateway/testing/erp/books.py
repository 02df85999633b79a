"""What the played ERP has in its books: orders, what it confirms of them, how far they got, and whatever was left."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(slots=True)
class Line:
    """One line of an order, or what is confirmed of it."""

    position: str
    article: str
    quantity: Decimal
    unit: str
    deliver_on: date | None = None


@dataclass(slots=True)
class Order:
    """An order as it came: `number` is the gateway's, and with `version` the key by which it is known."""

    number: str
    version: int
    lines: list[Line] = field(default_factory=list)
    erp_number: str = ""

    @property
    def key(self) -> str:
        """The number and version in one."""
        return f"{self.number}/{self.version}"


@dataclass(slots=True)
class Report:
    """A document that waits for whoever asks: a confirmation, a status, or any with a `content` of its own."""

    identity: str
    order: Order | None = None
    state: str = ""
    name: str = ""
    content: bytes = b""


class RefusedError(Exception):
    """The ERP refuses what was asked, for a reason of business."""


class Books:
    """All of it, for several threads at once. `short` says how much of an article there is, where it is not enough.

    Numbers are given from `first` on.
    """

    def __init__(self, first: int = 70001) -> None:
        self._first = first
        self._lock = threading.Lock()
        self.burn()

    def burn(self) -> None:
        """Nothing is in them any more."""
        self._orders: dict[str, Order] = {}
        self._documents: dict[str, tuple[str, bytes]] = {}
        self._waiting: dict[str, list[Report]] = {"confirmations": [], "documents": []}
        self._statuses: list[Report] = []
        self._counted = self._first
        self._rows: dict[str, list[dict[str, str]]] = {}
        self.short: dict[str, Decimal] = {}

    def book(self, order: Order) -> tuple[Order, bool]:
        """The order with the ERP's number, and whether it was there before; raises RefusedError."""
        with self._lock:
            known = self._orders.get(order.key)
            if known is not None:
                return known, True
            if any(line.quantity <= 0 for line in order.lines):
                raise RefusedError(f"order {order.number}: a quantity is not positive")
            order.erp_number = f"ERP-{self._first + len(self._orders)}"
            self._orders[order.key] = order
            self._waiting["confirmations"].append(Report(self._next("C"), order))
            return order, False

    def order(self, key: str) -> Order | None:
        """The order of this key; None where there is none."""
        with self._lock:
            return self._orders.get(key)

    def orders(self) -> list[Order]:
        """All orders in the order in which they came."""
        with self._lock:
            return list(self._orders.values())

    def keep(self, name: str, key: str, content: bytes) -> bool:
        """Whether the document was there before; raises RefusedError where its name holds another."""
        with self._lock:
            known = self._documents.get(name)
            if known is not None and known != (key, content):
                raise RefusedError(f"document {name} is there with other content")
            self._documents[name] = key, content
            return known is not None

    def document_of(self, key: str) -> str | None:
        """The name of the document that came under this key."""
        with self._lock:
            return next((name for name, (known, _) in self._documents.items() if known == key), None)

    def documents(self) -> dict[str, bytes]:
        """All documents by name."""
        with self._lock:
            return {name: content for name, (_, content) in self._documents.items()}

    def leave(self, name: str, content: bytes) -> None:
        """A document waits for whoever asks for documents."""
        with self._lock:
            self._waiting["documents"].append(Report(self._next("D"), name=name, content=content))

    def waiting(self, kind: str) -> list[Report]:
        """What waits of a kind and was not acknowledged."""
        with self._lock:
            return list(self._waiting[kind])

    def acknowledge(self, kind: str, identity: str) -> bool:
        """Whether it waited; then it does no more. An order whose confirmation was taken is shipped."""
        with self._lock:
            found = next((each for each in self._waiting[kind] if each.identity == identity), None)
            if found is None:
                return False
            self._waiting[kind].remove(found)
            if found.order is not None:
                self._statuses.append(Report(self._next("S"), found.order, state="shipped"))
            return True

    def statuses(self, after: int, most: int) -> tuple[list[Report], int, bool]:
        """What was reported from this cursor on, the cursor behind it, and whether more follows."""
        with self._lock:
            start = max(after - self._first, 0)
            end = start + len(found := self._statuses[start : start + most])
            return found, self._first + end, end < len(self._statuses)

    def own(self, kind: str, rows: list[dict[str, str]]) -> None:
        """These are all rows of a kind of trade data."""
        with self._lock:
            self._rows[kind] = rows

    def rows(self, kind: str) -> list[dict[str, str]]:
        """All rows of a kind of trade data."""
        with self._lock:
            return list(self._rows.get(kind, ()))

    def confirmed(self, line: Line) -> Decimal:
        """How much of a line is delivered."""
        return min(line.quantity, self.short.get(line.article, line.quantity))

    def _next(self, letter: str) -> str:
        self._counted += 1
        return f"{letter}-{self._counted - 1}"
