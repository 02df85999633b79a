"""What the steps do: pure functions from one value to the next; what a value cannot be is a StepError."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from gateway.model.quantity import TooLargeError, parse_decimal, plain

_DECIMAL = re.compile(r"([+-]?)(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?", re.ASCII)
_INTEGER = re.compile(r"-?[0-9]{1,12}", re.ASCII)
_SIGNED_DIGITS = re.compile(r"([+-]?)([0-9]+)", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
# Milliseconds since 1970 and minutes ahead of UTC: OData version 2, "JSON Format", 4.
_COUNTED = re.compile(r"/Date\((-?[0-9]{1,15})([+-][0-9]{1,4})?\)/", re.ASCII)
_MOMENTS = {"101": "%y%m%d", "102": "%Y%m%d", "201": "%y%m%d%H%M", "203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S"}
_FORMAT_OF_LENGTH = {6: "101", 8: "102", 12: "203", 14: "204"}
_PERIODS = {"717": "101", "718": "102", "719": "203"}
_SAMPLE = datetime(2024, 2, 5)  # noqa: DTZ001
_GTIN_LENGTHS = (8, 12, 13, 14)
_GLN_LENGTHS = (13,)


class StepError(ValueError):
    """A value a step cannot take. `kind` is the last part of its issue code: not-a-number, invalid, unknown ..."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@lru_cache(maxsize=4096)
def to_decimal(text: str, mark: str = "") -> Decimal:
    """The exact number; the decimal mark is `mark`, or comma and point alike (ISO 9735, 10.1).

    With a mark it may be written in every way of XML Schema's decimals (Part 2, 3.2.3), as +1 or .5 or 5.
    """
    normal = text if mark == "." else text.replace(mark or ",", ".") if not mark or "." not in text else ""
    try:
        return parse_decimal(_filled_up(normal) if mark else normal)
    except TooLargeError as error:
        raise StepError("too-large", str(error)) from None
    except ValueError:
        told = f" with the decimal mark {mark}" if mark else ""
        raise StepError("not-a-number", f"{text[:40]!r} is not a number{told}") from None


