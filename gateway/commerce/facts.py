"""What is known when an order is decided, and what is decided for a line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from gateway.commerce.availability import Supply
from gateway.commerce.calendars import WorkingDays
from gateway.commerce.matching import Match
from gateway.commerce.pricing import PriceAnswer
from gateway.commerce.terms import NO_TERMS, AgreedTerms
from gateway.issues import Issue
from gateway.model.account import Account
from gateway.model.money import Rounding
from gateway.model.order import Price
from gateway.model.product import Stock
from gateway.model.response import Decision, ResponseSchedule

_ZERO, _ONE = Decimal(0), Decimal(1)


class LineFacts(NamedTuple):
    """What is known of a line. No `price` where article or unit are not known; no `stock`: no records of it."""

    match: Match
    price: PriceAnswer | None = None
    stock: tuple[Stock, ...] = ()


class Facts(NamedTuple):
    """What is known of an order. `issues` were found before and concern its header; `today` in the account's zone.

    `quotes_not_valid` says why of each such quote, by its number. `data_seq` numbers the trade data that was read.
    `header_date_open` is set while deciding: the day the header asks for is over, so any day serves.
    `locked_shipping` is how what the quotes of the order's prices offer is shipped and not otherwise, by their numbers.
    `counts_from` is the day the order counts from, today where it is None; `days` are the working days of the calendar
    that the terms name. `charged` are the prices of the lines on the day whose charges hold for the order, where lines
    have prices of several days; else the charges are those of the lines' own day.
    """

    account: Account | None
    lines: tuple[LineFacts, ...]
    today: date
    issues: tuple[Issue, ...] = ()
    expired_contracts: frozenset[str] = frozenset()
    quotes_not_valid: Mapping[str, str] = MappingProxyType({})
    locked_shipping: Mapping[str, str] = MappingProxyType({})
    credit_used: Decimal = _ZERO
    header_date_open: bool = False
    data_seq: int = 0
    terms: AgreedTerms = NO_TERMS
    days: WorkingDays = WorkingDays()
    counts_from: date | None = None
    charged: tuple[PriceAnswer | None, ...] = ()

    @property
    def supply(self) -> Supply:
        """How the account is supplied."""
        return Supply(self.today, self.counts_from or self.today, self.days, self.terms)


class LineDecision(NamedTuple):
    """What is answered to a line. Quantities are in ordered units, each of which holds `pack` of `unit`.

    `net` is the amount of all that was accepted. `agreed` and `price` (what was confirmed) are stated for the buyer's
    price unit wherever that is exact. `is_small`: less is confirmed than the least quantity of the article.
    `reason_text` is why, in the words of who confirmed it.
    """

    position: int
    decision: Decision
    reasons: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    product: str | None = None
    unit: str | None = None
    pack: Decimal = _ONE
    quantity: Decimal = _ZERO
    backordered: Decimal = _ZERO
    agreed: Price | None = None
    price: Price | None = None
    net: Decimal | None = None
    deliver_on: date | None = None
    schedule: tuple[ResponseSchedule, ...] = ()
    answer: PriceAnswer | None = None
    is_small: bool = False
    reason_text: str | None = None

    @property
    def rounding(self) -> Rounding:
        """How amounts of the line are rounded; half up where nobody was asked for its price."""
        return self.answer.rounding if self.answer else Rounding.HALF_UP

    def refused(self) -> LineDecision:
        """The same line with nothing of it confirmed."""
        return self._replace(
            decision=Decision.REJECTED, quantity=_ZERO, backordered=_ZERO, price=None, net=None,
            deliver_on=None, schedule=(),
        )  # fmt: skip
