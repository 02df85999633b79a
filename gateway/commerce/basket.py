"""The prices of lines that are bought together, and what is charged on all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from gateway.commerce.charges import Charge, Missed, charges_on
from gateway.commerce.conditions import Finder, PriceContext, Wanted
from gateway.commerce.found import NOTHING, Found
from gateway.commerce.losers import decimal_text, source
from gateway.commerce.pricing import Claim, PriceAnswer, PriceCode, Share, answer_to
from gateway.commerce.scales import Request, group_of, request_of
from gateway.commerce.trace import RESOLVER, value_of
from gateway.commerce.units import base_units
from gateway.commerce.volumes import Group
from gateway.model.price import PriceCondition, PriceList


class PriceBook(NamedTuple):
    """What prices are read from: conditions by what they name as their object, and price lists by name."""

    conditions: Mapping[str, Sequence[PriceCondition]]
    lists: Mapping[str, PriceList]


class Basket(NamedTuple):
    """Lines priced together; None stands where there was nothing to price.

    `charges` are spread over the lines, `missed` are those that do not apply.
    """

    context: PriceContext
    lines: tuple[PriceAnswer | None, ...]
    charges: tuple[Charge, ...] = ()
    missed: tuple[Missed, ...] = ()

    @property
    def goods(self) -> Decimal:
        """The sum of the lines' net amounts."""
        return sum((line.net for line in self.lines if line and line.net is not None), Decimal(0))

    @property
    def total(self) -> Decimal:
        """The sum of the lines' net amounts and the charges, without tax."""
        return sum((charge.amount for charge in self.charges), self.goods)

    @property
    def code(self) -> PriceCode | None:
        """Why the total does not hold: discounts on the document come to more than its goods."""
        return PriceCode.NEGATIVE if self.total < 0 else None

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What the lines take of call-offs: to be booked with the order, under a lock, or priced again."""
        taken: dict[str, Fraction] = {}
        for line in self.lines:
            _take(taken, line)
        return tuple(Claim(key, taken[key]) for key in sorted(taken))

    def trace(self) -> dict[str, object]:
        """What is charged on the document, as one JSON object; all numbers are strings."""
        told: dict[str, object] = {
            "account": self.context.account,
            "on": self.context.on.isoformat(),
            "currency": self.context.currency,
            "goods": format(self.goods, "f"),
            "charges": [_charge(charge, self.context.account) for charge in self.charges],
            "total": format(self.total, "f"),
            "lost": [each._asdict() for each in self.missed],
        }
        if self.code:
            told["code"] = self.code.value
        if self.claims:
            told["claims"] = [{"key": key, "quantity": decimal_text(quantity)} for key, quantity in self.claims]
        return told | {"resolver": RESOLVER}


def price_each(context: PriceContext, wanted: Sequence[Wanted | None], book: PriceBook) -> list[PriceAnswer | None]:
    """The price of each by itself, as a price list states it: nothing counts two of them together."""
    requests, found = _found(context, wanted, book)
    return [answer_to(request, offers) if request else None for request, offers in zip(requests, found, strict=True)]


def price_basket(context: PriceContext, wanted: Sequence[Wanted | None], book: PriceBook) -> Basket:
    """The prices of all that is wanted, in order: scale groups count over all lines, call-offs go to the first."""
    requests, found = _found(context, wanted, book)
    elsewhere = _elsewhere(requests, found)
    lines: list[PriceAnswer | None] = []
    taken: dict[str, Fraction] = {}
    for index, request in enumerate(requests):
        if request is None:
            lines.append(None)
            continue
        if taken or index in elsewhere:
            request = request._replace(elsewhere=elsewhere.get(index, {}), taken=dict(taken))
        answer = answer_to(request, found[index])
        _take(taken, answer)
        lines.append(answer)
    charges, missed = charges_on(context, lines)
    return Basket(context, tuple(_with_shares(lines, charges)), charges, missed)


def _found(
    context: PriceContext, wanted: Sequence[Wanted | None], book: PriceBook
) -> tuple[list[Request | None], list[Found]]:
    """The question of each, and the conditions that concern it."""
    requests = [request_of(context, each) if each else None for each in wanted]
    finders: dict[tuple[str | None, str | None], Finder] = {}
    found: list[Found] = []
    for request in requests:
        if request is None:
            found.append(NOTHING)
            continue
        cited = request.context.contract, request.context.quote
        finder = finders.get(cited)
        if finder is None:
            finder = finders[cited] = Finder(request.context, book.lists)
        found.append(Found(finder.offers(request.wanted, book.conditions)))
    return requests, found


def _elsewhere(requests: Sequence[Request | None], found: Sequence[Found]) -> dict[int, dict[Group, Fraction]]:
    """What the other lines count towards the scale groups of each line, by its index.

    A line belongs to the groups of all conditions that concern it and may apply.
    """
    members: dict[tuple[str, str], list[tuple[int, Request]]] = {}
    wanted: dict[int, set[Group]] = {}
    for index, request in enumerate(requests):
        if request is None or request.base_quantity is None:
            continue
        groups = {
            group_of(offer.condition, request.product)
            for offer in found[index]
            if offer.condition.counts_together and offer.refusal is None
        }
        if groups:
            wanted[index] = groups
            for name in {group[:2] for group in groups}:
                members.setdefault(name, []).append((index, request))
    own = {index: request for belonging in members.values() for index, request in belonging}
    every = {group for groups in wanted.values() for group in groups}
    totals = {group: _counted([each for _, each in members[group[:2]]], group.unit) for group in every}
    return {
        index: {group: totals[group] - _counted([own[index]], group.unit) for group in groups}
        for index, groups in wanted.items()
    }


def _counted(requests: Sequence[Request], unit: str) -> Fraction:
    """The quantities in the unit, of those articles that have it."""
    sizes = ((request.base_quantity or 0, base_units(request.product, unit)) for request in requests)
    return sum((quantity / size for quantity, size in sizes if size), Fraction(0))


def _take(taken: dict[str, Fraction], line: PriceAnswer | None) -> None:
    """What the line takes of a call-off is added to what was taken before."""
    claim = line.claim if line else None
    if claim:
        taken[claim.key] = taken.get(claim.key, Fraction(0)) + claim.quantity


def _with_shares(lines: Sequence[PriceAnswer | None], charges: Sequence[Charge]) -> list[PriceAnswer | None]:
    """The lines with what of the charges falls to each."""
    if not charges:
        return list(lines)
    shared = []
    for index, line in enumerate(lines):
        shares = tuple(Share(each.offer, each.shares[index]) for each in charges if each.shares[index])
        shared.append(line._replace(shares=shares) if line and shares else line)
    return shared


def _charge(charge: Charge, account: str) -> dict[str, object]:
    condition = charge.offer.condition
    return {
        "type": condition.type,
        "value": value_of(condition),
        "list": condition.list,
        "key": condition.key,
        "from": source(charge.offer, account),
        "amount": format(charge.amount, "f"),
        "shares": [format(share, "f") for share in charge.shares],
    }
