"""/events: what happened, in the order it was committed, read on from a number and waited for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.access import Role
from gateway.event_types import AGGREGATES, EVENT_TYPES
from gateway.http.calls import Api
from gateway.http.documents import Shapes
from gateway.http.ear import Ear
from gateway.http.event_shapes import EventPage
from gateway.http.problems import Fault, RefusedError
from gateway.store import Connection
from gateway.store.feed import FeedFilter, FeedPart, events_after, gone, last_seq
from gateway.store.visible import Sight

MOST_WAIT_S = 60
_WINDOWS = 10
"""So often WINDOW numbers are looked through for one answer; where nothing was found, the caller asks on."""

After = Annotated[
    int | None,
    Query(ge=0, le=2**62, description="The number behind which to go on: `next` of the answer before; 0 for all."),
]
Wait = Annotated[
    str,
    Query(
        pattern="^[0-9]{1,2}s?$",
        description=f"How long to wait for the next event, in seconds, at most {MOST_WAIT_S}, as 30s.",
    ),
]
Types = Annotated[
    str | None, Query(max_length=500, description="Only those of these types, separated by commas: order.received.")
]
Aggregate = Annotated[
    str | None, Query(max_length=200, description="Only those about these kinds of things, separated by commas: order.")
]
Most = Annotated[int, Query(ge=1, le=1_000, description="At most so many.")]


async def wanted_events(types: Types = None, aggregate: Aggregate = None) -> FeedFilter:
    """Which events the parameters name; raises RefusedError for a type or an aggregate there is not."""
    wanted = FeedFilter(_listed(types), _listed(aggregate))
    _refuse_unknown("types", "type", wanted.types, EVENT_TYPES)
    _refuse_unknown("aggregate", "aggregate", wanted.aggregates, AGGREGATES)
    return wanted


def routes(api: Api, shapes: Shapes) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["events"])
    ear = Ear(api)

    @router.get("/events", summary="Read events", **shapes.told(EventPage, "events-gone", "cursor-invalid"))
    async def events(
        request: Request, wanted: Annotated[FeedFilter, Depends(wanted_events)], after: After = None, wait: Wait = "0s",
        limit: Most = 100,
    ) -> Response:  # fmt: skip
        """What happened behind the number, oldest first; without `after`, nothing yet and the number to begin at.

        With `wait`, an answer without events comes only after that time. An account's key sees what belongs to its
        account and those below it.
        """
        ends = api.monotonic() + min(int(wait.rstrip("s")), MOST_WAIT_S)
        caller = await api.writing(request, lambda caller: caller, Role.VIEWER)
        if after is None:
            after = await api.looking(last_seq)
            return api.tell(request, {"events": [], "next": after})
        while True:
            is_late = api.monotonic() >= ends or api.is_ending
            part = await api.looking(partial(_part, caller.sight, after, wanted, limit))
            if part.events or is_late or await request.is_disconnected():
                told = [event.as_object() for event in part.events]
                return api.tell(request, {"events": told, "next": part.next})
            after = part.next
            await ear.beyond(after, ends - api.monotonic())

    return router


def _refuse_unknown(parameter: str, what: str, named: Iterable[str], known: Collection[str]) -> None:
    for name in named:
        if name not in known:
            text = f"there is no {what} {name!r}; there are {', '.join(known)}"
            raise RefusedError("request-invalid", faults=[Fault(text, parameter=parameter)])


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(each.strip() for each in (text or "").split(",") if each.strip())


def _part(sight: Sight, after: int, wanted: FeedFilter, most: int, db: Connection) -> FeedPart:
    """What is behind the number; raises RefusedError for one that the feed has not come to or has no more."""
    last = last_seq(db)
    if after > last:
        text = f"The feed has come to {last} only. Where it was restored from a backup, begin anew."
        raise RefusedError("cursor-invalid", text)
    if 0 < after < gone(db):
        text = f"Events up to {gone(db)} are past their retention. Read the state of things anew, then begin at 0."
        raise RefusedError("events-gone", text)
    part = FeedPart([], after)
    for _ in range(_WINDOWS):
        part = events_after(db, part.next, sight, wanted, most)
        if part.events or part.next >= last:
            break
    return part
