"""The door: documents of partners, posted to /in/CONNECTION, stored before they are acknowledged.

A body is received completely before anything is written: who sends slowly holds neither a thread nor the write lock.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from gateway.access import ScopeKind
from gateway.connector import Listener
from gateway.errors import TransientError
from gateway.health import Health
from gateway.http.calls import Answer, Api, busy, caller_of
from gateway.http.problems import Fault, RefusedError
from gateway.http.rates import Buckets, Rate
from gateway.http.uploads import Pace, Upload, Uploads, check_stated_size, check_unpacked
from gateway.pipeline.receive import Posted, Taken, receive_once
from gateway.settings import ReceiveSettings
from gateway.store.shared_commits import SharedCommits
from gateway.syntaxes import BEGIN_AS, EXTENSIONS, begins_as, named_by

PART = "receiving"
"""What health calls it."""
ADMITTED_WITHIN_S = 10.0
"""How long the store is waited for to say whose key it is."""
COMMITTED_WITHIN_S = 20.0
"""How long a commit is waited for; who is told to come again then finds what was committed meanwhile."""
_BYTES_PER_SECOND = 4 << 20
"""How fast the slowest store is that a large body is waited for."""
_THREADS = 4
_KEY = re.compile(r"[!-~]{1,255}")
_log = logging.getLogger("gateway.http")

Listeners = Callable[[], Mapping[str, Listener]]


class Door:
    """Takes what is posted to the connections that listen."""

    def __init__(self, api: Api, listeners: Listeners, settings: ReceiveSettings, folder: Path, health: Health) -> None:
        self._api = api
        self._listeners = listeners
        self._settings = settings
        self._health = health
        pace = Pace(settings.grace.total_seconds(), settings.bytes_per_second, settings.deadline.total_seconds())
        self._uploads = Uploads(folder, pace)
        self._buckets = Buckets(Rate(settings.posts_per_second, settings.burst), api.monotonic)
        self._threads = ThreadPoolExecutor(_THREADS, "door")
        self._commits = SharedCommits(lambda: api.line().store, self._committed)
        health.watch(PART, self._commits.is_alive, timedelta.max)
        self._asking = 0
        self._open: Counter[str] = Counter()

    def close(self) -> None:
        """Nothing is taken any more; what came whole is stored."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._commits.close()
        self._uploads.close()

    async def post(self, request: Request) -> Response:
        """202 with the id of the transmission once it is stored; 200 with the same where it was stored before."""
        name = request.path_params["connection"]
        listener = await self._admitted(request, name)
        if self._open[name] >= self._settings.at_once_by_connection:
            raise busy()
        self._open[name] += 1
        try:
            taken = await self._take(request, name, listener)
        finally:
            self._open[name] -= 1
        value = {"transmission": taken.transmission, "state": "received"}
        where = {"Location": f"/api/v1/transmissions/{taken.transmission}"}
        return self._api.tell(request, Answer(value, 200 if taken.again else 202, where))

    async def _admitted(self, request: Request, name: str) -> Listener:
        """What the connection lets in; whoever asks, not many ask at once, nor for long."""
        if self._asking + self._open.total() >= self._settings.at_once:
            raise busy()
        self._asking += 1
        try:
            return await self._api.known(self._threads.submit(self._admit, request, name), ADMITTED_WITHIN_S)
        finally:
            self._asking -= 1

    def _admit(self, request: Request, name: str) -> Listener:
        """What the connection lets in; raises RefusedError where the key shown is not of this connection."""
        if self._api.is_store_away():
            raise TransientError
        with self._api.line().store.read() as db:
            caller = caller_of(db, request.headers.get("authorization"))
        left = self._buckets.take(caller.identity)
        request.state.rate_fields = left.headers(self._buckets.rate)
        if not left.granted:
            raise RefusedError("rate-exceeded", f"Wait {left.wait_s} s, then post again.")
        if caller.scope != (ScopeKind.CONNECTION, name):
            # In the same words whether or not there is such a connection.
            raise RefusedError("scope-insufficient", f"A key of scope {caller.scope} may not post here.")
        listener = self._listeners().get(name)
        if listener is None:
            raise RefusedError("not-found", f"Nothing is received by {name} at present. Ask who gave you the key.")
        return listener

    async def _take(self, request: Request, name: str, listener: Listener) -> Taken:
        most_bytes = self._api.line().limits.max_interchange_bytes
        if listener.max_bytes is not None:
            most_bytes = min(most_bytes, listener.max_bytes)
        key = _checked_head(request, listener, most_bytes)
        look = partial(_syntax, request.headers.get("content-type", ""), listener)
        upload = await self._uploads.taken(request, most_bytes, look)
        posted = Posted(name, EXTENSIONS[upload.syntax], upload.digest, upload.chunks, key)
        return await self._stored(upload, posted)

    async def _stored(self, upload: Upload, posted: Posted) -> Taken:
        """The transmission, committed."""
        line = self._api.line()
        try:
            stored = self._commits.hand(lambda db: receive_once(line, db, posted), alone=upload.spooled > 0)
        except TransientError as reason:
            self._uploads.done(upload)
            raise busy() from reason
        stored.add_done_callback(lambda _: self._uploads.done(upload))
        return await self._api.known(stored, COMMITTED_WITHIN_S + upload.spooled / _BYTES_PER_SECOND)

    def _committed(self, reason: Exception | None) -> None:
        """What was stored is worked off from now on; what keeps it from being stored is told to health and log."""
        if reason is not None:
            if self._health.fails(PART, str(reason)):
                _log.warning("%s: %s", PART, reason)
            return
        self._health.works(PART)
        with suppress(RefusedError):  # logged already, and what is stored is worked off at the next round
            self._api.told(self._api.wake)


