"""What is charged on a document: discounts on its goods, freight, fees; spread over the lines to the last cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from gateway.commerce.adjustments import applicable, in_order, surviving
from gateway.commerce.conditions import CHARGES, PERCENT, Offer, PriceContext
from gateway.commerce.losers import decimal_text, excluded, nearer, refused
from gateway.commerce.scales import Measure, Reached, in_access, newest
from gateway.commerce.units import exact
from gateway.model.money import minor_units, round_money

if TYPE_CHECKING:
    from gateway.commerce.pricing import PriceAnswer

_ZERO = Fraction(0)


class Charge(NamedTuple):
    """An amount charged on the document, and what of it falls to each of its lines, in their order."""

    offer: Offer
    amount: Decimal
    shares: tuple[Decimal, ...]


class Missed(NamedTuple):
    """A charge that does not apply: its list, its key, and why."""

    list: str
    key: str
    because: str


class _Due(NamedTuple):
    """A charge that applies, and the indexes of the lines it concerns."""

    reached: Reached
    lines: tuple[int, ...]


def charges_on(
    context: PriceContext, lines: Sequence[PriceAnswer | None]
) -> tuple[tuple[Charge, ...], tuple[Missed, ...]]:
    """The charges on the priced lines, in the order of their application, and those that do not apply."""
    priced = {index: line for index, line in enumerate(lines) if line and line.net is not None}
    if not any(offer.condition.type in CHARGES for line in priced.values() for offer in line.found):
        return (), ()
    document = _Document(context, priced)
    due, missed = document.due()
    for index, line in priced.items():
        due += [_Due(each, (index,)) for each in _fees(line)]
    due.sort(key=lambda each: (each.reached.offer.place[:2], each.reached.offer.row_key, each.lines))
    return _charged(context, lines, due), tuple(sorted(missed))


def _is_charge(offer: Offer) -> bool:
    return offer.condition.type in CHARGES and not offer.condition.statistical


def _of_document(offer: Offer) -> bool:
    """Whether it is charged once for the document, not for each line; a fee on small values concerns its goods."""
    condition = offer.condition
    if not _is_charge(offer) or condition.type == "PACK_FEE":
        return False
    return condition.type != "MIN_QTY_FEE" or condition.scale_basis == "value"


class _Document:
    """The priced lines as one, as scales of the document measure them."""

    def __init__(self, context: PriceContext, priced: dict[int, PriceAnswer]) -> None:
        self._context = context
        self._priced = priced
        self._offers = self._merged()
        self._goods = Fraction(sum((line.net for line in priced.values() if line.net is not None), Decimal(0)))

    def due(self) -> tuple[list[_Due], list[Missed]]:
        """What is charged once, and what is not."""
        usable = [offer for offer in self._offers if offer.refusal is None]
        found = applicable([offer for offer in usable if offer.condition.type != "MIN_QTY_FEE"], self.measured)
        fee = _fee([offer for offer in usable if offer.condition.type == "MIN_QTY_FEE"], self.measured)
        found = in_order([*found, fee] if fee else found)
        kept = surviving(found, lambda _: self._goods)
        used = {id(each.offer) for each in kept}
        lost = [offer for offer in self._offers if id(offer) not in used]
        missed = [Missed(each.condition.list, each.condition.key, self._because(each, found, kept)) for each in lost]
        return [_Due(each, self._concerned(each.offer)) for each in kept], missed

    def measured(self, offer: Offer) -> Fraction | None:
        """The goods, weight, volume or quantity of all lines together."""
        basis = offer.condition.scale_basis
        if basis == "value":
            return self._goods
        return sum((line.request.measured(offer) or _ZERO for line in self._priced.values()), _ZERO)

    def _merged(self) -> list[Offer]:
        """Every charge on the document once, with its nearest access; the rank of its object is each line's own."""
        offers: dict[str, Offer] = {}
        for offer in chain.from_iterable(line.found for line in self._priced.values()):
            if not _of_document(offer):
                continue
            placed = offer._replace(access=offer.access._replace(object=0))
            known = offers.setdefault(offer.condition.key, placed)
            # What one line refuses is refused for all: the weight of the document is that of every line.
            if known.refusal is None and (placed.refusal or placed.access < known.access):
                offers[offer.condition.key] = placed
        return list(offers.values())

    def _concerned(self, offer: Offer) -> tuple[int, ...]:
        """The lines a charge is spread over: a discount leaves out those whose price stands net."""
        if offer.rate >= 0:
            return tuple(self._priced)
        return tuple(index for index, line in self._priced.items() if line.winner and not _net(line.winner))

    def _because(self, offer: Offer, found: Sequence[Reached], kept: Sequence[Reached]) -> str:
        if offer.refusal:
            return refused(offer, self._context.currency, self._context.on)
        measured = self.measured(offer) or _ZERO
        if (offer.scale <= measured) is (offer.condition.type == "MIN_QTY_FEE"):
            sign = ">=" if offer.scale <= measured else "<"
            return f"{decimal_text(measured)} {sign} {decimal_text(offer.scale)}"
        if any(each.offer is offer for each in found):
            return excluded(offer, [each.offer for each in kept])
        for rival in (each.offer for each in found):
            if rival.place == offer.place and rival.access != offer.access:
                return nearer(rival, offer, self._context.account)
        return "another row of the same access counts"


