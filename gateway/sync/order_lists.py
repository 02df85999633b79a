"""Our orders compared with the list of a system that gets them; what it lacks is sent again, its keys are learnt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from gateway.errors import ConflictError
from gateway.model.quantity import TooLargeError, parse_decimal, plain
from gateway.model.status import OrderState
from gateway.pipeline.reported import ORDER_KEYS, learn_order_keys
from gateway.pipeline.resend import resend
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.reconciling import OrderHead, decided_orders, last_output
from gateway.store.records import Output
from gateway.store.system_rows import our_keys, their_keys
from gateway.store.types import unscale
from gateway.sync.comparing import Difference, What, differences
from gateway.sync.keys import EXTERNAL, key_text
from gateway.sync.reconcile import AT_ONCE, Found, Repair, readable, unreadable
from gateway.sync.sorting import Keyed, sorted_rows
from gateway.tabular.reader import Entry, TableFault, TableRow
from gateway.workspace.values import Channel

ORDERS = "orders"
COMPARED = ("order", "account", "number", "kind", "ordered_on", "currency", "decision", "state", "total", EXTERNAL)
_BY_US = ("order",)
_BY_BUYER = ("account", "number")


class OrderReconciliation:
    """The orders that were accepted or changed, compared with those that a system lists.

    A list names each order by our number (`order`), by `account` and `number`, or by a key of the system's own that is
    known (`external`). One that states this key beside ours teaches it, unless it is known for another order.
    """

    def __init__(self, line: Line, channel: Channel) -> None:
        channels = line.configuration.channels.values()
        mine = [each for each in channels if each.system == channel.system]
        self._line = line
        self._system = channel.system
        self._out = next((each for each in mine if each.flows.get(ORDERS) == "out"), None)

    def differences(self, theirs: Iterable[Entry]) -> Iterator[Found]:
        """What is different, by key, each with what would repair it."""
        lost: list[Difference] = []
        rows = iter(theirs)
        first = next(rows, None)
        names = _names(first)
        listed = chain([first] if first is not None else [], rows)
        with self._line.store.read() as db:
            named = self._named(db, listed) if names == _BY_US else listed
            right = sorted_rows(readable(_theirs(named, names, lost), lost))
            left = sorted_rows(self._ours(db, names))
            for each in self._untaught(differences(left, right)):
                if each.what is not What.MISSING_THERE or (each.our_cells or {})["state"] != OrderState.CANCELLED:
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

    def _ours(self, db: Connection, names: tuple[str, ...]) -> Iterator[Keyed]:
        orders = decided_orders(db)
        while chunk := list(islice(orders, AT_ONCE)):
            theirs = their_keys(db, self._system, ORDER_KEYS, [order.our_number for order in chunk])
            for order in chunk:
                cells = _cells(order) | {EXTERNAL: theirs.get(order.our_number, "")}
                yield key_text([cells[name] for name in names]), 0, cells

    def _named(self, db: Connection, listed: Iterable[Entry]) -> Iterator[Entry]:
        """The rows, each that states no number of ours with the one that its key is known for."""
        left = iter(listed)
        while chunk := list(islice(left, AT_ONCE)):
            stated = {key for each in chunk if (key := _their_key(each))}
            known = our_keys(db, self._system, ORDER_KEYS, stated)
            for each in chunk:
                ours = known.get(_their_key(each))
                if isinstance(each, TableFault) or ours is None:
                    yield each
                else:
                    yield TableRow(each.line, {**each.cells, "order": ours})

    def _untaught(self, found: Iterable[Difference]) -> Iterator[Difference]:
        """What is different besides keys of the system's that are learnt from it."""
        taught: list[Difference] = []
        for each in found:
            if each.field != EXTERNAL:
                yield each
                continue
            taught.append(each)
            if len(taught) >= AT_ONCE:
                yield from self._learn(taught)
                taught = []
        yield from self._learn(taught)

    def _learn(self, taught: list[Difference]) -> list[Difference]:
        """Those whose key is known for another order, and stays so."""
        if not taught:
            return []
        with self._line.store.write() as db:
            known = our_keys(db, self._system, ORDER_KEYS, {each.theirs or "" for each in taught})
            others = [each for each in taught if known.setdefault(each.theirs or "", _order(each)) != _order(each)]
            learn_order_keys(self._line, db, self._system, known)
        return others

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


def _names(first: Entry | None) -> tuple[str, ...]:
    """The columns by which a list names its orders, as its first row has them."""
    columns = first.cells.keys() if isinstance(first, TableRow) else _BY_US
    is_by_us = "order" in columns or (EXTERNAL in columns and "account" not in columns)
    return _BY_US if is_by_us else _BY_BUYER


def _their_key(entry: Entry) -> str:
    """The key of the system's by which alone a row names its order; empty where it names it by ours, or by none."""
    if isinstance(entry, TableFault) or entry.cells.get("order"):
        return ""
    return entry.cells.get(EXTERNAL, "")


def _order(found: Difference) -> str:
    return (found.our_cells or {})["order"]


def _cells(order: OrderHead) -> dict[str, str]:
    total = "" if order.total_e6 is None else plain(unscale(order.total_e6))
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
        cells = {name: cell for name, cell in entry.cells.items() if name in COMPARED and (cell or name != EXTERNAL)}
        if names == _BY_US and _their_key(entry):
            text = f"{cells[EXTERNAL][:80]!r} is no key of an order that we know; state order with it once"
            lost.append(unreadable(entry.line, EXTERNAL, text))
            continue
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
