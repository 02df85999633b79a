"""Enrich: who buys, which order is meant, and what is agreed about its articles, read from the store in whole sets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from gateway.commerce import changes, matching
from gateway.commerce.availability import Supply
from gateway.commerce.calendars import counts_from, next_day
from gateway.commerce.cart_order import held_against
from gateway.commerce.changes import Applied
from gateway.commerce.decision import Facts, LineFacts, price_currency
from gateway.commerce.matching import Match
from gateway.commerce.parties import Resolved, resolve_buyer
from gateway.commerce.price_day import charge_day, price_day
from gateway.commerce.pricing import PriceAnswer, Wanted
from gateway.errors import PermanentError
from gateway.issues import Issue, has_errors
from gateway.model.account import Account
from gateway.model.order import Line as OrderLine
from gateway.model.order import LineAction, Order, OrderChange, Purpose
from gateway.model.shopping import TransferredLine
from gateway.model.status import OrderState
from gateway.pipeline.candidates import candidates_of
from gateway.pipeline.consumed import credit_used
from gateway.pipeline.cxml_sender import CXML
from gateway.pipeline.desk import Asked, PriceDesk
from gateway.pipeline.policy import policy_of
from gateway.pipeline.quote_orders import locked_shipping, quotes_not_valid
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.terms import calendar_of
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.orders import StoredOrder, orders_by_number
from gateway.store.orders import order as order_of_id
from gateway.store.records import State
from gateway.store.transferred_lines import all_decisions_for

# The directory lets ORDERS come without LIN; there is nothing to confirm then. A change may delete the last line.
_NO_LINES = Issue(code="order.lines.missing", text="the order has no lines", field="lines")
_AS_CHANGE = frozenset({Purpose.CHANGE, Purpose.CANCEL, Purpose.REPLACE})
_TOO_LATE = frozenset({OrderState.SHIPPED, OrderState.INVOICED, OrderState.CLOSED, OrderState.CANCELLED})


def enrich(line: Line, snapshot: Snapshot, work: Work) -> Work:
    """The work with its account, the order to decide about and the facts; held where one of them is not plain."""
    document = work.ordered
    if document is None:
        raise PermanentError(f"Message {work.message.id} has no document. Replay it from translate.")
    resolved = _resolved(snapshot, work, document)
    work = replace(work, account=resolved.account, ship_to=resolved.ship_to, issues=(*work.issues, *resolved.issues))
    if resolved.account is None or has_errors(resolved.issues):
        return work.ended(State.HELD)
    work = _order_of(snapshot.db, work, as_change(document))
    if work.state is not None or work.order is None:
        return work
    found = [*_repeated_positions(work.order), *([] if work.order.lines or work.change else [_NO_LINES])]
    if found:
        return work.ended(State.HELD, *found)
    return replace(work, facts=_facts(line, snapshot, work, work.order))


def _resolved(snapshot: Snapshot, work: Work, document: Order) -> Resolved:
    """Whose the document is, and where it goes."""
    parties = [party for party in (document.buyer, document.ship_to, document.invoicee) if party]
    identifiers = frozenset(text for party in parties for text in (party.id, party.vat_number) if text)
    register = snapshot.register(identifiers, work.partner.account)
    return resolve_buyer(document, work.partner.account, register.accounts, register.parties)


def _repeated_positions(order: Order) -> list[Issue]:
    """The issue of each line whose number an earlier one has: no answer could say which of the two is meant."""
    seen: set[int] = set()
    issues = []
    for index, line in enumerate(order.lines):
        if line.position in seen:
            text, field = f"another line has the number {line.position}", f"lines[{index}].position"
            issues.append(Issue(code="order.line.position.repeated", text=text, field=field))
        seen.add(line.position)
    return issues


def enrich_stored(line: Line, snapshot: Snapshot, work: Work, order: StoredOrder) -> Work:
    """The work of an order as it is stored now, whatever messages made it so."""
    account = snapshot.trade.accounts([order.account]).get(order.account)
    stated = stated_order(order)
    ship_to = _resolved(snapshot, work, stated).ship_to
    work = replace(work, document=stated, order=stated, account=account, ship_to=ship_to, base=order, order_id=order.id)
    return replace(work, facts=_facts(line, snapshot, work, stated))


def as_change(document: Order) -> Order:
    """The document; an ORDERS that changes, cancels or replaces (BGM 1225) is the order change it stands for."""
    if isinstance(document, OrderChange) or document.purpose not in _AS_CHANGE:
        return document
    stated = {name: getattr(document, name) for name in document.__struct_fields__}
    return OrderChange(**stated, order_number=document.number)


def _order_of(db: Connection, work: Work, document: Order) -> Work:
    """The work with the order to decide about: the document's own, or the stored one with the change applied."""
    work = replace(work, document=document)
    if not isinstance(document, OrderChange):
        if document.purpose is Purpose.OTHER:
            text = "this purpose (BGM 1225) is not handled by itself"
            return work.ended(State.HELD, Issue(code="order.purpose.unsupported", text=text, field="purpose"))
        taken_away = _taken_away(document)
        return replace(work, order=document) if taken_away is None else work.ended(State.HELD, taken_away)
    account, number = work.account.account if work.account else "", document.order_number
    stored = orders_by_number(db, number, account, work.message.test)
    base = stored[-1] if stored else None
    work = replace(work, base=base)
    if base is not None and base.message == work.message.id:  # put back: the order holds the change already
        applied = Applied(stated_order(base), cancelled=base.state == OrderState.CANCELLED)
        return replace(work, applied=applied, order=applied.order)
    if base is None:
        text = f"there is no order {number} of account {account} yet"
        missing = Issue(code="order-change.no-original", text=text, field="order_number")
        if work.message.syntax == CXML:  # its sender is told at once, and sends the order as new
            return work.ended(State.REJECTED, missing)
        return replace(work, waits_for=number).ended(State.HELD, missing)
    # What changes a cancelled order must not wait for another one under its number; to cancel it again changes nothing.
    again = base.state == OrderState.CANCELLED and document.purpose is Purpose.CANCEL
    if base.state in _TOO_LATE and not again:
        text = f"order {number} is {base.state}"
        return work.ended(State.HELD, Issue(code="order-change.too-late", text=text, field="order_number"))
    applied = changes.apply(stated_order(base), document)
    return replace(work, applied=applied, order=applied.order, issues=work.issues + applied.issues)


