"""XML written by a template."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.party import Party
from tests.mapping.written import TWO, codes, compiled, library, line, order, problems

MAPPING = 'reads = "sales_order"\nmakes = "xml ORDER"\n'
PARTNER = 'extends = "test/it"\npartner = "acme"\n'
HOLDABLE = st.text(
    st.one_of(
        st.sampled_from("<>&\"'\t\n\r]"),
        st.characters(min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"),
    ),
    min_size=1,
)


def text(template: str, *lines: object, **stated: object) -> str:
    """What a template writes of an order, without its declaration; nothing is found on the way."""
    made = compiled(mapping=MAPPING, template=template).write(order(*lines, **stated))  # type: ignore[arg-type]
    assert (made.issues, made.extension) == ([], "xml")
    return made.content.decode().removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n')


def test_values_stand_in_texts_and_attributes_and_elements_repeat() -> None:
    template = '<O no="{number!}" x="1"><!-- no word of this --><L map:each="lines" at="{position}">{product}</L></O>'
    assert text(template, *TWO) == '<O no="PO-1" x="1">\n  <L at="1">A-1</L>\n  <L at="2">A-2</L>\n</O>\n'


def test_numbers_days_and_flags_have_the_forms_of_xml() -> None:
    template = '<O test="{test}"><D>{ordered_on}</D><Q map:each="lines">{confirmed.quantity}</Q></O>'
    assert text(template, TWO[0]) == '<O test="false">\n  <D>2024-02-05</D>\n  <Q>1.5</Q>\n</O>\n'


def test_an_element_whose_values_are_all_empty_is_left_out_with_its_texts_and_so_is_an_attribute() -> None:
    template = (
        "<O><A>Note: {note}</A><B kind='x'><C>{contract}</C><D>always</D></B><E>only a text</E>"
        '<F of="no. {contract}">{number}</F></O>'
    )
    assert text(template) == "<O>\n  <E>only a text</E>\n  <F>PO-1</F>\n</O>\n"


def test_the_root_stays_even_where_nothing_fills_it() -> None:
    assert text('<O a="{note}"><A>{contract}</A></O>') == "<O/>\n"


def test_a_gate_leaves_the_element_out_and_a_value_that_must_be_there_is_told() -> None:
    template = '<O><A map:each="lines"><P>{position}</P><U>{confirmed.unit%s}</U></A></O>'
    assert text(template % "?", TWO[1]) == "<O>\n  <A>\n    <P>2</P>\n  </A>\n</O>\n"
    made = compiled(mapping=MAPPING, template=template % "!").write(order(*TWO))
    assert codes(made) == [("mapping.value.missing", "lines[1].confirmed.unit")]
    assert (made.issues[0].tag, made.issues[0].rule) == ("U", "test/it/template.xml:1")


def test_an_element_is_written_where_a_field_has_a_text_is_there_or_is_not() -> None:
    template = (
        "<O><A map:if=\"state = 'open', 'confirmed'\"/><B map:if=\"state != 'open'\"/><C map:if=\"ship_to\"/>"
        '<D map:if="ship_to = \'\'"/><E map:if="test"/></O>'
    )
    assert text(template) == "<O>\n  <A/>\n  <D/>\n</O>\n"
    assert text(template, state="closed", ship_to=Party(id="1"), test=True) == "<O>\n  <B/>\n  <C/>\n  <E/>\n</O>\n"


def test_a_list_of_texts_repeats_its_element_or_the_one_around_it() -> None:
    note = "one two three"
    assert text("<O><N>{note | wrap(7, 9)}</N></O>", note=note) == "<O>\n  <N>one two</N>\n  <N>three</N>\n</O>\n"
    template = '<O><N map:each="note | wrap(7, 9)"><K>1</K><T>{text}</T></N></O>'
    assert text(template, note=note).count("<K>1</K>") == 2
    assert text(template) == "<O/>\n"
    cut = compiled(mapping=MAPPING, template='<O><N map:each="note | wrap(3, 1)">{text}</N></O>').write(
        order(note=note)
    )
    assert codes(cut) == [("mapping.value.does-not-fit", "note")]


def test_braces_entities_and_prefixes_stand_as_they_are_written() -> None:
    template = '<x:O xmlns:x="urn:a" xmlns:map="any"><x:A q="&lt;{number}&quot;">{{a}} &amp; {currency}</x:A></x:O>'
    assert text(template) == '<x:O xmlns:x="urn:a">\n  <x:A q="&lt;PO-1&quot;">{a} &amp; EUR</x:A>\n</x:O>\n'


@given(HOLDABLE, HOLDABLE)
def test_what_a_reader_of_xml_reads_is_what_was_written(note: str, number: str) -> None:
    for encoding in ("UTF-8", "ISO-8859-1", "US-ASCII"):
        template = f'<?xml version="1.0" encoding="{encoding}"?><O a="{{number}}"><N>{{note}}</N></O>'
        made = compiled(mapping=MAPPING, template=template).write(order(note=note, number=number))
        root = ET.fromstring(made.content)  # noqa: S314 - we have just written it
        assert (root.get("a"), root.findtext("N"), made.issues) == (number, note, [])


@given(st.text(st.characters(), min_size=1))
def test_whatever_the_text_the_document_is_well_formed_and_what_is_missing_is_told(note: str) -> None:
    made = compiled(mapping=MAPPING, template='<O a="{note}"><N>{note}</N></O>').write(order(note=note))
    root = ET.fromstring(made.content)  # noqa: S314 - we have just written it
    assert root.findtext("N") == note or [code for code, _ in codes(made)] == ["mapping.value.not-writable"] * 2


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe"])
def test_a_character_no_document_can_hold_is_told_at_its_field(character: str) -> None:
    made = compiled(mapping=MAPPING, template="<O><L map:each='lines'>{position} {note}</L></O>").write(
        order(line(1, note=f"a{character}b"), line(2, note="fine"))
    )
    assert codes(made) == [("mapping.value.not-writable", "lines[0].note")]
    assert b"<L>2 fine</L>" in made.content


def test_the_same_document_gives_the_same_bytes() -> None:
    files = {"mapping": MAPPING, "template": '<O b="{number}" a="{currency}"><N>{order}</N></O>'}
    assert compiled(**files).write(order()).content == compiled(**files).write(order()).content


BASE = "<O><A><K>1</K><V>{number}</V></A><A><K>2</K><V>{order}</V></A><B q='x'>{currency}</B></O>"


def test_a_partner_drops_replaces_and_adds_elements_by_their_path() -> None:
    rules = (
        "[template]\ndrop = [\"A[K='1']\"]\n"
        '[template.replace]\n"A[K=\'2\']/V" = "<V>{account}</V>"\n'
        "[template.after]\n\"B[@q='x']\" = '''<C n=\"{version}\">&lt;</C><D>{number}</D>'''\n"
    )
    made = compiled("acme/it", mapping=MAPPING, template=BASE, partner=PARTNER + rules).write(order())
    assert made.content.decode().split("\n")[1:-1] == [
        "<O>", "  <A>", "    <K>2</K>", "    <V>10001</V>", "  </A>", '  <B q="x">EUR</B>', '  <C n="1">&lt;</C>',
        "  <D>PO-1</D>", "</O>",
    ]  # fmt: skip


def test_a_partner_with_a_template_of_his_own_is_written_by_that() -> None:
    made = compiled("acme/it", mapping=MAPPING, template=BASE, partner=PARTNER, partner_template="<P>{order}</P>")
    assert made.write(order()).content.endswith(b"<P>AB1</P>\n")


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ('drop = ["C"]', "partners/acme/it/mapping.toml:4:9: there is no element 'C' in the template"),
        ('drop = ["A"]', ":4:9: 'A' names 2 elements (name the elements around it, or one inside: A[B='text'])"),
        ('drop = ["O"]', ":4:9: the root stays"),
        ('drop = ["A["]', ":4:9: 'A[' is no path of elements"),
        ('replace = { B = "<B" }', ":4:20: this is no XML"),
        ('replace = { B = "text" }', ":4:18: an element belongs here, not a text"),
        ('replace = { B = "<B>{nope}</B>" }', ":4:22: SalesOrder has no field 'nope'"),
        ("replace = { B = 3 }", "an element belongs here, as a text"),
        ("keep = 3", "'keep' is no key of [template]"),
        ("[lines]", ":4:1: 'lines' is no part of this mapping"),
    ],
)
def test_a_partner_that_changes_what_is_not_there_is_refused(rules: str, problem: str) -> None:
    found = problems("acme/it", mapping=MAPPING, template=BASE, partner=f"{PARTNER}[template]\n{rules}\n")
    assert [each for each in found if problem in each], found


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("<O>\n  <A>{nope}</A></O>", "test/it/template.xml:2:7: SalesOrder has no field 'nope'"),
        ('<O>\n  <A b="1" c="x {nope}"/></O>', ":2:18: SalesOrder has no field 'nope'"),
        ("<O>\n\n<A>{number</A></O>", ":3:4: the placeholder is not closed by }"),
        ("<O><A></O>", ":1:9: this is no XML: mismatched tag"),
        ("<!DOCTYPE O [<!ENTITY a 'b'>]><O>&a;</O>", ":1:13: a template has no DOCTYPE"),
        ("<O><?php x?></O>", ":1:4: a template has no instruction php"),
        ("<O><x:A/></O>", ':1:4: no namespace is declared for x:A (declare it at the root: xmlns:x="…")'),
        ('<O map:when="number"/>', ":1:14: there is no map:when (use map:each or map:if)"),
        ('<O map:each="lines"><A map:each="number"/></O>', "number is no list of parts"),
        ("<O><A>{lines}</A></O>", ":1:8: lines is no single value"),
        ('<O a="{note | wrap(3, 3)}"/>', "a list of texts is no value of an attribute (add | join(' '))"),
        ("<O><A>a {note | wrap(3, 3)}</A></O>", "a list stands alone"),
        ("<O><A>{note | wrap(3, 3)}<B/></A></O>", ":1:4: a list is the only text of its element"),
        ("<O><A>{'x'}</A></O>", ":1:8: a text alone needs no placeholder"),
        ("<O>" + "<A>" * 60 + "</A>" * 60 + "</O>", "nested at most 50 deep"),
        ("<O>" + "<A/>" * 2000 + "</O>", "a template has at most 2000 elements"),
        ('<?xml version="1.0" encoding="klingon"?><O/>', "this is no XML"),
        ("", "test/it/mapping.toml:2:1: this mapping has no template (put template.xml beside it)"),
    ],
)
def test_a_template_that_cannot_be_right_is_refused_at_its_place(template: str, problem: str) -> None:
    found = problems(mapping=MAPPING, template=template)
    assert [each for each in found if problem in each], found


def test_another_template_is_another_mapping() -> None:
    first, second = (library(mapping=MAPPING, template=text).digest("test/it") for text in ("<O/>", "<P/>"))
    assert first != second
