"""The conditions that concern a request, sorted out once: what they come to is asked for several quantities of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from gateway.commerce.conditions import CHANGES, Access, Offer
from gateway.commerce.scales import Reached, Request, cheapest, in_access, ladders


class Prices:
    """The base prices of one access."""

    __slots__ = ("_is_limited", "_ladders", "_offers", "access")

    def __init__(self, offers: Sequence[Offer]) -> None:
        self.access: Access = offers[0].access
        self._offers = offers
        # Most are never asked: a nearer access has the price.
        self._ladders: list[Sequence[Offer]] = []
        self._is_limited = False

    @property
    def ladders(self) -> list[Sequence[Offer]]:
        """The ladders that count, all equally new."""
        if not self._ladders:
            self._ladders = ladders(self._offers)
            self._is_limited = any(offer.condition.call_off_max is not None for offer in self._offers)
        return self._ladders

    def reached(self, request: Request) -> Reached | None:
        """The base price of the request's quantity; rows whose call-off it exhausts are as if they were not there."""
        counting = self.ladders
        if self._is_limited:
            left = [each for each in self._offers if each.condition.call_off_max is None or not request.exhausted(each)]
            counting = ladders(left) if left else []
        return cheapest(counting, request.measured, request.before)


class Found(tuple[Offer, ...]):
    """Every condition that concerns a request, refused ones too. None of what is told here depends on the quantity.

    `accesses` hold the base prices, the nearest first; `changes` are what may change them.
    """

    accesses: list[Prices]
    changes: list[Offer]

    def __init__(self, offers: Iterable[Offer] = ()) -> None:  # noqa: ARG002 they are taken by the tuple
        prices: list[Offer] = []
        self.changes = []
        for offer in self:
            condition = offer.condition
            if offer.refusal is None and not condition.statistical:
                if condition.type == "PRICE":
                    prices.append(offer)
                elif condition.type in CHANGES:
                    self.changes.append(offer)
        self.accesses = [Prices(access) for access in in_access(prices)]

    @cached_property
    def open_to_all(self) -> Found:
        """Those that everybody gets."""
        return Found(offer for offer in self if offer.condition.subject == "all")

    def ladder_of(self, winner: Offer) -> Sequence[Offer]:
        """The ladder that the base price is a step of."""
        [ladders] = (each.ladders for each in self.accesses if each.access == winner.access)
        if len(ladders) == 1 and len(ladders[0]) == 1:
            return ladders[0]
        return next((ladder for ladder in ladders if ladder[0].ladder == winner.ladder), ())


NOTHING = Found()
