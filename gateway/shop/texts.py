"""The words of the pages: each sentence in each language, as data, with its figures put in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from babel.numbers import format_decimal
from markupsafe import Markup, escape

_LOCALES = {"de": "de_DE", "en": "en_GB"}
LANGUAGES = tuple(_LOCALES)
_FOLDER = Path(__file__).parent / "texts"


def spoken(language: str | None) -> str:
    """The language of the pages for one that is asked for, as `de-CH`; English where we do not speak it."""
    begins = (language or "").replace("_", "-").partition("-")[0].lower()
    return begins if begins in LANGUAGES else "en"


class Texts:
    """The texts of one language. What stands between two `**` is bold; what is put in is shown and never read."""

    def __init__(
        self,
        language: str,
        words: Mapping[str, str],
        units: Mapping[str, tuple[str, str]],
        known: Mapping[str, Markup] = MappingProxyType({}),
    ) -> None:
        self.language = language
        self._words = words
        self._units = units
        self._known = known

    def about(self, system: str) -> Texts:
        """The same texts about a buyer's system of this name; where it has none, it is called the reader's own."""
        named = (
            (system, system)
            if system
            else (self._words["transfer.your_system"], self._words["transfer.your_system_to"])
        )
        known = dict(zip(("system", "system_to"), map(escape, named), strict=True))
        return Texts(self.language, self._words, self._units, known)

    def __call__(self, key: str, **values: object) -> Markup:
        """The text of a key; raises KeyError for one that does not exist or lacks a value."""
        shown = {**self._known, **{name: escape(value) for name, value in values.items()}}
        return Markup(_marked(self._words[key]).format_map(shown))  # noqa: S704 - every value is escaped above

    def counted(self, key: str, count: int, **values: object) -> Markup:
        """The text of a key for so many of a thing."""
        return self(
            f"{key}.{'one' if count == 1 else 'other'}", count=format_decimal(count, locale=self.locale), **values
        )

    @property
    def locale(self) -> str:
        """How the language writes figures."""
        return _LOCALES[self.language]

    def unit(self, code: str, *, many: bool) -> str:
        """What a unit is called (UN/ECE Rec 20 and 21); its code where it has no name here."""
        one, other = self._units.get(code, (code, code))
        return other if many else one

    @property
    def keys(self) -> frozenset[str]:
        """The keys there are."""
        return frozenset(self._words)


@cache
def texts_of(language: str) -> Texts:
    """The texts of one of LANGUAGES."""
    told = tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))
    units = {code: (names[0], names[-1]) for code, names in told.pop("units").items()}
    return Texts(language, dict(_flat(told)), units)


@cache
def _marked(text: str) -> str:
    """A text of ours with marks of HTML for its own."""
    parts = enumerate(str(escape(text)).split("**"))
    return "".join(f"<b>{part}</b>" if place % 2 else part for place, part in parts)


def _flat(told: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    for name, each in told.items():
        if isinstance(each, dict):
            yield from _flat(each, f"{above}{name}.")
        else:
            yield f"{above}{name}", str(each)
