"""What the lines of a cart cost now: after a change of one of them, and beside what the shopper agreed to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from msgspec.structs import replace

from gateway.commerce.pricing import PriceAnswer, PriceCode
from gateway.model.cart import CartLine
from gateway.model.quantity import is_taken
from gateway.model.shopping import CartEntry, Origin
from gateway.punchout.open_cart import Hitch, OpenLine, Problem
from gateway.punchout.shelf import Shelf, is_quantity, priced, units_of

_HITCHES = {
    PriceCode.NOT_IN_ASSORTMENT: Hitch.NOT_IN_ASSORTMENT,
    PriceCode.NO_UOM_PATH: Hitch.UNIT_UNKNOWN,
    PriceCode.PRODUCT_UNKNOWN: Hitch.PRODUCT_UNKNOWN,
}


class Changed(NamedTuple):
    """What a change writes: the line it is about, and others whose price it changes; `is_gone`: the line is no more."""

    entry: CartEntry
    others: tuple[CartEntry, ...] = ()
    is_gone: bool = False


def repriced(shelf: Shelf, entries: Sequence[CartEntry], entry: CartEntry) -> Changed | Problem:
    """The line at its price of now, and the others whose price it changes; a problem where it cannot be sold so."""
    if entry.origin is Origin.FOREIGN:
        return Changed(entry)
    after, [alone] = [entry], shelf.answers([entry])
    answers = {entry.position: alone}
    if _counts_with_others(alone):
        after = [*(each for each in entries if each.position != entry.position), entry]
        answers = _answers(shelf, after)
    done = _at_its_price(shelf, entry, answers[entry.position])
    if isinstance(done, Problem):
        return done
    return Changed(done, _others(shelf, entries, [each for each in after if each is not entry], answers))


class Together(NamedTuple):
    """Lines changed at once: each by its position, or why it cannot be sold so, and others whose price that changes."""

    lines: dict[int, CartEntry | Problem]
    others: tuple[CartEntry, ...]


def repriced_together(shelf: Shelf, entries: Sequence[CartEntry], fresh: Sequence[CartEntry]) -> Together:
    """The fresh lines at their prices of now, in the cart with those that stand; what cannot be sold so is left out."""
    before, refused = {each.position: each for each in entries}, dict[int, CartEntry | Problem]()
    if before and not any(map(_counts_with_others, shelf.answers(fresh))):
        before = {}
    while True:
        taken = {each.position: each for each in fresh if each.position not in refused}
        after = {**before, **taken}
        answers = _answers(shelf, list(after.values()))
        lines = {position: _at_its_price(shelf, each, answers[position]) for position, each in taken.items()}
        bad = {position: each for position, each in lines.items() if isinstance(each, Problem)}
        if not bad:
            rest = [each for position, each in after.items() if position not in taken]
            return Together({**refused, **lines}, _others(shelf, entries, rest, answers))
        refused |= bad


def _at_its_price(shelf: Shelf, entry: CartEntry, answer: PriceAnswer | None) -> CartEntry | Problem:
    """The line at its price of now; a problem where it cannot be sold so."""
    held = agreed_before(shelf, entry)
    short = None if held else shelf.quantity_problem(entry)
    if short is not None:
        return short
    line = held or (priced(entry.line, answer) if answer else None)
    if line is None:
        return _without_price(answer, entry.position)
    if not is_taken(line.amount):
        return Problem(Hitch.NO_QUANTITY, entry.position)
    return replace(entry, line=line, on=shelf.today, data_seq=shelf.data_seq)


def without(shelf: Shelf, entries: Sequence[CartEntry], entry: CartEntry) -> Changed:
    """The line taken out, and the others whose price that changes; one that was brought is kept in sight."""
    left = [each for each in entries if each.position != entry.position]
    [alone] = shelf.answers([entry])
    rest = _others(shelf, entries, left, _answers(shelf, left)) if _counts_with_others(alone) else ()
    return Changed(replace(entry, is_removed=True), rest, is_gone=entry.origin is Origin.NEW)


def _counts_with_others(answer: PriceAnswer | None) -> bool:
    """Whether the price of a line depends on what else is in the cart, or that of something else on the line."""
    conditions = [offer.condition for offer in answer.found] if answer else []
    return any(each.counts_together or each.call_off_max is not None for each in conditions)


def _others(
    shelf: Shelf, before: Sequence[CartEntry], rest: Sequence[CartEntry], answers: dict[int, PriceAnswer | None]
) -> tuple[CartEntry, ...]:
    """The other lines whose price the shopper's own change changes, at their new price.

    What costs something else for any other reason is asked back before the cart is given away.
    """
    now = _lines(shelf, rest, answers)
    moved = [each for each in rest if _differs(each, now.get(each.position))]
    if not moved:
        return ()
    then = _lines(shelf, before, _answers(shelf, before))
    return tuple(
        replace(each, line=now[each.position], on=shelf.today, data_seq=shelf.data_seq)
        for each in moved
        if each.position in then and not _differs(each, then[each.position])
    )


class Looked(NamedTuple):
    """A line looked at, and how its price of now came about; None where none was asked for."""

    line: OpenLine
    answer: PriceAnswer | None = None


def looked_at(shelf: Shelf, entries: Sequence[CartEntry]) -> Iterator[Looked]:
    """Each line with what it costs now, where that is something else, and what has to be settled about it."""
    answers = _answers(shelf, entries)
    for entry in entries:
        if entry.is_removed:
            yield Looked(OpenLine(entry))
        elif entry.origin is Origin.FOREIGN:
            lacking = () if _is_whole(entry.line) else (Problem(Hitch.INCOMPLETE, entry.position),)
            yield Looked(OpenLine(entry, problems=lacking))
        else:
            answer = answers[entry.position]
            yield Looked(_looked_at(shelf, entry, answer), answer)


def agreed_before(shelf: Shelf, entry: CartEntry) -> CartLine | None:
    """The line at the price under which the buyer has it, where that still holds for just this quantity."""
    before, line = entry.before, entry.line
    if before is None or before.valid_until < shelf.today or before.currency != shelf.desk.context.currency:
        return None
    if (before.line.quantity, before.line.unit) != (line.quantity, line.unit):
        return None
    return replace(line, price=before.line.price, per=before.line.per, amount=before.line.amount)


def is_same_price(one: CartLine, other: CartLine) -> bool:
    """Whether both cost the same, whatever number of units the price is stated for."""
    stated = (one.price, one.per) == (other.price, other.per)
    return one.amount == other.amount and (stated or _of_one(one) == _of_one(other))


def _of_one(line: CartLine) -> Fraction:
    """The price of one unit."""
    return Fraction(line.price) / Fraction(line.per)


def _looked_at(shelf: Shelf, entry: CartEntry, answer: PriceAnswer | None) -> OpenLine:
    position = entry.position
    if not is_quantity(entry.line.quantity):
        return OpenLine(entry, problems=(Problem(Hitch.NO_QUANTITY, position),))
    held = agreed_before(shelf, entry)
    if answer is None or (answer.code is not None and (held is None or answer.code in _HITCHES)):
        return OpenLine(entry, problems=(_without_price(answer, position),))
    now = held or priced(entry.line, answer)
    short = shelf.quantity_problem(entry)
    problems = [] if short is None or held else [short]
    if now is None or is_same_price(now, entry.line):
        return OpenLine(entry, problems=tuple(problems))
    return OpenLine(entry, now, (*problems, Problem(Hitch.PRICE_CHANGED, position)))


def _answers(shelf: Shelf, entries: Sequence[CartEntry]) -> dict[int, PriceAnswer | None]:
    """The price of each line that is in the cart, by its position."""
    live = [each for each in entries if not each.is_removed]
    return {each.position: answer for each, answer in zip(live, shelf.answers(live), strict=True)}


def _lines(shelf: Shelf, entries: Sequence[CartEntry], answers: dict[int, PriceAnswer | None]) -> dict[int, CartLine]:
    """The lines that have a price of their own now, at that price, by position."""
    found = {}
    for each in entries:
        answer = answers.get(each.position)
        if answer is not None and agreed_before(shelf, each) is None:
            line = priced(each.line, answer)
            if line is not None:
                found[each.position] = line
    return found


def _differs(entry: CartEntry, line: CartLine | None) -> bool:
    return line is not None and not is_same_price(entry.line, line)


def _without_price(answer: PriceAnswer | None, position: int) -> Problem:
    """Why a line has no price; where its unit is why, with those its article is sold in."""
    if answer is None or answer.code is None:
        return Problem(Hitch.PRODUCT_UNKNOWN, position)
    hitch = _HITCHES.get(answer.code, Hitch.NO_PRICE)
    units = units_of(answer.request.product) if hitch is Hitch.UNIT_UNKNOWN else ()
    return Problem(hitch, position, units=units)


def _is_whole(line: CartLine) -> bool:
    """Whether the buyer's system said all that a line needs to go back to it."""
    named = line.sku and line.unit and line.text
    return bool(named) and is_quantity(line.quantity) and line.price > 0 and line.per > 0
