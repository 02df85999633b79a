"""The form of the cart: all quantities in it are taken as they stand, whichever of its buttons is pressed.

So nothing that was typed is lost, and no cart is given to the buyer's system in a quantity that nobody sees any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gateway.errors import ConflictError
from gateway.model.quantity import parse_decimal
from gateway.model.return_form import ReturnForm
from gateway.model.shopping import Origin
from gateway.pipeline.work import Line
from gateway.punchout.carts import Done, Wish, accept_price, change, change_all, put, remove, undo
from gateway.punchout.filling import Item
from gateway.punchout.open_cart import Hitch, Problem
from gateway.punchout.transfer import transfer
from gateway.shop.addresses import Query
from gateway.shop.figures import Figures
from gateway.shop.quantities import MOST_LETTERS, typed
from gateway.shop.sent import Sent
from gateway.shop.texts import texts_of

_MOST_TOLD = 20
"""Lines whose reasons an address has room for; of the others the page shows what lies in the cart."""
_OF_CART = frozenset({Hitch.LINE_GONE, Hitch.CLOSED, Hitch.READ_ONLY})
"""What is said of the cart, since there is no line to say it of."""
_OF_ALL = frozenset({"transfer", "update", "go"})
"""Buttons that do nothing to a line; `go` leads to one, on whatever page it is."""


class Typed(NamedTuple):
    """A line as its fields came; `shown` is how the page had filled them."""

    position: int
    text: str
    unit: str
    shown: str

    @property
    def is_edited(self) -> bool:
        """Whether somebody typed something else, or chose another unit."""
        return shown_as(self.position, self.text, self.unit) != self.shown


class Button(NamedTuple):
    """The button that was pressed: what it does, to which line, and what it states; `update` does nothing more."""

    does: str = "update"
    position: int = 0
    stated: str = ""


def shown_as(position: int, text: str, unit: str) -> str:
    """How a page had filled the fields of a line, in one word for its form."""
    return f"{position} {unit} {text}"


def cart_sent(line: Line, sent: Sent) -> str:
    """The quantities that were typed, all at once, and what the button does beside that."""
    button, rows = _button(sent.text("do")), [row for row in _rows(sent.fields) if row.is_edited]
    if button.does == "accept" and any(row.position == button.position for row in rows):
        button = Button()  # another quantity comes to another amount than was agreed to
    edited = [row for row in rows if row.position != button.position or button.does == "go"]
    refused = [told for found in _taken(line, sent, edited)[:_MOST_TOLD] for told in found]
    if button.does == "transfer" and not edited and _is_as_seen(sent):
        return _given_back(line, sent)
    if button.does == "go" and not refused:
        return f"cart?from={button.position}#l{button.position}"
    told = _pressed(line, sent, button) if button.does not in _OF_ALL else ()
    if button.does == "transfer" and not refused:
        told = (("changed", "1"),)
    at = next((value for name, value in (*refused, *told) if name == "at"), "")
    if not (refused or told) and edited:
        at, told = str(edited[0].position), (("at", str(edited[0].position)),)
    return sent.back_told((*told, *refused), f"l{at}" if at else "")


def _is_as_seen(sent: Sent) -> bool:
    """Whether the cart is the one that the page showed, or was given away since: then it is the same again."""
    return sent.session.is_closed or sent.text("seen") == str(sent.session.revision)


def _given_back(line: Line, sent: Sent) -> str:
    """The cart transferred; back to the cart where something has to be settled first."""
    try:
        found = transfer(line, sent.session)
    except ConflictError:
        return "cart"
    return "transfer" if isinstance(found, ReturnForm) else "cart#points"


def _rows(fields: Sequence[tuple[str, str]]) -> list[Typed]:
    """The lines that fields state, in their order: `row`, `n` and `u` of each."""
    rows: list[dict[str, str]] = []
    for name, value in fields:
        if name == "row":
            rows.append({"row": value})
        elif name in ("n", "u") and rows:
            rows[-1][name] = value.strip()
    found = (
        Typed(_number(each["row"].partition(" ")[0]), each.get("n", ""), each.get("u", "")[:10], each["row"])
        for each in rows
    )
    return [each for each in found if each.position]


def _button(text: str) -> Button:
    does, _, more = text.partition(" ")
    position, _, stated = more.partition(" ")
    return Button(does or "update", _number(position), stated)


def _number(text: str) -> int:
    """The position of a line; 0 for what names none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _taken(line: Line, sent: Sent, rows: Sequence[Typed]) -> list[Query]:
    """The lines in the quantities that were typed; of each that was not taken so, why. Of one twice the last counts."""
    last = {row.position: row for row in rows}
    answers = {position: _read(sent, row) for position, row in last.items()}
    wishes = [each for each in answers.values() if isinstance(each, Wish)]
    changed = change_all(line, sent.session, wishes) if wishes else []
    found = dict(zip((each.position for each in wishes), changed, strict=True))
    ended = ((found.get(position, answers[position]), row) for position, row in last.items())
    return [_told(each, row.position, row.text, row.unit) for each, row in ended if isinstance(each, Problem)]


