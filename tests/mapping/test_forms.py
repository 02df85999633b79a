"""Forms read and written by mappings: a field for each rule, fields with texts by their names, and OCI both ways."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.bundle import bundled, read_tree
from gateway.commerce.buyer_rules import fit
from gateway.errors import ConfigError
from gateway.mapping.form_trees import form_content, read_form
from gateway.mapping.inbound import Translation
from gateway.mapping.library import Library
from gateway.mapping.text_mapping import TextMapping, Written
from gateway.mapping.tree_mapping import TreeMapping
from gateway.model.punchout import PunchoutSetup
from gateway.oci.form import faults, items_of
from gateway.tree import Tree
from gateway.workspace.configuration import Configuration
from gateway.workspace.profiles import profile

from .carts import CARTS, D, cart, line
from .written import compiled, library, problems

LIBRARY = Library(read_tree(bundled("mappings")))
OCI = profile(Configuration(), "oci")
ITEMS = """
reads = "cart"
makes = "oci cart"
[head]
total = "total | plain"
[items]
each = "lines"
"SKU[{n}]"  = "sku"
"TEXT[{n}]" = "long_text?"
"KIND[{n}]" = "'x'"
"""


def written(made: TextMapping, *lines: object) -> Written:
    return made.write(cart(*lines))  # type: ignore[arg-type]


def read(fields: list[tuple[str, str]], extra: str = "") -> Translation:
    files = {**LIBRARY.files}
    if extra:
        files["partners/acme/call/mapping.toml"] = f'extends = "oci/call"\npartner = "acme"\n{extra}'.encode()
    mapping = Library(files).inbound("acme/call" if extra else "oci/call")
    assert isinstance(mapping, TreeMapping)
    (part,) = mapping.parts(form_content(fields)).parts
    return mapping.read(part)


def test_fields_come_in_the_order_of_their_rules_with_the_number_of_their_part():
    made = written(compiled(mapping=ITEMS), line(7, long_text="a"), line(9, long_text="b"))
    assert made.fields == (
        ("total", "14"), ("SKU[1]", "A-7"), ("TEXT[1]", "a"), ("KIND[1]", "x"),
        ("SKU[2]", "A-9"), ("TEXT[2]", "b"), ("KIND[2]", "x"),
    )  # fmt: skip
    assert made.content.decode().splitlines()[1] == "SKU[1]=A-7"


def test_a_part_that_is_left_out_has_no_number():
    made = written(compiled(mapping=ITEMS), line(1), line(2, long_text="b"))
    assert [name for name, _ in made.fields] == ["total", "SKU[1]", "TEXT[1]", "KIND[1]"]
    assert dict(made.fields)["SKU[1]"] == "A-2"


def test_a_required_field_that_is_empty_is_an_issue_and_a_table_of_constants_alone_is_left_out():
    mapping = 'reads = "cart"\nmakes = "oci cart"\n[a]\nx = "\'1\'"\n[b]\ny = "ship_to.name!"\nz = "id"\n'
    made = written(compiled(mapping=mapping))
    assert made.fields == (("z", "C-1"),)
    assert [(issue.code, issue.field) for issue in made.issues] == [("mapping.value.missing", "ship_to.name")]


def test_a_table_inside_another_keeps_the_number_of_the_part():
    mapping = (
        'reads = "cart"\nmakes = "oci cart"\n[i]\neach = "lines"\n[i.c]\nwhen = "contract"\n"C[{n}]" = "contract"\n'
    )
    made = written(compiled(mapping=mapping), line(1, contract="x"), line(2, contract="y"))
    assert made.fields == (("C[1]", "x"), ("C[2]", "y"))


def test_texts_by_name_are_written_each_or_by_their_names():
    mapping = 'reads = "cart"\nmakes = "oci cart"\n[i]\neach = "lines"\n"P[{n}]" = "custom.Plant"\n'
    made = written(compiled(mapping=mapping), line(1, custom={"Plant": "2", "x": "3"}), line(2))
    assert made.fields == (("P[1]", "2"),)


def test_a_field_of_texts_by_name_is_there_where_it_has_one():
    mapping = 'reads = "cart"\nmakes = "oci cart"\n[i]\neach = "lines"\nwhen = "custom"\n"P[{n}]" = "sku"\n'
    made = written(compiled(mapping=mapping), line(1), line(2, custom={"Plant": "2"}))
    assert [name for name, _ in made.fields] == ["P[1]"]


def test_a_text_whose_name_is_no_word_is_named_between_quotes():
    mapping = """reads = "cart"\nmakes = "oci cart"\n[i]\neach = "lines"\n"P[{n}]" = 'custom."Cost Center 4.1"'\n"""
    made = written(compiled(mapping=mapping), line(1, custom={"Cost Center 4.1": "2", "Cost": "3"}), line(2))
    assert made.fields == (("P[1]", "2"),)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('[i]\neach = "lines"\nSKU = "sku"\n', "every part of the list would have the same field 'SKU'"),
        ('[i]\n"SKU[{n}]" = "id"\n', "'SKU[{n}]' has a number, but its table repeats over nothing"),
        ("", "this mapping has no table"),
        ('[i]\nx = "custom.a.b"\n', "Cart has no field 'custom.a.b'"),
    ],
)
def test_what_cannot_be_a_form_is_refused_when_it_is_compiled(table, problem):
    assert problem in "\n".join(problems(mapping=f'reads = "cart"\nmakes = "oci cart"\n{table}'))


def test_a_partner_changes_a_form_as_he_changes_a_table():
    partner = 'extends = "test/it"\npartner = "acme"\n[items]\ndrop = ["KIND[{n}]"]\n"SKU[{n}]" = "auxiliary_id"\n'
    made = library(mapping=ITEMS, partner=partner).outbound("acme/it")
    assert isinstance(made, TextMapping)
    assert written(made, line(1, long_text="a")).fields[1:] == (("SKU[1]", "X-1"), ("TEXT[1]", "a"))


def test_names_of_fields_are_known_in_any_capitals_and_the_first_of_two_counts():
    found = read([("hook_url", " https://srm.example/back?a=1&b=2 "), ("PRODUCTID", "A"), ("ProductId", "B")])
    assert found.document == {"return_url": "https://srm.example/back?a=1&b=2", "selected": "A"}
    assert [issue.path for issue in found.issues] == ["PRODUCTID[2]"]


def test_fields_the_two_sides_agreed_on_are_kept_by_the_name_that_is_ours():
    found = read(
        [("HOOK_URL", "https://srm.example/"), ("KOSTL", "4711")], '[punchout_setup.extras]\ncost_centre = "KOSTL"\n'
    )
    assert msgspec.convert(found.document, PunchoutSetup).extras == {"cost_centre": "4711"}
    assert found.issues == []


def test_a_password_is_named_in_no_issue():
    found = read([("HOOK_URL", "https://srm.example/"), ("USERNAME", "u"), ("password", "not-told")])
    assert "not-told" not in str(found)


def test_a_form_of_several_thousand_fields_is_read_whole():
    fields = [(f"F{number}", str(number)) for number in range(5_000)]
    tree = read_form(form_content(fields))
    assert isinstance(tree, Tree)
    assert [(node.name, node.text) for node in tree.root.children] == fields


@given(st.lists(st.tuples(st.text(min_size=1).filter(str.strip), st.text(min_size=1)), max_size=5))
def test_a_form_has_the_values_that_were_sent(fields):
    tree = read_form(urlencode(fields, errors="surrogatepass").encode())
    assert isinstance(tree, Tree)
    sent = [value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for _, value in fields]
    assert [node.text for node in tree.root.children] == sent


@pytest.mark.parametrize("content", [b"", b"\xff\x00=%zz&&&=1", b"%", b"a" * 100])
def test_what_is_no_form_is_an_empty_one(content):
    assert isinstance(read_form(content), Tree)


@settings(max_examples=80)
@given(CARTS)
def test_a_cart_that_fits_has_nothing_that_oci_would_drop(made):
    kept = tuple(each for each in made.lines if not fit(replace(made, lines=(each,)), OCI).is_blocked)
    fitted = fit(replace(made, lines=kept), OCI)
    mapping = LIBRARY.outbound("oci/cart")
    assert isinstance(mapping, TextMapping)
    form = mapping.write(fitted.cart)
    assert (form.issues, faults(form.fields, "utf-8")) == ([], [])
    items = items_of(form.fields)
    assert [D(item.fields["PRICE"]) for item in items] == [each.price for each in fitted.cart.lines]
    assert [D(item.fields["PRICEUNIT"]) for item in items] == [each.per for each in fitted.cart.lines]
    assert [item.fields.get("LONGTEXT") for item in items] == [each.long_text for each in fitted.cart.lines]


def test_a_cart_of_two_thousand_lines_is_a_form_with_all_of_them():
    lines = tuple(line(number, unit_as_sent="EA", unspsc=None) for number in range(1, 2_001))
    mapping = LIBRARY.outbound("oci/cart")
    assert isinstance(mapping, TextMapping)
    form = mapping.write(cart(*lines))
    assert len(items_of(form.fields)) == 2_000
    assert dict(form.fields)["NEW_ITEM-VENDORMAT[2000]"] == "A-2000"


def test_a_field_of_texts_by_name_takes_each_or_names_but_not_at():
    mapping = 'reads = "xml it"\nmakes = "punchout_setup"\n[punchout_setup.extras]\nat = "X"\nname = "Y"\n'
    found = Library({"a/b/mapping.toml": mapping.encode()}).inbound("a/b")
    assert isinstance(found, TreeMapping)
    (part,) = found.parts(b"<A><X><Y>1</Y></X></A>").parts
    assert found.read(part).document == {"extras": {"name": "1"}}
    with pytest.raises(ConfigError, match="Named needs 'name'"):
        Library({"a/b/mapping.toml": mapping.replace("at =", "each =").replace("name =", "text =").encode()}).inbound(
            "a/b"
        )
