"""Figures as a reader of the language writes them: money, quantities, days and times."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from gateway.model.money import minor_units
from gateway.shop.quantities import typed
from gateway.shop.texts import Texts

GAP = "\N{NO-BREAK SPACE}"
"""What stands between a figure and its unit, so that no line breaks there."""
_MOST_DECIMALS = 4
_DAYS = {"de": "dd.MM.yyyy", "en": "d MMM yyyy"}


class Figures:
    """Figures in the language of the texts; instants in a time zone, money in a currency (ISO 4217)."""

    def __init__(self, texts: Texts, zone: str = "UTC", currency: str = "EUR") -> None:
        self._texts = texts
        self._zone = ZoneInfo(zone)
        self._locale = texts.locale
        self.currency = currency

    def number(self, number: Decimal | int) -> str:
        """All digits of a number."""
        return self._written(Decimal(number), 0, 6)

    def field(self, quantity: Decimal) -> str:
        """A quantity as a field holds it: it is read back as the same."""
        text = self.number(quantity)
        # What may mean a thousand times as much is clear with one more zero behind the point.
        return f"{text}0" if len(typed(text, self._texts.language).perhaps) > 1 else text

    def bare(self, amount: Decimal) -> str:
        """An amount without its currency, with the decimals of that."""
        digits = minor_units(self.currency)
        return self._written(amount, digits, max(digits, _MOST_DECIMALS))

    def money(self, amount: Decimal) -> str:
        """An amount with its currency; a unit price with as many decimals as it has."""
        parts = (self.bare(amount), self.currency)
        return GAP.join(parts if self._texts.language == "de" else reversed(parts))

    def quantity(self, quantity: Decimal, unit: str) -> str:
        """So much of a unit, by its name."""
        return f"{self.number(quantity)}{GAP}{self.unit(unit, many=quantity != 1)}"

    def unit(self, unit: str, *, many: bool = False) -> str:
        """The name of a unit."""
        return self._texts.unit(unit, many=many)

    def per(self, per: Decimal, unit: str) -> str:
        """What a price is for, as `je 100 Stück`."""
        if per == 1:
            return str(self._texts("article.per", unit=self.unit(unit)))
        return str(self._texts("article.per_many", count=self.number(per), unit=self.unit(unit, many=True)))

    def day(self, day: date) -> str:
        """A day."""
        return format_date(day, _DAYS[self._texts.language], locale=self._locale)

    def day_of(self, at: datetime) -> str:
        """The day of an instant."""
        return self.day(at.astimezone(self._zone).date())

    def time(self, at: datetime) -> str:
        """The time of day of an instant, to the minute."""
        return format_time(at.astimezone(self._zone), "HH:mm", locale=self._locale)

    def moment(self, at: datetime) -> str:
        """An instant as ISO 8601 with its offset."""
        return at.astimezone(self._zone).isoformat(timespec="seconds")

    def _written(self, number: Decimal, least: int, most: int) -> str:
        return _written(number, f"#,##0.{'0' * least}{'#' * (most - least)}", self._locale)


# A page of a cart says the same few quantities and prices again and again.
@lru_cache(maxsize=4096)
def _written(number: Decimal, pattern: str, locale: str) -> str:
    return format_decimal(number, pattern, locale=locale)
