"""A quantity as a shopper types it: what it means, or what it may mean where that is not clear."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from gateway.model.quantity import shortest

MOST_LETTERS = 40
_BLANK = re.compile(r"[\s'’]")
# What parts thousands, and what parts decimals.
_SIGNS = {"de": (".", ","), "en": (",", ".")}
_EITHER_WAY = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")


class Typed(NamedTuple):
    """What was typed and the quantity it means; None where that is not clear: then it may be one of `perhaps`."""

    text: str
    quantity: Decimal | None = None
    perhaps: tuple[Decimal, ...] = ()


def typed(text: str, language: str) -> Typed:
    """What a text means as a quantity: `1.000`, `1000`, `1 000` and `2,5` in German, `1,000` and `2.5` in English.

    A number with the sign of the other language is asked back, as `1.5` in German, and so is one that means a thousand
    times as much in the other, as `1,500`.
    """
    text = text.strip()
    if len(text) > MOST_LETTERS:
        return Typed(text[:MOST_LETTERS])
    thousands, point = _SIGNS[language]
    parted = _BLANK.sub(thousands, text)
    grouped = rf"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|[0-9]{{1,12}}"
    if re.fullmatch(rf"(?:{grouped})(?:{re.escape(point)}[0-9]{{1,6}})?", parted, re.ASCII):
        number = _number(parted.replace(thousands, "").replace(point, "."))
        if point in text and _EITHER_WAY.fullmatch(text):
            return Typed(text, None, (number, _number(text.replace(point, ""))))
        return Typed(text, number)
    return Typed(text, None, _perhaps(text))


def _perhaps(text: str) -> tuple[Decimal, ...]:
    """What a text may mean that is no number of its language: the only number in it."""
    found = re.findall(r"(?<![0-9.,])[0-9]{1,12}(?:[.,][0-9]{1,6})?(?![0-9.,])", text, re.ASCII)
    if len(found) != 1 or re.search(r"[-+]|[0-9]E", text, re.IGNORECASE):
        return ()
    number = _number(found[0].replace(",", "."))
    return (number,) if number else ()


def _number(text: str) -> Decimal:
    return shortest(Decimal(text))
