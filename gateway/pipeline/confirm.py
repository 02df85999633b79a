"""Confirm: what an ERP confirms of an order, applied to it and answered to its buyer in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeGuard

from msgspec.structs import replace

from gateway.commerce.decision import OrderDecision
from gateway.commerce.facts import LineDecision
from gateway.commerce.fulfilment import Standing, unconfirmed, weigh
from gateway.commerce.verdict import Verdict, judge
from gateway.errors import PermanentError
from gateway.issues import Issue, finding, has_errors
from gateway.model.confirmation import Confirmed, OrderConfirmation
from gateway.model.quantity import nearest
from gateway.model.response import Decision
from gateway.model.status import OrderState, OrderStatus
from gateway.pipeline.canonical import Stated
from gateway.pipeline.consumed import is_outdated
from gateway.pipeline.decide import decide
from gateway.pipeline.enrich import enrich_stored
from gateway.pipeline.order_out import Outgoing, send_confirmation, send_status
from gateway.pipeline.policy import policy_of
from gateway.pipeline.put_order import freed, order_of, write_order
from gateway.pipeline.reported import Reporter, order_meant, order_named
from gateway.pipeline.respond import agreed_answer, answer_order, response_to
from gateway.pipeline.rulings import rulings_from_json
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.stored import awaits_erp
from gateway.pipeline.translate import restore
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.events import note_event
from gateway.store.feed import Happening, note
from gateway.store.messages import message as stored_message
from gateway.store.messages import update_message
from gateway.store.orders import StoredLine, StoredOrder, lines_of
from gateway.store.records import State
from gateway.store.types import unscale

_NOT_TAKEN = frozenset({Decision.HELD.value, Decision.REJECTED.value})


def foresee(line: Line, snapshot: Snapshot, work: Work) -> Work:
    """The work with the order it confirms or cancels as it is decided now, read without the write lock."""
    document = work.document
    if work.state is not None or not (isinstance(document, OrderConfirmation) or _cancels(document)):
        return work
    order = order_named(line, snapshot.db, work, document)
    if order is None or order.state == OrderState.CANCELLED or order.decision in _NOT_TAKEN:
        return work
    if isinstance(document, OrderConfirmation) and _refusal(order, document) is not None:
        return work
    return replace(work, standing=standing_of(line, snapshot, order))


def _cancels(document: Stated | None) -> TypeGuard[OrderStatus]:
    """Whether it is a report that cancels any of its order."""
    if not isinstance(document, OrderStatus):
        return False
    return OrderState.CANCELLED in (document.state, *(line.state for line in document.lines))


def standing_now(line: Line, db: Connection, foreseen: Work | None, order: StoredOrder) -> Work:
    """The work of the stored order as it is decided: the foreseen one, where nothing has changed since."""
    if foreseen is None or foreseen.base != order or is_outdated(db, foreseen):
        return standing_of(line, Snapshot(db, line.memory), order)
    return foreseen


def confirm(line: Line, db: Connection, work: Work) -> Work:
    """The work with what became of the confirmation: processed, a duplicate, or held for a person."""
    document = work.document
    if not isinstance(document, OrderConfirmation):
        raise PermanentError(f"Message {work.message.id} confirms nothing.")
    meant = order_meant(line, db, work, document)
    order = meant.order
    if order is None:
        return meant.work
    work = replace(meant.work, issues=work.issues)
    refusal = _refusal(order, document)
    if refusal is not None:
        return work.ended(State.HELD if refusal.is_error else State.PROCESSED, refusal)
    standing = standing_now(line, db, work.standing, order)
    stands = Standing(
        order_of(standing), _judged(standing), standing.rulings or {}, policy_of(standing.partner).tolerance
    )
    weighed = weigh(stands, meant.reporter.channel, document)
    work = replace(work, account=standing.account, issues=(*work.issues, *weighed.issues))
    if has_errors(weighed.issues):
        return work.ended(State.HELD)
    if any(stands.verdicts.get(position) != verdict for position, verdict in weighed.verdicts.items()):
        confirmed = apply_verdicts(line, db, standing, weighed.verdicts, meant.reporter)
        _tell(line, db, confirmed, document, meant.reporter)
    return work.ended(State.PROCESSED)


def _refusal(order: StoredOrder, document: OrderConfirmation) -> Issue | None:
    """Why the order takes no confirmation any more or not yet; a finding where there is nothing to do about it."""
    if document.order_version is not None and document.order_version < order.version:
        text = f"version {document.order_version} is confirmed; version {order.version} was sent since"
        return finding("report.older", text)
    if not order.stands:
        text = f"order {order.our_number} is {'cancelled' if order.state == OrderState.CANCELLED else 'refused'}"
        refuses = document.status is Confirmed.REJECTED and not document.lines
        if refuses:
            return finding("report.too-late", text)
        return Issue(code="report.too-late", text=text)
    if order.decision == Decision.HELD.value:
        text = f"order {order.our_number} waits for a person's decision"
        return Issue(code="report.order.undecided", text=text)
    return None


def standing_of(line: Line, snapshot: Snapshot, order: StoredOrder) -> Work:
    """The work of a stored order as it is decided now, before what was said of its lines is laid over it."""
    message = stored_message(snapshot.db, order.message)
    if message is None:
        raise PermanentError(f"The message of order {order.our_number} is gone.")
    work = decide(line, snapshot, enrich_stored(line, snapshot, restore(line, snapshot, message), order))
    if work.decision is None:
        raise PermanentError(f"Order {order.our_number} cannot be decided. Replay message {order.message}.")
    lines = {each.position: each for each in lines_of(snapshot.db, order.id)}
    rulings = rulings_from_json(order.rulings)
    kept = {
        each.position: verdict
        for each in work.decision.lines
        if each.position not in rulings and (verdict := _as_it_stood(lines.get(each.position), each)) is not None
    }
    decided = judge(order_of(work), work.decision, kept) if kept else work.decision
    return replace(work, decision=decided, rulings=rulings)


def _as_it_stood(line: StoredLine | None, decided: LineDecision) -> Verdict | None:
    """What was decided about a line when its order went out; None where the trade data of today comes to the same."""
    if line is None:
        return None
    packs = _packs(line.confirmed_quantity_e6, decided)
    later = _packs(line.backordered_quantity_e6, decided)
    on = date.fromisoformat(line.confirmed_on) if line.confirmed_on else None
    decision = Decision(line.decision)
    price = _price_as_it_stood(line, decided)
    today = decided.decision, decided.quantity, decided.backordered, decided.deliver_on, None
    if (decision, packs, later, on, price) == today:
        return None
    return Verdict(decision, price, packs or None, on, backordered=later)


def _packs(quantity_e6: int | None, decided: LineDecision) -> Decimal:
    """A stored quantity in the ordered units."""
    return nearest(Fraction(unscale(quantity_e6 or 0)) / Fraction(decided.pack))


def _price_as_it_stood(line: StoredLine, decided: LineDecision) -> Decimal | None:
    """The price that was confirmed to be, where today's is another for the same unit; None where it is the same."""
    price = decided.price
    if price is None or price.amount is None or line.confirmed_price_e6 is None:
        return None
    is_alike = decided.pack == 1 and price.unit in (None, line.confirmed_unit)
    per = unscale(line.confirmed_per_e6) if line.confirmed_per_e6 is not None else None
    stood = unscale(line.confirmed_price_e6)
    return stood if is_alike and per == price.per and stood != price.amount else None


