"""An order and its lines as the store keeps them: ordered, agreed and confirmed beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from gateway.commerce.facts import LineDecision
from gateway.commerce.fees import Fee
from gateway.commerce.fulfilment import unconfirmed
from gateway.commerce.sale import sale
from gateway.errors import PermanentError
from gateway.model.order import Line as OrderLine
from gateway.model.party import Party
from gateway.model.quantity import is_taken, plain
from gateway.model.response import Decision
from gateway.model.status import OrderState
from gateway.model.value import to_json
from gateway.pipeline.desk import price_object
from gateway.pipeline.rulings import rulings_to_json
from gateway.pipeline.work import Work
from gateway.store.orders import StoredLine, StoredOrder
from gateway.store.types import scale

_ON_THEIR_WAY = frozenset({OrderState.SHIPPED.value, OrderState.INVOICED.value, OrderState.CLOSED.value})


def stored_order(work: Work, our_number: str, version: int, at: str, before: StoredOrder | None) -> StoredOrder:
    """The order's row in this version; `before` is the version it replaces."""
    order, decision = work.order, work.decision
    if order is None or decision is None or work.account is None or work.order_id is None:
        raise PermanentError(f"Message {work.message.id} came to no decision.")
    cancelled = work.is_cancellation
    answered = Decision.ACCEPTED if cancelled else decision.decision
    return StoredOrder(
        id=work.order_id, account=work.account.account, partner=work.partner.name, number=order.number,
        our_number=our_number, kind=order.kind, version=version, channel=work.channel,
        message=work.message.id, buyer=_identifier(order.buyer), ship_to=_identifier(order.ship_to),
        note=order.note, ordered_on=order.ordered_on.isoformat(), currency=decision.currency, decision=answered.value,
        state=_state(work, answered, before), test=work.message.test,
        total_e6=_e6(decision.total), charges=_charges(decision.fees), document=to_json(order).decode(),
        reasons=msgspec.json.encode(decision.header_reasons).decode(), rulings=rulings_to_json(work.rulings or {}),
        counts_from=_counts_from(work, answered), created_at=before.created_at if before else at, changed_at=at,
    )  # fmt: skip


def _counts_from(work: Work, answered: Decision) -> str | None:
    """The day the order counts from; not while nothing is decided."""
    counted = work.facts.counts_from if work.facts else None
    return None if counted is None or answered is Decision.HELD else counted.isoformat()


def _charges(fees: Sequence[Fee]) -> str | None:
    told = [{"kind": fee.kind.value, "amount": plain(fee.amount), "text": fee.text} for fee in fees]
    return msgspec.json.encode(told).decode() if told else None


def _state(work: Work, answered: Decision, before: StoredOrder | None) -> OrderState:
    """How far the order got: open until it is decided, and until the ERP confirmed all of it where that is agreed."""
    if work.is_cancellation:
        return OrderState.CANCELLED
    if answered is Decision.REJECTED:
        return OrderState.CLOSED
    # What was refused is closed, too; it is open for another decision.
    if before is not None and before.state in _ON_THEIR_WAY and before.decision != Decision.REJECTED:
        return OrderState(before.state)
    return OrderState.OPEN if answered is Decision.HELD or awaits_erp(work) else OrderState.CONFIRMED


def awaits_erp(work: Work) -> bool:
    """Whether the ERP has still to confirm some of the order, where it is agreed that it does."""
    if work.agreement.confirms != "erp" or work.order is None or work.decision is None:
        return False
    return bool(unconfirmed(work.order, work.decision, work.rulings or {}))


def _identifier(party: Party | None) -> str | None:
    return party.id if party else None


def stored_lines(work: Work) -> tuple[StoredLine, ...]:
    """The rows of the order's lines."""
    if work.order is None or work.decision is None or work.order_id is None:
        return ()
    data_seq = work.facts.data_seq if work.facts else 0
    pairs = zip(work.order.lines, work.decision.lines, strict=True)
    return tuple(_stored_line(work.order_id, stated, decided, _trace(decided, data_seq)) for stated, decided in pairs)


def _trace(decided: LineDecision, data_seq: int) -> str | None:
    """How the line's price came about, as every channel tells it."""
    return None if decided.answer is None else msgspec.json.encode(price_object(decided.answer, data_seq)).decode()


def _stored_line(order_id: str, stated: OrderLine, decided: LineDecision, trace: str | None) -> StoredLine:
    price, agreed, sold = stated.price, decided.agreed, sale(stated, decided)
    confirmed = sold.price
    return StoredLine(
        order_id=order_id, position=stated.position, product=decided.product, gtin=stated.gtin,
        buyer_sku=stated.buyer_sku, ordered_quantity_e6=_e6(stated.quantity),
        ordered_unit=stated.unit or stated.unit_as_received, ordered_price_e6=_e6(price.amount if price else None),
        ordered_per_e6=_e6(price.per if price else None), agreed_price_e6=_e6(agreed.amount if agreed else None),
        agreed_per_e6=_e6(agreed.per if agreed else None), agreed_unit=_agreed_unit(decided),
        confirmed_quantity_e6=_e6(sold.quantity), confirmed_unit=decided.unit,
        confirmed_price_e6=_e6(confirmed.amount if confirmed else None),
        confirmed_per_e6=_e6(confirmed.per if confirmed else None),
        confirmed_on=decided.deliver_on.isoformat() if decided.deliver_on else None,
        schedule=msgspec.json.encode(sold.schedule).decode(), decision=decided.decision.value,
        reasons=msgspec.json.encode(decided.reasons).decode(),
        trace=trace, backordered_quantity_e6=_e6(sold.backordered),
    )  # fmt: skip


def _agreed_unit(decided: LineDecision) -> str | None:
    """What the agreed price is for, where the buyer's price names no unit too; None for a pack of his own."""
    if decided.agreed is None:
        return None
    return decided.agreed.unit or (decided.unit if decided.pack == 1 else None)


def _e6(number: Decimal | None) -> int | None:
    """The number in millionths; None for one that no column holds, which its order is held for."""
    return None if number is None or not is_taken(number) else scale(number)
