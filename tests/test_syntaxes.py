"""The syntax of a document by its first bytes and its Content-Type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.syntaxes import EXTENSIONS, begins_as, named_by


@pytest.mark.parametrize(
    ("first", "syntax"),
    [
        (b"UNA:+.? '\r\nUNB+UNOC:3", "edifact"),
        (b"\r\n UNB+UNOA:1+", "edifact"),
        (b"\xef\xbb\xbfUNB+", "edifact"),
        (b"UNX", "csv"),
        (b"<?xml version='1.0'?>\n<ORDERS05/>", "xml"),
        (b"<!DOCTYPE cXML SYSTEM 'http://xml.cxml.org/schemas/cXML/1.2.014/cXML.dtd'>", "cxml"),
        (b' {"number": 1}', "json"),
        (b"[]", "json"),
        (b"number;sku\n1;A\n", "csv"),
        ("Stück\n".encode("latin-1"), "csv"),
        ('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), "xml"),
        ("sku;qty\n".encode("utf-16"), "csv"),
        (b"\xfe\xff\x00{\x00", "json"),
        (b"", None),
        (b"\xef\xbb\xbf \n", None),
        (b"PK\x03\x04", None),
        (b"a;b\x00", None),
    ],
)
def test_a_document_begins_as_what_it_is(first: bytes, syntax: str | None) -> None:
    assert begins_as(first) == syntax


@pytest.mark.parametrize(
    ("content_type", "possible"),
    [
        ("application/EDIFACT", {"edifact"}),
        ("text/csv; charset=utf-8; header=present", {"csv"}),
        ("application/problem+json", {"json"}),
        ("application/soap+xml", {"xml", "cxml"}),
        ("text/xml", {"xml", "cxml"}),
        ("", set(EXTENSIONS)),
        ("application/x-www-form-urlencoded", set(EXTENSIONS)),
        ("multipart/form-data; boundary=x", set()),
        ("application/edi-x12", set()),
        ("image/svg+xml", set()),
    ],
)
def test_a_type_leaves_what_it_says_possible(content_type: str, possible: set[str]) -> None:
    assert named_by(content_type) == possible


@given(st.binary(max_size=64))
def test_whatever_it_begins_with_it_is_one_known_or_none(first: bytes) -> None:
    assert begins_as(first) in (*EXTENSIONS, None)
