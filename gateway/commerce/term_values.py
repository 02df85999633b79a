"""What a term may be: its fields, each with the form of its values, as values that can be computed with."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.commerce.policy import Tolerance
from gateway.model.quantity import parse_decimal

T = TypeVar("T")

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
INCOTERMS = ("EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF")
"""Incoterms 2020."""
SHIPPING = ("post", "express", "forwarder", "pickup")
MAX_DAYS = 999
"""Longer than this no payment, delivery or return is agreed to take."""
_MAX_CLOSED_DAYS = 1_000

_BETWEEN = re.compile(r"[\s,;|]+")
_PART = re.compile(r"(.+)/([0-9]{1,3})", re.ASCII)
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_OLDER = {"DAT": "DPU", "DAF": "DAP", "DES": "DAP", "DEQ": "DPU", "DDU": "DAP"}


class Part(NamedTuple):
    """So many percent, and the days within which or after which."""

    percent: Decimal
    days: int


class CutOff(NamedTuple):
    """The last moment at which an order counts as of the day; `zone` None is that of the account."""

    at: time
    zone: str | None = None


def _pieces(value: str) -> list[str]:
    """What stands between spaces or marks; raises ValueError where nothing does."""
    found = [each for each in _BETWEEN.split(value) if each]
    if not found:
        raise ValueError(f"{value[:40]!r} says nothing; write one value or several with spaces between")
    return found


def text(value: str) -> str:
    """Words as they stand."""
    return value


def amount(value: str) -> Decimal:
    """An amount of money from 0 on, in the account's currency."""
    number = parse_decimal(value)
    if number < 0:
        raise ValueError(f"{value} is below 0; write an amount like 50 or 12.50")
    return number


def days(value: str) -> int:
    """So many days."""
    if not (value.isascii() and value.isdigit() and int(value[:4]) <= MAX_DAYS and len(value) < 4):
        raise ValueError(f"{value[:40]!r} is no number of days from 0 to {MAX_DAYS}; write one like 30")
    return int(value)


def flag(value: str) -> bool:
    """Yes or no."""
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if value.lower() not in known:
        raise ValueError(f"{value[:40]!r} is neither yes nor no")
    return known[value.lower()]


def choice(*names: str) -> Callable[[str], str]:
    """The reader of one of these names, in small letters or capitals."""
    own = {name.lower(): name for name in names}

    def read(value: str) -> str:
        if value.lower() not in own:
            raise ValueError(f"{value[:40]!r} is none of {', '.join(names)}")
        return own[value.lower()]

    return read


def several(read: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """The reader of several values with spaces between."""

    def read_all(value: str) -> tuple[T, ...]:
        return tuple(dict.fromkeys(read(each) for each in _pieces(value)))

    return read_all


def incoterm(value: str) -> str:
    """A rule of Incoterms 2020; the place it names is a field of its own."""
    code = value.upper()
    if code not in INCOTERMS:
        older = f"; Incoterms 2020 have {_OLDER[code]} for it" if code in _OLDER else ""
        place = "; write the place as incoterm_place" if code[:3] in INCOTERMS else ""
        raise ValueError(f"{value[:40]!r} is none of {', '.join(INCOTERMS)}{older}{place}")
    return code


def parts(value: str) -> tuple[Part, ...]:
    """Percentages with days, as `3/14 2/30`: 3 % within 14 days, 2 % within 30."""
    return tuple(_part(each) for each in _pieces(value))


def instalments(value: str) -> tuple[Part, ...]:
    """Percentages with days that come to 100 %, as `30/0 70/60`."""
    found = parts(value)
    total = sum(each.percent for each in found)
    if total != 100:
        raise ValueError(f"{value[:60]!r} comes to {total} %; write parts of 100 %, as 30/0 70/60")
    return found


def _part(value: str) -> Part:
    found = _PART.fullmatch(value)
    if found is None:
        raise ValueError(f"{value[:40]!r} is no percentage with days; write 2/10 for 2 % within 10 days")
    percent = parse_decimal(found[1])
    if not 0 < percent <= 100:
        raise ValueError(f"{found[1]} % is not above 0 and up to 100")
    return Part(percent, int(found[2]))


def weekdays(value: str) -> frozenset[int]:
    """Days of the week, Monday = 0, as `mon-fri`, `tue thu` or by number, Monday = 1: `1-5`."""
    found: set[int] = set()
    for each in _pieces(value):
        first, dash, last = each.partition("-")
        start, end = _weekday(first), _weekday(last if dash else first)
        # From Saturday to Monday goes over the end of the week.
        found |= {(start + step) % 7 for step in range((end - start) % 7 + 1)}
    return frozenset(found)


def _weekday(value: str) -> int:
    name = value.lower()[:3] if value.isalpha() and len(value) in (3, *map(len, _LONG)) else ""
    if name in WEEKDAYS:
        return WEEKDAYS.index(name)
    if value in "1234567" and len(value) == 1:
        return int(value) - 1
    raise ValueError(f"{value[:40]!r} is no day of the week; write {' '.join(WEEKDAYS)}, or 1 for Monday to 7")


_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def cut_off(value: str) -> CutOff:
    """A time of day and its zone, as `14:00 Europe/Berlin`; without a zone that of the account."""
    clock, _, zone = value.partition(" ")
    found = _TIME.fullmatch(clock)
    if found is None:
        raise ValueError(f"{value[:40]!r} is no time of day; write 14:00, or 14:00 Europe/Berlin")
    return CutOff(time(int(found[1]), int(found[2])), _zone(zone.strip()) if zone.strip() else None)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as reason:
        raise ValueError(f"{value[:40]!r} is no time zone like Europe/Berlin") from reason
    return value


def closed_days(value: str) -> frozenset[date]:
    """Days and spans of days, as `2026-12-24 2026-12-28/2027-01-01`."""
    found: set[date] = set()
    for each in _pieces(value):
        first, slash, last = each.partition("/")
        start, end = _day(first), _day(last if slash else first)
        if end < start:
            raise ValueError(f"{each} ends before it begins")
        if (end - start).days + len(found) >= _MAX_CLOSED_DAYS:
            raise ValueError(f"more than {_MAX_CLOSED_DAYS} days; leave out those that are over")
        found |= {start + timedelta(step) for step in range((end - start).days + 1)}
    return frozenset(found)


def _day(value: str) -> date:
    try:
        if len(value) != 10:
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value[:40]!r} is no day; write 2026-12-24, or 2026-12-24/2027-01-01 for a span") from None


def tolerance(value: str) -> Tolerance:
    """Limits as `[decide]` names them, as `unit_price=0.05 line_value=1.00`."""
    limits: dict[str, Decimal] = {}
    for each in _pieces(value):
        name, equals, number = each.partition("=")
        if not equals or name not in Tolerance.__struct_fields__:
            names = ", ".join(Tolerance.__struct_fields__)
            raise ValueError(f"{each[:40]!r} is no limit; write one or more of {names}, as unit_price=0.05")
        limits[name] = amount(number)
    return Tolerance(**limits)
