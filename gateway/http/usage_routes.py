"""/usage: what accounts did in a channel, which metrics and segments are made of."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.commerce.metrics import USAGE, may_have_been
from gateway.http.bodies import decode
from gateway.http.calls import Answer, Api, Caller
from gateway.http.documents import Shapes
from gateway.http.problems import Fault, RefusedError
from gateway.http.shapes import UsageAdded, UsageReport
from gateway.model.segment import UsageEvent
from gateway.pipeline.work import Line
from gateway.store.usage import note_usage
from gateway.store.visible import account_seen

_EXAMPLE = {
    "events": [
        {"account": "10012", "channel": "shop", "kind": "search", "at": "2026-01-15T09:30:00Z", "ref": "hex bolt m8",
         "id": "s-1"}
    ]
}  # fmt: skip


def routes(api: Api, shapes: Shapes) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["usage"])

    @router.post(
        "/usage",
        summary="Report usage",
        **shapes.told(UsageAdded, "account-unknown", statuses=(201,), body=UsageReport, example=_EXAMPLE),
    )
    async def usage(request: Request) -> Response:
        """What accounts did. An event whose `id` its account had before is known and changes nothing."""
        raw = await api.body(request)
        added = await api.writing(request, partial(_noted, api.line(), raw))
        return api.tell(request, added)

    return router


def _noted(line: Line, raw: bytes, caller: Caller) -> Answer:
    report = decode(raw, UsageReport)
    now = line.clock()
    for place, event in enumerate(report.events):
        _check(f"/events/{place}", event, now)
    with line.store.write() as db:
        for account in {event.account for event in report.events}:
            if account_seen(db, caller.sight, account) is None:
                raise RefusedError("account-unknown", f"There is no account {account} that this key may see.")
        added = note_usage(db, report.events)
    return Answer({"added": added, "known": len(report.events) - added}, 201)


def _check(at: str, event: UsageEvent, now: datetime) -> None:
    if event.kind not in USAGE:
        raise RefusedError("request-invalid", faults=[Fault(f"name one of {', '.join(USAGE)}", f"{at}/kind")])
    if not may_have_been(event.at, now):
        told = f"an instant with its zone, of the last ten years and not to come: here it is {now:%Y-%m-%dT%H:%M:%SZ}"
        raise RefusedError("request-invalid", faults=[Fault(told, f"{at}/at")])
    if not event.channel or event.id == "":
        raise RefusedError("request-invalid", faults=[Fault("a channel and an id are texts with something in it", at)])
