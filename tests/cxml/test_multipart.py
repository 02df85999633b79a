"""cXML with attachments: what the standard library writes is taken apart, and what is damaged is refused."""

from __future__ import annotations

from base64 import encodebytes
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import encode_rfc2231

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cxml.multipart import MOST_HEAD_BYTES, Attachment, Package, split, unmatched
from gateway.issues import Issue
from gateway.xml.reader import read_xml

XML = b"<cXML><Request><OrderRequest/></Request></cXML>"
TYPE = 'multipart/related; boundary="b0"'


def posted(content: bytes, files: dict[str, bytes], encoding: str) -> bytes:
    """The body of a document with files by Content-ID, each part in this encoding."""
    body = b"preamble"
    for content_id, written in {"root@x": content, **files}.items():
        name = encode_rfc2231(f"{content_id} ü.pdf", "utf-8")
        head = (
            f"Content-Type: application/pdf\r\nContent-ID: <{content_id}>\r\nContent-Transfer-Encoding: {encoding}\r\n"
            f"Content-Disposition: attachment;\r\n filename*={name}\r\n\r\n"
        )
        held = encodebytes(written) if encoding == "base64" else written
        body += b"\r\n--b0\r\n" + head.encode() + held
    return body + b"\r\n--b0--\r\nepilogue"


def taken(body: bytes, content_type: str = TYPE) -> Package:
    """What is in a body that can be read."""
    package = split(body, content_type)
    assert isinstance(package, Package)
    return package


def refusal(body: bytes, content_type: str = TYPE) -> str:
    """Why a body cannot be read."""
    issue = split(body, content_type)
    assert isinstance(issue, Issue)
    assert issue.code == "cxml.multipart.unreadable"
    return issue.text


@pytest.mark.parametrize("encoding", ["binary", "8bit", "base64"])
@given(st.binary(max_size=200), st.binary(max_size=50))
def test_files_come_apart_as_they_were_put_together(encoding: str, one: bytes, two: bytes) -> None:
    package = taken(posted(XML, {"one@x": one, "two@x": two}, encoding))
    assert package.xml == XML
    assert package.attachments == (
        Attachment("one@x", "one@x ü.pdf", "application/pdf", one),
        Attachment("two@x", "two@x ü.pdf", "application/pdf", two),
    )


def test_what_the_standard_library_writes_is_read() -> None:
    outer = EmailMessage(policy=SMTP)
    outer.set_content(XML, "text", "xml", cid="<root@x>")
    outer.add_related(bytes(range(256)) * 9, "image", "png", cid="<one@x>", filename="ü.png")
    head, _, body = outer.as_bytes().partition(b"\r\n\r\n")
    package = taken(body, BytesHeaderParser(policy=SMTP).parsebytes(head)["Content-Type"])
    assert package == Package(XML, (Attachment("one@x", "ü.png", "image/png", bytes(range(256)) * 9),))


def test_any_other_body_is_the_document_itself() -> None:
    for content_type in ("text/xml; charset=utf-8", "application/xml", "", "nonsense", "text/xml; boundary=b0"):
        assert taken(XML, content_type) == Package(XML)


def test_the_document_is_the_part_that_start_names_else_the_first() -> None:
    body = b"--b0\nContent-ID: <a>\n\nfirst\n--b0\nContent-ID: <b>\n\n<cXML/>\n--b0--\n"
    assert taken(body).xml == b"first"
    package = taken(body, 'Multipart/Related; Boundary=b0; Start="<b>"; type="text/xml"')
    assert (package.xml, package.attachments[0].content) == (b"<cXML/>", b"first")
    assert taken(body, TYPE + '; start="<c>"').xml == b"first"


def test_parts_without_headers_and_lines_that_end_in_lf_alone_are_read() -> None:
    assert taken(b"--b0\n\n<cXML/>\n--b0--").xml == b"<cXML/>"
    assert taken(b"--b0  \r\n\r\n<cXML/>\r\n\r\n--b0--").xml == b"<cXML/>\r\n"
    assert taken(b"--b0\n\n<cXML/>\n--b00\n--b0--").xml == b"<cXML/>\n--b00"


def test_quoted_printable_is_read() -> None:
    assert (
        taken(b"--b0\nContent-Transfer-Encoding: Quoted-Printable\n\n<a b=3D'=C3=A4'/>\n--b0--").xml
        == "<a b='ä'/>".encode()
    )


