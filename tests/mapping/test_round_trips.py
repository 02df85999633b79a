"""What the shipped mappings write, the shipped mappings read: nothing is lost on the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.bundle import bundled, read_tree
from gateway.mapping.inbound import Translation
from gateway.mapping.library import Library
from gateway.mapping.text_mapping import TextMapping
from gateway.mapping.tree_mapping import TreeMapping
from gateway.model.order import Order
from gateway.model.party import Party
from gateway.model.sales_order import AgreedValues, ConfirmedValues, OrderedValues, SalesLine, SalesOrder
from gateway.model.trade_rows import Row, TradeRows

LIBRARY = Library(read_tree(bundled("mappings")))
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=8)
WORD = TEXT.filter(lambda text: not text.startswith("'"))
NUMBER = st.integers(0, 10**9).map(lambda number: Decimal(number) / 1000)
CELLS = st.dictionaries(st.sampled_from(["sku", "quantity", "unit", "available_on"]), WORD, min_size=1)


def written(identity: str, document: msgspec.Struct) -> bytes:
    mapping = LIBRARY.outbound(identity)
    assert isinstance(mapping, TextMapping)
    made = mapping.write(document)
    assert not [issue for issue in made.issues if issue.is_error]
    return made.content


def read(identity: str, content: bytes) -> Translation:
    mapping = LIBRARY.inbound(identity)
    assert isinstance(mapping, TreeMapping)
    (part,) = mapping.parts(content).parts
    translation = mapping.read(part)
    assert not [issue for issue in translation.issues if issue.is_error], translation.issues
    return translation


@pytest.mark.parametrize("syntax", ["csv", "json"])
@settings(max_examples=60)
@given(st.lists(CELLS, min_size=1, max_size=5))
@example([{"sku": "false"}])
def test_rows_of_trade_data_come_back_as_they_went(syntax: str, cells: list[dict[str, str]]) -> None:
    rows = TradeRows(kind="stock", rows=tuple(Row(position=at, cells=one) for at, one in enumerate(cells, 1)))
    found = read(f"{syntax}/stock_in", written(f"{syntax}/stock", rows))
    back = msgspec.convert(found.document, TradeRows)
    assert [(row.position, row.cells) for row in back.rows] == [(row.position, row.cells) for row in rows.rows]


LINES = st.lists(st.tuples(WORD, NUMBER, st.sampled_from(["PCE", "KGM"])), min_size=1, max_size=4)


@settings(max_examples=60)
@given(LINES, WORD, st.none() | WORD)
def test_an_order_as_our_own_systems_get_it_can_be_sent_in(
    lines: list[tuple[str, Decimal, str]], number: str, note: str | None
) -> None:
    sold = SalesOrder(
        order="AB1", account="10001", number=number, kind="order", version=1, channel="csv", message="M1",
        ordered_on=date(2024, 2, 5), currency="EUR", decision="accepted", state="open", note=note,
        buyer=Party(id="B1"),
        lines=tuple(
            SalesLine(
                position=at, product=sku, ordered=OrderedValues(), agreed=AgreedValues(), decision="accepted",
                confirmed=ConfirmedValues(quantity=quantity, unit=unit, price=Decimal("1.5"), per=Decimal(100)),
            )
            for at, (sku, quantity, unit) in enumerate(lines, 1)
        ),
    )  # fmt: skip
    order = msgspec.convert(read("csv/orders", written("csv/sales_order", sold)).document, Order)
    assert (order.number, order.note, order.currency, order.ordered_on) == (number, note, "EUR", date(2024, 2, 5))
    assert order.buyer == Party(id="B1")
    assert [(line.position, line.supplier_sku, line.quantity, line.unit) for line in order.lines] == [
        (at, *line) for at, line in enumerate(lines, 1)
    ]
    prices = {(line.price.amount, line.price.per) for line in order.lines if line.price}
    assert prices == {(Decimal("1.5"), Decimal(100))}
