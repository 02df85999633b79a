"""Our orders compared with the list of a system that gets them; what it lacks is sent again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain

from gateway.errors import ConflictError
from gateway.model.quantity import TooLargeError, parse_decimal, plain
from gateway.pipeline.resend import resend
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.reconciling import OrderHead, decided_orders, last_output
from gateway.store.records import Output
from gateway.sync.comparing import Difference, What, differences
from gateway.sync.keys import key_text
from gateway.sync.reconcile import Found, Repair, unreadable
from gateway.sync.sorting import Keyed, sorted_rows
from gateway.tabular.reader import Entry, TableFault, TableRow
from gateway.workspace.values import Channel

ORDERS = "orders"
COMPARED = ("order", "account", "number", "kind", "ordered_on", "currency", "decision", "state", "total")
_BY_BUYER = ("account", "number")
_CANCELLED = "cancelled"
_MILLION = Decimal(10**6)


class OrderReconciliation:
    """The orders that were accepted or changed, compared with those that a system lists.

    A list names each order by our number (`order`), or by `account` and `number`.
    """

    def __init__(self, line: Line, channel: Channel) -> None:
        channels = line.configuration.channels.values()
        mine = [each for each in channels if each.system == channel.system]
        self._line = line
        self._out = next((each for each in mine if each.flows.get(ORDERS) == "out"), None)

    def differences(self, theirs: Iterable[Entry]) -> Iterator[Found]:
        """What is different, by key, each with what would repair it."""
        lost: list[Difference] = []
        rows = iter(theirs)
        first = next(rows, None)
        names = ("order",) if not isinstance(first, TableRow) or "order" in first.cells else _BY_BUYER
        listed = chain([first] if first is not None else [], rows)
        with self._line.store.read() as db:
            right = sorted_rows(_theirs(listed, names, lost))
            left = sorted_rows(_ours(db, names))
            for each in differences(left, right):
                if each.what is not What.MISSING_THERE or (each.our_cells or {})["state"] != _CANCELLED:
                    yield Found(each, self._repair(db, each))
        yield from (Found(each, Repair.NONE) for each in lost)

    def repaired(self, found: Iterable[Found]) -> Iterator[Found]:
        """The same, each order that is missing there queued again; one that is just being sent is left alone."""
        for each in found:
            is_sent = each.repair is Repair.SEND and self._send((each.difference.our_cells or {})["id"])
            yield each if is_sent or each.repair is Repair.NONE else each._replace(repair=Repair.NONE)

    def _repair(self, db: Connection, found: Difference) -> Repair:
        if found.what is not What.MISSING_THERE:
            return Repair.NONE
        return Repair.SEND if self._last(db, (found.our_cells or {})["id"]) else Repair.NONE

    def _last(self, db: Connection, order: str) -> Output | None:
        return last_output(db, order, self._out.name, "order") if self._out else None

    def _send(self, order: str) -> bool:
        with self._line.store.write() as db:
            last = self._last(db, order)
            try:
                if last is not None:
                    resend(self._line, db, last)
            except ConflictError:
                return False
            return last is not None


def _ours(db: Connection, names: tuple[str, ...]) -> Iterator[Keyed]:
    for order in decided_orders(db):
        cells = _cells(order)
        yield key_text([cells[name] for name in names]), 0, cells


def _cells(order: OrderHead) -> dict[str, str]:
    total = "" if order.total_e6 is None else plain(Decimal(order.total_e6) / _MILLION)
    return {
        "id": order.id, "order": order.our_number, "account": order.account, "number": order.number,
        "kind": order.kind, "ordered_on": order.ordered_on, "currency": order.currency, "decision": order.decision,
        "state": order.state, "total": total,
    }  # fmt: skip


def _theirs(entries: Iterable[Entry], names: tuple[str, ...], lost: list[Difference]) -> Iterator[Keyed]:
    for entry in entries:
        if isinstance(entry, TableFault):
            lost.append(unreadable(entry.line, entry.column, entry.text))
            continue
        cells = {name: cell for name, cell in entry.cells.items() if name in COMPARED}
        missing = next((name for name in names if not cells.get(name)), None)
        if missing:
            lost.append(unreadable(entry.line, missing, f"{missing} is empty or left out"))
            continue
        try:
            if cells.get("total"):
                cells["total"] = plain(parse_decimal(cells["total"]))
        except (ValueError, TooLargeError) as reason:
            lost.append(unreadable(entry.line, "total", str(reason)))
            continue
        yield key_text([cells[name] for name in names]), entry.line, cells
