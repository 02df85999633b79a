"""Canonical documents are frozen, exact and leave out what is empty."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from gateway.model.order import Line, Order
from gateway.model.value import to_json

ORDER = Order(number="PO-1", ordered_on=date(2026, 11, 2), lines=(Line(position=1, quantity=Decimal("5.50")),))


def test_an_order_becomes_json_with_decimals_as_text_and_nothing_empty() -> None:
    assert to_json(ORDER) == (b'{"number":"PO-1","ordered_on":"2026-11-02","lines":[{"position":1,"quantity":"5.50"}]}')


def test_an_order_reads_back_from_its_json() -> None:
    assert msgspec.json.decode(to_json(ORDER), type=Order) == ORDER


def test_an_order_cannot_be_altered() -> None:
    with pytest.raises(AttributeError):
        ORDER.number = "PO-2"  # type: ignore[misc]


def test_a_binary_float_never_becomes_a_quantity() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"position": 1, "quantity": "1e400x"}', type=Line)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"position": 1, "unknown": 1}', type=Line)