def test_a_document_that_declares_no_encoding_is_in_the_charset_of_its_content_type() -> None:
    plain, declared = "<a b='ü'/>", '<?xml version="1.0" encoding="UTF-8"?><a b="ü"/>'
    latin = "text/xml; charset=ISO-8859-1"
    assert taken(plain.encode("latin-1"), latin).xml == plain.encode()
    assert taken(plain.encode("utf-8"), "text/xml; charset=utf-8").xml == plain.encode()
    for content in (declared.encode(), plain.encode("utf-8-sig"), plain.encode("utf-16")):
        assert taken(content, latin).xml == content
    assert taken(plain.encode("latin-1"), "text/xml; charset=utf-7").xml == plain.encode("latin-1")
    part = f"--b0\nContent-Type: {latin}\n\n{plain}\n--b0--".encode("latin-1")
    assert taken(part).xml == plain.encode()


@pytest.mark.parametrize(
    ("body", "content_type", "why"),
    [
        (b"--b0\n\nx\n--b0--", "multipart/related", "names no boundary"),
        (b"--b1\n\nx\n--b1--", TYPE, "does not hold the boundary"),
        (b"", TYPE, "does not hold the boundary"),
        (b"--b0\n\n<cXML/>", TYPE, "the end of the body is missing"),
        (b"--b0--", TYPE, "does not hold the boundary"),
        (b"--b0\nContent-ID: a\n--b0--", TYPE, "a part has no content"),
        (b"--b0\nContent-Transfer-Encoding: base64\n\n!!!\n--b0--", TYPE, "is base64 and is not"),
        (b"--b0\nContent-Transfer-Encoding: base64\n\nQUI\n--b0--", TYPE, "is base64 and is not"),
        (b"--b0\nContent-Transfer-Encoding: x-gzip\n\nx\n--b0--", TYPE, "unknown encoding 'x-gzip'"),
        (b"--b0\n\nx\n" * 201 + b"--b0--", TYPE, "more than 200 parts"),
        (b"--b0\n\nx\n--b0--", "multipart/related; boundary*=idna''b0", "names no boundary"),
        (b"--b0\nA: " + b";" * MOST_HEAD_BYTES + b"\n\nx\n--b0--", TYPE, "bytes of headers"),
    ],
)
def test_what_cannot_be_taken_apart_is_refused(body: bytes, content_type: str, why: str) -> None:
    assert why in refusal(body, content_type)


@pytest.mark.parametrize("charset", ["idna", "undefined", "utf-8\0", "no-such"])
def test_a_name_in_a_charset_that_nobody_can_read_is_none_and_keeps_nothing(charset: str) -> None:
    told = f"Content-Disposition: attachment; filename*={charset}''a.pdf\nContent-Type: text/plain"
    [file] = taken(f"--b0\n\n<cXML/>\n--b0\n{told}\n\nx\n--b0--".encode()).attachments
    assert file.name in ("", "a.pdf")
    assert file.content == b"x"
    assert taken(b"<cXML/>", f"text/xml; charset*={charset}''a").xml == b"<cXML/>"


@given(st.binary(max_size=300), st.text(max_size=40))
def test_whatever_comes_is_taken_apart_or_refused(body: bytes, content_type: str) -> None:
    for each in (TYPE, content_type, f"multipart/{content_type}"):
        assert isinstance(split(b"--b0\n" + body + b"\n--b0--", each), Package | Issue)


def test_what_is_told_of_and_did_not_come_is_an_error_and_what_nobody_tells_of_a_finding() -> None:
    told = b"<a><Attachment><URL>cid:one%40x</URL></Attachment><Attachment>\n<URL>CID:gone@x</URL></Attachment></a>"
    tree = read_xml(told)
    assert not isinstance(tree, Issue)
    came = [Attachment("one@x", "", "", b""), Attachment("more@x", "", "", b"")]
    missing, unused = unmatched(tree, came)
    assert (missing.code, missing.line, missing.path) == ("cxml.attachment.missing", 2, "a/Attachment[2]/URL")
    assert missing.is_error
    assert (unused.code, unused.is_error) == ("cxml.attachment.unused", False)
    assert "more@x" in unused.text
