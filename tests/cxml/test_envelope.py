"""cXML written: valid by its DTD, read back as it was meant, and without a secret until it is posted."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cxml.document import Credential, CxmlDocument, Kind, read_cxml
from gateway.cxml.dtd import validate
from gateway.cxml.envelope import Envelope, Stamp, message, module_of, request, response, with_secret
from gateway.cxml.status import Status, status
from gateway.xml.writer import unholdable
from tests.cxml.reference import dtds

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
BUYER, US = (Credential("NetworkId", "AN01"), Credential("DUNS", "1&2")), (Credential("DUNS", "987654321"),)
UPDATE = b'<StatusUpdateRequest><DocumentReference payloadID="1"/><Status code="200" text="OK"/></StatusUpdateRequest>'
CONFIRMATION = (
    b"<ConfirmationRequest><ConfirmationHeader type='accept' noticeDate='2026-03-01T12:00:00+01:00'/>"
    b"<OrderReference><DocumentReference payloadID='1.a@buyer'/></OrderReference></ConfirmationRequest>"
)
CART = (
    b"<PunchOutOrderMessage><BuyerCookie>x</BuyerCookie><PunchOutOrderMessageHeader operationAllowed='create'>"
    b"<Total><Money currency='EUR'>0</Money></Total></PunchOutOrderMessageHeader></PunchOutOrderMessage>"
)


def envelope(**changed: object) -> Envelope:
    """An envelope of ours, with what is changed."""
    stated: dict[str, object] = {
        "dtd": "1.2.071", "payload_id": "2.b@us", "timestamp": NOON, "from_": US, "to": BUYER, "sender": US,
        "user_agent": "gateway 1", "deployment_mode": "test", **changed,
    }  # fmt: skip
    return Envelope(**stated)  # type: ignore[arg-type]


def read(content: bytes) -> CxmlDocument:
    """The document as its receiver reads it, without a finding."""
    document = read_cxml(content)
    assert isinstance(document, CxmlDocument)
    assert not document.findings
    return document


def test_a_request_is_read_as_it_was_meant() -> None:
    document = read(request(envelope(), UPDATE))
    assert (document.kind, document.type, document.deployment_mode) == (Kind.REQUEST, "StatusUpdateRequest", "test")
    assert (document.payload_id, document.timestamp) == ("2.b@us", "2026-03-01T12:00:00+01:00")
    assert (document.header.from_, document.header.to, document.header.sender) == (US, BUYER, US)
    assert (document.header.user_agent, document.version, document.language) == ("gateway 1", "1.2.071", "en-US")


def test_an_instant_in_utc_has_an_offset_and_no_z() -> None:
    content = request(envelope(timestamp=NOON.astimezone(UTC)), UPDATE)
    assert read(content).timestamp == "2026-03-01T11:00:00+00:00"
    with pytest.raises(ValueError, match="zone"):
        request(envelope(timestamp=NOON.replace(tzinfo=None)), UPDATE)


@pytest.mark.parametrize("version", ["1.2.014", "1.2.020", "1.2.036", "1.2.050", "1.2.063", "1.2.071"])
def test_what_is_written_follows_the_dtd_of_its_version(version: str) -> None:
    written = [
        request(envelope(dtd=version), UPDATE),
        message(envelope(dtd=version, in_reply_to="1.a@buyer"), CART),
        message(envelope(dtd=version), CART, status(204)),
        response(Stamp(dtd=version, payload_id="3", timestamp=NOON), status(406, "<why> & where")),
        with_secret(request(envelope(dtd=version), UPDATE), "s3<r&t"),
    ]
    for content in written:
        assert f"/cXML/{version}/cXML.dtd".encode() in content
        assert validate(content, dtds()) in ([], read_cxml(content).findings)  # type: ignore[union-attr]


@pytest.mark.parametrize("version", ["1.2.050", "1.2.063", "1.2.071"])
def test_a_document_of_another_module_names_that(version: str) -> None:
    content = request(envelope(dtd=version), CONFIRMATION)
    assert read(content).dtd.endswith(f"/{version}/Fulfill.dtd")
    assert validate(content, dtds()) == []


def test_each_document_is_written_by_the_dtd_in_whose_envelope_it_stands() -> None:
    allowed = {}
    for file in (dtds() / "1.2.071").glob("*.dtd"):
        lists = re.findall(r'<!ENTITY % cxml\.(?:requests|messages) "([^"]*)"', file.read_text("utf-8"))
        allowed[file.stem] = set(re.findall(r"\w+(?:Request|Message)\b", " ".join(lists)))
    # Of Private.dtd a network and its own programs make use.
    documents = set().union(*(names for module, names in allowed.items() if module != "Private"))
    assert len(documents) > 50
    assert [each for each in documents if each not in allowed[module_of(each)]] == []


def test_a_declaration_of_the_document_is_left_out_and_its_encoding_kept() -> None:
    body = '\ufeff<?xml version="1.0" encoding="iso-8859-1"?>\n<StatusUpdateRequest a="ä"/>\n'
    plain = '<?xml version="1.0" encoding="UTF-8"?><StatusUpdateRequest a="ä"/>'
    for each in (body.removeprefix("\ufeff").encode("latin-1"), plain.encode(), plain.encode("utf-8-sig")):
        content = request(envelope(), each)
        assert content.count(b"<?xml") == 1
        assert read(content).body.children[0].text == "ä"


def test_what_an_encoding_lacks_is_written_as_a_reference() -> None:
    body = '<StatusUpdateRequest a="ä€\U0001f600">ü</StatusUpdateRequest>'.encode()
    for encoding in ("US-ASCII", "ISO-8859-1", "UTF-8"):
        content = request(envelope(encoding=encoding, user_agent="ü"), body)
        assert content.startswith(f'<?xml version="1.0" encoding="{encoding}"?>'.encode())
        document = read(content)
        assert (document.body.children[0].text, document.body.text) == ("ä€\U0001f600", "ü")
        assert encoding != "US-ASCII" or content.isascii()


def test_a_response_holds_a_document_beside_its_status() -> None:
    stamp = Stamp(dtd="1.2.014", payload_id="3", timestamp=NOON, language="de")
    document = read(response(stamp, Status(200, "OK"), b"<PunchOutSetupResponse><StartPage/></PunchOutSetupResponse>"))
    assert (document.kind, document.type, document.status) == (
        Kind.RESPONSE,
        "PunchOutSetupResponse",
        Status(200, "OK"),
    )


def test_the_secret_is_shown_in_the_first_credential_of_the_sender_alone() -> None:
    content = request(envelope(sender=BUYER), UPDATE)
    assert b"SharedSecret" not in content
    document = read(with_secret(content, "ü<&>"))
    assert [each.secret for each in document.header.sender] == ["ü<&>", None]
    assert not any(each.secret for each in (*document.header.from_, *document.header.to))
    with pytest.raises(ValueError, match="Sender"):
        with_secret(b"<cXML/>", "x")


TEXTS = st.text(max_size=20).filter(lambda text: not unholdable(text)).map(lambda text: text.strip(" \t\r\n"))


@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["UTF-8", "US-ASCII", "ISO-8859-1", "windows-1252"]))
def test_whatever_the_texts_are_they_come_back(identity: str, secret: str, told: str, encoding: str) -> None:
    party = (Credential(identity, identity),)
    made = envelope(payload_id=told, from_=party, to=party, sender=party, user_agent=told, encoding=encoding)
    document = read_cxml(with_secret(request(made, UPDATE), secret))
    assert isinstance(document, CxmlDocument)
    assert document.header.from_ == party
    assert document.header.sender == (Credential(identity, identity, secret),)
    assert (document.payload_id, document.header.user_agent) == (told, told)
