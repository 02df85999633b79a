"""Types of columns: what a cell must look like and which value it states."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from typing import NamedTuple, TypeAlias
from unicodedata import category
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stdnum import ean

from gateway.model.catalogue import documents
from gateway.model.quantity import TooLargeError, parse_decimal

CellType: TypeAlias = Callable[[str], object]


class RefusedError(ValueError):
    """A cell or a row that is not taken: a stable code, the column it stands in (None: the row), and why."""

    def __init__(self, code: str, column: str | None, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.column = column


class Column(NamedTuple):
    """One column: its name and the type of its cells; its default is that of the value's field."""

    name: str
    read: CellType


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INTEGER = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_CURRENCIES = frozenset(files(__package__).joinpath("currencies.txt").read_text("ascii").split())
_COUNTRIES = frozenset(files(__package__).joinpath("countries.txt").read_text("ascii").split())
# Recommendation 20; 21 as in EDIFACT (BX) and as in UBL (XBX); PCE and NPR, which are withdrawn and still sent.
_UNITS = frozenset(files(__package__).joinpath("units.txt").read_text("ascii").split())
_UNIT_MEANT = {"BOX": "BX", "KAR": "CT", "PAK": "PK", "PCS": "PCE", "ROL": "RO"}
# Prefixes of VAT numbers (Directive 2006/112/EC, article 215) and everyday names that are no codes of ISO 3166-1.
_MEANT = {"EL": "GR", "UK": "GB", "XI": "GB"}
# Unicode's categories: controls, line and paragraph separators, halves of a pair; then those that leave no ink.
_NO_TEXT = frozenset({"Cc", "Zl", "Zp", "Cs"})
_UNSEEN = _NO_TEXT | {"Cf", "Zs"}
_FLAGS = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}
_SCOPE = re.compile(r"([a-z-]+):(.+)")


def read_cell(column: str, read: CellType, cell: str) -> object:
    """The value a cell states; raises RefusedError."""
    try:
        return read(cell)
    except RefusedError as reason:
        raise RefusedError(reason.code, column, str(reason)) from reason
    except TooLargeError as reason:
        raise RefusedError("number.too-large", column, str(reason)) from reason
    except ValueError as reason:
        raise RefusedError("import.value.invalid", column, str(reason)) from reason


def name(cell: str) -> str:
    """What something is called by: one line of characters that are seen, with plain spaces."""
    if not cell.isprintable():
        wrong = next(character for character in cell if not character.isprintable())
        raise _unseen(cell, wrong)
    return cell


def text(cell: str) -> str:
    """One line of text. What joins or parts letters unseen may stand in it: some scripts need it."""
    return _read(cell, "")


def prose(cell: str) -> str:
    """Text of one or more lines."""
    return _read(cell, "\n\r\t")


def _read(cell: str, also: str) -> str:
    if not cell.isprintable():
        is_seen = False
        for character in cell:
            kind = category(character)
            if kind in _NO_TEXT and character not in also:
                raise _unseen(cell, character)
            is_seen = is_seen or kind not in _UNSEEN
        if not is_seen:
            raise _unseen(cell, cell[0])
    return cell


def _unseen(cell: str, wrong: str) -> RefusedError:
    text = f"character {cell.index(wrong) + 1} of {cell[:40]!r}, U+{ord(wrong):04X}, cannot be seen; take it out"
    return RefusedError("import.value.unseen", None, text)


def number(cell: str) -> Decimal:
    """A decimal number."""
    return parse_decimal(cell)


def not_negative(cell: str) -> Decimal:
    """A number from 0 on."""
    value = parse_decimal(cell)
    if value < 0:
        raise RefusedError("import.value.sign", None, f"{cell} must not be negative")
    return value


def positive(cell: str) -> Decimal:
    """A number above 0."""
    value = parse_decimal(cell)
    if value <= 0:
        raise RefusedError("import.value.sign", None, f"{cell} must be more than 0")
    return value


def integer(cell: str) -> int:
    """A whole number."""
    if not _INTEGER.fullmatch(cell):
        raise ValueError(f"{cell[:40]!r} is not a whole number of at most 9 digits")
    return int(cell)


def count(cell: str) -> int:
    """A whole number from 0 on."""
    value = integer(cell)
    if value < 0:
        raise RefusedError("import.value.sign", None, f"{cell} must not be negative")
    return value


class Factor(NamedTuple):
    """How much one of a unit holds: an amount of another unit, None for the base unit."""

    amount: Fraction
    unit: str | None = None