def _judged(work: Work) -> OrderDecision:
    return judge(order_of(work), _decided(work), work.rulings or {})


def _decided(work: Work) -> OrderDecision:
    if work.decision is None:
        raise PermanentError(f"Message {work.message.id} came to no decision.")
    return work.decision


def apply_verdicts(
    line: Line, db: Connection, standing: Work, verdicts: Mapping[int, Verdict], reporter: Reporter
) -> Work:
    """The order written with what the ERP said of its lines; its buyer is answered once all of it is confirmed.

    What changes afterwards is answered again. Other systems that take confirmations get the same answer.
    """
    base = standing.base
    if base is None:
        raise PermanentError(f"Message {standing.message.id} came to no stored order.")
    rulings = {**(standing.rulings or {}), **verdicts}
    decided = judge(order_of(standing), _decided(standing), rulings)
    before = [_told(each) for each in lines_of(db, base.id)]
    work = freed(db, write_order(line, db, replace(standing, decision=decided, rulings=rulings), base.version))
    update_message(db, work.message.id, decision=decided.decision.value, changed_at=line.now())
    is_new = before != [_told(each) for each in work.lines] or base.state == OrderState.OPEN or awaits_erp(standing)
    if is_new and not unconfirmed(order_of(work), decided, rulings):
        _answer(line, db, work, reporter)
    return work


def _told(line: StoredLine) -> tuple[object, ...]:
    """What the buyer is told of a line."""
    return (
        line.decision, line.confirmed_quantity_e6, line.confirmed_unit, line.confirmed_price_e6, line.confirmed_per_e6,
        line.confirmed_on, line.schedule, line.reasons, line.backordered_quantity_e6,
    )  # fmt: skip


def _answer(line: Line, db: Connection, work: Work, reporter: Reporter) -> None:
    """Queue the answer for the buyer and for the systems that take confirmations."""
    stored = work.stored
    takers = any(each.flows.get("confirmations") == "out" for each in line.configuration.channels.values())
    if stored is None or not (takers or agreed_answer(line, work)):
        return
    response = response_to(line, db, work)
    answer_order(line, db, work, response)
    outgoing = Outgoing(stored, work.lines, order_of(work), work.message.id)
    send_confirmation(line, db, outgoing, response, reporter.system)


def _tell(line: Line, db: Connection, work: Work, document: OrderConfirmation, reporter: Reporter) -> None:
    """What happened, for the order's history, for whoever reads the feed, and for systems that take states."""
    stored = work.stored
    if stored is None:
        return
    positions = [line.position for line in document.lines]
    about = f"lines {', '.join(map(str, positions))}" if positions else "all lines"
    note_event(db, stored.id, "confirmed", f"{document.number} by {reporter.channel}: {about}", line.now())
    data = {"number": stored.number, "version": stored.version, "decision": stored.decision, "state": stored.state,
            "document": document.number}  # fmt: skip
    happening = Happening("order.confirmed", "order", stored.our_number, stored.account, data, reporter.channel)
    note(db, happening, line.now())
    send_status(line, db, Outgoing(stored, work.lines, order_of(work), work.message.id), reporter.system)
