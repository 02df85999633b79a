"""/messages and /transmissions: how far something got that was sent."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.calls import Access, Api
from gateway.http.documents import Shapes
from gateway.http.parameters import MessageId
from gateway.http.problems import RefusedError
from gateway.http.shapes import MessageView, TransmissionView
from gateway.pipeline.message_view import message_object
from gateway.store.visible import message_seen, transmission_seen


def routes(api: Api, shapes: Shapes) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["messages"])

    @router.get("/messages/{message}", summary="Show a message", **shapes.told(MessageView, "message-unknown"))
    async def message(request: Request, message: MessageId) -> Response:
        """One message: its state, its decision, and what is wrong with it."""
        return await api.reading(request, partial(_message, message))

    @router.get(
        "/transmissions/{transmission}",
        summary="Show a transmission",
        **shapes.told(TransmissionView, "transmission-unknown"),
    )
    async def transmission(request: Request, transmission: MessageId) -> Response:
        """What was received at once, and the messages in it."""
        return await api.reading(request, partial(_transmission, transmission))

    return router


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
    return {
        "transmission": received.id,
        "connection": received.connection,
        "name": received.name,
        "digest": received.digest,
        "size": received.size,
        "received_at": received.received_at,
        "state": received.state,
        "messages": [message_object(access.db, each) for each in messages],
    }