def _taken_away(order: Order) -> Issue | None:
    """The issue of a new order that takes lines away: nobody ordered them, and nobody wants them."""
    found = next(((at, each) for at, each in enumerate(order.lines) if each.action is LineAction.DELETE), None)
    if found is None:
        return None
    text = f"line {found[1].position} is taken away, and the order is new"
    return Issue(code="order-change.line-unknown", text=text, field=f"lines[{found[0]}].action")


def stated_order(stored: StoredOrder) -> Order:
    """The order as its buyer states it now."""
    return msgspec.json.decode(stored.document, type=Order)


def _facts(line: Line, snapshot: Snapshot, work: Work, order: Order) -> Facts:
    """What is agreed about every line of the order, as of the order's day."""
    account = work.account
    if account is None:
        raise PermanentError("An order without an account has no facts.")
    asked = _asked(work, order, account)
    desk, today = PriceDesk(snapshot, asked), account.day(line.clock())
    terms = desk.terms.agreed
    days = [price_day(order, each, terms.pricing_date_basis, today) for each in order.lines] or [asked.on]
    working = calendar_of(snapshot, terms)
    candidates = candidates_of(snapshot, order, account, desk)
    matches = [matching.match(each, candidates) for each in order.lines]
    items = [_item(*each) for each in zip(order.lines, matches, strict=True)]
    answers = desk.answers(items) if set(days) == {asked.on} else _answers_by_day(snapshot, asked, items, days)
    charged: Sequence[PriceAnswer | None] = ()
    if len(set(days)) > 1:
        day = charge_day(order, terms.pricing_date_basis, today)
        charged = PriceDesk(snapshot, asked._replace(on=day)).answers(items)
    stock = snapshot.stock({match.product.sku for match in matches if match.product})
    lines = tuple(
        LineFacts(match, answer, tuple(stock.get(match.product.sku, ())) if match.product else ())
        for match, answer in zip(matches, answers, strict=True)
    )
    lines = held_against(order, lines, _given(snapshot, order, account), today)
    not_valid = quotes_not_valid(snapshot, order, account)
    return Facts(
        account=account, lines=lines, today=today, issues=_to_judge(work),
        expired_contracts=_expired(snapshot, order, days), quotes_not_valid=not_valid,
        locked_shipping=locked_shipping(snapshot, order, answers, not_valid),
        credit_used=credit_used(snapshot.db, work),
        data_seq=desk.data_seq, terms=terms, days=working,
        charged=tuple(charged), counts_from=_counts_from(snapshot, work, account, Supply(today, today, working, terms)),
    )  # fmt: skip


