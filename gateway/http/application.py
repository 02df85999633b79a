"""The web application: health for those who watch, a door for documents, the JSON API for shops, apps and ERPs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.health import Health
from gateway.http import (
    account_routes,
    event_routes,
    message_routes,
    order_routes,
    price_list_routes,
    price_routes,
    product_routes,
    quote_routes,
    search_routes,
    term_routes,
    usage_routes,
    webhook_routes,
)
from gateway.http.calls import NOT_KEPT, Api, busy, rate_fields
from gateway.http.documents import Shapes
from gateway.http.door import Door
from gateway.http.parameters import only_known
from gateway.http.problems import Fault, RefusedError
from gateway.metrics import CONTENT_TYPE_LATEST, exposed
from gateway.sync.status import status_of

API = "/api/v1"
_PARTS = (
    account_routes,
    term_routes,
    product_routes,
    search_routes,
    price_routes,
    price_list_routes,
    quote_routes,
    order_routes,
    usage_routes,
    event_routes,
    webhook_routes,
    message_routes,
)
MOST_REQUESTS = 512
"""Requests being answered or read at once; the next one is told to come again."""
WATCHING = ("/healthz", "/readyz", "/metrics")
_BY_STATUS = {404: "not-found", 405: "method-not-allowed"}


def application(health: Health, api: Api, door: Door, further: Sequence[BaseRoute] = ()) -> ASGIApp:
    """The application; no pages of documentation are served beside the OpenAPI document.

    `further` are the routes of doors beside the one for documents.
    """
    app = FastAPI(title="gateway", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_route("/in/{connection}", door.post, methods=["POST"], include_in_schema=False)
    app.router.routes.extend(further)
    app.include_router(_health_routes(health, api), include_in_schema=False)
    shapes = Shapes()
    router = APIRouter(prefix=API, dependencies=[Depends(only_known)])
    for part in _PARTS:
        router.include_router(part.routes(api, shapes))
    app.include_router(router)
    document: dict[str, object] = {}

    @app.get(f"{API}/openapi.json", include_in_schema=False)
    async def openapi() -> JSONResponse:
        if not document:
            document.update(shapes.document(app))
        return JSONResponse(document)

    _tell_problems(app, api)
    return Edge(app)


def _health_routes(health: Health, api: Api) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    def readyz() -> JSONResponse:
        report = health.report()
        return JSONResponse(report, status_code=200 if report["ready"] else 503)

    @router.get("/metrics")
    def metrics() -> Response:
        line = api.line()
        told = exposed(line.store, line.clock(), health.failing(), partial(status_of, line))
        return Response(told, media_type=CONTENT_TYPE_LATEST)

    return router


def _tell_problems(app: FastAPI, api: Api) -> None:
    """Every refusal is a problem document, whoever refused."""

    @app.exception_handler(RefusedError)
    async def refused(request: Request, error: RefusedError) -> Response:
        return _told(request, error)

    @app.exception_handler(RequestValidationError)
    async def unfit(request: Request, error: RequestValidationError) -> Response:
        try:
            await api.authorise(request)  # who shows no key is told that first
        except RefusedError as reason:
            return _told(request, reason)
        faults = [Fault(str(each["msg"]), parameter=str(each["loc"][-1])) for each in error.errors()]
        return _told(request, RefusedError("request-invalid", faults=faults))

    @app.exception_handler(HTTPException)
    async def unserved(request: Request, error: HTTPException) -> Response:
        code = _BY_STATUS.get(error.status_code, "internal")
        return _told(request, RefusedError(code, headers=error.headers))

    @app.exception_handler(Exception)
    async def failed(request: Request, _: Exception) -> Response:
        return _told(request, RefusedError("internal"))


def _told(request: Request, error: RefusedError) -> Response:
    error.headers = {**NOT_KEPT, **rate_fields(request), **error.headers}
    return error.response()


class Edge:
    """The application behind a look at what no route could mean, and at how much is being answered.

    An address with a NUL is nothing here. Whoever watches is answered however much that is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if _has_nul(scope["raw_path"], scope["query_string"]):
            await RefusedError("not-found").response()(scope, receive, send)
            return
        if self._open >= MOST_REQUESTS and scope["path"] not in WATCHING:
            await busy().response()(scope, receive, send)
            return
        self._open += 1
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except asyncio.CancelledError:  # the gateway stops, and this was not ready in time
            if not begun:
                await busy().response()(scope, receive, send)
        finally:
            self._open -= 1


def _has_nul(*parts: Sequence[int]) -> bool:
    return any(b"%00" in bytes(part) or 0 in part for part in parts)
