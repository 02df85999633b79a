"""Money is rounded once, half up, to the currency's minor unit."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.money import minor_units, round_half_up, round_money


@pytest.mark.parametrize(("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4)])
def test_each_currency_has_its_minor_unit(currency: str, decimals: int) -> None:
    assert minor_units(currency) == decimals


def test_a_half_cent_is_rounded_away_from_zero() -> None:
    assert round_money(Fraction(37075, 1000), "EUR") == Decimal("37.08")
    assert round_money(Fraction(-37075, 1000), "EUR") == Decimal("-37.08")
    assert round_money(Decimal("0.5"), "JPY") == Decimal(1)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6), st.integers(0, 5))
def test_fractions_round_like_decimals(amount: Decimal, decimals: int) -> None:
    expected = amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    assert round_half_up(Fraction(amount), decimals) == expected
