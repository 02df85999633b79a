"""Requests that only look ahead: a client asks for the head, or a browser for what its user may open next."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gateway.shop.policy import page_headers

_UNSEEN = "prefetch"


def looked_ahead(request: Request) -> Response | None:
    """The answer for which nothing is opened or used up (RFC 9110 9.3.2; Fetch, Sec-Purpose); None where it is shown.

    A browser is refused with 503: what is refused it asks for anew when its user comes, any other page it may show him.
    """
    if request.method == "HEAD":
        return Response(status_code=200, headers=page_headers(None))
    if _UNSEEN in request.headers.get("sec-purpose", ""):
        return Response(status_code=503, headers=page_headers(None))
    return None
