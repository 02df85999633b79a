"""By hand: a person's decision about a stored order, settled and answered like any other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from gateway.commerce.verdict import Verdict, judge
from gateway.errors import ConflictError, PermanentError, UsageError
from gateway.model.response import Decision
from gateway.model.status import OrderState
from gateway.pipeline.decide import decide
from gateway.pipeline.enrich import enrich_stored
from gateway.pipeline.line import settle
from gateway.pipeline.rulings import rulings_from_json
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.translate import restore
from gateway.pipeline.work import Line
from gateway.store.events import note_event
from gateway.store.messages import message as stored_message
from gateway.store.orders import StoredOrder, orders_called
from gateway.store.orders import order as order_of_id


class Ruling(NamedTuple):
    """What a person decided: `line` None means every held line, or every line where none is held."""

    decision: Decision
    note: str
    line: int | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None
    on: date | None = None


class Called(NamedTuple):
    """The orders that are called by one name, the buyer's number or ours, oldest first; there is one at least."""

    name: str
    orders: Sequence[StoredOrder]

    @property
    def only(self) -> StoredOrder:
        """The one that is called so; raises UsageError with the list of them where it could be another."""
        if len(self.orders) > 1:
            raise UsageError(self._several())
        return self.orders[0]

    @property
    def standing(self) -> StoredOrder:
        """The one that stands, where the others of its account and kind were refused or cancelled; else as `only`."""
        standing = [each for each in self.orders if each.stands]
        is_same = len({(each.account, each.number, each.kind, each.test) for each in self.orders}) == 1
        return standing[0] if is_same and len(standing) == 1 else self.only

    def _several(self) -> str:
        rows = (
            f"  {each.our_number}  account {each.account}, {'test ' if each.test else ''}{each.kind} of "
            f"{each.ordered_on} by {each.channel}, {each.decision}, {each.state}"
            for each in self.orders
        )
        told = "\n".join(rows)
        whose = ", or say whose with --account" if len({each.account for each in self.orders}) > 1 else ""
        advice = f"Name one by our number, as {self.orders[-1].our_number}{whose}."
        return f"{len(self.orders)} orders are called {self.name}:\n{told}\n{advice}"


def find_orders(line: Line, name: str, account: str | None) -> Called:
    """The orders that their buyer or we call so; raises UsageError where there is none."""
    with line.store.read() as db:
        found = orders_called(db, name, account)
    if not found:
        raise UsageError(f"There is no order {name}. `gateway orders list` shows all.")
    return Called(name, found)


def rule(line: Line, order: StoredOrder, ruling: Ruling) -> Decision:
    """The order's decision after the ruling; its answer is queued in the same transaction."""
    if order.state == OrderState.CANCELLED:
        raise UsageError(f"Order {order.number} is cancelled; there is nothing to decide.")
    with line.store.write() as db:
        if order_of_id(db, order.id) != order:
            raise ConflictError(f"Order {order.number} has changed meanwhile. Look at it, then decide again.")
        message = stored_message(db, order.message)
        if message is None:
            raise PermanentError(f"The message of order {order.number} is gone.")
        snapshot = Snapshot(db, line.memory)
        work = decide(line, snapshot, enrich_stored(line, snapshot, restore(line, snapshot, message), order))
        if work.decision is None or work.order is None:
            raise PermanentError(f"Order {order.number} cannot be decided. Replay message {order.message}.")
        before = rulings_from_json(order.rulings)
        told = {position for position, verdict in before.items() if verdict.told is not None}
        held = [each.position for each in work.decision.lines if each.decision is Decision.HELD]
        held = [position for position in held if position not in told]
        positions = [each.position for each in work.decision.lines]
        chosen = [ruling.line] if ruling.line is not None else held or positions
        if not set(chosen) <= set(positions):
            raise UsageError(f"Order {order.number} has no line {ruling.line}; its lines are {positions}.")
        verdict = Verdict(ruling.decision, ruling.price, ruling.quantity, ruling.on)
        rulings = before | {position: verdict.over(before.get(position)) for position in chosen}
        judged = judge(work.order, work.decision, rulings)
        settled = settle(line, db, replace(work, decision=judged, rulings=rulings))
        note_event(db, order.id, "decided by a person", ruling.note, line.now())
    if settled.decision is None:
        raise PermanentError("The ruling came to no decision.")
    return settled.decision.decision