def _net(offer: Offer) -> bool:
    """Whether the price stands net."""
    return offer.condition.stop or offer.list.kind == "erp_net"


def _fees(line: PriceAnswer) -> list[Reached]:
    """The packing fees and small-quantity fees of one line."""
    usable = [offer for offer in line.found if offer.refusal is None and _is_charge(offer) and not _of_document(offer)]
    if not usable:
        return []

    def measure(offer: Offer) -> Fraction | None:
        """The line as the offer's scale measures it; its value is what it comes to."""
        return Fraction(line.net or 0) if offer.condition.scale_basis == "value" else line.request.measured(offer)

    found = applicable([offer for offer in usable if offer.condition.type == "PACK_FEE"], measure)
    fee = _fee([offer for offer in usable if offer.condition.type == "MIN_QTY_FEE"], measure)
    return surviving(in_order([*found, fee] if fee else found), lambda _: _ZERO)


def _fee(offers: Sequence[Offer], measure: Measure) -> Reached | None:
    """The fee of the nearest access for staying below a quantity: of the lowest limit that is not reached."""
    for access in in_access(offers):
        rows = newest(access)
        below = [offer for offer in rows if (measured := measure(offer)) is not None and measured < offer.scale]
        if below:
            row = min(below, key=lambda offer: (offer.scale, offer.rate, offer.row_key))
            return Reached(row, row.rate)
        return None
    return None


def _charged(context: PriceContext, lines: Sequence[PriceAnswer | None], due: Sequence[_Due]) -> tuple[Charge, ...]:
    """The charges one after the other, each rounded once and spread over its lines."""
    goods = [line.net if line and line.net is not None else Decimal(0) for line in lines]
    running = list(goods)
    before: dict[str, list[Decimal]] = {}
    charges = []
    for each in due:
        condition = each.reached.offer.condition
        counted = running
        if condition.exclusion_group:
            counted = before.setdefault(condition.exclusion_group, list(running))
        amounts = goods if condition.base == "gross" else counted
        whole = Fraction(sum((amounts[index] for index in each.lines), Decimal(0)))
        exactly = _amount(each, whole, lines)
        amount = round_money(exactly, context.currency, context.rules.rounding)
        shares = spread(amount, [goods[index] for index in each.lines], context.currency)
        by_line = dict(zip(each.lines, shares, strict=True))
        spread_out = tuple(by_line.get(index, Decimal(0)) for index in range(len(lines)))
        running = [one + share for one, share in zip(running, spread_out, strict=True)]
        charges.append(Charge(each.reached.offer, sum(spread_out, Decimal(0)), spread_out))
    return tuple(charges)


def _amount(due: _Due, counted: Fraction, lines: Sequence[PriceAnswer | None]) -> Fraction:
    """What a charge comes to before it is rounded."""
    offer = due.reached.offer
    if offer.condition.type in PERCENT:
        return due.reached.rate * counted
    if offer.condition.type != "PACK_FEE":
        return due.reached.rate
    line = lines[due.lines[0]]
    packs = _packs(line, offer) if line else _ZERO
    return packs * exact(offer.condition.amount)


def _packs(line: PriceAnswer, offer: Offer) -> Fraction:
    """The packs begun."""
    return Fraction(-(-line.request.in_price_unit(offer) // exact(offer.condition.per)))


def spread(amount: Decimal, weights: Sequence[Decimal], currency: str) -> tuple[Decimal, ...]:
    """The amount in parts that go by the weights and sum to it: what is left over goes to the largest remainders.

    Of equal remainders the first takes; where all weights are 0 they count alike. Nothing where there are no weights.
    """
    if not weights:
        return ()
    digits = minor_units(currency)
    units = int(amount.scaleb(digits))
    parts = [Fraction(weight) for weight in weights]
    total = sum(parts, _ZERO)
    if not total:
        parts, total = [Fraction(1)] * len(parts), Fraction(len(parts))
    exactly = [abs(units) * part / total for part in parts]
    whole = [int(share // 1) for share in exactly]
    order = sorted(range(len(parts)), key=lambda index: (whole[index] - exactly[index], index))
    for index in order[: abs(units) - sum(whole)]:
        whole[index] += 1
    sign = 1 if units >= 0 else -1
    return tuple(Decimal(sign * share).scaleb(-digits) for share in whole)
