"""Money: minor units per currency and the one rounding."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

# ISO 4217 currencies whose minor unit is not two decimals.
_MINOR_UNITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
                     "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip
# Minor units in the smallest amount that is paid, where that is more than one: Switzerland has no coin below 5 Rappen.
_SMALLEST_PAID = {"CHF": 5}


class Rounding(StrEnum):
    """What becomes of the digits behind the last one: halves away from zero, halves to the even digit, all cut off."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


def minor_units(currency: str) -> int:
    """Decimals of the currency's minor unit (ISO 4217)."""
    return _MINOR_UNITS.get(currency, 2)


def round_half_up(amount: Fraction, decimals: int) -> Decimal:
    """The amount at so many decimals, halves away from zero; exact until here."""
    return rounded(amount, decimals, Rounding.HALF_UP)


def rounded(amount: Fraction, decimals: int, rounding: Rounding) -> Decimal:
    """The amount at so many decimals; exact until here."""
    return Decimal(whole(amount.numerator * 10**decimals, amount.denominator, rounding)).scaleb(-decimals)


def whole(numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The whole number that the quotient is rounded to; the denominator is above zero."""
    number, rest = divmod(abs(numerator), denominator)
    if rounding is Rounding.HALF_UP:
        number += 2 * rest >= denominator
    elif rounding is Rounding.HALF_EVEN:
        number += 2 * rest + number % 2 > denominator
    return number if numerator >= 0 else -number


def round_money(amount: Fraction | Decimal, currency: str, rounding: Rounding = Rounding.HALF_UP) -> Decimal:
    """The amount in the currency's minor unit."""
    if isinstance(amount, Decimal):
        amount = Fraction(amount)
    return rounded(amount, minor_units(currency), rounding)


def round_payable(amount: Decimal, currency: str) -> Decimal:
    """The amount as it can be paid, halves away from zero: Swiss francs in steps of 0.05."""
    step = Fraction(_SMALLEST_PAID.get(currency, 1), 10 ** minor_units(currency))
    steps = Fraction(amount) / step
    return round_money(whole(steps.numerator, steps.denominator) * step, currency)
