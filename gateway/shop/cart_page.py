"""The cart page: lines with what is to be said of each, the buyer's rules in short, and the one button that is next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from gateway.commerce.buyer_rules import Finding, Weight
from gateway.model.punchout import Operation
from gateway.punchout.open_cart import Change, Hitch, OpenCart, OpenLine
from gateway.punchout.shelf import units_of
from gateway.shop.addresses import Query
from gateway.shop.cart_form import shown_as
from gateway.shop.notes import CLASSES, NOT_TAKEN, Note, line_notes, quantity_note
from gateway.shop.visit import Visit

AT_ONCE = 100
"""Lines on a page."""
MOST_LINKS = 10
"""Points that the note at the top leads to."""
_TO_GO = frozenset({Hitch.PRODUCT_UNKNOWN, Hitch.NOT_IN_ASSORTMENT, Hitch.NO_PRICE, Hitch.INCOMPLETE})


class Row(NamedTuple):
    """A line as the page shows it. `was` is its quantity before, where the shopper changed it; `comes` says when it
    comes, as a weight and in words; `shown` tells the form what lies in the cart.
    """

    line: OpenLine
    units: tuple[tuple[str, str], ...]
    text: str
    unit: str
    notes: Sequence[Note]
    was: str = ""
    is_invalid: bool = False
    comes: tuple[str, str] | None = None
    shown: str = ""

    @property
    def position(self) -> int:
        """Its number in the cart."""
        return self.line.line.position


class Sum(NamedTuple):
    """A class of rules of the buyer's system, and what of the cart meets it."""

    weight: str
    text: Markup


class Pages(NamedTuple):
    """Which lines are shown, of how many, and where the pages beside this one begin; None where there is none."""

    first: int
    last: int
    total: int
    earlier: int | None
    later: int | None


def cart_page(visit: Visit) -> str:
    """The cart, checked."""
    cart = visit.checked
    pages = _pages(visit, cart)
    shown = cart.lines[pages.first - 1 : pages.last]
    points = _points(cart)
    findings = {position: list(found) for position, found in groupby(cart.findings, key=lambda each: each.line)}
    refused = _refused(visit.place.query)
    rows = [
        _row(visit, each, findings.get(each.line.position, []), refused.get(str(each.line.position))) for each in shown
    ]
    return visit.page(
        "cart", cart=cart, rows=rows, pages=pages, points=points,
        links=points[:MOST_LINKS], sums=list(_sums(visit, cart)) if cart.live else [], note=_note(visit),
        again=_again(visit), is_edit=visit.session.setup.operation is Operation.EDIT,
        removed=len(cart.lines) - len(cart.live), after=_after(cart),
    )  # fmt: skip


def _points(cart: OpenCart) -> list[int]:
    """The positions of the lines that have to be settled, each once, in their order."""
    named = {each.line for each in cart.blocking}
    return [each.line.position for each in cart.live if each.problems or each.line.position in named]


def _after(cart: OpenCart) -> int:
    """How many lines can be given once all is settled."""
    refused = {each.line for each in cart.blocking if each.rule in NOT_TAKEN}
    gone = [each for each in cart.live if any(problem.hitch in _TO_GO for problem in each.problems)]
    return len(cart.live) - len(refused.union(each.line.position for each in gone))


def _row(visit: Visit, each: OpenLine, findings: list[Finding], told: Mapping[str, str] | None) -> Row:
    f, line = visit.figures, each.line
    product = visit.shelf.snapshot.products([line.sku]).get(line.sku) if not each.is_unknown else None
    # What the line is in stays to be chosen, else a browser would choose another unit for it.
    units = dict.fromkeys((*units_of(product), line.unit)) if product else (line.unit,)
    notes = [] if each.entry.is_removed or not visit.is_shopping else line_notes(visit, each, findings)
    asked = each.entry.asked_quantity
    was = ""
    if each.change is Change.CHANGED and asked is not None:
        unit = each.entry.before.line.unit if each.entry.before else line.unit
        was = str(visit.texts("cart.was", before=f.quantity(asked, unit), now=f.quantity(line.quantity, line.unit)))
    row = Row(
        each, tuple((code, f.unit(code)) for code in units), f.field(line.quantity), line.unit, notes, was,
        comes=_comes(visit, each), shown=shown_as(line.position, f.field(line.quantity), line.unit),
    )  # fmt: skip
    return _told(visit, row, told) if told else row