def _filled_up(text: str) -> str:
    """A decimal of XML Schema without a plus, and with digits on both sides of its point; any other text as it is."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return text
    sign, whole, part = found.groups()
    return f"{sign.strip('+')}{whole or '0'}{f'.{part}' if part else ''}"


def with_implied_point(text: str, places: int) -> Decimal:
    """The number whose last `places` digits stand behind a point that is not written: 0000490 with 2 is 4.90."""
    found = _SIGNED_DIGITS.fullmatch(text)
    if found is None:
        raise StepError("not-a-number", f"{text[:40]!r} is not a number without its decimal point")
    digits = found[2].zfill(places + 1)
    return to_decimal(f"{found[1]}{digits[:-places].lstrip('0') or '0'}.{digits[-places:]}", ".")


def without_point(number: Decimal | int, places: int) -> str:
    """The digits of a number with its point left out, `places` of them behind it: 4.9 with 2 is 490."""
    moved = Decimal(number).scaleb(places)
    if moved != moved.to_integral_value():
        raise StepError("does-not-fit", f"{number_text(number)} has more than {places} decimals")
    return plain(moved)


def to_int(text: str) -> int:
    """The whole number."""
    if not _INTEGER.fullmatch(text):
        raise StepError("not-a-number", f"{text[:40]!r} is not a whole number")
    return int(text)


@lru_cache(maxsize=4096)
def to_datetime(text: str, code: str) -> datetime:
    """The moment a DTM states: 2380 in the format 2379 (UN/EDIFACT: 101, 102, 201, 203, 204), without a zone."""
    code = code or _FORMAT_OF_LENGTH.get(len(text), "")
    pattern = _MOMENTS.get(code)
    if pattern is None:
        raise StepError("date", f"{text[:40]!r} has format {code!r}, which names no day")
    lengths = {length for length, named in _FORMAT_OF_LENGTH.items() if named == code} or {10}
    if len(text) not in lengths or not _DIGITS.fullmatch(text):
        raise StepError("date", f"{text[:40]!r} is no date of format {code}")
    return _moment(text, pattern)


def to_moment(value: Sequence[str]) -> datetime:
    """The moment of a DTM (2380, 2379)."""
    return to_datetime(value[0], value[1])


def period_end(value: Sequence[str], index: int) -> date:
    """The first (0) or last (1) day of a DTM with format 717, 718 or 719, with or without a hyphen."""
    text, code = value
    single = _PERIODS.get(code)
    half = len(text.replace("-", "")) // 2
    if single is None:
        raise StepError("date", f"format {code!r} names no period")
    digits = text.replace("-", "", 1)
    return to_datetime(digits[:half] if index == 0 else digits[half:], single).date()


def week_start(value: Sequence[str]) -> date:
    """The Monday of the week a DTM with format 616 (CCYYWW) states."""
    text, code = value
    if code != "616" or len(text) != 6 or not _DIGITS.fullmatch(text):
        raise StepError("date", f"{text[:40]!r} is no week of format 616")
    try:
        return date.fromisocalendar(int(text[:4]), int(text[4:]), 1)
    except ValueError:
        raise StepError("date", f"{text} is no week") from None


def text_to_moment(text: str, pattern: str) -> datetime:
    """The moment a text states in a pattern; without one, ISO, digits alone, or JSON of OData version 2."""
    if pattern:
        return _moment(text, pattern, f"no date of the form {pattern}")
    if _DIGITS.fullmatch(text):
        return to_datetime(text, "")
    counted = _COUNTED.fullmatch(text)
    try:
        if counted:
            after = timedelta(milliseconds=int(counted[1]), minutes=int(counted[2] or 0))
            return datetime(1970, 1, 1) + after  # noqa: DTZ001 - local, as it is stated
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise StepError("date", f"{text[:40]!r} is no date of the form 2024-02-05") from None


def says_a_year(pattern: str) -> bool:
    """Whether a pattern is one, and says a year: what says none would be read as a day of 1900."""
    try:
        return datetime.strptime(_SAMPLE.strftime(pattern), pattern).year == _SAMPLE.year  # noqa: DTZ007
    except ValueError:
        return False


def _moment(text: str, pattern: str, otherwise: str = "a date that does not exist") -> datetime:
    try:
        # Messages state local days; a zone would have to be invented.
        return datetime.strptime(text, pattern)  # noqa: DTZ007
    except ValueError:
        raise StepError("date", f"{text[:40]!r} is {otherwise}") from None


def gln(text: str) -> str:
    """The GLN, its check digit right (GS1 General Specifications, 7.9)."""
    return _checked(text, _GLN_LENGTHS, "GLN")


def gtin(text: str) -> str:
    """The GTIN of 8, 12, 13 or 14 digits, its check digit right."""
    return _checked(text, _GTIN_LENGTHS, "GTIN")


def _checked(text: str, lengths: tuple[int, ...], what: str) -> str:
    if len(text) not in lengths or not _DIGITS.fullmatch(text):
        raise StepError("invalid", f"{text[:40]!r} is no {what}: it has {' or '.join(map(str, lengths))} digits")
    weighed = sum(map(int, text[::-2])) + 3 * sum(map(int, text[-2::-2]))
    if weighed % 10:
        raise StepError("invalid", f"{text} is no {what}: its check digit is wrong")
    return text


def digits(text: str) -> str:
    """The text, all digits."""
    if not _DIGITS.fullmatch(text):
        raise StepError("invalid", f"{text[:40]!r} has other characters than digits")
    return text


def at_most(text: str, length: int) -> str:
    """The text, no longer than `length`."""
    if len(text) > length:
        raise StepError("does-not-fit", f"{text[:40]!r} has {len(text)} characters, {length} are allowed")
    return text


def one_of(texts: Sequence[object]) -> object:
    """The one value there is."""
    if len(texts) > 1:
        raise StepError("ambiguous", f"{len(texts)} values stand where one is taken")
    return texts[0]


def wrap(text: str, width: int, count: int) -> list[str]:
    """The text in at most `count` parts of at most `width` characters, broken at blanks."""
    parts: list[str] = []
    rest = text.strip()
    while rest and len(parts) < count:
        end = len(rest) if len(rest) <= width else rest.rfind(" ", 0, width + 1)
        end = width if end <= 0 else end
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    if rest:
        raise StepError("does-not-fit", f"{len(text)} characters do not fit into {count} times {width}")
    return parts


def fixed(number: Decimal, decimals: int) -> str:
    """The number with so many decimals, halves away from zero."""
    return format(number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP), "f")


def number_text(number: Decimal | int) -> str:
    """The shortest exact text of a number."""
    return plain(number) if isinstance(number, Decimal) else str(number)


def nonzero_text(number: Decimal | int) -> str:
    """The shortest exact text of a number, empty for zero."""
    return number_text(number) if number else ""


def strip_zeros(text: str) -> str:
    """The text without leading zeros; one is left of nothing but zeros."""
    return text.lstrip("0") or text[-1:]


def decode(text: str, values: dict[str, str], name: str) -> str:
    """The word a code list has for a code."""
    word = values.get(text)
    if word is None:
        raise StepError("code-unknown", f"{text[:40]!r} is not in the code list {name}")
    return word
