"""What the steps do: pure functions from one value to the next; what a value cannot be is a StepError."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from gateway.model.quantity import TooLargeError, parse_decimal, plain

_INTEGER = re.compile(r"-?[0-9]{1,12}", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_MOMENTS = {"101": "%y%m%d", "102": "%Y%m%d", "201": "%y%m%d%H%M", "203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S"}
_FORMAT_OF_LENGTH = {6: "101", 8: "102", 12: "203", 14: "204"}
_PERIODS = {"717": "101", "718": "102", "719": "203"}
_GTIN_LENGTHS = (8, 12, 13, 14)
_GLN_LENGTHS = (13,)


class StepError(ValueError):
    """A value a step cannot take. `kind` is the last part of its issue code: not-a-number, invalid, unknown ..."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@lru_cache(maxsize=4096)
def to_decimal(text: str, mark: str = "") -> Decimal:
    """The exact number; the decimal mark is `mark`, or comma and point alike (ISO 9735, 10.1)."""
    normal = text if mark == "." else text.replace(mark or ",", ".") if not mark or "." not in text else ""
    try:
        return parse_decimal(normal)
    except TooLargeError as error:
        raise StepError("too-large", str(error)) from None
    except ValueError:
        raise StepError("not-a-number", f"{text[:40]!r} is not a number") from None


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


def to_date(value: Sequence[str]) -> date:
    """The day of a DTM (2380, 2379)."""
    return to_datetime(value[0], value[1]).date()


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
    """The moment a text states in a pattern; without one, ISO or digits alone."""
    if pattern:
        return _moment(text, pattern)
    if _DIGITS.fullmatch(text):
        return to_datetime(text, "")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise StepError("date", f"{text[:40]!r} is no date") from None


def _moment(text: str, pattern: str) -> datetime:
    try:
        # Messages state local days; a zone would have to be invented.
        return datetime.strptime(text, pattern)  # noqa: DTZ007
    except ValueError:
        raise StepError("date", f"{text[:40]!r} is a date that does not exist") from None


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


def strip_zeros(text: str) -> str:
    """The text without leading zeros; one is left of nothing but zeros."""
    return text.lstrip("0") or text[-1:]


def decode(text: str, values: dict[str, str], name: str) -> str:
    """The word a code list has for a code."""
    word = values.get(text)
    if word is None:
        raise StepError("code-unknown", f"{text[:40]!r} is not in the code list {name}")
    return word
