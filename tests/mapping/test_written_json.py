"""JSON written by rules, or the document as it is."""

from __future__ import annotations

import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.sales_order import SalesOrder
from gateway.model.trade_rows import Row, TradeRows
from tests.mapping.written import TWO, codes, compiled, line, order, problems

HEAD = 'reads = "sales_order"\nmakes = "json order"\n'


def written(mapping: str, document: SalesOrder) -> object:
    """What a mapping writes, as a reader has it with exact numbers; nothing is found on the way."""
    made = compiled(mapping=mapping).write(document)
    assert (made.issues, made.extension) == ([], "json")
    return json.loads(made.content, parse_float=Decimal)


def test_tables_are_objects_and_lists_and_values_have_the_kinds_of_json() -> None:
    mapping = HEAD + (
        '[object]\nid = "number"\ntest = "test"\nkind = "\'sale\'"\n'
        '[object."Ship to"]\nname = "ship_to.name"\nrole = "\'WE\'"\n'
        '[object.lines]\neach = "lines"\nat = "position"\nprice = "confirmed.price"\n'
        'text = "confirmed.price | fixed(2)"\non = "confirmed.on"\nreasons = "reasons"\n'
    )
    first = TWO[0].__class__(
        **{**{name: getattr(TWO[0], name) for name in TWO[0].__struct_fields__}, "reasons": ("a",)}
    )
    assert written(mapping, order(first, TWO[1])) == {
        "id": "PO-1",
        "test": False,
        "kind": "sale",
        "lines": [
            {"at": 1, "price": Decimal("-12.345"), "text": "-12.35", "on": "2024-02-09", "reasons": ["a"]},
            {"at": 2},
        ],
    }


def test_a_root_that_repeats_is_a_list_and_an_empty_one_stays() -> None:
    mapping = HEAD + '[object]\neach = "lines"\nsku = "product"\n'
    assert written(mapping, order(*TWO)) == [{"sku": "A-1"}, {"sku": "A-2"}]
    assert written(mapping, order()) == []
    assert written(HEAD + '[object]\nnote = "note"\n', order()) == {}


def test_a_gate_leaves_the_object_out_and_a_value_that_must_be_there_is_told() -> None:
    mapping = HEAD + '[object.lines]\neach = "lines"\nat = "position"\nunit = "confirmed.unit%s"\n'
    assert written(mapping % "?", order(*TWO)) == {"lines": [{"at": 1, "unit": "PCE"}]}
    made = compiled(mapping=mapping % "!").write(order(*TWO))
    assert codes(made) == [("mapping.value.missing", "lines[1].confirmed.unit")]


def test_without_a_rule_the_document_stands_as_it_is() -> None:
    document = order(*TWO)
    made = compiled(mapping=HEAD).write(document)
    assert msgspec.json.decode(made.content, type=SalesOrder) == document


def test_rows_without_a_rule_are_a_list_of_their_columns() -> None:
    rows = TradeRows(kind="stock", rows=(Row(position=1, cells={"sku": "A", "quantity": "2.50"}),))
    made = compiled(mapping='reads = "stock"\nmakes = "json stock"\n').write(rows)
    assert json.loads(made.content) == [{"sku": "A", "quantity": "2.50"}]


@given(st.text(min_size=1), st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_any_text_and_any_number_are_read_as_they_were(note: str, quantity: Decimal) -> None:
    mapping = HEAD + '[object.lines]\neach = "lines"\nnote = "note"\nquantity = "confirmed.quantity"\n'
    (found,) = written(mapping, order(line(note=note, quantity=quantity)))["lines"]  # type: ignore[index]
    assert found["note"] == note
    assert Decimal(found["quantity"]) == quantity


def test_a_character_json_cannot_hold_is_told() -> None:
    made = compiled(mapping=HEAD + '[object]\nid = "number"\nnote = "note"\n').write(order(note="\ud800"))
    assert (json.loads(made.content), codes(made)) == ({"id": "PO-1"}, [("mapping.value.not-writable", "note")])
    assert codes(compiled(mapping=HEAD).write(order(note="\ud800"))) == [("mapping.value.not-writable", None)]


def test_a_partner_replaces_drops_and_adds_members() -> None:
    base = HEAD + '[object]\nid = "number"\nnote = "note"\n[object.buyer]\nid = "buyer.id"\n'
    partner = 'extends = "test/it"\npartner = "acme"\n[object]\nid = "order"\ndrop = ["buyer"]\nin = "currency"\n'
    made = compiled("acme/it", mapping=base, partner=partner).write(order())
    assert json.loads(made.content) == {"id": "AB1", "in": "EUR"}


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        (
            '[rows]\na = "number"\n',
            "test/it/mapping.toml:3:1: 'rows' is no part of this mapping",
        ),
        ('[object]\na = "nummer"\n', ":4:6: SalesOrder has no field 'nummer'"),
        ('[object]\na = "lines"\n', ":4:6: lines is no single value"),
        ('[object.x]\neach = "number"\na = "number"\n', ":4:9: number is no list of parts"),
        ('[object]\na = "number | nope"\n', ":4:15: there is no step 'nope'"),
    ],
)
def test_a_mapping_that_cannot_be_right_is_refused_at_its_place(rules: str, problem: str) -> None:
    assert [found for found in problems(mapping=HEAD + rules) if problem in found], problems(mapping=HEAD + rules)