def _given(snapshot: Snapshot, order: Order, account: Account) -> dict[str, list[TransferredLine]]:
    """The lines that the account, or one above it, was given with carts, by the auxiliary ids that the order names."""
    named = {line.auxiliary_id for line in order.lines if line.auxiliary_id}
    if not named:
        return {}
    above_first = reversed(snapshot.chain(account.account))
    found = [all_decisions_for(snapshot.db, each.account, named) for each in above_first]
    return {identity: lines for each in found for identity, lines in each.items()}


def _counts_from(snapshot: Snapshot, work: Work, account: Account, supplied: Supply) -> date:
    """The day the order counts from: that of before where it was answered already, else by when it was received.

    An order that waited until a later day counts from then on: what nobody has decided, nobody has begun.
    """
    before = order_of_id(snapshot.db, work.own_order) if work.own_order else None
    if before is not None and before.counts_from and before.message == work.message.id:
        return date.fromisoformat(before.counts_from)
    at, days = datetime.fromisoformat(work.message.received_at), supplied.days
    received = counts_from(days, at, account.timezone, supplied.terms.cut_off)
    return max(received, next_day(days, supplied.today) or supplied.today)


def _asked(work: Work, order: Order, account: Account) -> Asked:
    return Asked(
        account,
        on=order.ordered_on,
        currency=price_currency(order, account, policy_of(work.partner)),
        channel=work.channel,
        contract=order.contract,
        quote=order.quote,
        ship_to=work.ship_to,
        order_id=work.own_order,
    )


def _item(line: OrderLine, match: Match) -> Wanted | None:
    """What to ask the price desk; nothing where article, unit or quantity are not known."""
    if match.product is None or match.unit is None or line.quantity is None:
        return None
    return Wanted(match.product, match.quantity(line.quantity), match.unit, line.contract, line.quote)


def _answers_by_day(
    snapshot: Snapshot, asked: Asked, items: Sequence[Wanted | None], days: Sequence[date]
) -> list[PriceAnswer | None]:
    """The answer to each item at the prices of its day; those of one day are priced together."""
    answers: list[PriceAnswer | None] = [None] * len(items)
    for day in dict.fromkeys(days):
        desk = PriceDesk(snapshot, asked._replace(on=day))
        found = desk.answers([item if on == day else None for item, on in zip(items, days, strict=True)])
        answers = [new or known for new, known in zip(found, answers, strict=True)]
    return answers


def _expired(snapshot: Snapshot, order: Order, days: Sequence[date]) -> frozenset[str]:
    """The contracts cited whose price lists are over on the days of its prices; an unknown one is no list of ours."""
    cited = {number for number in (order.contract, *(line.contract for line in order.lines)) if number}
    lists = snapshot.contracts(cited) if cited else {}
    return frozenset(
        number for number, found in lists.items() if not any(each.holds(day) for each in found for day in days)
    )


def _to_judge(work: Work) -> tuple[Issue, ...]:
    """What was wrong in applying a change and is the policy's to judge; unknown lines are answered one by one."""
    found = work.applied.issues if work.applied else ()
    return tuple(issue for issue in found if issue.code == "order.line-count.differs")