def _checked_head(request: Request, listener: Listener, most_bytes: int) -> str | None:
    """The Idempotency-Key, if there is one; raises RefusedError for what need not be read to be refused."""
    head = request.headers
    if request.url.query:
        raise RefusedError("request-invalid", "This address takes no parameters.")
    if "content-length" in head and "transfer-encoding" in head:  # RFC 9112, 6.1: one of the two is a lie
        raise RefusedError("framing-ambiguous", "State Content-Length or Transfer-Encoding.")
    check_unpacked(request)
    if not _possible(head.get("content-type", ""), listener):
        raise _unfit(listener)
    check_stated_size(request, most_bytes)
    keys = head.getlist("idempotency-key")
    if len(keys) > 1 or not all(_KEY.fullmatch(key) for key in keys):
        words = "state it once, with 1 to 255 printable characters of ASCII and no space"
        raise RefusedError("request-invalid", faults=[Fault(words, parameter="Idempotency-Key")])
    return keys[0] if keys else None


def _possible(content_type: str, listener: Listener) -> frozenset[str]:
    """The syntaxes that the connection takes and the type leaves possible."""
    named = named_by(content_type)
    return named.intersection(BEGIN_AS.get(each, each) for each in listener.accepts) if listener.accepts else named


def _syntax(content_type: str, listener: Listener, begins: bytes) -> str:
    """The syntax of what begins so; raises RefusedError where that is not taken, or not what the type says."""
    if not begins:
        raise RefusedError("body-empty", "Send the document as the body.")
    found = begins_as(begins)
    if found is None or found not in _possible(content_type, listener):
        raise _unfit(listener, found or "no syntax known here")
    return found


def _unfit(listener: Listener, found: str = "") -> RefusedError:
    begins = f" It begins as {found}." if found else ""
    taken = ", ".join(listener.accepts or EXTENSIONS)
    return RefusedError("syntax-refused", f"Taken here: {taken}, with a Content-Type that says so or nothing.{begins}")
