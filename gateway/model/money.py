"""Money: minor units per currency and the one rounding."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

# ISO 4217 currencies whose minor unit is not two decimals.
_MINOR_UNITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
                     "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip


def minor_units(currency: str) -> int:
    """Decimals of the currency's minor unit (ISO 4217)."""
    return _MINOR_UNITS.get(currency, 2)


def round_half_up(amount: Fraction, decimals: int) -> Decimal:
    """The amount at so many decimals, halves away from zero; exact until here."""
    scaled, parts = amount.numerator * 10**decimals, amount.denominator
    rounded = (2 * abs(scaled) + parts) // (2 * parts)
    return Decimal(rounded if scaled >= 0 else -rounded).scaleb(-decimals)


def round_money(amount: Fraction | Decimal, currency: str) -> Decimal:
    """The amount in the currency's minor unit, half up."""
    if isinstance(amount, Decimal):
        return amount.quantize(Decimal(1).scaleb(-minor_units(currency)), ROUND_HALF_UP)
    return round_half_up(amount, minor_units(currency))
