"""/messages and /transmissions: what came in and how far it got; a connection's key asks about what came over it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Literal, TypeAlias

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.calls import Access, Api
from gateway.http.cursors import Page
from gateway.http.documents import Shapes
from gateway.http.parameters import ListPart, MessageId
from gateway.http.problems import Fault, RefusedError
from gateway.http.shapes import MessagePage, MessageView, TransmissionPage, TransmissionView
from gateway.pipeline.message_view import message_object
from gateway.store.records import State, Transmission
from gateway.store.types import stated_instant
from gateway.store.visible import (
    MessageFilter,
    TransmissionFilter,
    message_seen,
    messages_seen,
    transmission_seen,
    transmissions_seen,
)

Since = Annotated[
    datetime | None, Query(description="Only what was received then or later; UTC where it names no zone.")
]
TransmissionState: TypeAlias = Literal["received", "decoded", "dead"]
Word = Annotated[str | None, Query(max_length=200, description="Only those with this value.")]


async def wanted_documents(
    partner: Word = None,
    type_: Annotated[str | None, Query(alias="type", max_length=200, description="ORDERS, ORDCHG and so on.")] = None,
    reference: Annotated[str | None, Query(max_length=200, description="The number of the document.")] = None,
) -> MessageFilter:
    """Which messages the parameters about their documents name."""
    return MessageFilter(partner=partner, type=type_, reference=reference)


async def wanted_messages(
    documents: Annotated[MessageFilter, Depends(wanted_documents)],
    state: Annotated[State | None, Query(description="Only those in this state.")] = None,
    transmission: Annotated[str | None, Query(max_length=40, description="Only those of this transmission.")] = None,
    since: Since = None,
) -> MessageFilter:
    """Which messages the parameters name."""
    return documents._replace(state=state, transmission=transmission, since=_instant(since))


async def wanted_transmissions(
    state: Annotated[TransmissionState | None, Query(description="Only those in this state.")] = None,
    connection: Word = None,
    since: Since = None,
) -> TransmissionFilter:
    """Which transmissions the parameters name."""
    return TransmissionFilter(state, connection, _instant(since))


def _instant(stated: datetime | None) -> str | None:
    """The instant as the store keeps it."""
    if stated is None:
        return None
    try:
        return stated_instant(stated)
    except OverflowError:
        raise RefusedError("request-invalid", faults=[Fault("an instant of our time", parameter="since")]) from None


def routes(api: Api, shapes: Shapes) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["messages"])
    _message_routes(router, api, shapes)
    _transmission_routes(router, api, shapes)
    return router


def _message_routes(router: APIRouter, api: Api, shapes: Shapes) -> None:
    @router.get("/messages", summary="List messages", **shapes.told(MessagePage, "cursor-invalid"))
    async def messages(
        request: Request, part: ListPart, wanted: Annotated[MessageFilter, Depends(wanted_messages)]
    ) -> Response:
        """What came in, oldest first: an order, a change, an acknowledgement each."""
        return await api.received(request, partial(_messages, wanted, part.of("messages", *wanted)))

    @router.get("/messages/{message}", summary="Show a message", **shapes.told(MessageView, "message-unknown"))
    async def message(request: Request, message: MessageId) -> Response:
        """One message: its state, its decision, and what is wrong with it."""
        return await api.received(request, partial(_message, message))


def _transmission_routes(router: APIRouter, api: Api, shapes: Shapes) -> None:
    @router.get("/transmissions", summary="List transmissions", **shapes.told(TransmissionPage, "cursor-invalid"))
    async def transmissions(
        request: Request, part: ListPart, wanted: Annotated[TransmissionFilter, Depends(wanted_transmissions)]
    ) -> Response:
        """What was received at once, oldest first, without the messages in it."""
        return await api.received(request, partial(_transmissions, wanted, part.of("transmissions", *wanted)))

    @router.get(
        "/transmissions/{transmission}",
        summary="Show a transmission",
        **shapes.told(TransmissionView, "transmission-unknown"),
    )
    async def transmission(request: Request, transmission: MessageId) -> Response:
        """What was received at once, and the first 1,000 messages in it; the list of messages has all of them."""
        return await api.received(request, partial(_transmission, transmission))


def _messages(wanted: MessageFilter, page: Page, access: Access) -> object:
    found, following = page.taken(messages_seen(access.db, access.sight, wanted, page.part), lambda each: each.id)
    return {"messages": [message_object(access.db, each) for each in found], "next": following}


def _transmissions(wanted: TransmissionFilter, page: Page, access: Access) -> object:
    found, following = page.taken(transmissions_seen(access.db, access.sight, wanted, page.part), lambda each: each.id)
    return {"transmissions": [_head(each) for each in found], "next": following}


def _message(identity: str, access: Access) -> object:
    found = message_seen(access.db, access.sight, identity)
    if found is None:
        raise RefusedError("message-unknown", f"There is no message {identity} that this key may see.")
    return message_object(access.db, found)


def _transmission(identity: str, access: Access) -> object:
    found = transmission_seen(access.db, access.sight, identity)
    if found is None:
        raise RefusedError("transmission-unknown", f"There is no transmission {identity} that this key may see.")
    received, messages = found
    return {**_head(received), "messages": [message_object(access.db, each) for each in messages]}


def _head(received: Transmission) -> dict[str, object]:
    return {
        "transmission": received.id,
        "connection": received.connection,
        "name": received.name,
        "digest": received.digest,
        "size": received.size,
        "received_at": received.received_at,
        "state": received.state,
    }
