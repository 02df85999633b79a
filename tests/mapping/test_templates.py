"""Segment templates read: what stands in them, and how an overlay names them."""

from __future__ import annotations

import pytest

from gateway.mapping.templates import Placeholder, SegmentTemplate, TablePlace, TemplateError, parse_template


def _segment(text: str) -> SegmentTemplate:
    template = parse_template(text)
    assert isinstance(template, SegmentTemplate)
    return template


def test_elements_and_components_stand_where_the_segment_has_them() -> None:
    template = _segment("PRI+AAA:{price.amount? | plain}:::{price.per | plain}")
    (price,) = template.slots
    assert template.tag == "PRI"
    assert price.components == (
        ("AAA",),
        (Placeholder("price.amount? | plain", 9),),
        (),
        (),
        (Placeholder("price.per | plain", 35),),
    )


def test_a_released_separator_is_text() -> None:
    assert _segment("FTX+AAI+++50?+ pieces?: ??").slots[3].components == (("50+ pieces: ?",),)


def test_a_separator_inside_a_placeholder_is_part_of_its_rule() -> None:
    slot = _segment("FTX+AAI+++{note | join(' + ', '}')}:x").slots[3]
    assert slot.components == ((Placeholder("note | join(' + ', '}')", 11),), ("x",))


def test_text_and_placeholders_share_a_component() -> None:
    slot = _segment("RFF+ON:PO-{order_number}/{number}").slots[0]
    assert slot.components[1] == ("PO-", Placeholder("order_number", 11), "/", Placeholder("number", 26))


def test_brackets_mark_composites_of_a_list() -> None:
    slots = _segment("PIA+1+[{supplier_sku}:SA]+[{buyer_sku}:IN]").slots
    assert [slot.listed for slot in slots] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("LIN+{position!}+5", "LIN"),
        ("PRI+AAA:{price.amount}", "PRI+AAA"),
        ("UNS+S", "UNS+S"),
        ("RFF+X{kind}", "RFF"),
        ("UNS", "UNS"),
        ("@schedule", "@schedule"),
    ],
)
def test_an_overlay_names_a_segment_by_tag_and_literal_qualifier(text: str, key: str) -> None:
    assert parse_template(text).key == key


def test_an_at_sign_places_a_nested_table() -> None:
    assert parse_template("@schedule") == TablePlace("schedule")


@pytest.mark.parametrize(
    ("text", "offset", "fault"),
    [
        ("lin+1", 0, "tag of three capitals"),
        ("LIN:1", 0, "tag of three capitals"),
        ("QTY+21:{ordered", 7, "not closed by }"),
        ("PIA+1+[{buyer_sku}:IN", 6, "not closed by ]"),
        ("PIA+1+{buyer_sku}]", 17, "not expected"),
        ("FTX+AAI?", 7, "release character"),
        ("@Schedule", 0, "tag of three capitals"),
    ],
)
def test_what_is_no_template_is_refused_at_its_character(text: str, offset: int, fault: str) -> None:
    with pytest.raises(TemplateError, match=fault) as refused:
        parse_template(text)
    assert refused.value.offset == offset
