"""How numbers, days and instants are kept, so that they are exact and sort alike on every store."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Date, Dialect, Integer
from sqlalchemy.types import TypeDecorator

MILLIONTHS = 6
"""Decimal digits of a scaled number: 10^-6 in a 64-bit integer."""

RowNumber = BigInteger().with_variant(Integer, "sqlite")
"""The type of a number the store gives to each row: 64 bits everywhere; SQLite counts on in INTEGER columns only."""


def instant_text(instant: datetime) -> str:
    """An instant in UTC as the store keeps it: texts of one length, which sort as the instants do."""
    return instant.isoformat(timespec="microseconds")


def stated_instant(instant: datetime) -> str:
    """The same of an instant as somebody states it, in UTC where he names no zone.

    Raises OverflowError where it is in no year of four digits in UTC.
    """
    return instant_text((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC))


def scale(number: Decimal) -> int:
    """The number in millionths; raises ValueError when it has more than six decimal digits."""
    scaled = number.scaleb(MILLIONTHS)
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{number} has more than {MILLIONTHS} decimal digits")
    return whole


def unscale(millionths: int) -> Decimal:
    """The number as its shortest Decimal: no exponent, no trailing zeros."""
    whole, rest = divmod(millionths, 10**MILLIONTHS)
    if not rest:
        return Decimal(whole)
    digits = MILLIONTHS
    while millionths % 10 == 0:
        millionths //= 10
        digits -= 1
    return Decimal(millionths).scaleb(-digits)


class Scaled(TypeDecorator[Decimal]):
    """A Decimal stored as an integer of millionths; a plain NUMERIC column holds a binary double on SQLite."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """The integer that is stored."""
        return None if value is None else scale(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """The Decimal that was stored."""
        return None if value is None else unscale(value)


class OpenStart(TypeDecorator[date]):
    """A first day, None for "since ever"; stored as year 1, since a key column holds no NULL."""

    impl = Date
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> date:  # noqa: ARG002
        """The day that is stored."""
        return value or date.min

    def process_result_value(self, value: date | None, dialect: Dialect) -> date | None:  # noqa: ARG002
        """The day that was stored."""
        return None if value == date.min else value