def factor(cell: str) -> Factor:
    """What one unit holds: a number (`200`) or a fraction (`1/3`) of base units, or of another unit (`10 BX`)."""
    amount, _, code = cell.partition(" ")
    numerator, slash, denominator = amount.partition("/")
    size = Fraction(positive(numerator)) / Fraction(positive(denominator if slash else "1"))
    return Factor(size, unit(code.strip()) if code else None)


def day(cell: str) -> date:
    """A day, ISO 8601."""
    if not _DAY.fullmatch(cell):
        raise ValueError(f"{cell[:40]!r} is not a day like 2026-01-31")
    try:
        return date.fromisoformat(cell)
    except ValueError as reason:
        raise ValueError(f"there is no day {cell}") from reason


def flag(cell: str) -> bool:
    """Yes or no."""
    if cell.lower() not in _FLAGS:
        raise ValueError(f"{cell[:40]!r} is neither yes nor no")
    return _FLAGS[cell.lower()]


def choice(*names: str) -> CellType:
    """The type of cells that hold one of these names."""

    def read(cell: str) -> str:
        if cell not in names:
            raise ValueError(f"{cell[:40]!r} is none of {', '.join(names)}")
        return cell

    return read


def scope(*kinds: str) -> CellType:
    """The type of cells like `account:10001` of one of these kinds, or `all`."""

    def read(cell: str) -> str:
        found = _SCOPE.fullmatch(cell)
        name(cell)
        if cell != "all" and (found is None or found[1] not in kinds):
            raise ValueError(f"{cell[:60]!r} is neither all nor one of {', '.join(f'{kind}:' for kind in kinds)}")
        return cell

    return read


def path(cell: str) -> str:
    """A path of names, as `fasteners/screws`."""
    name(cell)
    if not all(part.strip() for part in cell.split("/")):
        raise ValueError(f"{cell[:60]!r} is no path like fasteners/screws: a name is empty")
    return cell


def email(cell: str) -> str:
    """An e-mail address."""
    name(cell)
    if not _EMAIL.fullmatch(cell):
        raise ValueError(f"{cell[:60]!r} is no e-mail address")
    return cell


def document_list(cell: str) -> str:
    """Documents as `NAME https://... | NAME https://...`."""
    documents(cell)
    return text(cell)


def unit(cell: str) -> str:
    """A unit code (UN/ECE Recommendation 20 or 21)."""
    if cell not in _UNITS:
        meant = _UNIT_MEANT.get(cell.upper(), "one like PCE, BX or KGM")
        raise ValueError(f"{cell[:40]!r} is no unit of UN/ECE Recommendation 20 or 21; write {meant}")
    return cell


def currency(cell: str) -> str:
    """A currency code (ISO 4217)."""
    if cell not in _CURRENCIES:
        raise ValueError(f"{cell[:40]!r} is no currency of ISO 4217")
    return cell


def country(cell: str) -> str:
    """A country code (ISO 3166-1 alpha-2), or XK for Kosovo, which the EU's customs and statistics use."""
    if cell not in _COUNTRIES:
        meant = f"; write {_MEANT[cell]}" if cell in _MEANT else ""
        raise ValueError(f"{cell[:40]!r} is no country code of ISO 3166-1, two capitals{meant}")
    return cell


def timezone(cell: str) -> str:
    """A time zone of the tz database."""
    try:
        ZoneInfo(cell)
    except (ZoneInfoNotFoundError, ValueError, OSError) as reason:
        raise ValueError(f"{cell[:40]!r} is no time zone like Europe/Berlin") from reason
    return cell


def gtin(cell: str) -> str:
    """A GTIN-8, -12, -13 or -14 with its check digit (GS1 General Specifications 7.9)."""
    if not (cell.isascii() and cell.isdigit() and len(cell) in (8, 12, 13, 14)):
        raise ValueError(f"{cell[:40]!r} is no GTIN of 8, 12, 13 or 14 digits")
    return _checked(cell, "GTIN")


def gln(cell: str) -> str:
    """A GLN: 13 digits, the last one the check digit (GS1 General Specifications 7.9)."""
    if not (cell.isascii() and cell.isdigit() and len(cell) == 13):
        raise ValueError(f"{cell[:40]!r} is no GLN of 13 digits")
    return _checked(cell, "GLN")


def _checked(cell: str, name: str) -> str:
    if not ean.is_valid(cell):
        expected = ean.calc_check_digit(cell[:-1])
        raise RefusedError("import.check-digit", None, f"the check digit of {name} {cell} should be {expected}")
    return cell
