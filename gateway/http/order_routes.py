"""/orders: orders placed by a shop or by our own sales, and the history of orders of every channel."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.bodies import decode
from gateway.http.calls import Access, Answer, Api, Caller
from gateway.http.cursors import Page
from gateway.http.documents import Shapes
from gateway.http.parameters import IdempotencyKey, ListPart, OfAccount
from gateway.http.problems import Fault, RefusedError
from gateway.http.shapes import OrderPage, OrderView
from gateway.model.direct_order import DirectOrder
from gateway.model.status import OrderState
from gateway.pipeline.direct import Placed, place_order
from gateway.pipeline.message_view import message_object
from gateway.pipeline.order_view import order_as_shown, order_object
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.messages import message as stored_message
from gateway.store.orders import order as order_of_id
from gateway.store.records import State
from gateway.store.visible import OrderFilter, account_seen, order_seen, orders_seen
from gateway.workspace.agreements import SYNTAXES

SETTLED_WITHIN_S = 5.0
"""How long an order is waited for; what takes longer is answered with 202 and the address of its message."""
_FIRST_LOOK_S, _LAST_LOOK_S = 0.02, 0.3
_ON_THEIR_WAY = (State.RECEIVED, State.READY, State.FAILED)
_CHANNEL = re.compile(r"[a-z][a-z0-9-]{0,30}", re.ASCII)
_LONGEST_NUMBER = 200
_EXAMPLE = {
    "account": "10012", "number": "SHOP-4711", "channel": "shop", "deliver_on": "2027-01-15",
    "lines": [{"product": "A-1006", "quantity": "12", "unit": "PCE"}],
}  # fmt: skip

OrderNumber = Annotated[str, Path(max_length=100, description="Our number of the order, `order` in its object.")]
BuyerNumber = Annotated[
    str | None, Query(max_length=_LONGEST_NUMBER, description="Only those with this buyer's number.")
]
InState = Annotated[OrderState | None, Query(description="Only those in this state.")]


def routes(api: Api, shapes: Shapes) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/orders", tags=["orders"])

    @router.get("", summary="List orders", **shapes.told(OrderPage, "account-unknown", "cursor-invalid"))
    async def orders(
        request: Request, part: ListPart, account: OfAccount = None, number: BuyerNumber = None,
        state: InState = None,
    ) -> Response:  # fmt: skip
        """Orders of every channel, oldest first, without their lines."""
        wanted = OrderFilter(account, number, state)
        return await api.reading(request, partial(_page, wanted, part.of("orders", *wanted)))

    @router.get("/{order}", summary="Show an order", **shapes.told(OrderView, "order-unknown"))
    async def order(request: Request, order: OrderNumber) -> Response:
        """One order: what was ordered, agreed and confirmed, line by line."""
        return await api.reading(request, partial(_order, order))

    @router.post(
        "",
        summary="Place an order",
        **shapes.told(
            OrderView, "account-unknown", "conflict", statuses=(200, 201, 202), body=DirectOrder, example=_EXAMPLE
        ),
    )
    async def place(request: Request, idempotency_key: IdempotencyKey = None) -> Response:
        """An order by a shop, or by sales for the account, on the same line as every other.

        201 with the order and its decision; 200 where the same order was placed before; 202 with the message where it
        waits for a person before it is an order, or takes longer.
        """
        raw = await api.body(request)
        placed = await api.writing(request, partial(_place, api.line(), raw, idempotency_key))
        await api.awaken()
        return await _told(api, request, placed)

    return router


async def _told(api: Api, request: Request, placed: Placed) -> Response:
    """What became of the order, as soon as it is known or is late."""
    ends, pause = api.monotonic() + SETTLED_WITHIN_S, _FIRST_LOOK_S
    while True:
        is_late = api.monotonic() >= ends or api.is_ending
        answer = await api.telling(request, partial(_settled, placed, is_late))
        if answer is not None:
            return answer
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LAST_LOOK_S)


def _page(wanted: OrderFilter, page: Page, access: Access) -> object:
    if wanted.account is not None:
        access.account(wanted.account)
    found, following = page.taken(orders_seen(access.db, access.sight, wanted, page.part), lambda each: each.id)
    heads = [order_object(each, []) for each in found]
    return {"orders": [{k: v for k, v in each.items() if k != "lines"} for each in heads], "next": following}


def _order(number: str, access: Access) -> object:
    found = order_seen(access.db, access.sight, number)
    if found is None:
        raise RefusedError("order-unknown", f"There is no order {number} that this key may see.")
    return order_as_shown(access.db, found)


def _place(line: Line, raw: bytes, key: str | None, caller: Caller) -> Placed:
    stated = decode(raw, DirectOrder)
    with line.store.read() as db:
        if account_seen(db, caller.sight, stated.account) is None:
            raise RefusedError("account-unknown", f"There is no account {stated.account} that this key may see.")
    _check(stated, line)
    return place_order(line, stated, raw, key)


def _check(order: DirectOrder, line: Line) -> None:
    """Raises RefusedError for what could not be an order at all; what is wrong with an order, the line decides."""
    faults = []
    number = order.number
    if not number or number != number.strip() or not number.isprintable() or len(number) > _LONGEST_NUMBER:
        text = f"an order has a number of 1 to {_LONGEST_NUMBER} characters on one line, without spaces around it"
        faults.append(Fault(text, "/number"))
    if not order.lines:
        faults.append(Fault("order something", "/lines"))
    taken = order.channel in line.configuration.connections or order.channel in SYNTAXES
    if not _CHANNEL.fullmatch(order.channel) or taken:
        faults.append(Fault("name a channel of your own in small letters, as shop or sales", "/channel"))
    if faults:
        raise RefusedError("request-invalid", faults=faults)


def _settled(placed: Placed, is_late: bool, db: Connection) -> Answer | None:
    """What became of the order; None while the line is at it and there is time."""
    message = stored_message(db, placed.message)
    if message is None or (message.state in _ON_THEIR_WAY and not is_late):
        return None
    order = order_of_id(db, message.order_id) if message.order_id else None
    if order is None:
        where = {"Location": f"/api/v1/messages/{placed.message}"}
        return Answer(message_object(db, message), 202, where)
    status = 200 if message.state == State.DUPLICATE else 201
    where = {"Location": f"/api/v1/orders/{order.our_number}"}
    return Answer(order_as_shown(db, order), status, where)
