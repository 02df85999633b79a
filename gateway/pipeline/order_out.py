"""Order out: what of an order goes to systems of ours: itself, what is confirmed of it, how far it got."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from gateway.errors import PermanentError
from gateway.mapping.text_mapping import TextMapping
from gateway.model.order import Order
from gateway.model.response import OrderResponse
from gateway.model.sales_order import SalesOrder
from gateway.model.status import OrderState, OrderStatus, StatusLine
from gateway.pipeline.sales_order import sales_order
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.order_states import line_states
from gateway.store.orders import StoredLine, StoredOrder
from gateway.store.outbox import NewOutput, enqueue, lane_of
from gateway.workspace.lint import ORDER_FLOWS
from gateway.workspace.values import Channel

_TYPES = {"orders": "order", "confirmations": "confirmation", "status": "status"}


class _Taker(NamedTuple):
    """A channel and what it takes."""

    channel: Channel
    flow: str


class Outgoing(NamedTuple):
    """An order as it was written, what the buyer states, and the message that made it so."""

    order: StoredOrder
    lines: tuple[StoredLine, ...]
    stated: Order
    message: str


def send_order(line: Line, db: Connection, outgoing: Outgoing) -> None:
    """Queue the order for every channel that takes orders."""
    takers = _takers(line, outgoing, "orders")
    if takers:
        _send(line, db, outgoing, takers, sales_order(outgoing.order, outgoing.lines, outgoing.stated))


def send_confirmation(line: Line, db: Connection, outgoing: Outgoing, response: OrderResponse, but: str) -> None:
    """Queue what is confirmed for every channel that takes confirmations, but those of the system that said it."""
    _send(line, db, outgoing, _takers(line, outgoing, "confirmations", but), response)


def send_status(line: Line, db: Connection, outgoing: Outgoing, but: str | None = None) -> None:
    """Queue how far the order got for every channel that takes it, but those of the system that said so."""
    takers = _takers(line, outgoing, "status", but)
    if takers:
        _send(line, db, outgoing, takers, status_of(db, outgoing.order, outgoing.lines))


def _takers(line: Line, outgoing: Outgoing, flow: str, but: str | None = None) -> list[_Taker]:
    """The channels that take this flow; a test goes to none of them."""
    channels = [] if outgoing.order.test else line.configuration.channels.values()
    return [_Taker(each, flow) for each in channels if each.flows.get(flow) == "out" and each.system != but]


def status_of(db: Connection, order: StoredOrder, lines: tuple[StoredLine, ...]) -> OrderStatus:
    """How far the order got, with each line of which something was reported."""
    reported = line_states(db, order.id)
    units = {each.position: each.confirmed_unit for each in lines}
    products = {each.position: each.product for each in lines}
    return OrderStatus(
        order=order.our_number, order_number=order.number, account=order.account, version=order.version,
        state=OrderState(order.state),
        lines=tuple(
            StatusLine(
                position=each.position, state=OrderState(each.state), supplier_sku=products.get(each.position),
                shipped=each.shipped, invoiced=each.invoiced, unit=units.get(each.position),
                on=None if each.on is None else date.fromisoformat(each.on),
            )
            for each in reported.values()
        ),
    )  # fmt: skip


def _mapping(line: Line, taker: _Taker) -> TextMapping:
    """The mapping that writes this flow of the channel; raises PermanentError where there is none that makes a file."""
    channel, flow = taker
    makes = f"{channel.syntax.get(flow, 'json')} {ORDER_FLOWS[flow][1]}"
    identity = channel.mapping.get(flow) or line.library.standard(makes, inbound=False)
    if identity is None:
        raise PermanentError(f"No mapping makes {makes}. Name one for {flow} in channels/{channel.name}.toml.")
    mapping = line.library.outbound(identity)
    if not isinstance(mapping, TextMapping):
        raise PermanentError(f"{identity} makes EDIFACT, which goes to partners. Name another in {channel.name}.toml.")
    return mapping


def _send(
    line: Line,
    db: Connection,
    outgoing: Outgoing,
    takers: Sequence[_Taker],
    document: SalesOrder | OrderResponse | OrderStatus,
) -> None:
    order = outgoing.order
    for taker in takers:
        channel, type_ = taker.channel, _TYPES[taker.flow]
        written = _mapping(line, taker).write(document)
        errors = [issue for issue in written.issues if issue.is_error]
        if errors:
            raise PermanentError(f"{order.our_number} cannot be written for channel {channel.name}: {errors[0].text}")
        output = NewOutput(
            key=f"{type_}/{order.id}/{order.version}/{outgoing.message}/{channel.name}/{order.changed_at}",
            partner=channel.name, connection=channel.connection, type=type_, extension=written.extension,
            reference=order.number, number=order.our_number, content=written.content, message=outgoing.message,
            order_id=order.id, lane=lane_of(channel.connection, type_, order.account),
        )  # fmt: skip
        enqueue(db, output, line.now())