def _comes(visit: Visit, each: OpenLine) -> tuple[str, str] | None:
    """When the line comes; in its article's lead time, where nothing is known of its stock."""
    t, f, line = visit.texts, visit.figures, each.line
    if each.entry.is_removed:
        return None
    if each.comes is None:
        days = line.lead_time_days
        return ("info", str(t.counted("article.lead", days))) if days else None
    parts = [(part.quantity, part.on) for part in each.comes.deliveries if part.on]
    if len(parts) == 1 and not each.comes.lacking:
        return "ok", str(t("cart.comes_on", day=f.day(parts[0][1])))
    told = [str(t("cart.comes_part", quantity=f.quantity(many, line.unit), day=f.day(on))) for many, on in parts]
    if each.comes.lacking:
        told.append(str(t("cart.comes_later", quantity=f.quantity(each.comes.lacking, line.unit))))
    return "warn", ", ".join(told)


def _refused(query: Query) -> Mapping[str, Mapping[str, str]]:
    """What was typed into lines and not taken, and why, by their positions."""
    told: dict[str, dict[str, str]] = {}
    for name, value in query:
        if name == "at":
            last = told.setdefault(value, {})
        elif name in ("n", "u", "why") and told:
            last.setdefault(name, value)
    return told


def _told(visit: Visit, row: Row, told: Mapping[str, str]) -> Row:
    """The row with what was typed into it and not taken, and why."""
    text, unit = told.get("n", ""), told.get("u") or row.unit
    note = quantity_note(visit, told.get("why", ""), text, row.line.line.sku, unit)
    return row if note is None else row._replace(text=text, unit=unit, notes=[note, *row.notes], is_invalid=True)


def _pages(visit: Visit, cart: OpenCart) -> Pages:
    """The page that is asked for, or has the line that a form was about."""
    count = len(cart.lines)
    wanted = next((visit.asked(name) for name in ("at", "from") if visit.asked(name).isdecimal()), "1")
    place = _place(cart, int(wanted[:9]))
    first = place // AT_ONCE * AT_ONCE + 1
    last = min(first + AT_ONCE - 1, count)
    return Pages(first, last, count, _position(cart, first - AT_ONCE), _position(cart, first + AT_ONCE))


def _place(cart: OpenCart, position: int) -> int:
    """Where in the cart the line at a position is, or the next one behind it."""
    following = (place for place, each in enumerate(cart.lines) if each.line.position >= position)
    return next(following, max(len(cart.lines) - 1, 0))


def _position(cart: OpenCart, number: int) -> int | None:
    return cart.lines[number - 1].line.position if 0 < number <= len(cart.lines) else None


def _sums(visit: Visit, cart: OpenCart) -> Iterator[Sum]:
    t = visit.texts
    for name, rules in CLASSES.items():
        met = [each for each in cart.findings if each.rule in rules]
        bad = sum(each.weight is Weight.BLOCKING for each in met)
        told = t(f"rule.class.{name}")
        if bad:
            yield Sum("err", t.counted("rule.class.bad", bad, name=told))
        elif met:
            yield Sum("warn", t.counted("rule.class.know", len(met), name=told))
        else:
            yield Sum("ok", t("rule.class.ok", name=told))


def _note(visit: Visit) -> Markup | None:
    """What a form came to that is about no line that is there, or about them all."""
    why = visit.asked("why")
    if visit.asked("changed") and visit.is_shopping:
        return visit.texts("cart.changed")
    if why in (Hitch.LINE_GONE, Hitch.CART_FULL, Hitch.READ_ONLY):
        return visit.texts(f"hitch.{why}")
    return None


def _again(visit: Visit) -> tuple[Markup, str] | None:
    """That a line of the shopper's own was taken out, and the button that puts it back."""
    gone, sku = visit.asked("gone"), visit.asked("left")
    if not (gone and sku and visit.is_shopping):
        return None
    return visit.texts("cart.removed", position=gone), f"again {gone} {visit.asked('n')} {visit.asked('u')} {sku}"
