"""What of ours is compared with the other side: every order, a few at a time, and the last message of a flow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from gateway.store.line_tables import MessageRow, OrderRow, OutboxRow
from gateway.store.records import Message, Output, State
from gateway.store.tables import table

_order, _message, _outbox = table(OrderRow), table(MessageRow), table(OutboxRow)

_NAMES = (
    "id", "our_number", "account", "number", "kind", "ordered_on", "currency", "decision", "state", "total_e6",
)  # fmt: skip
_DECIDED = ("accepted", "changed")
_ORDERS = (
    select(*(_order.c[name] for name in _NAMES))
    .where(_order.c.test.is_(False), _order.c.decision.in_(_DECIDED))
    .order_by(_order.c.our_number)
    .execution_options(yield_per=1_000)
)
_LAST = select(func.max(_message.c.id)).where(
    _message.c.channel == bindparam("of_channel"),
    _message.c.type == bindparam("of_type"),
    _message.c.state == State.PROCESSED,
)
_MESSAGE = select(_message).where(_message.c.id == bindparam("identity"))
_OUTPUT = (
    select(_outbox)
    .where(_outbox.c.order_id == bindparam("of_order"), _outbox.c.partner == bindparam("to"))
    .where(_outbox.c.type == bindparam("of_type"))
    .order_by(_outbox.c.id.desc())
    .limit(1)
)


class OrderHead(NamedTuple):
    """What an order comes to: `total_e6` in millionths."""

    id: str
    our_number: str
    account: str
    number: str
    kind: str
    ordered_on: str
    currency: str
    decision: str
    state: str
    total_e6: int | None


def decided_orders(db: Connection) -> Iterator[OrderHead]:
    """Every order that was accepted or changed and is no test, by our number."""
    with db.execute(_ORDERS) as rows:
        for row in rows:
            yield OrderHead(*row)


def last_message(db: Connection, channel: str, type_: str) -> Message | None:
    """The last message of this type that came by the channel and was taken."""
    identity = db.execute(_LAST, {"of_channel": channel, "of_type": type_}).scalar_one()
    row = db.execute(_MESSAGE, {"identity": identity}).mappings().one_or_none()
    return Message(**row) if row else None


def last_output(db: Connection, order: str, to: str, type_: str) -> Output | None:
    """The last document of this type about the order that was made for a partner or channel."""
    row = db.execute(_OUTPUT, {"of_order": order, "to": to, "of_type": type_}).mappings().one_or_none()
    return Output(**row) if row else None
