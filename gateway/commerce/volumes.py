"""What was bought before the day of a price, as scales over a period count it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

from gateway.commerce.metrics import year_before
from gateway.model.price import PriceCondition, PriceList
from gateway.model.purchases import Bought, Looked

_NOTHING: Mapping[str, Decimal] = MappingProxyType({})


class Group(NamedTuple):
    """What counts together towards a step, in a `unit`: a scale group by its `name`, or else one `product`."""

    name: str
    product: str
    unit: str


class Counted(NamedTuple):
    """What counts towards a step of what was bought before: by an account and all that belong to it, from a day on."""

    account: str
    first: date
    group: Group


class Volumes(NamedTuple):
    """What was bought before: by key of a call-off in the unit of its price, and by what scales over a period count.

    `looked_up` is what that was made of.
    """

    called_off: Mapping[str, Decimal] = _NOTHING
    bought: Mapping[Counted, Fraction] = MappingProxyType({})
    looked_up: Mapping[Looked, Bought] = MappingProxyType({})


def first_day(condition: PriceCondition, known: PriceList, on: date) -> date:
    """The first day whose orders count towards a scale over a period, for a price of the day `on`."""
    if condition.scale_period == "year":
        return on.replace(month=1, day=1)
    if condition.scale_period == "12m":
        return year_before(on) + timedelta(days=1)
    return max((day for day in (condition.valid_from, known.valid_from) if day), default=date.min)


def whose(subject: str, account: str, concern: tuple[str, ...]) -> str:
    """The account whose orders count, with those of all that belong to it, where a condition has this subject.

    `concern` are the accounts that the buying `account` belongs to, itself first.
    """
    kind, _, name = subject.partition(":")
    return name if kind == "account" and name in concern else account
