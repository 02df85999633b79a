"""The cXML door: what buyers' systems post to /cxml, each answered by a cXML Response with HTTP 200.

A body is received whole before anything is done. Only what is refused before it was read has another status of HTTP:
who gets one without cXML takes it for a line that failed, and tries again for hours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.cxml.status import status
from gateway.http.calls import NOT_KEPT, Api, busy
from gateway.http.cxml_counter import CxmlCounter, Vault, refusal
from gateway.http.problems import RefusedError
from gateway.http.sources import source_of
from gateway.http.uploads import Pace, Upload, Uploads, check_stated_size, check_unpacked
from gateway.pipeline.work import Line
from gateway.settings import ReceiveSettings
from gateway.store.cxml_answers import CxmlAnswer

MOST_BYTES = 100 << 20
"""The largest body taken: it is in memory whole before it is known who sent it."""
ANSWERED_WITHIN = timedelta(seconds=20)
"""How long the line is waited for; who waited so long is told that word will follow."""
_SHORTEST_S, _LONGEST_S, _SHARE = 0.025, 0.15, 0.2
"""The pauses between looks for an answer that another process may give: a share of the time waited so far."""
_STATUS = {"body-too-large": 499, "internal": 500, "encoding-refused": 406}
"""The Status of what is refused once the body comes; of anything else it is 560: try again."""
_SYNTAX = "cxml"


class CxmlDoor:
    """Takes what is posted, and waits for what the line says of it."""

    def __init__(
        self, api: Api, vault: Vault, public_url: Callable[[], str], settings: ReceiveSettings, folder: Path
    ) -> None:
        self._api = api
        self._counter = CxmlCounter(vault, public_url, api.monotonic)
        self._proxies = settings.proxies
        pace = Pace(settings.grace.total_seconds(), settings.bytes_per_second, settings.deadline.total_seconds())
        self._uploads = Uploads(folder, pace)
        self._most_at_once = settings.at_once
        self._at_once = 0

    @property
    def routes(self) -> list[BaseRoute]:
        """Where it is posted to."""
        # Who is sent elsewhere by a redirect loses his document.
        return [Route(path, self.post, methods=["POST"], include_in_schema=False) for path in ("/cxml", "/cxml/")]

    def close(self) -> None:
        """Nothing is taken any more."""
        self._uploads.close()

    async def post(self, request: Request) -> Response:
        """The cXML Response; 413 and 429 where not even the body is read."""
        most_bytes = min(MOST_BYTES, self._api.line().limits.max_interchange_bytes)
        try:
            check_stated_size(request, most_bytes)
        except RefusedError as refused:
            return refused.response()
        if self._at_once >= self._most_at_once:
            return Response("Too many documents are on their way. Come again.", 429, {"Retry-After": "1", **NOT_KEPT})
        self._at_once += 1
        head = dict(NOT_KEPT)
        try:
            content = await self._answered(request, most_bytes)
        except RefusedError as refused:
            content = refusal(self._api.line(), status(_STATUS.get(refused.code, 560), str(refused)))
            head |= refused.headers
        finally:
            self._at_once -= 1
        return Response(content, headers=head, media_type="text/xml; charset=UTF-8")

    async def _answered(self, request: Request, most_bytes: int) -> bytes:
        """The Response; raises RefusedError where there is none of the document's own."""
        upload = await self._uploads.taken(request, most_bytes, lambda _: _SYNTAX)
        try:
            check_unpacked(request)
            content_type, address = request.headers.get("content-type", ""), source_of(request, self._proxies)
            found = await self._api.answering(lambda line: self._taken(_whole(upload), content_type, line, address))
        finally:
            self._uploads.done(upload)
        return found if isinstance(found, bytes) else await self._given(found)

    def _taken(self, content: bytes, content_type: str, line: Line, address: str) -> bytes | CxmlAnswer:
        """The Response, or that to which the line has still to give it, which it begins with at once."""
        found = self._counter.take(content, content_type, line, address)
        if isinstance(found, CxmlAnswer):
            self._api.wake()
        return found

    async def _given(self, waiting: CxmlAnswer) -> bytes:
        """What the line says of a document, or that word will follow where it takes long."""
        began = self._api.monotonic()
        while True:
            with self._api.line().awaited.waiting(waiting.message or "") as heard:
                waited = self._api.monotonic() - began
                at_last = self._api.is_ending or waited > ANSWERED_WITHIN.total_seconds()
                given = await self._api.answering(partial(self._counter.given, waiting, at_last=at_last))
                if given is not None:
                    return given
                if at_last:
                    raise busy()
                pause_s = min(max(_SHARE * waited, _SHORTEST_S), _LONGEST_S)
                await asyncio.wait([asyncio.wrap_future(heard)], timeout=pause_s)


def _whole(upload: Upload) -> bytes:
    return b"".join(upload.chunks())
