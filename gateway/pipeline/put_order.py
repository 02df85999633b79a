"""An order written with its lines and all that hangs on it: what it takes, what it buys, its quotes, its history."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.errors import PermanentError
from gateway.model.order import Order
from gateway.model.response import Decision
from gateway.pipeline.consumed import call_offs, purchases
from gateway.pipeline.quote_orders import settle_quotes
from gateway.pipeline.reported import ready_for_order
from gateway.pipeline.stored import stored_lines, stored_order
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.bookings import book
from gateway.store.claims import ClaimKind, held, release
from gateway.store.counters import next_number
from gateway.store.events import note_event
from gateway.store.orders import order as order_of_id
from gateway.store.orders import put_order


def write_order(line: Line, db: Connection, work: Work, version: int) -> Work:
    """The work with its order and lines, written in this version."""
    known = work.base is not None or work.message.order_id is not None
    before = order_of_id(db, work.order_id) if known and work.order_id else None
    ours = before.our_number if before else _our_number(db, work)
    order = stored_order(work, ours, version, line.now(), before)
    lines = stored_lines(work)
    is_new = before is None
    put_order(db, order, lines, is_new=is_new)
    book(db, order.id, call_offs(work), purchases(work), is_new=is_new)
    settle_quotes(line, db, work, is_new=is_new)
    if is_new:
        ready_for_order(line, db, order)
    note_event(db, order.id, "order", f"version {version}: {order.decision}, {order.state}", line.now())
    return replace(work, stored=order, lines=lines)


def _our_number(db: Connection, work: Work) -> str:
    mark = "TEST-" if work.message.test else ""
    return f"{mark}SO{next_number(db, 'order', '', work.message.test):08d}"


def freed(db: Connection, work: Work) -> Work:
    """The work; where it came to a refusal, its number is free for the order that is sent instead."""
    if work.decision and work.decision.decision is Decision.REJECTED and work.account and work.stored:
        account, key = work.account.account, business_key(order_of(work), work.message.test)
        standing = held(db, ClaimKind.BUSINESS, account, key)
        if standing is not None and standing.holder == work.stored.id:
            release(db, ClaimKind.BUSINESS, account, key)
    return work


def order_of(work: Work) -> Order:
    """The order that the work came to; raises PermanentError where it came to none."""
    if work.order is None:
        raise PermanentError(f"Message {work.message.id} came to no order.")
    return work.order


def business_key(order: Order, test: bool) -> str:
    """What makes an order the same one: buyer, number, kind and test flag; the account is the claim's."""
    buyer = (order.buyer.id if order.buyer else None) or ""
    return "|".join((buyer, order.number, order.kind, "test" if test else ""))
