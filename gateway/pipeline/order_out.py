"""Order out: what of an order goes to systems of ours: itself, what is confirmed of it, how far it got."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import msgspec

from gateway.errors import PermanentError
from gateway.mapping.text_mapping import TextMapping, Written
from gateway.model.order import Order
from gateway.model.response import OrderResponse
from gateway.model.status import OrderState, OrderStatus, StatusLine
from gateway.model.value import to_json
from gateway.pipeline.order_view import order_as_csv, order_as_json
from gateway.pipeline.sales_order import sales_order
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.order_states import line_states
from gateway.store.orders import StoredLine, StoredOrder
from gateway.store.outbox import NewOutput, enqueue, lane_of
from gateway.workspace.values import Channel

_ORDERS: dict[str, Callable[[StoredOrder, tuple[StoredLine, ...], Order], bytes]] = {
    "json": order_as_json,
    "csv": order_as_csv,
}
"""How an order is written where no mapping is named."""
_TYPES = {"orders": "order", "confirmations": "confirmation", "status": "status"}


class Outgoing(NamedTuple):
    """An order as it was written, what the buyer states, and the message that made it so."""

    order: StoredOrder
    lines: tuple[StoredLine, ...]
    stated: Order
    message: str


def send_order(line: Line, db: Connection, outgoing: Outgoing) -> None:
    """Queue the order for every channel that takes orders; a test goes to none of them."""

    def write(channel: Channel) -> Written:
        mapping = _mapping(line, channel, "orders")
        if mapping is not None:
            return mapping.write(sales_order(*outgoing[:3]))
        syntax = channel.syntax.get("orders", "json")
        if syntax not in _ORDERS:
            raise PermanentError(f"No mapping makes {syntax} orders. Name one in channels/{channel.name}.toml.")
        return Written(_ORDERS[syntax](*outgoing[:3]), syntax, [])

    _send(line, db, "orders", outgoing, write)


def send_confirmation(line: Line, db: Connection, outgoing: Outgoing, response: OrderResponse, but: str) -> None:
    """Queue what is confirmed for every channel that takes confirmations, but those of the system that said it."""
    _send(line, db, "confirmations", outgoing, lambda channel: _written(line, channel, "confirmations", response), but)


def send_status(line: Line, db: Connection, outgoing: Outgoing, but: str | None = None) -> None:
    """Queue how far the order got for every channel that takes it, but those of the system that said so."""
    status = status_of(db, outgoing.order, outgoing.lines)
    _send(line, db, "status", outgoing, lambda channel: _written(line, channel, "status", status), but)


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


def _mapping(line: Line, channel: Channel, flow: str) -> TextMapping | None:
    """The mapping that writes this flow of the channel, None where what is built in serves."""
    syntax = channel.syntax.get(flow, "json")
    identity = channel.mapping.get(flow) or line.library.standard(f"{syntax} {flow}", inbound=False)
    if identity is None:
        return None
    mapping = line.library.outbound(identity)
    if not isinstance(mapping, TextMapping):
        raise PermanentError(f"{identity} makes EDIFACT, which goes to partners. Name another in {channel.name}.toml.")
    return mapping


def _written(line: Line, channel: Channel, flow: str, document: OrderResponse | OrderStatus) -> Written:
    mapping = _mapping(line, channel, flow)
    if mapping is not None:
        return mapping.write(document)
    syntax = channel.syntax.get(flow, "json")
    if syntax != "json":
        raise PermanentError(f"No mapping makes {syntax} {flow}. Name one in channels/{channel.name}.toml.")
    return Written(msgspec.json.format(to_json(document), indent=2) + b"\n", "json", [])


def _send(
    line: Line,
    db: Connection,
    flow: str,
    outgoing: Outgoing,
    write: Callable[[Channel], Written],
    but: str | None = None,
) -> None:
    order = outgoing.order
    for channel in line.configuration.channels.values():
        if order.test or channel.flows.get(flow) != "out" or channel.system == but:
            continue
        written = write(channel)
        errors = [issue for issue in written.issues if issue.is_error]
        if errors:
            raise PermanentError(f"{order.our_number} cannot be written for channel {channel.name}: {errors[0].text}")
        type_ = _TYPES[flow]
        output = NewOutput(
            key=f"{type_}/{order.id}/{order.version}/{outgoing.message}/{channel.name}/{order.changed_at}",
            partner=channel.name, connection=channel.connection, type=type_, extension=written.extension,
            reference=order.number, number=order.our_number, content=written.content, message=outgoing.message,
            order_id=order.id, lane=lane_of(channel.connection, type_, order.account),
        )  # fmt: skip
        enqueue(db, output, line.now())
