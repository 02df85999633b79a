"""Carts: lines put in, changed and taken out, each form in one transaction, at the prices of all channels.

Whoever changes a cart saw it as it stood; where it was changed meanwhile, in another tab, his change is made to what
stands now, so that nothing is lost. `line.memory` is to be the calling thread's own, as everywhere prices are read
outside the line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from gateway.commerce.buyer_rules import fit
from gateway.commerce.pricing import PriceAnswer
from gateway.model.cart import Cart
from gateway.model.quantity import shortest
from gateway.model.shopping import CartEntry, Origin, Session
from gateway.pipeline.work import Line
from gateway.punchout.committing import Written, committed
from gateway.punchout.deliveries import scheduled, supplied
from gateway.punchout.filling import Item, line_for
from gateway.punchout.open_cart import Hitch, OpenCart, OpenLine, Problem
from gateway.punchout.repricing import Changed, looked_at, repriced, repriced_together, without
from gateway.punchout.returning import cart_to_give, counterpart_of
from gateway.punchout.sessions import standing_session
from gateway.punchout.shelf import Shelf, is_quantity, unit_of, units_of
from gateway.store import Connection
from gateway.store.punchout import cart_entries


class Done(NamedTuple):
    """What a change came to: the session with its cart as it stands now, and the line that was meant."""

    session: Session
    entry: CartEntry


_Work: TypeAlias = Callable[[Shelf, list[CartEntry]], Changed | Problem]


def cart_of(line: Line, session: Session) -> OpenCart:
    """The cart at the prices the shopper agreed to, nothing read again."""
    with line.store.read() as db:
        return cart_in(db, standing_session(db, session))


def cart_in(db: Connection, session: Session) -> OpenCart:
    """The cart as it stands in the state of the store that the connection sees, nothing read again."""
    return OpenCart(session, tuple(map(OpenLine, cart_entries(db, session.id))))


class Checked(NamedTuple):
    """A cart that was checked, as it would be given, and the answers its prices rest on, by position."""

    open: OpenCart
    fitted: Cart
    shelf: Shelf
    answers: dict[int, PriceAnswer | None]


def checked(line: Line, session: Session) -> OpenCart:
    """The cart with its prices of now beside those agreed to, the buyer's rules, and what has to be settled."""
    with line.store.read() as db:
        return checked_in(line, db, standing_session(db, session))


def checked_in(line: Line, db: Connection, session: Session) -> OpenCart:
    """The cart of a session, checked from the state of the store that the connection sees; one that is only looked at
    or was given back is as it stands.
    """
    if session.is_read_only or session.is_closed:
        return cart_in(db, session)._replace(is_checked=True)
    return check(line, db, session).open


def check(line: Line, db: Connection, session: Session) -> Checked:
    """The cart of a session that shops, checked from the state of the store that the connection sees."""
    shelf = Shelf(line, db, session)
    looked = list(looked_at(shelf, cart_entries(db, session.id)))
    live = [each for each in looked if not each.line.entry.is_removed]
    comes = supplied(shelf, [each.line.line for each in live if not each.line.is_unknown])
    lines = tuple(each.line._replace(comes=comes.get(each.line.entry.position)) for each in looked)
    # A cart that was brought may be emptied, which takes its lines from the buyer's requisition.
    problems = () if lines else (Problem(Hitch.CART_EMPTY),)
    told = OpenCart(session, lines, True, problems, fees=shelf.fees([(each.line.line, each.answer) for each in live]))
    given = tuple(scheduled(each.line, each.comes, shelf.today) for each in told.live)
    cart = cart_to_give(session, given, freight=told.freight)
    fitted = fit(cart, counterpart_of(line, session).profile)
    answers = {each.line.entry.position: each.answer for each in looked}
    return Checked(told._replace(findings=fitted.findings), fitted.cart, shelf, answers)


def put(line: Line, session: Session, item: Item) -> Done | Problem:
    """The article in the cart: so much more of it where it lies there in this unit.

    A problem where it cannot be put, and then nothing is changed.
    """

    def work(shelf: Shelf, entries: list[CartEntry]) -> Changed | Problem:
        entry = line_for(shelf, entries, item)
        if isinstance(entry, Problem):
            return entry
        found = repriced(shelf, entries, entry)
        if isinstance(found, Problem) and _at(entries, entry.position) is None:
            return found._replace(position=None)
        return found

    return _changed(line, session, work)


class Wish(NamedTuple):
    """How much of a line is wanted, of its own unit where none is named."""

    position: int
    quantity: Decimal
    unit: str | None = None


