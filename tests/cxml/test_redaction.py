"""Secrets are blanked in whatever came, and nothing else changes."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode, encodebytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.cxml.document import CxmlDocument, read_cxml
from gateway.cxml.redaction import redacted
from gateway.issues import Issue
from gateway.xml.reader import read_xml
from gateway.xml.writer import escaped_text, unholdable

TYPE = 'multipart/related; boundary="b0"'
CANARY = "c4n4ry"


def _secret(inside: str = CANARY, name: str = "SharedSecret") -> str:
    return f"<{name}>{inside}</{name}>"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_secret(), _secret("")),
        (_secret(name="DigitalSignature"), _secret("", "DigitalSignature")),
        ("<CredentialMac type='a'>x</CredentialMac>", "<CredentialMac type='a'></CredentialMac>"),
        ("<c:SharedSecret\n a='>'>x</c:SharedSecret >", "<c:SharedSecret\n a='>'></c:SharedSecret >"),
        ("<a/><SharedSecret/><b>kept</b>", "<a/><SharedSecret/><b>kept</b>"),
        (_secret("<![CDATA[x</SharedSecret>y]]>"), _secret("")),
        (_secret("x<!-- </SharedSecret> -->y"), _secret("")),
        (_secret("x" + _secret() + "y"), _secret("")),
        (_secret("<ds:Signature><a>x</a></ds:Signature>", "DigitalSignature"), _secret("", "DigitalSignature")),
        ("<!-- " + _secret() + " -->", "<!-- " + _secret("") + " -->"),
        ("<!--a <SharedSecret> b-->" + _secret() + "<c/>", "<!--a <SharedSecret>-->" + _secret("") + "<c/>"),
        ("<![CDATA[" + _secret() + "]]>", "<![CDATA[" + _secret("") + "]]>"),
        (_secret() + "kept" + _secret(), _secret("") + "kept" + _secret("")),
        ("<SharedSecretHint>kept</SharedSecretHint>", "<SharedSecretHint>kept</SharedSecretHint>"),
        ("<MySharedSecret>kept</MySharedSecret>", "<MySharedSecret>kept</MySharedSecret>"),
        ("<sharedsecret>x</sharedsecret>", "<sharedsecret></sharedsecret>"),
        ("<SharedSecret>cut off", "<SharedSecret>"),
        ("<SharedSecret>x</DigitalSignature>y", "<SharedSecret>"),
        ('<SharedSecret a="x>y</SharedSecret>kept', '<SharedSecret a=</SharedSecret>kept'),
        ("<SharedSecret a=<b>x</SharedSecret>kept", "<SharedSecret a=</SharedSecret>kept"),
        ("no markup <b at all", "no markup <b at all"),
    ],
)  # fmt: skip
def test_nothing_of_a_secret_is_left_and_all_of_the_rest(before: str, after: str) -> None:
    assert redacted(before.encode()).decode() == after


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1"])
def test_it_is_found_in_every_encoding_that_is_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig").removesuffix("-le").removesuffix("-be")
    text = f'<?xml version="1.0" encoding="{declared}"?><cXML a="ü">{_secret()}ö</cXML>'
    assert redacted(text.encode(encoding)).decode(encoding) == text.replace(CANARY, "")
    assert redacted(text.encode(encoding)[:-1]) == text.replace(CANARY, "").encode(encoding)[:-1]


@pytest.mark.parametrize("codec", ["utf-7", "cp037", "utf-32"])
def test_where_it_could_not_be_found_nothing_is_left(codec: str) -> None:
    content = f'<?xml version="1.0" encoding="{codec}"?><cXML>{_secret()}</cXML>'.encode(codec)
    assert redacted(content) == b""
    assert isinstance(read_cxml(content), Issue)


def test_the_document_of_a_multipart_body_is_blanked_however_it_is_written() -> None:
    xml, blank = f"<cXML>{_secret()}</cXML>".encode(), f"<cXML>{_secret('')}</cXML>".encode()
    rest = b"\r\n--b0\r\nContent-Type: image/png\r\n\r\n\x89PNG\xff\x00\r\n--b0--\r\n"
    plain = b"--b0\r\nContent-Type: text/xml\r\n\r\n"
    assert redacted(plain + xml + rest, TYPE) == plain + blank + rest
    wrapped = b"--b0\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert redacted(wrapped + encodebytes(xml) + rest, TYPE) == wrapped + b64encode(blank) + rest
    quoted = b"--b0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    assert redacted(quoted + xml.replace(b"4", b"=34") + rest, TYPE) == quoted + blank + rest


def test_of_a_multipart_body_that_is_damaged_no_secret_is_left() -> None:
    xml = f"<cXML>{_secret()}</cXML>".encode()
    cut = b"--b0\r\n\r\n" + xml + b"\r\n--b0\r\n\r\n%PDF"
    assert redacted(cut, TYPE) == cut.replace(CANARY.encode(), b"")
    wrapped = b"--b0\r\nContent-Transfer-Encoding: BASE64\r\n\r\n" + encodebytes(xml)
    assert redacted(wrapped, TYPE) == b""
    assert CANARY.encode() not in redacted(
        _secret().encode() + b"\r\n" + wrapped + b"--b0--" + _secret().encode(), TYPE
    )


def test_an_attachment_stays_as_it_is_unless_it_is_markup_with_a_secret() -> None:
    pdf = b"%PDF-1.7 \xff<SharedSecret>not one</SharedSecret>"
    document = _secret("").encode()
    body = b"--b0\r\n\r\n%s\r\n--b0\r\n\r\n%s\r\n--b0\r\n\r\n%s\r\n--b0--"
    assert redacted(body % (document, pdf, _secret().encode()), TYPE) == body % (document, pdf, document)


def test_what_is_base64_as_a_whole_is_looked_into() -> None:
    xml = f"<cXML>{_secret()}</cXML>".encode()
    assert b64decode(redacted(b64encode(xml))) == f"<cXML>{_secret('')}</cXML>".encode()
    harmless = encodebytes(b"<cXML>nothing to hide in here</cXML>")
    assert redacted(harmless) == harmless


@pytest.mark.timeout(20)
@pytest.mark.parametrize("mark", ["<!--", "<![CDATA[", "<?", "<SharedSecret ", "<SharedSecret>", '<SharedSecret "'])
def test_many_marks_that_do_not_end_take_no_longer_than_one(mark: str) -> None:
    content = (mark * 100_000 + _secret()).encode()
    assert CANARY.encode() not in redacted(content)


TEXT = st.text(max_size=30).filter(lambda text: not unholdable(text))
PLAIN = TEXT.map(escaped_text)
INSIDE = st.one_of(
    PLAIN,
    TEXT.filter(lambda text: "]]>" not in text).map(lambda text: f"<![CDATA[{text}]]>"),
    TEXT.filter(lambda text: "--" not in text and not text.endswith("-")).map(lambda text: f"<!--{text}-->"),
    PLAIN.map(lambda text: f"<a x='&lt;'>{text}</a>"),
)
MIXED = st.lists(INSIDE, max_size=4).map("".join)


@given(MIXED, MIXED, MIXED, st.sampled_from(["SharedSecret", "DigitalSignature", "CredentialMac"]))
@example("<!--<SharedSecret>-->", "x", "", "SharedSecret")
def test_of_a_document_nothing_but_the_secret_changes(before: str, secret: str, after: str, name: str) -> None:
    if re.search("SharedSecret|DigitalSignature|CredentialMac", before + after, re.IGNORECASE):
        return
    content = f"<cXML>{before}{_secret(secret, name)}{after}</cXML>".encode()
    assert not isinstance(read_xml(content), Issue)
    assert redacted(content) == f"<cXML>{before}{_secret('', name)}{after}</cXML>".encode()


@pytest.mark.parametrize("quote", ['"', "'"])
def test_the_number_of_a_card_is_kept_nowhere_and_the_rest_of_its_tag_is(quote: str) -> None:
    card = f"<PCard name='Eva' number = {quote}4111 1111 1111 1111{quote} expiration='2027-03-31'/>"
    content = f"<Payment>{card}</Payment><Extrinsic name='number'>4711</Extrinsic>"

    assert redacted(content.encode()).decode() == content.replace(f"{quote}4111 1111 1111 1111{quote}", '""')


@given(st.binary())
def test_what_holds_no_secret_and_is_text_stays_as_it_is(content: bytes) -> None:
    kept = redacted(content)
    assert kept in (content, b"")
    if content.isascii() and content.decode().isprintable():
        assert kept == content


@given(st.binary(max_size=200), st.text(max_size=40))
def test_redacting_again_changes_nothing(content: bytes, content_type: str) -> None:
    once = redacted(b"<a>" + content + _secret().encode(), content_type)
    assert redacted(once, content_type) == once
    assert CANARY.encode() not in once


def test_a_document_without_its_secret_is_still_read() -> None:
    sender = "<Sender><Credential domain='a'><Identity>b</Identity>{}</Credential></Sender>"
    text = f"<cXML><Header>{sender}</Header><Request><A/></Request></cXML>"
    document = read_cxml(redacted(text.format(_secret()).encode()))
    assert isinstance(document, CxmlDocument)
    assert document.header.sender[0][2] == ""
