"""What a shopper is told whose session is not open, or not any more."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.errors import ConfigError
from gateway.model.shopping import Session
from gateway.pipeline.work import Line
from gateway.punchout.returning import counterpart_of
from gateway.punchout.sessions import PunchoutRefusedError, Reason
from gateway.punchout.waiting import waiting
from gateway.shop.addresses import Place
from gateway.shop.figures import Figures
from gateway.shop.pages import render_problem
from gateway.shop.texts import spoken, texts_of
from gateway.shop.visit import system_of
from gateway.store.trade import Trade

_ANYBODY = ""


def refused_page(line: Line, refused: PunchoutRefusedError, language: str, place: Place) -> str:
    """What happened and where to go on; whose session it was is told only where that is known."""
    session, root = refused.session, place.shop if place.key else "../"
    if session is None:
        return render_problem(refused.reason, language, root=root)
    if refused.reason is Reason.UNKNOWN:
        return render_problem("no-page", language, root=root, home=place.to())
    reason, told = (refused.reason.value, {}) if refused.reason is not Reason.OVER else _over(line, session, language)
    return render_problem(reason, language, system=_system(line, session), root=root, **told)


def _system(line: Line, session: Session) -> str:
    try:
        return system_of(counterpart_of(line, session).profile)
    except ConfigError:  # the connection is gone, and what it was called
        return ""


def _over(line: Line, session: Session, language: str) -> tuple[str, dict[str, str]]:
    """That the session is over, and which cart the same user finds when he comes again."""
    with line.store.read() as db:
        left = waiting(db, replace(session, id=_ANYBODY))
        account = Trade(db).accounts([session.account]).get(session.account)
    if left is None or account is None:
        return Reason.OVER.value, {}
    at, figures = left.session.changed, Figures(texts_of(spoken(language)), account.timezone)
    return "over_waiting", {"day": figures.day_of(at), "time": figures.time(at)}
