"""Forms: what a shopper sends is done to his cart, and where his browser goes then is told.

Each is done and then looked at by GET: reloading, going back and a second tab do nothing twice.
"""

from __future__ import annotations

from gateway.errors import ConflictError
from gateway.pipeline.work import Line
from gateway.punchout.carts import Done, put
from gateway.punchout.filling import Item
from gateway.punchout.open_cart import Hitch, Problem
from gateway.punchout.sessions import extend
from gateway.punchout.transfer import cancel
from gateway.punchout.waiting import take_over
from gateway.shop.cart_form import cart_sent
from gateway.shop.figures import Figures
from gateway.shop.quantities import MOST_LETTERS
from gateway.shop.quick_order import MOST_SHOWN, QuickRow, address_of, ordered
from gateway.shop.sent import Sent
from gateway.shop.texts import texts_of

_MOST_SKU = 200


def added(line: Line, sent: Sent) -> str:
    """An article put into the cart."""
    sku, anchor, read = sent.text("sku")[:_MOST_SKU], sent.text("anchor")[:_MOST_SKU], sent.typed
    if read.quantity is None:
        return _not_taken(sent, sku, Hitch.NO_QUANTITY, anchor)
    found = put(line, sent.session, Item(sku, read.quantity, sent.unit, sent.mark))
    return sent.back(anchor) if isinstance(found, Done) else _not_taken(sent, sku, found.hitch, anchor)


def taken_over(line: Line, sent: Sent) -> str:
    """The cart that was left before, in this one; what of it cannot be put stands where its reasons are told."""
    figures = Figures(texts_of(sent.language))
    rows = [
        QuickRow(item.sku, figures.field(item.quantity), item.unit or "")
        for item, found in take_over(line, sent.session, sent.text("cart"))
        if isinstance(found, Problem)
    ]
    return address_of(rows[:MOST_SHOWN]) if rows else "cart"


def left(line: Line, sent: Sent) -> str:
    """The session ended without changes."""
    try:
        cancel(line, sent.session)
    except ConflictError:
        return "cart"
    return "transfer"


def longer(line: Line, sent: Sent) -> str:
    """The session extended."""
    extend(line, sent.session)
    return sent.back()


def _not_taken(sent: Sent, at: str, hitch: Hitch, anchor: str) -> str:
    """The page again, with what was typed and why it was not taken."""
    return sent.back(anchor, at=at, n=sent.text("n")[:MOST_LETTERS], u=sent.unit or "", why=hitch.value)


ACTIONS = {
    "add": added,
    "cart": cart_sent,
    "longer": longer,
    "quick": ordered,
    "return": left,
    "take": taken_over,
}
"""What a form does, by the last part of the address it is posted to: gives where the browser goes then."""
