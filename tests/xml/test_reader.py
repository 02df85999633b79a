"""XML read: what is taken, and what is refused at its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.issues import ADVICE, Issue
from gateway.tree import Node, NodePaths, Tree, TreeLimits
from gateway.xml.reader import read_xml

CXML = '<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.014/cXML.dtd">'


def tree(text: str | bytes, limits: TreeLimits | None = None) -> Node:
    read = read_xml(text.encode() if isinstance(text, str) else text, limits)
    assert isinstance(read, Tree), read
    return read.root


def refused(text: str | bytes, limits: TreeLimits | None = None) -> Issue:
    read = read_xml(text.encode() if isinstance(text, str) else text, limits)
    assert isinstance(read, Issue)
    return read


def texts(node: Node) -> dict[str, str]:
    paths = NodePaths()
    return {paths.of(one): one.text for one in node.walk() if one.text}


def test_elements_attributes_and_namespaces_keep_their_place() -> None:
    root = tree('<o xmlns="urn:a" xmlns:b="urn:b">\n <l n="1">\n  <b:q>5</b:q></l>\n <l n="2"/></o>')
    assert texts(root) == {"o/l[1]/@n": "1", "o/l[1]/q": "5", "o/l[2]/@n": "2"}
    assert [(one.name, one.space, one.line) for one in root.walk()] == [
        ("o", "urn:a", 1), ("l", "urn:a", 2), ("@n", "", 2), ("q", "urn:b", 3), ("l", "urn:a", 4), ("@n", "", 4),
    ]  # fmt: skip
    assert [one.index for one in root.walk()] == list(range(6))


def test_of_the_element_that_is_read_until_there_are_its_attributes_alone() -> None:
    read = read_xml(b"<o a='1'><h><b>5</b></h><l n='2'>6<q/></l><l/>", until={"l", "q"})
    assert isinstance(read, Tree)
    assert texts(read.root) == {"o/@a": "1", "o/h/b": "5", "o/l/@n": "2"}
    assert read.size == len(list(read.root.walk())) == 6


def test_comments_instructions_and_sections_cut_no_number() -> None:
    assert tree("<q>100<!-- x -->0<?pi x?>0<![CDATA[1]]></q>").text == "100001"


def test_text_between_children_is_kept_and_blanks_around_it_are_not() -> None:
    root = tree("<note>\n  to <b>gate</b> four <i/> now\n</note>")
    assert (root.text, [one.text for one in root.children]) == ("to  four  now", ["gate", ""])


def test_blanks_around_an_attribute_are_not_kept() -> None:
    assert texts(tree('<o n=" 10 "><l at="\n2026-11-26 08:00&#9;" no=" "/></o>')) == {
        "o/@n": "10", "o/l/@at": "2026-11-26 08:00",
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_encoding_declared_is_the_one_read(encoding: str) -> None:
    assert tree(f'<?xml version="1.0" encoding="{encoding}"?><n>Müller</n>'.encode(encoding)).text == "Müller"


def test_only_the_doctype_of_cxml_is_taken_and_nothing_is_fetched() -> None:
    assert tree(f"{CXML}<cXML/>").name == "cXML"
    assert tree(f"{CXML.replace('xml.cxml.org', 'XML.cXML.org')}<cXML/>").name == "cXML"
    assert refused('<!DOCTYPE o SYSTEM "http://127.0.0.1/o.dtd"><o/>').code == "xml.doctype"
    assert refused('<!DOCTYPE o SYSTEM "file:///etc/passwd"><o/>').code == "xml.doctype"
    assert refused("<!DOCTYPE html><o/>").code == "xml.doctype"


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE o [<!ENTITY a "1">]><o>&a;</o>',
        '<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]><o/>',
        '<!DOCTYPE o [<!ENTITY % a SYSTEM "http://127.0.0.1/x"> %a;]><o/>',
        '<!DOCTYPE o [<!ELEMENT o ANY><!ATTLIST o p CDATA "9">]><o/>',
        CXML.replace(">", ' [<!ENTITY a "1">]>') + "<cXML>&a;</cXML>",
    ],
)
def test_what_a_document_declares_of_its_own_is_refused(text: str) -> None:
    assert refused(text).code == "xml.doctype"


def test_an_entity_that_nobody_declares_is_refused_and_not_left_out() -> None:
    assert refused("<q>1&b;0</q>").code == "xml.not-well-formed"
    assert refused('<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/hostname">]><o>&a;</o>').is_error
    assert refused(f"{CXML}<cXML>1&b;0</cXML>").code == "xml.not-well-formed"
    assert refused(f'{CXML}<cXML a="1&b;0"/>').code == "xml.not-well-formed"


def test_entities_that_multiply_cost_nothing() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    assert refused(f'<!DOCTYPE o [<!ENTITY l0 "ha">{laughs}]><o a="&l9;">&l9;</o>').is_error


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("", 1, 1), ("<a>\n <b></c></a>", 2, 9), ("<a>", 1, 4), ("hello", 1, 1), ("<a>\0</a>", 1, 4), ("<a/><b/>", 1, 5)],
)
def test_what_is_no_xml_is_refused_where_it_breaks(text: str, line: int, column: int) -> None:
    issue = refused(text)
    assert (issue.code, issue.line, issue.column) == ("xml.not-well-formed", line, column)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<a>" + "<b/>" * 50 + "</a>", "more than 20"),
        ("<a>" * 9 + "</a>" * 9, "8 deep"),
        ("<a " + " ".join(f'n{n}=""' for n in range(9)) + "/>", "8 attributes"),
        (f"<a>{'x' * 2000}</a>", "1000 bytes"),
    ],
)
def test_more_than_is_taken_is_refused(text: str, says: str) -> None:
    issue = refused(text, TreeLimits(bytes=1000, nodes=20, attributes=8, depth=8))
    assert issue.code == "limit.exceeded"
    assert says in issue.text


@pytest.mark.parametrize("text", ["<a " + 'b="1" ' * 2_000_000, f"<a>{'x' * 12_000_000}</a>", f"<a>{'x' * 12_000_000}"])
def test_a_tag_or_text_that_does_not_end_is_refused(text: str) -> None:
    assert refused(text).code == "limit.exceeded"


def test_a_document_that_goes_too_deep_is_told_so_without_advice_for_programmers() -> None:
    issue = refused("<a>" * 200_000)
    assert issue.code == "limit.exceeded"
    assert "depth" in issue.text
    assert "XML_PARSE" not in issue.text


def test_a_line_far_down_is_still_counted() -> None:
    assert tree("<a>" + "<b/>\n" * 70_000 + "<c/></a>").children[-1].line == 70_001


@given(st.binary(max_size=200) | st.text("<>/&;ab =\"'![]-?xmlDOCTYPENI%#\n", max_size=80).map(str.encode))
def test_any_bytes_give_a_tree_or_an_issue_that_says_what_to_do(content: bytes) -> None:
    read = read_xml(content)
    if isinstance(read, Issue):
        assert ADVICE[read.code]
        assert (read.line or 0) >= 1
    else:
        assert read.size == sum(1 for _ in read.root.walk())
