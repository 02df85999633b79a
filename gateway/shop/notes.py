"""Notes: what is to be said of an article or a line, in the reader's words and with the next step beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from markupsafe import Markup

from gateway.commerce.buyer_rules import Finding, Rule, Weight
from gateway.commerce.units import base_units, exact
from gateway.model.product import Product
from gateway.model.quantity import is_taken, plain
from gateway.punchout.open_cart import Hitch, OpenLine, Problem
from gateway.punchout.shelf import is_quantity, not_sold, units_of
from gateway.shop.quantities import Typed, typed
from gateway.shop.visit import Visit

_MOST_TOLD = 60
_OF_QUANTITY = frozenset(
    {Hitch.NO_QUANTITY, Hitch.BELOW_MINIMUM, Hitch.NOT_IN_STEPS, Hitch.UNIT_UNKNOWN, Hitch.NO_PRICE, Hitch.CART_FULL}
)
"""What may be wrong with what was typed; all else is found again when the page is made."""
_OF_TEXTS = (Rule.TEXT_CUT, Rule.LEFT_OUT, Rule.TOO_LONG, Rule.CHARACTER)
_OF_NUMBERS = (Rule.PRICE_RESTATED, Rule.PRICE_ROUNDED, Rule.PRICE_INEXACT, Rule.DECIMALS, Rule.DIGITS)
CLASSES = {
    "units": (Rule.UNIT_UNKNOWN,),
    "texts": _OF_TEXTS,
    "prices": _OF_NUMBERS,
    "required": (Rule.MISSING,),
}
"""The rules of a buyer's system, as the cart sums them up."""
NOT_TAKEN = frozenset({Rule.MISSING, Rule.CHARACTER, Rule.TOO_LONG})
"""Of what a line meets, that which is settled by taking it out alone."""


class Offer(NamedTuple):
    """A button that settles it: what it says, and what its form tells the line or article it is about."""

    words: str
    fields: tuple[tuple[str, str], ...]

    def told_of(self, position: int) -> str:
        """What its button tells the form of the cart: what is to be done, with which line, and the rest."""
        does, *more = (value for _, value in self.fields)
        return " ".join((does, str(position), *more))


class Note(NamedTuple):
    """A note: `weight` is err, warn or ok."""

    weight: str
    text: Markup
    offers: tuple[Offer, ...] = ()


def quantity_note(visit: Visit, hitch: str, text: str, sku: str, unit: str) -> Note | None:
    """Why what was typed for an article was not put into the cart, with what can be; None where what
    was typed is not why."""
    if hitch not in _OF_QUANTITY:
        return None
    product = visit.shelf.product(sku)
    if isinstance(product, Hitch):
        return hitch_note(visit, Problem(product), unit)
    read = typed(text, visit.language)
    if read.quantity is None or not is_quantity(read.quantity):
        return typed_note(visit, read, unit, product)
    if hitch == Hitch.NO_QUANTITY:
        return Note("err", visit.texts("hitch.too-much", text=read.text))
    problem: Problem | None = Problem(Hitch(hitch), units=units_of(product))
    if hitch in (Hitch.BELOW_MINIMUM, Hitch.NOT_IN_STEPS):
        problem = not_sold(product, read.quantity, unit)  # as it is now: an address may be old
    return None if problem is None else hitch_note(visit, problem, unit)


def typed_note(visit: Visit, read: Typed, unit: str, product: Product | None = None) -> Note:
    """That what was typed is no quantity, or may be one of several; of the product only what is sold is offered."""
    key = Hitch.NO_QUANTITY if len(read.perhaps) < 2 else "ambiguous-quantity"
    offered = meant(product, read, unit)
    return Note("err", visit.texts(f"hitch.{key}", text=read.text), _quantities(visit, offered, unit))


def meant(product: Product | None, read: Typed, unit: str) -> tuple[Decimal, ...]:
    """The quantities that may have been meant: of the product those that are sold, or else the nearest to them."""
    quantities = [each for each in read.perhaps if is_quantity(each)]
    if product is None:
        return tuple(quantities)
    problems = {each: not_sold(product, each, unit) for each in quantities}
    sold = [each for each, problem in problems.items() if problem is None]
    near = (each for problem in problems.values() if problem for each in problem.quantities)
    return tuple(sold or dict.fromkeys(near))


def hitch_note(visit: Visit, problem: Problem, unit: str) -> Note:
    """A hitch in words; its offers set the quantity of the line or article."""
    f, key = visit.figures, f"hitch.{problem.hitch}"
    values: dict[str, object] = {"company": visit.account.name, "text": ""}
    if problem.units:
        values["units"] = ", ".join(f.unit(each) for each in problem.units)
    if problem.hitch is Hitch.BELOW_MINIMUM and problem.quantities:
        values["quantity"] = f.quantity(problem.quantities[0], unit)
    if problem.step:
        step, of = problem.step
        key = "hitch.in-whole" if step == 1 else "hitch.in-steps"
        values |= {"quantity": f.quantity(step, of), "unit": f.unit(of, many=True)}
    return Note("err", visit.texts(key, **values), _quantities(visit, problem.quantities, unit))


