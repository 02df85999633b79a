"""Exact numbers: what is accepted and how it is written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.quantity import TooLargeError, parse_decimal, plain


@pytest.mark.parametrize("text", ["٣", "1_000", "1e5", "NaN", "Infinity", "", " 1", "1.", ".5", "+1", "1,5", "--1"])
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse_decimal(text)


@pytest.mark.parametrize("text", ["1234567890123", "0.1234567", "1" * 400])
def test_more_than_twelve_integer_or_six_decimal_digits_is_too_large(text: str) -> None:
    with pytest.raises(TooLargeError):
        parse_decimal(text)


@given(st.decimals(min_value=-(10**12) + 1, max_value=10**12 - 1, places=6))
def test_the_plain_text_of_a_number_reads_back_as_the_same_number(number: Decimal) -> None:
    text = plain(number)
    assert parse_decimal(text) == number
    assert "E" not in text
    assert not text.endswith((".", ".0"))


def test_zero_is_written_without_a_sign() -> None:
    assert plain(Decimal("-0.00")) == "0"


@pytest.mark.parametrize(("text", "number"), [("000000000000012", "12"), ("-0001.5000000000", "-1.5"), ("0.0", "0")])
def test_zeros_that_add_nothing_count_as_no_digits(text: str, number: str) -> None:
    assert parse_decimal(text) == Decimal(number)
