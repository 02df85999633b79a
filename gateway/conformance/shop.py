"""The shop of a rehearsal: sessions opened by what a buyer's system was answered, filled, and given back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gateway.conformance.checks import OURS, Check, Result, check
from gateway.model.return_form import ReturnForm
from gateway.model.shopping import Session
from gateway.pipeline.work import Line
from gateway.punchout.by_hand import Called
from gateway.punchout.filling import Item, put_all
from gateway.punchout.open_cart import OpenCart, Problem
from gateway.punchout.sessions import PunchoutRefusedError, redeem, session_of
from gateway.punchout.transfer import transfer

_MOST_TOLD = 3


class Rehearsed(NamedTuple):
    """A connection whose buyer is played: on this line, with these DTDs, and a cart that has one of each kind."""

    line: Line
    called: Called
    dtds: Path | None
    cart: Sequence[Item]


def opened(line: Line, token: str) -> Session:
    """The session that a token opens, opened."""
    key = redeem(line, token)
    with line.store.read() as db:
        return session_of(line, db, key)


def once_check(line: Line, token: str) -> Check:
    """Whether a token that was used opens nothing any more."""
    try:
        redeem(line, token)
    except PunchoutRefusedError as refused:
        return check("the link opens once", True, f"a second time it is refused: {refused.reason}")
    return check("the link opens once", False, "it opens a second time", OURS)


class Given(NamedTuple):
    """What was given back of a cart, None where it could not be, and what was seen on the way."""

    form: ReturnForm | None
    checks: tuple[Check, ...]


def filled_and_given(rehearsed: Rehearsed, session: Session) -> Given:
    """The cart of one of each kind put into the session, and given back."""
    line, items = rehearsed.line, rehearsed.cart
    problems = [each for each in put_all(line, session, items) if isinstance(each, Problem)]
    put = len(items) - len(problems)
    seen = f"{put} of {len(items)} lines"
    if not put:
        advice = "see the assortment below: nothing of it can be sold to this buyer"
        return Given(None, (check("articles are put into the cart", False, seen, advice),))
    told = check("articles are put into the cart", True, f"{put} lines: units, price units and texts as they occur")
    if problems:
        hitches = ", ".join(sorted({each.hitch for each in problems}))
        advice = "see that the article is sold, and has a price, in each of its units"
        told = Check("articles are put into the cart", Result.FINDING, f"{seen}: {hitches}", advice)
    given = given_back(line, session)
    return Given(given.form, (told, *given.checks))


def given_back(line: Line, session: Session) -> Given:
    """The cart of a session given back as it stands."""
    what, form = "the cart is given back", transfer(line, session)
    if isinstance(form, ReturnForm):
        return Given(form, (check(what, True, f"{len(form.fields)} fields to {form.action}"),))
    return Given(None, (check(what, False, _in_words(form), "settle it; the shop says so to its user, too"),))


def _in_words(cart: OpenCart) -> str:
    """What has to be settled, the first of it."""
    found = [f"line {each.position}: {each.hitch}" for each in cart.open_points]
    found += [f"line {each.line}: {each.field} {each.rule}" for each in cart.blocking]
    more = f" and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
    return ", ".join(found[:_MOST_TOLD]) + more
