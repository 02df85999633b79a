"""A change of a cart, made to what stands and committed; made again where the cart was changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from msgspec.structs import replace

from gateway.errors import TransientError
from gateway.model.shopping import CartEntry, Session
from gateway.pipeline.work import Line
from gateway.punchout.open_cart import Hitch, Problem
from gateway.punchout.sessions import moved, standing_session
from gateway.punchout.shelf import Shelf
from gateway.store import Connection
from gateway.store.punchout import cart_entries, change_session, drop_entries, put_entries, session_of_id

T = TypeVar("T")
_TRIES = 50


class Written(NamedTuple, Generic[T]):
    """What a change tells, the lines it writes, and the positions that are empty after it.

    `emptied` is another session, as it was seen, whose cart goes with it into this one: nothing lies in it afterwards.
    """

    told: T
    entries: tuple[CartEntry, ...] = ()
    gone: tuple[int, ...] = ()
    emptied: Session | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether all stays as it stands."""
        return not (self.entries or self.gone or self.emptied)


Work: TypeAlias = Callable[[Shelf, list[CartEntry]], "Written[T] | Problem"]


def committed(line: Line, session: Session, work: Work[T]) -> tuple[Session, T] | Problem:
    """The session as it stands after the change, and what that tells; a problem where nothing was changed."""
    for _ in range(_TRIES):
        with line.store.read() as db:
            standing = standing_session(db, session)
            if standing.is_closed:
                return Problem(Hitch.CLOSED)
            if standing.is_read_only:
                return Problem(Hitch.READ_ONLY)
            found = work(Shelf(line, db, standing), cart_entries(db, session.id))
        if isinstance(found, Problem):
            return found
        if found.is_nothing:
            return standing, found.told
        following = moved(line, standing)
        with line.store.write() as db:
            if found.emptied and session_of_id(db, found.emptied.id) != found.emptied:
                return Problem(Hitch.LINE_GONE)
            if change_session(db, following, standing.revision):
                drop_entries(db, session.id, found.gone)
                put_entries(db, session.id, found.entries)
                if found.emptied:
                    _empty(db, found.emptied)
                return following, found.told
    raise TransientError("The cart is changed from elsewhere without pause. Try it again.")


def _empty(db: Connection, session: Session) -> None:
    """Nothing lies in the cart of a session any more; who still sees something there is told that it is gone."""
    change_session(db, replace(session, revision=session.revision + 1), session.revision)
    drop_entries(db, session.id, [each.position for each in cart_entries(db, session.id)])
