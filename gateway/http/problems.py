"""Problems: what is refused over HTTP, as RFC 9457 documents with a stable code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec
from starlette.responses import Response

from gateway.errors import ConflictError, GatewayError, TransientError, UsageError

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:edi-procurement-gateway:problem:"
RETRY_S = 5
"""After how many seconds it is worth asking again while the store is away."""


class Kind(NamedTuple):
    """A kind of problem: its HTTP status and what it is in one sentence."""

    status: int
    title: str


PROBLEMS: dict[str, Kind] = {
    "body-malformed": Kind(400, "The body cannot be read as JSON"),
    "body-empty": Kind(400, "There is no body"),
    "framing-ambiguous": Kind(400, "The head tells two ends of the body"),
    "key-missing": Kind(401, "No key was sent"),
    "key-invalid": Kind(401, "The key opens nothing"),
    "scope-insufficient": Kind(403, "The key is not for this"),
    "not-found": Kind(404, "There is nothing at this address"),
    "account-unknown": Kind(404, "There is no such account"),
    "product-unknown": Kind(404, "There is no such article"),
    "order-unknown": Kind(404, "There is no such order"),
    "message-unknown": Kind(404, "There is no such message"),
    "transmission-unknown": Kind(404, "There is no such transmission"),
    "quote-unknown": Kind(404, "There is no such quote"),
    "webhook-unknown": Kind(404, "There is no such webhook"),
    "method-not-allowed": Kind(405, "This address does not take the method"),
    "body-too-slow": Kind(408, "The body did not come in time"),
    "conflict": Kind(409, "What was asked contradicts what stands"),
    "events-gone": Kind(410, "The events are past their retention"),
    "body-too-large": Kind(413, "The body is too large"),
    "body-not-json": Kind(415, "Only JSON is taken"),
    "syntax-refused": Kind(415, "The syntax is not taken here"),
    "encoding-refused": Kind(415, "The body is encoded"),
    "request-invalid": Kind(422, "The request does not say what is needed"),
    "number-too-large": Kind(422, "A number has more digits than are taken"),
    "cursor-invalid": Kind(422, "The cursor is not one of this list"),
    "request-refused": Kind(422, "This cannot be done"),
    "rate-exceeded": Kind(429, "Too many requests with this key"),
    "guesses-exceeded": Kind(429, "Too many wrong passwords or secrets from this address"),
    "internal": Kind(500, "The gateway failed"),
    "store-away": Kind(503, "The store is away for now"),
    "busy": Kind(503, "Too many requests are being answered"),
}

PAGES: Mapping[str, str] = MappingProxyType({
    "store-away": "away", "busy": "busy", "body-too-large": "too-large", "guesses-exceeded": "guesses",
})  # fmt: skip
"""The page that a browser is shown for a code (gateway.shop.pages.render_problem), where there is one of its own."""


class Fault(NamedTuple):
    """One fault of a request: where (a JSON pointer into the body, or the name of a parameter) and what."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def as_object(self) -> dict[str, str]:
        """The fault without what does not apply."""
        return {name: value for name, value in self._asdict().items() if value is not None}


class RefusedError(GatewayError):
    """A request is refused; the caller is told why, and what would be taken."""

    def __init__(
        self, code: str, detail: str = "", faults: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail or PROBLEMS[code].title)
        self.code = code
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The problem document."""
        kind = PROBLEMS[self.code]
        body: dict[str, object] = {"type": TYPE + self.code, "title": kind.title, "status": kind.status}
        body |= {"detail": self.detail} if self.detail else {}
        body["code"] = self.code
        body |= {"errors": [fault.as_object() for fault in self.faults]} if self.faults else {}
        return Response(msgspec.json.encode(body), kind.status, self.headers, MEDIA_TYPE)


def refused(error: GatewayError) -> RefusedError:
    """How an error of the gateway is told to a caller: what he can do nothing about is not told in words."""
    if isinstance(error, RefusedError):
        return error
    if isinstance(error, ConflictError):
        return RefusedError("conflict", str(error))
    if isinstance(error, UsageError):
        return RefusedError("request-refused", str(error))
    if isinstance(error, TransientError):
        return RefusedError("store-away", headers={"Retry-After": str(RETRY_S)})
    return RefusedError("internal", "The operator finds the reason in the log.")
