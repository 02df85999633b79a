"""Carts of before: what a shopper filled and never gave to his system waits for him when he comes again."""

from __future__ import annotations

from typing import NamedTuple

from gateway.model.punchout import Operation
from gateway.model.shopping import Origin, Session, SessionState
from gateway.pipeline.work import Line
from gateway.punchout.filling import Item, Put, put_from
from gateway.punchout.open_cart import Problem
from gateway.store import Connection
from gateway.store.punchout import cart_entries, left_sessions, session_of_id

_MOST = 200
"""Carts gone through that were left at an account, whoever left them."""


class Waiting(NamedTuple):
    """A cart that was left, and how many lines it has."""

    session: Session
    lines: int


def waiting(db: Connection, session: Session) -> Waiting | None:
    """The cart that the same user left last over the same connection; None where there is none, or nobody knows him."""
    for left in left_sessions(db, session.account, session.connection, _MOST):
        if _is_of_the_same(session, left):
            lines = len(_items(db, left))
            if lines:
                return Waiting(left, lines)
    return None


def take_over(line: Line, session: Session, identity: str) -> list[tuple[Item, Put]]:
    """The lines of a cart of the same user, and what became of each; of any other session there are none.

    Nothing waits there any more: what was taken once is not offered again, nor taken by a second click.
    """
    with line.store.read() as db:
        left = session_of_id(db, identity)
        if left is None or left.state is not SessionState.SHOPPING or not _is_of_the_same(session, left):
            return []
        items = _items(db, left)
    done = put_from(line, session, left, items) if items else []
    return [] if isinstance(done, Problem) else list(zip(items, done, strict=True))


def _is_of_the_same(session: Session, left: Session) -> bool:
    mine, his = _who(session), _who(left)
    return left.id != session.id and mine is not None and mine == his and left.setup.operation is Operation.CREATE


def _who(session: Session) -> tuple[str, str, str] | None:
    """Who shops, as his system calls him; None where it does not say."""
    named = session.setup.user or session.setup.email
    return (session.account, session.connection, named.casefold()) if named else None


def _items(db: Connection, session: Session) -> list[Item]:
    lines = [each.line for each in cart_entries(db, session.id) if each.origin is Origin.NEW]
    return [Item(line.sku, line.quantity, line.unit) for line in lines]
