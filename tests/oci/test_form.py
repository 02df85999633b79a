"""The form that returns a cart: where it goes, and what of it a buyer's system would drop without a word."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.oci.form import LENGTHS, LONGTEXT, Hook, Item, faults, hook, in_charset, item_field, items_of
from tests.cxml.reference import corpus

ITEM = {
    "DESCRIPTION": "Hex bolt M8", "QUANTITY": "10", "UNIT": "PCE", "PRICE": "12.4", "PRICEUNIT": "100",
    "CURRENCY": "EUR", "LEADTIME": "3", "VENDORMAT": "4711", "EXT_PRODUCT_ID": "4711", LONGTEXT: "Long text. " * 99,
}  # fmt: skip


def form(*items: dict[str, str]) -> list[tuple[str, str]]:
    """The fields of these items."""
    return [(item_field(name, at), value) for at, item in enumerate(items, 1) for name, value in item.items()]


def dropped(charset: str = "utf-8", version: str = "5.0", **changed: str) -> list[tuple[str, str | None]]:
    """What is wrong with the item, changed so; a field that is set to nothing is empty."""
    return [(each.code, each.path) for each in faults(form({**ITEM, **changed}), charset, version)]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://srm.example/cart", Hook("https://srm.example/cart", ())),
        ("https://srm.example/cart?", Hook("https://srm.example/cart", ())),
        (
            "https://srm.example/cart?sap-client=100&x=a%26b&y=a+b&leer=&nackt",
            Hook(
                "https://srm.example/cart",
                (("sap-client", "100"), ("x", "a&b"), ("y", "a b"), ("leer", ""), ("nackt", "")),
            ),
        ),
        (
            "https://srm.example/sap(bD1kZQ==)/x?a=1&a=2",
            Hook("https://srm.example/sap(bD1kZQ==)/x", (("a", "1"), ("a", "2"))),
        ),
        ("SAPEVENT:POST", Hook("SAPEVENT:POST", ())),
    ],
)
def test_each_parameter_of_the_hook_is_a_field(url: str, expected: Hook) -> None:
    assert hook(url) == expected


def test_parameters_are_bytes_of_the_charset_of_the_form() -> None:
    assert hook("https://srm.example/?a=%FC", "iso-8859-1").fields == (("a", "ü"),)
    assert hook("https://srm.example/?a=%C3%BC", "utf-8").fields == (("a", "ü"),)


WORD = st.text().map(lambda text: text.encode("utf-8", "replace").decode())


@given(st.lists(st.tuples(WORD.filter(bool), WORD), max_size=5))
def test_what_a_browser_posts_is_what_the_query_said(query: list[tuple[str, str]]) -> None:
    split = hook(f"https://srm.example/cart?{urlencode(query)}")
    assert parse_qsl(urlencode(split.fields), keep_blank_values=True) == query


def test_the_index_of_a_long_text_stands_before_its_colon() -> None:
    assert item_field("DESCRIPTION", 12) == "NEW_ITEM-DESCRIPTION[12]"
    assert item_field("LONGTEXT", 12) == "NEW_ITEM-LONGTEXT_12:132[]"


@given(st.lists(st.dictionaries(st.sampled_from([*LENGTHS, LONGTEXT]), st.text(), min_size=1), max_size=5))
def test_the_items_of_a_form_are_read_as_they_were_written(items: list[dict[str, str]]) -> None:
    assert items_of([("~OkCode", "ADDI"), *form(*items)]) == [Item(at, item) for at, item in enumerate(items, 1)]


def test_an_item_that_is_right_has_no_fault() -> None:
    assert dropped() == []
    assert faults(form(*[ITEM] * 2_000), "utf-8") == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"DESCRIPTION": ""}, ("oci.field.missing", "NEW_ITEM-DESCRIPTION[1]")),
        ({"QUANTITY": ""}, ("oci.field.missing", "NEW_ITEM-QUANTITY[1]")),
        ({"UNIT": ""}, ("oci.field.missing", "NEW_ITEM-UNIT[1]")),
        ({"CURRENCY": ""}, ("oci.field.missing", "NEW_ITEM-CURRENCY[1]")),
        ({"CONTRACT_ITEM": "10"}, ("oci.field.missing", "NEW_ITEM-CONTRACT[1]")),
        ({"EXT_QUOTE_ITEM": "10"}, ("oci.field.missing", "NEW_ITEM-EXT_QUOTE_ID[1]")),
        ({"EXT_CATEGORY_ID": "31161500"}, ("oci.field.missing", "NEW_ITEM-EXT_SCHEMA_TYPE[1]")),
        ({"DESCRIPTION": "x" * 41}, ("oci.field.too-long", "NEW_ITEM-DESCRIPTION[1]")),
        ({"UNIT": "PIECE"}, ("oci.field.too-long", "NEW_ITEM-UNIT[1]")),
        ({"PRICE": "12,40"}, ("oci.field.number", "NEW_ITEM-PRICE[1]")),
        ({"PRICE": "1.2345"}, ("oci.field.number", "NEW_ITEM-PRICE[1]")),
        ({"PRICE": "1'000.00"}, ("oci.field.number", "NEW_ITEM-PRICE[1]")),
        ({"QUANTITY": "-1"}, ("oci.field.number", "NEW_ITEM-QUANTITY[1]")),
        ({"PRICEUNIT": "1.0"}, ("oci.field.number", "NEW_ITEM-PRICEUNIT[1]")),
        ({"LEADTIME": "3d"}, ("oci.field.number", "NEW_ITEM-LEADTIME[1]")),
    ],
)
def test_what_would_be_dropped_is_told_with_its_field(changed: dict[str, str], fault: tuple[str, str]) -> None:
    assert dropped(**changed) == [fault]


@pytest.mark.parametrize("name", LENGTHS)
def test_each_field_has_the_room_that_oci_gives_it(name: str) -> None:
    sign = "1" if name in ("QUANTITY", "PRICE", "PRICEUNIT", "LEADTIME") else "x"
    long = [each for each in dropped(**{name: sign * (LENGTHS[name] + 1)}) if each[0] == "oci.field.too-long"]
    assert long == [("oci.field.too-long", item_field(name, 1))]
    assert not [each for each in dropped(**{name: sign * LENGTHS[name]}) if each[0] == "oci.field.too-long"]


def test_the_buyers_own_number_stands_for_text_and_unit() -> None:
    assert dropped(DESCRIPTION="", UNIT="", MATNR="10004711") == []


def test_a_character_that_the_charset_lacks_is_told() -> None:
    assert dropped("iso-8859-1", DESCRIPTION="Größe") == []
    assert dropped("iso-8859-1", DESCRIPTION="10 €") == [("oci.field.character", "NEW_ITEM-DESCRIPTION[1]")]
    assert dropped("iso-8859-1", LONGTEXT="Привет") == [("oci.field.character", "NEW_ITEM-LONGTEXT_1:132[]")]


@pytest.mark.parametrize(
    ("text", "charset", "held"),
    [
        ("Größe – „10 €“", "utf-8", "Größe – „10 €“"),
        ("Größe – „10 €“", "iso-8859-1", 'Größe - "10 EUR"'),
        ("Größe – 10 €", "iso-8859-15", "Größe - 10 €"),
        ("≤ 5 kΩ, 3 μm, ⌀ 4", "iso-8859-1", "<= 5 kOhm, 3 µm, Ø 4"),
        ("ﬁve… 2⅛ ① H₂O 10⁻⁴ É", "ascii", "five... 2 1/8 1 H2O 10?? E"),
        ("Привет", "iso-8859-1", "??????"),
        ("Привет", "iso-8859-5", "Привет"),
        ("Gro\u0308\u00dfe, cafe\u0301, x\u0302", "iso-8859-1", "Größe, café, x"),
        ("Hex\u200bbolt \u202e\U0001f469\u200d\U0001f469\u200d\U0001f467 8", "iso-8859-1", "Hexbolt ? 8"),
        ("\u200b", "iso-8859-1", "?"),
    ],
)
def test_what_a_charset_lacks_is_written_plainer(text: str, charset: str, held: str) -> None:
    fields = [(item_field("LONGTEXT", 1), text), ("~OkCode", text)]
    assert in_charset(fields, charset) == [(name, held) for name, _ in fields]


@given(st.text(max_size=60), st.sampled_from(["iso-8859-1", "ascii", "windows-1252", "utf-8"]))
@example("€" * 40, "iso-8859-1")
def test_a_form_can_hold_what_is_made_for_its_charset_and_no_field_grows(text: str, charset: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    [(_, held)] = in_charset([(item_field("DESCRIPTION", 1), text[:40])], charset)
    assert held.encode(charset)[:1] or not text
    assert len(held) <= 40
    assert in_charset([("x", text)], "utf-8") == [("x", text)]


def test_fields_of_oci_5_are_told_to_a_buyer_of_4() -> None:
    assert dropped(version="5.0", ITEM_TYPE="R") == []
    assert dropped(version="4.0", ITEM_TYPE="R") == [("oci.field.unknown", "NEW_ITEM-ITEM_TYPE[1]")]


def test_a_gap_in_the_numbers_is_told() -> None:
    fields = [(item_field(name, 2), value) for name, value in ITEM.items()]
    assert [each.code for each in faults(fields, "utf-8")] == ["oci.item.number"]


class _Inputs(HTMLParser):
    """The hidden fields of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input":
            self.fields.append((given.get("name") or "", given.get("value") or ""))


@pytest.mark.parametrize("name", ["real_world.html", "meplato_extensions.html"])
def test_a_page_of_another_suppliers_catalogue_is_read(name: str) -> None:
    fields = _Inputs((corpus() / "meplato+sapoci" / "oci" / name).read_text("utf-8")).fields
    items = items_of(fields)
    assert [item.number for item in items] == list(range(1, 11))
    assert all(
        item.fields["DESCRIPTION"] and item.fields["LONGTEXT"] and item.fields["CURRENCY"] == "EUR" for item in items
    )
    # Its descriptions have more than 40 characters, and its price units a point.
    assert {each.code for each in faults(fields, "utf-8")} >= {"oci.field.too-long", "oci.field.number"}
