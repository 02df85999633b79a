"""The terms an order states beside those agreed: Incoterms, payment, transport, allowances and charges."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from gateway.commerce.facts import Facts, LineFacts
from gateway.commerce.fees import Fee
from gateway.commerce.quote_prices import quote_number
from gateway.commerce.term_values import Part
from gateway.commerce.terms import AgreedTerms
from gateway.model.order import Charge, Line, Order, Terms
from gateway.model.quantity import plain

_WORD = re.compile(r"\w+")
# UN/ECE Recommendation 19, the first digit of 8067: mail is by post, whatever else drives, sails or flies is not.
_MAIL = "5"
_BY_MAIL, _BY_OTHERS = frozenset({"post"}), frozenset({"express", "forwarder"})


class Difference(NamedTuple):
    """What an order states and what is agreed instead, in words; `field` is its canonical path."""

    field: str
    stated: str
    agreed: str | None = None

    @property
    def text(self) -> str:
        """Both in words."""
        return f"{self.stated} stated, {self.agreed} agreed" if self.agreed else f"{self.stated} not agreed"


def differences(order: Order, facts: Facts, fees: Sequence[Fee]) -> Iterator[Difference]:
    """Every term of the order or of a line that is not as agreed; what nothing is agreed about differs from nothing."""
    yield from _terms("terms", order.terms, facts.terms)
    for index, line in enumerate(order.lines):
        yield from _terms(f"lines[{index}].terms", line.terms, facts.terms)
    yield from _locked(order, facts)
    agreed = [_agreed_charge(fee) for fee in fees]
    for field, charge in _charges(order):
        if not any(_same_charge(charge, each) for each in agreed):
            words = f"{charge.kind or 'charge'} {charge.text or charge.code or ''}".strip()
            yield Difference(field, words)


def _terms(path: str, stated: Terms | None, agreed: AgreedTerms) -> Iterator[Difference]:
    if stated is None:
        return
    pairs: list[tuple[str, str | None, str | None]] = [
        ("incoterm", stated.incoterm, agreed.incoterm),
        ("payment_terms", stated.payment_terms, agreed.payment_terms),
        ("payment_days", _text(stated.payment_days), _text(agreed.due_days)),
        ("carrier", stated.carrier, agreed.carrier),
    ]
    if _same(stated.incoterm or agreed.incoterm, agreed.incoterm):
        # The place of another Incoterm is another question.
        pairs.insert(1, ("incoterm_place", stated.incoterm_place, agreed.incoterm_place))
    for field, theirs, ours in pairs:
        if theirs and ours and not _same(theirs, ours):
            yield Difference(f"{path}.{field}", theirs, ours)
    yield from _discount(path, stated, agreed)
    yield from _transport(path, stated, agreed)


def _discount(path: str, stated: Terms, agreed: AgreedTerms) -> Iterator[Difference]:
    """A discount for early payment that is none of those agreed; where only days are agreed, there is none."""
    percent, days = stated.discount_percent, stated.discount_days
    steps = agreed.payment_discount
    if (percent is None and days is None) or (steps is None and agreed.payment_days is None):
        return
    if not any(percent in (None, step.percent) and days in (None, step.days) for step in steps or ()):
        field = "discount_percent" if percent is not None else "discount_days"
        words = " ".join(_part(step) for step in steps or ()) or "no discount"
        yield Difference(f"{path}.{field}", _words_of(percent, days), words)


def _words_of(percent: Decimal | None, days: int | None) -> str:
    """A discount in words, of which one half may be left out."""
    share = f"{plain(percent)} %" if percent is not None else "a discount"
    return share if days is None else f"{share} within {days} days"


def _part(step: Part) -> str:
    return _words_of(step.percent, step.days)


def _transport(path: str, stated: Terms, agreed: AgreedTerms) -> Iterator[Difference]:
    """A mode of transport that none of the shipping methods agreed can be."""
    methods = agreed.shipping_methods
    if stated.transport_mode and methods is not None and not _possible(stated.transport_mode).intersection(methods):
        yield Difference(f"{path}.transport_mode", f"transport {stated.transport_mode}", " ".join(methods))


def _possible(mode: str) -> frozenset[str]:
    """The shipping methods that a mode of transport can be."""
    return _BY_MAIL if mode.startswith(_MAIL) else _BY_OTHERS


def _locked(order: Order, facts: Facts) -> Iterator[Difference]:
    """A mode of transport that is not the shipping locked by a quote: one that a line cites or has its price of."""
    if not facts.locked_shipping:
        return
    used = [_quotes_of(order, *each) for each in zip(order.lines, facts.lines, strict=True)]
    stated = [("terms", order.terms, frozenset[str]().union(*used))]
    stated += [(f"lines[{at}].terms", line.terms, used[at]) for at, line in enumerate(order.lines)]
    for path, terms, numbers in stated:
        mode = terms.transport_mode if terms else None
        for number in sorted(numbers & facts.locked_shipping.keys()):
            method = facts.locked_shipping[number]
            if mode and method not in _possible(mode):
                yield Difference(f"{path}.transport_mode", f"transport {mode}", f"{method} by quote {number}")


def _quotes_of(order: Order, line: Line, known: LineFacts) -> frozenset[str]:
    """The numbers of the quotes that the line cites or has its price of."""
    winner = known.price.winner if known.price else None
    found = (line.quote or order.quote, quote_number(winner.condition.list) if winner else None)
    return frozenset(each for each in found if each)


def _charges(order: Order) -> list[tuple[str, Charge]]:
    """The allowances and charges that change what is to be paid; those of a priced line are in its price."""
    found = [(f"charges[{at}]", charge) for at, charge in enumerate(order.charges)]
    for index, line in enumerate(order.lines):
        if line.price is None or line.price.amount is None:
            found += [(f"lines[{index}].charges[{at}]", charge) for at, charge in enumerate(line.charges)]
    return [(field, charge) for field, charge in found if charge.amount or charge.percent]


def _agreed_charge(fee: Fee) -> Charge:
    """What is added to the order or taken off it, as a buyer states it."""
    kind = "allowance" if fee.amount < 0 else "charge"
    percent = None if fee.percent is None else abs(fee.percent)
    return Charge(kind=kind, percent=percent, amount=abs(fee.amount))


def _same_charge(stated: Charge, agreed: Charge) -> bool:
    """Whether the stated charge is the agreed one: of its percentage, else of its amount."""
    if stated.kind not in (None, agreed.kind):
        return False
    if stated.percent is not None:
        return stated.percent == agreed.percent
    return stated.amount == agreed.amount


def _same(one: str | None, other: str | None) -> bool:
    """Whether two texts say the same, but for capitals, spaces and marks."""
    return _WORD.findall((one or "").casefold()) == _WORD.findall((other or "").casefold())


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
