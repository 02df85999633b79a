"""cXML documents read: leniently, and nothing of what is refused is an exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cxml.document import Credential, CxmlDocument, Header, Kind, Preface, read_cxml, read_preface
from gateway.cxml.status import Outcome, Status, status
from gateway.issues import Issue, Severity
from gateway.tree import TreeLimits

SETUP = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.014/cXML.dtd">
<cXML payloadID="1.a@buyer" timestamp="2026-03-01T12:00:00+01:00" xml:lang="de-DE">
 <Header>
  <From>
   <Credential domain="NetworkID"><Identity>AN01-T</Identity></Credential>
   <Credential domain="DUNS"><Identity>123456789</Identity></Credential>
  </From>
  <To><Credential domain="DUNS"><Identity>987654321</Identity></Credential></To>
  <Sender>
   <Credential domain="NetworkId"><Identity>AN99</Identity><SharedSecret> s3cr3t </SharedSecret></Credential>
   <UserAgent>Suite 1.0</UserAgent>
  </Sender>
 </Header>
 <Request deploymentMode="test">
  <PunchOutSetupRequest operation="create"><BuyerCookie>x</BuyerCookie></PunchOutSetupRequest>
 </Request>
</cXML>"""


def read(text: str) -> CxmlDocument:
    """The document, which can be read."""
    document = read_cxml(text.encode())
    assert isinstance(document, CxmlDocument)
    return document


def refused(content: bytes, limits: TreeLimits | None = None) -> str:
    """The code a document is refused by."""
    issue = read_cxml(content, limits)
    assert isinstance(issue, Issue)
    assert issue.is_error
    assert issue.advice
    return issue.code


def found(text: str) -> dict[str, int | None]:
    """The findings of a document, by code, with their lines."""
    document = read(text)
    assert all(each.severity is Severity.FINDING and each.path for each in document.findings)
    return {each.code: each.line for each in document.findings}


def test_the_envelope_is_read_whole() -> None:
    document = read(SETUP)
    assert (document.payload_id, document.timestamp) == ("1.a@buyer", "2026-03-01T12:00:00+01:00")
    assert (document.kind, document.type) == (Kind.REQUEST, "PunchOutSetupRequest")
    assert (document.language, document.deployment_mode) == ("de-DE", "test")
    assert document.dtd == "http://xml.cxml.org/schemas/cXML/1.2.014/cXML.dtd"
    assert document.header == Header(
        (Credential("NetworkID", "AN01-T"), Credential("DUNS", "123456789")),
        (Credential("DUNS", "987654321"),),
        (Credential("NetworkId", "AN99", "s3cr3t"),),
        "Suite 1.0",
    )
    assert document.body.name == "PunchOutSetupRequest"
    assert not document.findings


def test_no_repr_tells_the_secret() -> None:
    document = read(SETUP)
    assert "s3cr3t" not in repr(document) + repr(document.header) + str(document.header.sender)
    assert document.header.sender[0][2] == "s3cr3t"


def test_domains_are_the_same_in_any_capitals_and_a_test_account_is_the_same_account() -> None:
    test, network = Credential("NetworkID", "AN01-T"), Credential("networkid", "AN01")
    assert test.is_test
    assert not network.is_test
    assert test.names("NetworkId", "AN01")
    assert Credential("NetworkId", "AN01-t").names("NETWORKID", "AN01")
    assert test.names("NetworkId", "AN01-T")
    assert not network.names("NetworkId", "AN01-T")
    assert not network.names("NetworkId", "an01")
    assert not network.names("DUNS", "AN01")


def test_a_document_is_a_test_by_its_mode_or_by_an_account() -> None:
    by_account = SETUP.replace(' deploymentMode="test"', "")
    neither = by_account.replace("AN01-T", "AN01")
    assert [read(each).is_test for each in (SETUP, by_account, neither)] == [True, True, False]
    assert read(by_account).deployment_mode == "production"


def test_a_test_is_one_in_any_capitals() -> None:
    for mode in ("Test", "TEST", " test "):
        assert read(SETUP.replace('"test"', f'"{mode}"').replace("AN01-T", "AN01")).is_test


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (' payloadID="1.a@buyer"', "", "cxml.payload-id.missing"),
        ("2026-03-01T12:00:00+01:00", "2026-03-01T12:00:00", "cxml.timestamp.unclear"),
        ("2026-03-01T12:00:00+01:00", "Sun, 1 Mar 2026", "cxml.timestamp.unclear"),
        ("<UserAgent>Suite 1.0</UserAgent>", "", "cxml.user-agent.missing"),
        ('"test"', '"staging"', "cxml.deployment-mode.unknown"),
        ("<To><Credential", "<To2><Credential", "cxml.header.incomplete"),
        ("<SharedSecret> s3cr3t </SharedSecret>", "<CredentialMac>x</CredentialMac>", "cxml.credential.not-checked"),
    ],
)
def test_what_should_be_otherwise_is_a_finding(before: str, after: str, code: str) -> None:
    text = SETUP.replace(before, after)
    if after.startswith("<To2"):
        text = text.replace("</To>", "</To2>")
    assert list(found(text)) == [code]


def test_a_z_is_an_offset() -> None:
    assert not found(SETUP.replace("+01:00", "Z"))


def test_without_a_header_three_parties_are_missing_and_all_are_empty() -> None:
    text = SETUP[: SETUP.index("<Header>")] + SETUP[SETUP.index("</Header>") + 9 :]
    assert found(text) == {"cxml.header.incomplete": 3}
    assert read(text).header == Header()


