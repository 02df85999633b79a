"""By hand: a person's decision about a stored order, settled and answered like any other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from gateway.commerce.verdict import Verdict, judge
from gateway.errors import PermanentError, UsageError
from gateway.model.response import Decision
from gateway.pipeline.decide import decide
from gateway.pipeline.enrich import enrich_stored
from gateway.pipeline.line import settle
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.stored import rulings_from_json
from gateway.pipeline.translate import restore
from gateway.pipeline.work import Line
from gateway.store.events import note_event
from gateway.store.messages import message as stored_message
from gateway.store.orders import StoredOrder, orders_by_number


class Ruling(NamedTuple):
    """What a person decided: `line` None means every held line, or every line where none is held."""

    decision: Decision
    note: str
    line: int | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None
    on: date | None = None


def find_order(line: Line, number: str, account: str | None) -> StoredOrder:
    """The one order of this number; raises UsageError where there is none, or more than one account has it."""
    with line.store.read() as db:
        found = orders_by_number(db, number, account)
    if not found:
        raise UsageError(f"There is no order {number}. `gateway orders list` shows all.")
    if len({order.account for order in found}) > 1:
        accounts = ", ".join(sorted({order.account for order in found}))
        raise UsageError(f"Order {number} is of the accounts {accounts}. Say which with --account.")
    return found[-1]


def rule(line: Line, order: StoredOrder, ruling: Ruling) -> Decision:
    """The order's decision after the ruling; its answer is queued in the same transaction."""
    if order.state == "cancelled":
        raise UsageError(f"Order {order.number} is cancelled; there is nothing to decide.")
    with line.store.write() as db:
        message = stored_message(db, order.message)
        if message is None:
            raise PermanentError(f"The message of order {order.number} is gone.")
        snapshot = Snapshot(db, line.memory)
        work = decide(line, snapshot, enrich_stored(line, snapshot, restore(line, snapshot, message), order))
        if work.decision is None or work.order is None:
            raise PermanentError(f"Order {order.number} cannot be decided. Replay message {order.message}.")
        held = [each.position for each in work.decision.lines if each.decision is Decision.HELD]
        positions = [each.position for each in work.decision.lines]
        chosen = [ruling.line] if ruling.line is not None else held or positions
        if not set(chosen) <= set(positions):
            raise UsageError(f"Order {order.number} has no line {ruling.line}; its lines are {positions}.")
        verdict = Verdict(ruling.decision, ruling.price, ruling.quantity, ruling.on)
        rulings = rulings_from_json(order.rulings) | dict.fromkeys(chosen, verdict)
        judged = judge(work.order, work.decision, rulings)
        settled = settle(line, db, replace(work, decision=judged, rulings=rulings))
        note_event(db, order.id, "decided by a person", ruling.note, line.now())
    if settled.decision is None:
        raise PermanentError("The ruling came to no decision.")
    return settled.decision.decision
