"""Order status: how far an order got by the report of an ERP, kept with it and told to other systems."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from gateway.commerce.order_life import follows, state_of_line, state_of_order
from gateway.commerce.units import convert, same_unit
from gateway.commerce.verdict import Told, Verdict
from gateway.errors import PermanentError
from gateway.issues import Issue, finding, has_errors
from gateway.model.quantity import nearest, plain
from gateway.model.response import Decision
from gateway.model.status import OrderState, OrderStatus, StatusLine
from gateway.pipeline.confirm import apply_verdicts, standing_now
from gateway.pipeline.enrich import stated_order
from gateway.pipeline.order_out import Outgoing, send_status
from gateway.pipeline.reported import Reporter, order_meant
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.events import note_event
from gateway.store.feed import Happening, note
from gateway.store.order_states import LineState, line_states, put_line_states, put_order_state
from gateway.store.orders import StoredLine, StoredOrder, lines_of
from gateway.store.orders import order as order_of_id
from gateway.store.records import State
from gateway.store.trade import Trade
from gateway.store.types import unscale

_ZERO = Decimal(0)


class _Reported(NamedTuple):
    """What a report comes to: the lines it says something new of, those it cancels, and what is wrong with it."""

    lines: dict[int, LineState]
    cancelled: list[int]
    issues: list[Issue]


class _Source(NamedTuple):
    """Who reports what; `foreseen` is the order as it was decided before the write lock was taken."""

    document: OrderStatus
    reporter: Reporter
    foreseen: Work | None


def settle_status(line: Line, db: Connection, work: Work) -> Work:
    """The work with what became of the report: processed, a duplicate, or held for a person."""
    document = work.document
    if not isinstance(document, OrderStatus):
        raise PermanentError(f"Message {work.message.id} reports no state.")
    meant = order_meant(line, db, work, document)
    order = meant.order
    if order is None:
        return meant.work
    refused = order.decision in (Decision.HELD.value, Decision.REJECTED.value) and order.state != OrderState.CANCELLED
    if refused:
        text = f"order {order.our_number} is {order.decision}"
        return meant.work.ended(State.HELD, Issue(code="report.order.undecided", text=text))
    reported = _Reckoner(db, order, document, line.now()).reported()
    work = replace(meant.work, issues=(*work.issues, *reported.issues))
    if has_errors(reported.issues):
        return work.ended(State.HELD)
    put_line_states(db, list(reported.lines.values()))
    told = _state_told(db, order, document)
    if not follows(OrderState(order.state), told):
        return work.ended(State.PROCESSED, finding("status.backwards", f"{told.value} after {order.state}"))
    if reported.lines or told.value != order.state:
        _settle(line, db, order, told, (_Source(document, meant.reporter, work.standing), reported.cancelled))
    return work.ended(State.PROCESSED)


class _Reckoner:
    """Reckons how far each line got from what was reported before and now."""

    def __init__(self, db: Connection, order: StoredOrder, document: OrderStatus, at: str) -> None:
        self._order, self._document, self._at = order, document, at
        self._lines = {each.position: each for each in lines_of(db, order.id)}
        self._products = Trade(db).products_by_sku({each.product for each in self._lines.values() if each.product})
        self._before = line_states(db, order.id)
        self._made = _Reported({}, [], [])

    def reported(self) -> _Reported:
        """What the report comes to; with an error none of it is to be taken."""
        for place, said in enumerate(self._stated()):
            fault = self._take(said)
            if fault is not None:
                self._made.issues.append(replace(fault, field=f"lines[{place}]"))
        return self._made

    def _stated(self) -> tuple[StatusLine, ...]:
        """The lines of the report; all that are not refused where its head speaks for them."""
        document = self._document
        if document.lines:
            return document.lines
        if document.state in (None, OrderState.PARTLY_SHIPPED):
            text = "no lines, and no state that holds for all of them"
            self._made.issues.append(Issue(code="status.state.missing", text=text, field="state"))
        if document.state in (OrderState.OPEN, OrderState.CONFIRMED):
            return ()
        accepted = [each for each in self._lines.values() if each.decision != Decision.REJECTED]
        return tuple(
            StatusLine(position=each.position, state=document.state, on=document.issued_on) for each in accepted
        )

    def _take(self, said: StatusLine) -> Issue | None:
        """The issue of a line that cannot be taken; else what it comes to is noted."""
        line = self._lines.get(said.position)
        if line is None or line.decision == Decision.REJECTED:
            why = "is refused" if line else "is not there"
            return Issue(code="report.line.unknown", text=f"line {said.position} of the order {why}")
        if said.supplier_sku is not None and line.product and said.supplier_sku != line.product:
            text = f"line {said.position}: article {said.supplier_sku} is reported, {line.product} is ordered"
            return Issue(code="report.line.product.differs", text=text)
        shipped, invoiced = (self._converted(line, said, each) for each in (said.shipped, said.invoiced))
        if isinstance(shipped, Issue):
            return shipped
        if isinstance(invoiced, Issue):
            return invoiced
        self._note(said, line, shipped, invoiced)
        return None

    def _converted(self, line: StoredLine, said: StatusLine, quantity: Decimal | None) -> Decimal | Issue | None:
        """The quantity in the confirmed unit."""
        unit = line.confirmed_unit
        if quantity is None or said.unit is None or unit is None or same_unit(said.unit, unit):
            return quantity
        product = self._products.get(line.product or "")
        exact = convert(product, quantity, said.unit, unit) if product is not None else None
        if exact is None:
            text = f"line {said.position}: the article is not sold in {said.unit}"
            return Issue(code="report.line.unit.unknown", text=text)
        return nearest(exact)

    def _note(self, said: StatusLine, line: StoredLine, shipped: Decimal | None, invoiced: Decimal | None) -> None:
        position, due = said.position, _due(line)
        start = LineState(self._order.id, position, OrderState.CONFIRMED.value)
        before = self._made.lines.get(position) or self._before.get(position) or start
        most_shipped = max(before.shipped, due if _whole(said, shipped, OrderState.SHIPPED) else shipped or _ZERO)
        most_invoiced = max(before.invoiced, due if _whole(said, invoiced, OrderState.INVOICED) else invoiced or _ZERO)
        told = said.state or state_of_line(due, most_shipped, most_invoiced)
        if told is OrderState.CANCELLED and most_shipped:
            told = OrderState.SHIPPED  # the rest of it does not come: what was shipped is all of it
        now = OrderState(before.state)
        if not follows(now, told) or (shipped or most_shipped) < before.shipped:
            self._tell("status.backwards", f"line {position}: {told.value}, and was {before.state} already")
        if most_shipped > due > 0:
            text = f"line {position}: {plain(most_shipped)} is shipped, {plain(due)} is confirmed"
            self._tell("status.line.quantity.above-confirmed", text)
        state = told if follows(now, told) else now
        on = said.on or self._document.issued_on
        fresh = before._replace(
            state=state.value, shipped=most_shipped, invoiced=most_invoiced,
            on=max(filter(None, (before.on, on.isoformat() if on else None)), default=None), changed_at=self._at,
        )  # fmt: skip
        if fresh._replace(changed_at=before.changed_at) != before:
            self._made.lines[position] = fresh
            if state is OrderState.CANCELLED:
                self._made.cancelled.append(position)

    def _tell(self, code: str, text: str) -> None:
        self._made.issues.append(finding(code, text))


def _due(line: StoredLine) -> Decimal:
    """All that is to be delivered of a line, in its confirmed unit, what is on back order with it."""
    return unscale((line.confirmed_quantity_e6 or 0) + (line.backordered_quantity_e6 or 0))


def _whole(said: StatusLine, quantity: Decimal | None, state: OrderState) -> bool:
    """Whether all of the line is in this state because the report says so without a quantity."""
    return quantity is None and said.state is state


def _state_told(db: Connection, order: StoredOrder, document: OrderStatus) -> OrderState:
    """How far the order got: by its lines where the report has some, else by its head where that leads further."""
    states = line_states(db, order.id)
    unreported = OrderState.OPEN if order.state == OrderState.OPEN else OrderState.CONFIRMED
    accepted = [each.position for each in lines_of(db, order.id) if each.decision != Decision.REJECTED]
    by_lines = state_of_order(OrderState(states[each].state) if each in states else unreported for each in accepted)
    head = None if document.lines else document.state
    return by_lines if head is None or not follows(by_lines, head) else head


def _settle(
    line: Line, db: Connection, order: StoredOrder, told: OrderState, source: tuple[_Source, list[int]]
) -> None:
    """The order in its new state, its buyer answered where something is cancelled, and everyone told."""
    (document, reporter, foreseen), cancelled = source
    if cancelled:
        words = Told(
            reporter.channel, document.number or "", document.version, document.issued_on,
            reasons=("order.line.not-confirmed",), text=document.note,
        )  # fmt: skip
        verdicts = {position: Verdict(Decision.REJECTED, told=words) for position in cancelled}
        applied = apply_verdicts(line, db, standing_now(line, db, foreseen, order), verdicts, reporter)
        if told is OrderState.OPEN and applied.stored is not None:
            told = OrderState(applied.stored.state)  # what was cancelled was all the ERP had not confirmed yet
    at = line.now()
    put_order_state(db, order.id, told.value, at)
    text = f"{told.value}, by {document.number or 'a report'} of {reporter.channel}"
    note_event(db, order.id, "status", text, at)
    data = {"number": order.number, "version": order.version, "state": told.value, "document": document.number}
    note(db, Happening("order.status", "order", order.our_number, order.account, data, reporter.channel), at)
    fresh = order_of_id(db, order.id) or order
    lines = tuple(lines_of(db, order.id))
    send_status(line, db, Outgoing(fresh, lines, stated_order(fresh), order.message), reporter.system)
