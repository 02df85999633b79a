"""Persist: the order, its lines and the message's state, in one short transaction, each order claimed once.

What was computed rests on a snapshot. Where the order it is about has changed since, it is decided again here.
"""

from __future__ import annotations

import hashlib

from msgspec.structs import replace

from gateway.commerce.changes import repeats
from gateway.errors import PermanentError, TransientError
from gateway.issues import Issue, finding, has_errors
from gateway.metrics import counted
from gateway.model.confirmation import OrderConfirmation
from gateway.model.order import Purpose
from gateway.model.response import Decision
from gateway.model.status import OrderStatus
from gateway.model.trade_rows import TradeRows
from gateway.model.value import to_json
from gateway.pipeline.answer import resend_answers
from gateway.pipeline.canonical import kept
from gateway.pipeline.confirm import confirm
from gateway.pipeline.consumed import is_outdated
from gateway.pipeline.enrich import stated_order
from gateway.pipeline.happenings import note_held, note_order
from gateway.pipeline.order_status import settle_status
from gateway.pipeline.put_order import business_key, freed, order_of, write_order
from gateway.pipeline.take_rows import take_rows
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.claims import Claim, ClaimKind, claim, held, release
from gateway.store.events import note_event
from gateway.store.identity import new_id
from gateway.store.lanes import add_items, lane_in
from gateway.store.messages import parked_changes, update_message
from gateway.store.orders import StoredOrder, orders_by_number
from gateway.store.records import State, issues_to_json

_COPIES = frozenset({Purpose.DUPLICATE, Purpose.COPY})


class OutdatedError(TransientError):
    """The order changed after it was read. Nothing to do: the message is computed again."""


def persist(line: Line, db: Connection, work: Work) -> Work:
    """The work as it was written: its order stored where it came to one, its message with state and decision.

    It is still ready where more of it is to be taken in another transaction.
    """
    _refuse_if_outdated(db, work)
    if work.state is None:
        work = _settled(line, db, work)
    _write_message(line, db, work)
    return work


def _settled(line: Line, db: Connection, work: Work) -> Work:
    """The work with what its document does: an order is stored, a report reaches its order, rows the trade data."""
    document = work.document
    if isinstance(document, OrderConfirmation):
        return confirm(line, db, work)
    if isinstance(document, OrderStatus):
        return settle_status(line, db, work)
    if isinstance(document, TradeRows):
        return take_rows(line, db, work, document)
    if work.order is None:
        return work
    work = _settle_change(line, db, work) if work.change else _settle_order(line, db, work)
    note_order(line, db, work)
    return work


def _refuse_if_outdated(db: Connection, work: Work) -> None:
    """Raise OutdatedError where a change's order, or what is consumed, is not what it was in the snapshot."""
    if is_outdated(db, work):
        raise OutdatedError
    if work.change is None or work.account is None:
        return
    now = orders_by_number(db, work.change.order_number, work.account.account, work.message.test)
    read = (work.base.id, work.base.changed_at) if work.base else None
    if read != ((now[-1].id, now[-1].changed_at) if now else None):
        raise OutdatedError


def _settle_order(line: Line, db: Connection, work: Work) -> Work:
    """The order claimed and stored; a second one is a duplicate or held, and answered as before or not at all."""
    if work.rulings is not None and work.base is not None:
        return _finished(freed(db, write_order(line, db, work, version=work.base.version)))
    order, account = order_of(work), work.account.account if work.account else ""
    key = business_key(order, work.message.test)
    mine = work.message.order_id or new_id()
    digest = hashlib.sha256(to_json(replace(order, purpose=Purpose.ORIGINAL))).hexdigest()
    if order.purpose in _COPIES:
        return _settle_copy(line, db, work, held(db, ClaimKind.BUSINESS, account, key), digest)
    if _stands_elsewhere(db, work, account, mine):
        return _differing(work, order.number)
    standing = claim(db, Claim(ClaimKind.BUSINESS, account, key, mine, digest, line.now()))
    if standing.holder != mine:
        if standing.digest == digest:
            return _duplicate(line, db, work, standing.holder)
        return _differing(work, order.number)
    work = freed(db, write_order(line, db, replace(work, order_id=mine), version=1))
    for message in parked_changes(db, work.partner.name, order.number):
        update_message(db, message, state=State.READY, changed_at=line.now())
        add_items(db, lane_in(work.message.connection, work.partner.name), [message], "enrich")
    return _finished(work)


def _stands_elsewhere(db: Connection, work: Work, account: str, mine: str) -> bool:
    """Whether an order of the account with this number came over another channel, which names its buyer otherwise."""
    test = work.message.test
    for stored in orders_by_number(db, order_of(work).number, account, test):
        if stored.id != mine and stored.channel != work.channel and stored.kind == order_of(work).kind:
            standing = held(db, ClaimKind.BUSINESS, account, business_key(stated_order(stored), test))
            if standing is not None and standing.holder == stored.id:
                return True
    return False