def _read(sent: Sent, row: Typed) -> Wish | Problem:
    """What is wanted of a line."""
    quantity = typed(row.text, sent.language).quantity
    if quantity is None:
        return Problem(Hitch.NO_QUANTITY, row.position)
    return Wish(row.position, quantity, row.unit or None)


def _pressed(line: Line, sent: Sent, button: Button) -> Query:
    """What a button does to its line."""
    position = button.position
    text, _, unit = button.stated.partition(" ")
    match button.does:
        case "remove":
            return _removed(line, sent, position)
        case "again":
            return _again(line, sent, button.stated)
        case "undo":
            found = undo(line, sent.session, position)
        case "accept":
            found = _accepted(line, sent, position, text)
        case _:
            wish = _read(sent, Typed(position, text, unit, ""))
            found = wish if isinstance(wish, Problem) else change(line, sent.session, *wish)
    return _told(found, position, text, unit) or (("at", str(position)),)


def _told(found: object, position: int, text: str, unit: str) -> Query:
    """Why it was not taken, for the page to tell; nothing where it was."""
    if not isinstance(found, Problem):
        return ()
    if found.hitch in _OF_CART:
        return (("why", found.hitch.value),)
    return ("at", str(position)), ("n", text[:MOST_LETTERS]), ("u", unit), ("why", found.hitch.value)


def _removed(line: Line, sent: Sent, position: int) -> Query:
    """A line taken out, and what puts back one that nobody had brought."""
    found = remove(line, sent.session, position)
    if isinstance(found, Problem) or found.entry.origin is not Origin.NEW:
        return _told(found, position, "", "") or (("at", str(position)),)
    gone = found.entry.line
    text = Figures(texts_of(sent.language)).field(gone.quantity)
    return ("gone", str(position)), ("left", gone.sku), ("n", text), ("u", gone.unit)


def _again(line: Line, sent: Sent, stated: str) -> Query:
    """An article that was taken out, put back."""
    text, _, named = stated.partition(" ")
    unit, _, sku = named.partition(" ")
    quantity = typed(text, sent.language).quantity
    if quantity is None:
        return ()
    found = put(line, sent.session, Item(sku, quantity, unit or None, sent.mark))
    return (("why", found.hitch.value),) if isinstance(found, Problem) else (("at", str(found.entry.position)),)


def _accepted(line: Line, sent: Sent, position: int, stated: str) -> Done | Problem:
    """The line agreed to at what it comes to on the page; what no page says is not agreed to."""
    try:
        amount = parse_decimal(stated)
    except ValueError:
        return Problem(Hitch.PRICE_CHANGED, position)
    return accept_price(line, sent.session, position, amount)
