"""What the orders and the usage of an account come to: the numbers and days that rules of segments compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from gateway.commerce.rule_grammar import FieldType
from gateway.model.money import round_half_up
from gateway.model.segment import OrdersOf, UsageOf

Values: TypeAlias = Mapping[str, Decimal | date]
"""Metrics by name; one that is left out is 0 where it is a number, and not known where it is a day."""

CHANNELS = ("edifact", "cxml", "oci", "csv", "xml", "api", "shop", "sales")
"""The channels whose lines are counted apart; those of any other one are in `lines_other`."""
USAGE = ("search", "view", "cart", "punchout_return", "order", "price_lookup")
"""The kinds of usage events. `order` is a channel's own word for one: orders are counted where they are stored."""
USAGE_SKEW = timedelta(minutes=5)
"""How far the clock of who tells of usage may be before ours."""
USAGE_OLDEST = timedelta(days=3653)
"""How long ago something may have been done: what a clock says that was never set is not usage."""
_USAGE_METRICS = {
    "search": "searches_12m",
    "view": "views_12m",
    "cart": "carts_12m",
    "punchout_return": "punchout_returns_12m",
    "price_lookup": "price_lookups_12m",
}
LARGEST = Decimal("999999999999.999999")
"""The largest number a metric has: more does not compare with what a rule can state."""


TOLD = ("potential", "score", "margin_percent", "return_percent", "churn_percent")
"""The metrics, all numbers, that nobody can count here: a CRM tells them."""
METRICS: Mapping[str, FieldType] = {
    "revenue_12m": FieldType.NUMBER,
    "order_count": FieldType.NUMBER,
    "order_count_12m": FieldType.NUMBER,
    "orders_other_currency": FieldType.NUMBER,
    "orders_without_person": FieldType.NUMBER,
    "orders_without_person_percent": FieldType.NUMBER,
    "last_order": FieldType.DATE,
    "lines": FieldType.NUMBER,
    **{f"lines_{channel}": FieldType.NUMBER for channel in (*CHANNELS, "other")},
    **dict.fromkeys(_USAGE_METRICS.values(), FieldType.NUMBER),
    "last_usage": FieldType.DATE,
    **dict.fromkeys(TOLD, FieldType.NUMBER),
}
"""Every metric that is stored, and its type."""

DAYS_SINCE_ORDER = "days_since_order"
"""A number that a rule may name and nobody stores: it is another one every day."""


def may_have_been(at: datetime, now: datetime) -> bool:
    """Whether usage can be of this instant: one with its zone, of the last ten years and not to come."""
    return at.tzinfo is not None and now - USAGE_OLDEST <= at <= now + USAGE_SKEW


def year_before(on: date) -> date:
    """The last day that the 12 months up to and with the day `on` leave out."""
    try:
        return on.replace(year=on.year - 1)
    except ValueError:  # 29 February
        return on.replace(year=on.year - 1, day=28)


def metrics_of(currency: str, orders: Sequence[OrdersOf], usage: Iterable[UsageOf]) -> dict[str, Decimal | date]:
    """The metrics of an account with this currency; those that are 0 or not known are left out.

    What was ordered in another currency is no revenue here: it is counted, not converted.
    """
    numbers: dict[str, Fraction | int] = {
        "revenue_12m": Fraction(sum(each.recent_total for each in orders if each.currency == currency)),
        "order_count": sum(each.orders for each in orders),
        "order_count_12m": sum(each.recent for each in orders),
        "orders_other_currency": sum(each.orders for each in orders if each.currency != currency),
        "orders_without_person": sum(each.unattended for each in orders),
        "lines": sum(each.lines for each in orders),
    }
    if numbers["order_count"]:
        share = Fraction(numbers["orders_without_person"], numbers["order_count"])
        numbers["orders_without_person_percent"] = 100 * share
    for each in orders:
        name = f"lines_{each.channel if each.channel in CHANNELS else 'other'}"
        numbers[name] = numbers.get(name, 0) + each.lines
    days = [each.last for each in orders]
    found: dict[str, Decimal | date] = {"last_order": max(days)} if days else {}
    used = list(usage)
    if used:
        found["last_usage"] = max(each.last for each in used)
    numbers |= {_USAGE_METRICS[each.kind]: each.times for each in used if each.kind in _USAGE_METRICS}
    return found | {name: _number(number) for name, number in numbers.items() if number}


def _number(number: Fraction | int) -> Decimal:
    return min(round_half_up(Fraction(number), 6), LARGEST)


def with_what_passes(values: Values, on: date) -> Values:
    """The metrics with those that another day alone changes, as of this day."""
    last = values.get("last_order")
    if not isinstance(last, date):
        return values
    return {**values, DAYS_SINCE_ORDER: Decimal(max((on - last) // timedelta(days=1), 0))}