def test_a_secret_in_a_message_is_a_finding() -> None:
    text = SETUP.replace("Request deploymentMode", "Message deploymentMode").replace("</Request>", "</Message>")
    assert found(text) == {"cxml.secret.shown": 11}


def test_a_response_has_a_status_and_no_header() -> None:
    bare = '<cXML payloadID="1" timestamp="2026-03-01T12:00:00Z"><Response>{}</Response></cXML>'
    document = read(bare.format('<Status code="409" text="Conflict">other content</Status>'))
    assert (document.kind, document.type) == (Kind.RESPONSE, "Status")
    assert document.status == Status(409, "Conflict", "other content")
    with_page = '<Status code="200" text="OK"/><PunchOutSetupResponse/>'
    assert read(bare.format(with_page)).type == "PunchOutSetupResponse"
    assert found(bare.format('<Status code="OK" text="OK"/>')) == {"cxml.status.unknown": 1}
    assert read(bare.format('<Status code="OK" text="OK"/>')).status is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "charset.invalid"),
        (b"ISA*00*", "charset.invalid"),
        (b"<html><body/></html>", "cxml.missing"),
        (b"<cXML/>", "cxml.body.missing"),
        (b"<cXML><Request/></cXML>", "cxml.body.missing"),
        (b"<cXML><Request><OrderRequest></Request></cXML>", "xml.not-well-formed"),
        (b'<!DOCTYPE cXML [<!ENTITY a "b">]><cXML>&a;</cXML>', "xml.doctype"),
        (b'<!DOCTYPE cXML SYSTEM "file:///etc/passwd"><cXML/>', "xml.doctype"),
        (b'<!DOCTYPE cXML SYSTEM "http://evil.example/cXML.dtd"><cXML/>', "xml.doctype"),
        (b'<?xml version="1.0" encoding="UTF-8"?><cXML>\xe4</cXML>', "xml.not-well-formed"),
        (b'<?xml version="1.0" encoding="UTF-7"?><cXML/>', "charset.invalid"),
        ('<?xml version="1.0" encoding="cp037"?><cXML/>'.encode("cp037"), "charset.invalid"),
        ('<?xml version="1.0"?><cXML/>'.encode("utf-32"), "charset.invalid"),
    ],
    ids=lambda each: each[:40].decode("latin-1") if isinstance(each, bytes) else each,
)
def test_what_is_no_cxml_is_refused_with_a_code(content: bytes, code: str) -> None:
    assert refused(content) == code


def test_entities_that_grow_are_refused_before_they_grow() -> None:
    bomb = ["<!DOCTYPE cXML ["] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(12)]
    assert refused(("".join(bomb) + "]><cXML>&a11;</cXML>").encode()) in ("xml.doctype", "limit.exceeded")
    external = b'<!DOCTYPE cXML [<!ENTITY x SYSTEM "file:///etc/passwd">]><cXML><Request>&x;</Request></cXML>'
    assert refused(external) in ("xml.doctype", "xml.not-well-formed")


def test_more_than_is_taken_is_refused() -> None:
    assert refused(SETUP.encode(), TreeLimits(bytes=100)) == "limit.exceeded"
    assert refused(SETUP.encode(), TreeLimits(nodes=10)) == "limit.exceeded"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_it_is_read_in_each_encoding_it_declares(encoding: str) -> None:
    text = SETUP.replace("UTF-8", encoding.removesuffix("-sig")).replace("Suite 1.0", "Süite")
    document = read_cxml(text.encode(encoding))
    assert isinstance(document, CxmlDocument)
    assert document.header.user_agent == "Süite"


def test_a_payload_id_may_be_as_long_as_it_likes() -> None:
    assert read(SETUP.replace("1.a@buyer", "p" * 300)).payload_id == "p" * 300


@given(st.binary() | st.text().map(lambda text: SETUP.replace("Suite 1.0", text).encode("utf-8", "replace")))
def test_whatever_comes_is_read_or_refused(content: bytes) -> None:
    result = read_cxml(content)
    assert isinstance(result, CxmlDocument) or result.is_error


@given(st.integers(0, len(SETUP) - 1), st.binary(max_size=3))
def test_a_document_that_is_damaged_anywhere_is_read_or_refused(at: int, damage: bytes) -> None:
    content = SETUP.encode()
    result = read_cxml(content[:at] + damage + content[at + 1 :])
    assert isinstance(result, CxmlDocument) or result.is_error


def test_codes_are_taken_by_their_hundred() -> None:
    outcomes = {code: Status(code, "").outcome for code in (200, 204, 299, 400, 499, 500, 560, 599, 100, 300, 999)}
    assert {code for code, outcome in outcomes.items() if outcome is Outcome.DONE} == {200, 204, 299}
    assert {code for code, outcome in outcomes.items() if outcome is Outcome.REFUSED} == {400, 499}
    assert status(409, "why") == Status(409, "Conflict", "why")


def test_who_sends_is_read_before_the_rest_and_no_more_of_it() -> None:
    document = read(SETUP)
    told = Preface(Kind.REQUEST, document.version, document.header)
    assert read_preface(SETUP.encode()) == told
    endless = SETUP.replace("</PunchOutSetupRequest>", "<a/>" * 50_000 + "<broken")
    assert refused(endless.encode()) == "xml.not-well-formed"
    assert read_preface(endless.encode()) == told


@pytest.mark.parametrize("content", [b"", b"<a/>", b"<cXML/>", b"<cXML>" + b"<a/>" * 50_000, b"<cXML><Request"])
def test_a_document_that_does_not_begin_as_one_is_refused_as_a_whole_one_is(content: bytes) -> None:
    assert isinstance(read_preface(content), Issue)
