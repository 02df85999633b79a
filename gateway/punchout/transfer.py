"""The cart given to the buyer's system: prices read again, fitted to its rules, written as its protocol wants it.

What is given is committed before the browser has it. Where the browser never arrives, it is asked for again and is the
same, under the same ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from gateway.errors import ConflictError, PermanentError, TransientError
from gateway.model.cart import CartLine
from gateway.model.return_form import ReturnForm
from gateway.model.shopping import CartEntry, Origin, Session, SessionState, TransferredLine
from gateway.model.value import to_json
from gateway.pipeline.work import Line
from gateway.punchout.carts import Checked, check
from gateway.punchout.open_cart import OpenCart
from gateway.punchout.repricing import agreed_before
from gateway.punchout.returning import cart_to_give, counterpart_of, form_of
from gateway.punchout.sessions import moved, standing_session
from gateway.store import Connection
from gateway.store.punchout import add_return, change_session, return_of
from gateway.store.transferred_lines import add_transferred

__all__ = ["ReturnForm", "cancel", "transfer"]

_TRIES = 20


def transfer(line: Line, session: Session) -> ReturnForm | OpenCart:
    """What the browser posts to the buyer's system, committed: the same again however often it is asked for.

    The checked cart where something of it has to be settled first; nothing is changed then. Raises ConflictError where
    the session was ended without a cart.
    """
    for _ in range(_TRIES):
        with line.store.read() as db:
            standing = standing_session(db, session)
            if standing.is_closed:
                return _again(db, standing, SessionState.TRANSFERRED)
            if standing.is_read_only:
                raise ConflictError("The cart is only looked at. Go back without changes.")
            found = check(line, db, standing)
        if not found.open.is_ready:
            return found.open
        form = form_of(line, standing, found.fitted)
        if _end(line, standing, SessionState.TRANSFERRED, form, _promised(line, found)):
            return form
    raise TransientError("The cart is changed from elsewhere without pause. Try it again.")


def cancel(line: Line, session: Session) -> ReturnForm:
    """What the browser posts where nothing changes for the buyer, committed: the same again however often.

    Of cXML a message with Status 204, of OCI a form without items. Raises ConflictError where the cart was given.
    """
    for _ in range(_TRIES):
        with line.store.read() as db:
            standing = standing_session(db, session)
            if standing.is_closed:
                return _again(db, standing, SessionState.CANCELLED)
        form = form_of(line, standing, cart_to_give(standing, (), cancelled=True))
        if _end(line, standing, SessionState.CANCELLED, form, ()):
            return form
    raise TransientError("The cart is changed from elsewhere without pause. Try it again.")


def _again(db: Connection, session: Session, wanted: SessionState) -> ReturnForm:
    """What was given before."""
    if session.state is not wanted:
        raise ConflictError("The session was ended in another way. Call the catalogue again from your system.")
    form = return_of(db, session.id)
    if form is None:
        raise PermanentError(f"Session {session.id} was ended, and nothing is kept of what was given.")
    return form


def _end(line: Line, seen: Session, state: SessionState, form: ReturnForm, promised: Sequence[TransferredLine]) -> bool:
    """Whether the session was ended so, from the cart that was seen."""
    now = line.now()
    with line.store.write() as db:
        if not change_session(db, moved(line, seen, state), seen.revision):
            return False
        add_transferred(db, promised, now)
        add_return(db, seen.id, form, now)
    return True


def _promised(line: Line, found: Checked) -> list[TransferredLine]:
    """The lines whose price the buyer has from us, as they are given to him."""
    session, shelf = found.open.session, found.shelf
    until = shelf.today + counterpart_of(line, session).connection.values.duration("price_valid")
    given = {each.position: each for each in found.fitted.lines}
    return [
        _promise(found, each.entry, given[each.line.position], until)
        for each in found.open.live
        if each.entry.origin is not Origin.FOREIGN
    ]


def _promise(found: Checked, entry: CartEntry, given: CartLine, until: date) -> TransferredLine:
    """The line with the decision about its price: the one it had already, where that holds on."""
    session, shelf, answer = found.open.session, found.shelf, found.answers.get(entry.position)
    before = entry.before if agreed_before(shelf, entry) else None
    if before is not None:
        return replace(before, session=session.id, line=given)
    return TransferredLine(
        account=session.account, session=session.id, currency=session.called.currency, line=given, on=shelf.today,
        valid_until=until, data_seq=shelf.data_seq, trace=to_json(shelf.trace(answer)).decode() if answer else "",
    )  # fmt: skip
