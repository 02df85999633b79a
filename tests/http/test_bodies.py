"""Bodies: whatever comes is a value or a refusal with its place; numbers are as they were written."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.http.bodies import decimal_fields, decode, pointer
from gateway.http.problems import RefusedError
from gateway.http.quote_shapes import OfferAct, Started
from gateway.http.shapes import PriceRequest, UsageReport
from gateway.model.direct_order import DirectOrder
from gateway.model.quantity import plain

KINDS = (PriceRequest, DirectOrder, Started, OfferAct, UsageReport)
NAMES = st.sampled_from(["lines", "quantity", "product", "number", "price", "quantities", "on", "events", "x"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["1.5", "1e9", "-0", "٣"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)
NUMBERS = st.decimals(min_value=Decimal("0.000001"), max_value=Decimal(10**12 - 1), places=6)


def read(raw: bytes) -> None:
    for kind in KINDS:
        with suppress(RefusedError):
            assert isinstance(decode(raw, kind), kind)


@given(st.binary())
@example(b"\xed\xa0\x80")
@example(b'{"lines": ' * 500)
@example(b'{"lines": [{"quantity": 1E+99999999999999999999}]}')
@example(b'{"lines": [{"quantity": -1e-99999999}]}')
def test_no_bytes_are_more_than_refused(raw: bytes) -> None:
    read(raw)


@given(ANY_JSON)
def test_no_json_is_more_than_refused(value: object) -> None:
    read(json.dumps(value).encode())
    read(json.dumps({"account": "1", "number": "1", "lines": [value], "events": [value]}).encode())


@given(NUMBERS)
def test_a_number_is_the_same_as_a_text_and_as_a_number(number: Decimal) -> None:
    for written in (f'"{number:f}"', f"{number:f}", f"{number:e}"):
        raw = f'{{"lines": [{{"product": "A", "quantity": {written}}}]}}'.encode()
        [line] = decode(raw, PriceRequest).lines
        assert plain(line.quantity) == plain(number)


@pytest.mark.parametrize(
    ("path", "told"),
    [("$.lines[0].quantity", "/lines/0/quantity"), ("$", ""), ("", ""), ("$.a[12][3].b_c", "/a/12/3/b_c")],
)
def test_a_path_is_told_as_a_json_pointer(path: str, told: str) -> None:
    assert pointer(path) == told


def test_every_number_of_trade_of_a_body_is_known_as_one() -> None:
    assert decimal_fields(PriceRequest) == {"quantity"}
    assert decimal_fields(DirectOrder) >= {"quantity", "price", "per"}
    assert decimal_fields(Started) == {"quantities", "target_price", "target_per"}
    assert decimal_fields(OfferAct) == {"min_quantity", "price", "per", "max_quantity"}