def _settle_copy(line: Line, db: Connection, work: Work, standing: Claim | None, digest: str) -> Work:
    """A copy answered as the order it repeats, as that was first sent or as it is now; it is never an order itself."""
    copy, account, test = order_of(work), work.account.account if work.account else "", work.message.test
    stored = orders_by_number(db, copy.number, account, test)
    stated = {each.id: stated_order(each) for each in stored}
    same = [each for each in stated if business_key(stated[each], test) == business_key(copy, test)]
    if not same:
        text = "a copy (BGM 1225) of an order that is not stored"
        return work.ended(State.HELD, Issue(code="order.purpose.unsupported", text=text, field="purpose"))
    if standing is not None and standing.digest == digest:
        return _duplicate(line, db, work, standing.holder)
    return _duplicate(line, db, work, same[-1]) if repeats(stated[same[-1]], copy) else _differing(work, copy.number)


def _duplicate(line: Line, db: Connection, work: Work, order_id: str) -> Work:
    """The order is known with this content: its last answer goes out again."""
    resend_answers(line, db, order_id, work.message)
    return replace(work, order_id=order_id).ended(State.DUPLICATE, _known(order_of(work).number))


def _differing(work: Work, number: str) -> Work:
    """The order is known with other content: a person decides."""
    text = f"order {number} was received before with other content"
    return work.ended(State.HELD, Issue(code="order.duplicate", text=text, field="number"))


def _settle_change(line: Line, db: Connection, work: Work) -> Work:
    """The stored order in its next version, or cancelled."""
    base, change, applied = work.base, work.change, work.applied
    if base is None or change is None or applied is None:
        raise PermanentError("A change without its order cannot be settled.")
    digest = hashlib.sha256(to_json(change)).hexdigest()
    key = f"{base.id}|change|{change.purpose}|{change.number}|{digest if change.number == base.number else ''}"
    if _is_taken_back(base, work):
        release(db, ClaimKind.BUSINESS, base.account, key)
    standing = claim(db, Claim(ClaimKind.BUSINESS, base.account, key, work.message.id, digest, line.now()))
    if standing.holder != work.message.id:
        if standing.digest == digest:
            resend_answers(line, db, base.id, work.message, standing.holder)
            return replace(work, order_id=base.id).ended(State.DUPLICATE, _known(change.number))
        text = f"order change {change.number} was received before with other content"
        return work.ended(State.HELD, Issue(code="order.duplicate", text=text, field="number"))
    if _is_outdated(base, work):
        release(db, ClaimKind.BUSINESS, base.account, key)
        text = f"version {change.version} of order {base.number} comes after a newer one, or as another one of it"
        return work.ended(State.REJECTED, Issue(code="order-change.outdated", text=text, field="version"))
    version = base.version if base.message == work.message.id else base.version + 1
    work = write_order(line, db, replace(work, order_id=base.id), version)
    if applied.cancelled:
        release(db, ClaimKind.BUSINESS, base.account, business_key(order_of(work), base.test))
    return _finished(work)


def _is_taken_back(base: StoredOrder, work: Work) -> bool:
    """Whether the order is replaced by something else than it is now, by a buyer who does not count his versions.

    He may go back to what he wanted before: that is no repetition.
    """
    change, applied = work.change, work.applied
    if change is None or applied is None or change.purpose is not Purpose.REPLACE or change.version is not None:
        return False
    return change.number == base.number and applied.order != replace(stated_order(base), stated=None)


def _is_outdated(base: StoredOrder, work: Work) -> bool:
    """Whether the buyer counts his versions, and this one is not newer than the one that is stored."""
    change, before = work.change, stated_order(base).version
    if change is None or change.version is None or before is None or base.message == work.message.id:
        return False
    is_same_meant = change.purpose is Purpose.CANCEL and change.version == before
    return change.version <= before and not is_same_meant


def _known(number: str) -> Issue:
    return finding("order.duplicate", f"{number} was received before with the same content, and is answered as before")


def _finished(work: Work) -> Work:
    is_held = work.decision is not None and work.decision.decision is Decision.HELD
    return work.ended(State.HELD if is_held and not work.is_cancellation else State.PROCESSED)


def _write_message(line: Line, db: Connection, work: Work) -> None:
    decision = work.decision.decision.value if work.decision and work.order_id else None
    state = work.state or State.PROCESSED
    counted(work.partner.name, work.message.type, state, decision, by_person=work.rulings is not None)
    update_message(
        db, work.message.id, state=state, decision=Decision.ACCEPTED if work.is_cancellation else decision,
        account=work.account.account if work.account else None, order_id=work.order_id, mapping=work.mapping,
        issues=issues_to_json(work.issues), changed_at=line.now(), configuration=line.version,
        document=kept(work.document),
        mapping_digest=line.library.digest(work.mapping) if work.mapping else None, waits_for=work.waits_for,
    )  # fmt: skip
    note_event(db, work.message.id, state.value, "; ".join(i.code for i in work.issues if i.is_error), line.now())
    if state is State.HELD:
        note_held(line, db, work)
    if state is State.HELD and not has_errors(list(work.issues)):
        note_event(db, work.message.id, "held", "a person decides", line.now())