def change(line: Line, session: Session, position: int, quantity: Decimal, unit: str | None = None) -> Done | Problem:
    """The line in another quantity, of its own unit where none is named; one that was taken out is back with it."""

    def work(shelf: Shelf, entries: list[CartEntry]) -> Changed | Problem:
        entry = _wanted(shelf, _at(entries, position), Wish(position, quantity, unit))
        return entry if isinstance(entry, Problem) else repriced(shelf, entries, entry)

    return _changed(line, session, work)


def change_all(line: Line, session: Session, wishes: Sequence[Wish]) -> list[CartEntry | Problem]:
    """The same of many lines, each named once, in their order: those that can be are changed, all at once."""

    def work(shelf: Shelf, entries: list[CartEntry]) -> Written[list[CartEntry | Problem]]:
        standing = {each.position: each for each in entries}
        asked = {each.position: _wanted(shelf, standing.get(each.position), each) for each in wishes}
        found = repriced_together(shelf, entries, [each for each in asked.values() if isinstance(each, CartEntry)])
        told = {**asked, **found.lines}
        changed = (each for each in found.lines.values() if isinstance(each, CartEntry))
        return Written([told[each.position] for each in wishes], (*changed, *found.others))

    done = committed(line, session, work)
    return [done] * len(wishes) if isinstance(done, Problem) else done[1]


def remove(line: Line, session: Session, position: int) -> Done | Problem:
    """The line taken out; one that the buyer's system had sent is kept in sight."""

    def work(shelf: Shelf, entries: list[CartEntry]) -> Changed | Problem:
        entry = _at(entries, position)
        if entry is None:
            return Problem(Hitch.LINE_GONE, position)
        return without(shelf, entries, entry)

    return _changed(line, session, work)


def undo(line: Line, session: Session, position: int) -> Done | Problem:
    """The line as the buyer's system sent it."""

    def work(shelf: Shelf, entries: list[CartEntry]) -> Changed | Problem:
        entry = _at(entries, position)
        if entry is None or entry.asked is None:
            return Problem(Hitch.LINE_GONE, position)
        if entry.origin is Origin.FOREIGN or entry.asked_quantity is None:
            return repriced(shelf, entries, replace(entry, is_removed=False))
        unit = entry.before.line.unit if entry.before else None
        asked = _wanted(shelf, entry, Wish(position, entry.asked_quantity, unit))
        return asked if isinstance(asked, Problem) else repriced(shelf, entries, asked)

    return _changed(line, session, work)


def accept_price(line: Line, session: Session, position: int, amount: Decimal | None = None) -> Done | Problem:
    """The line at its price of now, agreed to; with an amount only where the line comes to that, as the shopper saw."""

    def work(shelf: Shelf, entries: list[CartEntry]) -> Changed | Problem:
        entry = _at(entries, position)
        if entry is None or entry.is_removed:
            return Problem(Hitch.LINE_GONE, position)
        found = repriced(shelf, entries, entry)
        if isinstance(found, Changed) and amount is not None and found.entry.line.amount != amount:
            return Problem(Hitch.PRICE_CHANGED, position)
        return found

    return _changed(line, session, work)


def _wanted(shelf: Shelf, entry: CartEntry | None, wish: Wish) -> CartEntry | Problem:
    """The line in the quantity that is wanted, without its price of now; why it cannot be."""
    if entry is None:
        return Problem(Hitch.LINE_GONE, wish.position)
    if entry.origin is Origin.FOREIGN:
        return Problem(Hitch.READ_ONLY, entry.position)
    product = shelf.product(entry.line.sku)
    if isinstance(product, Hitch):
        return Problem(product, entry.position)
    own = unit_of(product, wish.unit or entry.line.unit)
    if own is None:
        return Problem(Hitch.UNIT_UNKNOWN, entry.position, units=units_of(product))
    if not is_quantity(wish.quantity):
        return Problem(Hitch.NO_QUANTITY, entry.position)
    line = replace(entry.line, quantity=shortest(wish.quantity))
    if own != line.unit:
        line = replace(line, unit=own, unit_as_sent=None)
    return replace(entry, line=line, is_removed=False)


def _at(entries: list[CartEntry], position: int) -> CartEntry | None:
    return next((each for each in entries if each.position == position), None)


def _changed(line: Line, session: Session, work: _Work) -> Done | Problem:
    """What the work came to, committed."""

    def written(shelf: Shelf, entries: list[CartEntry]) -> Written[CartEntry] | Problem:
        found = work(shelf, entries)
        if isinstance(found, Problem):
            return found
        if found.is_gone:
            return Written(found.entry, found.others, (found.entry.position,))
        return Written(found.entry, (found.entry, *found.others))

    done = committed(line, session, written)
    return done if isinstance(done, Problem) else Done(*done)
