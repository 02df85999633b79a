"""The OCI door: a buyer's system calls /oci/CONNECTION with a form, and is shown the shop or given a form back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.http.calls import Api
from gateway.http.foresight import looked_ahead
from gateway.http.forms import Fields, fields_of
from gateway.http.guesses import Claim, Guesses
from gateway.http.problems import PAGES, RefusedError
from gateway.http.sources import source_of
from gateway.pipeline.work import Line
from gateway.punchout.oci_calls import Answer, Denial, Denied, Desk, Download, Shopping, answer
from gateway.punchout.sessions import PunchoutRefusedError
from gateway.shop.pages import render_form, render_problem
from gateway.shop.policy import page_headers
from gateway.workspace.values import Connection

_STATUS = {Denial.LOGIN: 403, Denial.RETURN: 400, Denial.CALL: 400}
_log = logging.getLogger("gateway.http")


class OciDoor:
    """Answers what is called at the connections of kind oci.

    `secret` gives what a reference to a secret stands for; `proxies` are networks whose word for a caller's address
    counts.
    """

    def __init__(self, api: Api, secret: Callable[[str], str], proxies: Sequence[str] = ()) -> None:
        self._api = api
        self._secret = secret
        self._proxies = proxies
        self._guesses = Guesses(api.monotonic)

    @property
    def routes(self) -> list[BaseRoute]:
        """Where it is called."""
        return [Route("/oci/{connection}", self.call, methods=["GET", "POST"], include_in_schema=False)]

    async def call(self, request: Request) -> Response:
        """The shop's address (303), a form or a document; where it is not answered, a page that says what to do.

        Who only looks ahead opens no session.
        """
        ahead = looked_ahead(request)
        if ahead is not None:
            return ahead
        name = request.path_params["connection"]
        try:
            fields, address = await fields_of(request), source_of(request, self._proxies)
            return await self._api.answering(partial(self._answer, name, address, fields))
        except RefusedError as refused:
            reason = PAGES.get(refused.code)
            told = {} if reason else {"reason": str(refused)}
            text = render_problem(reason or "refused", None, **told)
            return _page(text, refused.response().status_code, {**page_headers(None), **refused.headers})

    def _answer(self, name: str, address: str, fields: Fields, line: Line) -> Response:
        claim = Claim(name, address, is_known=name in line.configuration.connections)
        self._guesses.check(claim)
        try:
            found = answer(line, name, fields, Desk(self._secret, self._api.index))
        except PunchoutRefusedError as refused:
            _log.info("oci %s: not opened: %s", name, refused.reason)
            return _page(render_problem(refused.reason, None), 403, page_headers(None))
        if isinstance(found, Denied):
            _log.info("oci %s: refused: %s", name, found.reason)
            if found.reason is Denial.LOGIN:
                self._guesses.failed(claim)
        return _told(found, line.configuration.connections.get(name))


def _told(found: Answer, connection: Connection | None) -> Response:
    # Who calls by an address has his password in it: no page may learn where its reader came from.
    head = page_headers(None if isinstance(found, Denied) else connection)
    if isinstance(found, Shopping):
        # Of a POST too the browser goes on with a GET; relative, so that it holds behind whatever stands before us.
        return RedirectResponse(f"../shop/open/{found.token}", 303, head)
    if isinstance(found, Download):
        return Response(found.content, headers=head, media_type="application/json")
    if isinstance(found, Denied):
        told = {"reason": found.issue.text} if found.issue else {}
        return _page(render_problem(found.reason, found.language, **told), _STATUS[found.reason], head)
    return _page(render_form(found.form, found.language, automatic=found.is_sent), 200, head)


def _page(text: str, status: int, head: dict[str, str]) -> Response:
    # What parses the page has its own mind about charsets; of ASCII nothing can be mistaken.
    return HTMLResponse(text.encode("ascii", "xmlcharrefreplace"), status, head)
