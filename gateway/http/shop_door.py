"""The shop's door: the pages of a punchout session at /shop/KEY/..., without cookies and without a script.

A form is POSTed and answered 303 to a page; addresses are relative, so that they hold behind whatever stands before us.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.http.calls import Api
from gateway.http.foresight import looked_ahead
from gateway.http.forms import Fields, fields_of
from gateway.http.problems import PAGES, RefusedError
from gateway.model.return_form import ReturnForm
from gateway.model.shopping import Session, SessionState
from gateway.pipeline.work import Line
from gateway.punchout.selecting import selected_sku
from gateway.punchout.sessions import PunchoutRefusedError, Reason, redeem, session_of
from gateway.punchout.transfer import cancel, transfer
from gateway.shop.actions import ACTIONS
from gateway.shop.addresses import Place, article_page, is_of, place_of, start_of
from gateway.shop.assets import assets
from gateway.shop.ending import sending_page
from gateway.shop.look import PLAIN, Look
from gateway.shop.pages import render_problem
from gateway.shop.policy import page_headers
from gateway.shop.refusing import refused_page
from gateway.shop.sent import Sent
from gateway.shop.showing import Elsewhere, show
from gateway.shop.visit import Visit

_ASSET = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    # A logo is a document too, where somebody opens it as one.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
_STATUS = {Reason.UNKNOWN: 404, Reason.ACCOUNT_UNKNOWN: 403, Reason.ACCOUNT_BLOCKED: 403}
_GONE = 410
_log = logging.getLogger("gateway.http")


class ShopDoor:
    """Answers the browsers of buyers' users."""

    def __init__(self, api: Api, look: Look = PLAIN) -> None:
        self._api = api
        self._look = look
        self._assets = {**assets(), **look.assets}

    @property
    def routes(self) -> list[BaseRoute]:
        """Where it is called."""
        made = [
            ("/shop/assets/{name}", self.asset, ["GET"]),
            ("/shop/open/{token}", self.open, ["GET"]),
            ("/shop/{key}", self.enter, ["GET"]),
            ("/shop/{key}/{page:path}", self.page, ["GET"]),
            ("/shop/{key}/{page}", self.page, ["GET"]),  # no path has a line feed in it
            ("/shop/{key}/{action}", self.act, ["POST"]),
        ]
        return [Route(path, answer, methods=methods, include_in_schema=False) for path, answer, methods in made]

    async def asset(self, request: Request) -> Response:
        """A stylesheet, the script or the logo; each is named by its content, and kept as long as a browser likes."""
        found = self._assets.get(request.path_params["name"])
        if found is None:
            return RefusedError("not-found").response()
        return Response(found.content, 200, _ASSET, found.media_type)

    async def open(self, request: Request) -> Response:
        """303 to the pages of the session that a token opens, once; who only looks ahead uses up nothing."""
        ahead = looked_ahead(request)
        if ahead is not None:
            return ahead
        token = request.path_params["token"]
        return await self._answered(request, Place(""), partial(_opened, token))

    async def enter(self, request: Request) -> Response:
        """The first page of a session, whose address ends in a slash."""
        # The dot keeps what looks like a scheme from being one.
        return RedirectResponse(f"./{request.path_params['key']}/", 303, page_headers(None))

    async def page(self, request: Request) -> Response:
        """A page of a session."""
        page = request.path_params["page"]
        # Of an article's number the server has read the percent signs; the address is made of it anew.
        page = article_page(page.removeprefix("p/")) if page.startswith("p/") else page
        place = place_of(request.path_params["key"], page, request.url.query)
        return await self._answered(request, place, partial(self._shown, place))

    async def act(self, request: Request) -> Response:
        """What a form asks for, done; 303 to the page that shows it."""
        place = place_of(request.path_params["key"], request.path_params["action"], "")
        try:
            fields = await fields_of(request)
        except RefusedError as refused:
            return self._failed(request, place, refused)
        return await self._answered(request, place, partial(self._acted, place, fields))

    def _shown(self, place: Place, line: Line) -> Response:
        session, form = _standing(line, place)
        with line.store.read() as db:
            visit = Visit(line, db, session, place, self._look)
            if form is not None:
                return _page(line, session, sending_page(visit, form))
            shown = show(visit, self._api.index)
        if isinstance(shown, Elsewhere):
            return RedirectResponse(shown.address, 303, page_headers(None))
        if shown is None:
            raise PunchoutRefusedError(Reason.UNKNOWN, session=session)
        return _page(line, session, shown)

    def _acted(self, place: Place, fields: Fields, line: Line) -> Response:
        with line.store.read() as db:
            session = session_of(line, db, place.key)
        sent = Sent(session, place, fields, self._api.index)
        action = ACTIONS.get(place.page)
        if action is None:
            raise PunchoutRefusedError(Reason.UNKNOWN, session=session)
        if not is_of(session, place.key, sent.text("token")):
            text = render_problem("stale", place.chosen or session.called.language, root=place.shop, home=place.to())
            return _page(line, session, text, 403)
        return RedirectResponse(action(line, sent), 303, page_headers(None))

    async def _answered(self, request: Request, place: Place, work: Callable[[Line], Response]) -> Response:
        def answer(line: Line) -> Response:
            try:
                return work(line)
            except PunchoutRefusedError as refused:
                return _refused(request, line, place, refused)

        try:
            return await self._api.answering(answer)
        except RefusedError as refused:
            return self._failed(request, place, refused)

    def _failed(self, request: Request, place: Place, refused: RefusedError) -> Response:
        reason = PAGES.get(refused.code, "failed")
        told = {}
        if reason == "failed":
            told["reference"] = secrets.token_hex(3).upper()
            level = logging.ERROR if refused.response().status_code >= 500 else logging.INFO
            _log.log(level, "shop: a page failed: %s (%s), reference %s", refused, refused.code, told["reference"])
        answer = refused.response()
        text = render_problem(reason, place.chosen or _spoken(request), root=place.shop, **told)
        kept = {name: value for name, value in answer.headers.items() if name == "retry-after"}
        return HTMLResponse(text, answer.status_code, {**page_headers(None), **kept})


def _opened(token: str, line: Line) -> Response:
    key = redeem(line, token)
    with line.store.read() as db:
        session = session_of(line, db, key)
        start = start_of(session, selected_sku(db, session))
    return RedirectResponse(f"../{key}/{start}", 303, page_headers(None))


def _standing(line: Line, place: Place) -> tuple[Session, ReturnForm | None]:
    """The session, and the form to be sent where it was given back and that is what is asked for."""
    with line.store.read() as db:
        session = session_of(line, db, place.key)
    if place.page != "transfer" or not session.is_closed:
        return session, None
    found = transfer(line, session) if session.state is SessionState.TRANSFERRED else cancel(line, session)
    return session, found if isinstance(found, ReturnForm) else None


def _refused(request: Request, line: Line, place: Place, refused: PunchoutRefusedError) -> Response:
    language = place.chosen or (refused.session.called.language if refused.session else _spoken(request))
    text = refused_page(line, refused, language, place)
    return _page(line, refused.session, text, _STATUS.get(refused.reason, _GONE))


def _page(line: Line, session: Session | None, text: str, status: int = 200) -> Response:
    connection = line.configuration.connections.get(session.connection) if session else None
    return HTMLResponse(text, status, page_headers(connection))


def _spoken(request: Request) -> str:
    """The language a browser wants first."""
    return request.headers.get("accept-language", "").partition(",")[0].partition(";")[0].strip()
