"""Exact numbers: what is accepted as one, and its one plain text form."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from gateway.model.money import round_half_up

# Zeros that add nothing to the number are no digits of it.
_NUMBER = re.compile(r"-?0*[0-9]{1,12}(\.[0-9]{1,6}0*)?", re.ASCII)
_TOO_MUCH = 10**12
_DECIMALS = 6
_DIGITS = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


class TooLargeError(ValueError):
    """The number has more than 12 integer or 6 decimal digits."""


def parse_decimal(text: str) -> Decimal:
    """The number a text states: `-?digits[.digits]`, at most 12 integer and 6 decimal digits, idle zeros not counted.

    Raises TooLargeError past those digits and ValueError for anything that is no such number (Arabic digits,
    underscores, exponents, NaN and infinity included).
    """
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    if _DIGITS.fullmatch(text):
        raise TooLargeError(f"{text[:40]} has more than 12 integer or 6 decimal digits")
    raise ValueError(f"{text[:40]!r} is not a number")


def is_taken(number: Decimal | Fraction) -> bool:
    """Whether the number has at most 12 integer digits, as numbers of documents and columns do."""
    return -_TOO_MUCH < number < _TOO_MUCH


# Quantities and price units are the same few; equal numbers have one text.
@lru_cache(maxsize=16_384)
def plain(number: Decimal) -> str:
    """The shortest exact text: no exponent, no trailing zeros, no sign on zero."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def shortest(number: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent."""
    return Decimal(plain(number))


def nearest(number: Fraction) -> Decimal:
    """The number at the six decimals of documents and columns, halves away from zero, without trailing zeros."""
    return shortest(round_half_up(number, _DECIMALS))