def line_notes(visit: Visit, open_line: OpenLine, findings: list[Finding]) -> list[Note]:
    """All that is to be said of a line of the cart, what keeps it from being given first; of one that did not come
    whole only that it has to go.
    """
    notes = [_line_note(visit, open_line, problem) for problem in open_line.problems]
    if any(problem.hitch is Hitch.INCOMPLETE for problem in open_line.problems):
        return notes
    if open_line.is_unknown:
        notes.append(Note("warn", visit.texts("cart.unknown")))
    told = [finding_note(visit, open_line, each) for each in findings]
    return sorted([*notes, *told], key=lambda note: note.weight != "err")


def finding_note(visit: Visit, open_line: OpenLine, finding: Finding) -> Note:
    """What the buyer's rules make of a line, in words."""
    t, rule, line = visit.texts, finding.rule, open_line.line
    weight = "err" if finding.weight is Weight.BLOCKING else "warn"
    if rule is Rule.UNIT_UNKNOWN:
        return _unit_note(visit, open_line, finding)
    key = f"rule.{rule}"
    if rule is Rule.MISSING:
        key += f".{finding.field}" if finding.field in ("unspsc", "text") else ".other"
    stated, taken = finding.stated, finding.taken
    if rule is Rule.TEXT_CUT:
        key += f".{finding.field}"
        limit = visit.profile.limits[finding.field]
        stated, taken = str(len(stated)), str(len(taken) if limit.in_bytes else limit.most)
    offers = (_removing(visit),) if weight == "err" and rule in NOT_TAKEN else ()
    return Note(weight, t(key, stated=stated[:_MOST_TOLD], taken=taken[:_MOST_TOLD], position=line.position), offers)


def _unit_note(visit: Visit, open_line: OpenLine, finding: Finding) -> Note:
    """That the buyer's system does not know a unit; in its base unit the line may be given."""
    t, f, line = visit.texts, visit.figures, open_line.line
    text = t("rule.unit-unknown", unit=f.unit(line.unit), stated=finding.stated)
    without = Note("err", Markup(" ").join((text, t("rule.unit-without"))), (_removing(visit),))
    product = visit.shelf.snapshot.products([line.sku]).get(line.sku)
    size = base_units(product, line.unit) if product else None
    if product is None or size is None or visit.profile.unit_sent(product.base_unit) is None:
        return without
    many = exact(line.quantity) * size
    if many.denominator != 1 or not is_taken(many):
        return without
    other = f.quantity(Decimal(many.numerator), product.base_unit)
    told = Markup(" ").join((text, t("rule.unit-as", quantity=f.quantity(line.quantity, line.unit), other=other)))
    fields = (("do", "change"), ("n", str(many.numerator)), ("u", product.base_unit))
    return Note("err", told, (Offer(str(t("rule.unit-transfer", other=other)), fields),))


def _line_note(visit: Visit, open_line: OpenLine, problem: Problem) -> Note:
    if problem.hitch is Hitch.PRICE_CHANGED and open_line.now is not None:
        return _price_note(visit, open_line)
    if problem.hitch is Hitch.NO_QUANTITY:
        note = typed_note(visit, Typed(visit.figures.field(open_line.line.quantity)), open_line.line.unit)
    else:
        note = hitch_note(visit, problem, open_line.line.unit)
    return note if note.offers else note._replace(offers=(_removing(visit),))


def _price_note(visit: Visit, open_line: OpenLine) -> Note:
    t, f, line, now = visit.texts, visit.figures, open_line.line, open_line.now or open_line.line
    per, before = f.per(now.per, now.unit), f.money(line.price)
    if line.per != now.per:
        before = f"{before} {f.per(line.per, line.unit)}"
    text = t("hitch.price-changed", now=f.money(now.price), before=before, per=per, amount=f.money(now.amount))
    accept = Offer(str(t("hitch.accept")), (("do", "accept"), ("amount", plain(now.amount))))
    return Note("err", text, (accept, _removing(visit)))


def _removing(visit: Visit) -> Offer:
    return Offer(str(visit.texts("hitch.remove")), (("do", "remove"),))


def _quantities(visit: Visit, quantities: tuple[Decimal, ...], unit: str) -> tuple[Offer, ...]:
    f, t = visit.figures, visit.texts
    return tuple(
        Offer(
            str(t("hitch.take", quantity=f.quantity(each, unit))), (("do", "change"), ("n", f.field(each)), ("u", unit))
        )
        for each in quantities
    )
