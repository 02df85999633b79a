"""The cXML connector: a document posted with the secret it is not kept with, and what its Status means."""

from __future__ import annotations

import socket
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.cxml import CONNECTOR
from gateway.connector import Connection, ConnectionConfig, Delivery, Poller, Receipt, Sender, safe_name
from gateway.cxml.document import Credential, inner
from gateway.cxml.envelope import Envelope, request
from gateway.errors import ConfigError, PermanentError, TransientError, UnknownOutcomeError
from gateway.testing.connector_suite import QuietSenderSuite, RepeatableSuite, SenderSuite
from gateway.testing.cxml_buyer import CxmlBuyer, Reply, answered, cxml_buyer, dripping, dropped, hanging, page
from gateway.testing.memory import Notes
from gateway.workspace.configuration import load
from tests.workspace.test_configuration import told

SECRET = "S3cr3t & more"  # noqa: S105 - of a buyer that is played
US = (Credential("DUNS", "123456789"),)


@pytest.fixture
def buyer() -> Iterator[CxmlBuyer]:
    with cxml_buyer() as each:
        yield each


def made(*lines: str) -> Connection:
    """A connection of a file with these lines; the secret it names is SECRET."""
    content = "\n".join(['kind = "cxml"', 'profile = "cxml"', "private = true", *lines]).encode()
    values = load({"connections/acme.toml": content}).connections["acme"].values
    return CONNECTOR.open(ConnectionConfig("acme", Path(), values, lambda _: SECRET, Notes()))


def opened(buyer: CxmlBuyer, *more: str) -> Connection:
    return made(f'url = "{buyer.url}"', 'secret = "env:SHOWN"', *more)


def document(payload_id: str, text: str = "") -> bytes:
    """A document of ours with this payloadID, as the outbox keeps it."""
    body = f"<StatusUpdateRequest><Status code='200' text='OK'>{text}</Status></StatusUpdateRequest>"
    envelope = Envelope(
        dtd="1.2.050", payload_id=payload_id, timestamp=datetime(2026, 3, 1, 12, tzinfo=UTC), from_=US, to=US,
        sender=US, user_agent="gateway",
    )  # fmt: skip
    return request(envelope, body.encode())


def sent(buyer: CxmlBuyer, reply: Reply, *more: str) -> Receipt:
    """What comes of sending to a buyer who replies so."""
    buyer.reply = reply
    return opened(buyer, *more).sender().send(Delivery("CONFIRM_1.xml", document("p.1@us"), "p.1@us"))


class _Wrapped:
    """A sender that is given any content: it travels in a document, whose payloadID is its name."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def send(self, delivery: Delivery) -> Receipt:
        content = document(safe_name(delivery.name), b64encode(delivery.content).decode())
        return self._sender.send(Delivery(delivery.name, content, delivery.idempotency_key))


class _Buyer:
    """The buyer's server as the suites see it."""

    def __init__(self, buyer: CxmlBuyer) -> None:
        self._buyer = buyer

    def open(self) -> _Buyer:
        return self

    def sender(self) -> Sender:
        return _Wrapped(opened(self._buyer).sender())

    def poller(self) -> Poller:
        return opened(self._buyer).poller()

    def finds(self) -> Mapping[str, bytes]:
        return {
            name: b64decode(status.text)
            for name, posted in self._buyer.kept.items()
            if (status := inner(posted.document.body, "Status"))
        }


class TestCxmlSender(SenderSuite, RepeatableSuite, QuietSenderSuite):
    secrets = (SECRET,)

    @pytest.fixture(autouse=True)
    def _outside(self, buyer: CxmlBuyer) -> None:
        self.outside = _Buyer(buyer)  # type: ignore[assignment]


def test_a_document_is_posted_as_cxml_with_the_secret_it_is_not_kept_with(buyer: CxmlBuyer) -> None:
    content = document("p.1@us")
    assert b"SharedSecret" not in content
    receipt = opened(buyer).sender().send(Delivery("CONFIRM_1.xml", content, "p.1@us"))
    assert receipt == Receipt("200 OK")
    [posted] = buyer.posted
    assert posted.headers["content-type"] == "text/xml; charset=UTF-8"
    assert posted.document.header.sender == (Credential("DUNS", "123456789", SECRET),)
    assert not any(each.secret for each in (*posted.document.header.from_, *posted.document.header.to))
    assert posted.content.replace(b"<SharedSecret>S3cr3t &amp; more</SharedSecret>", b"") == content


def test_without_a_secret_none_is_shown(buyer: CxmlBuyer) -> None:
    made(f'url = "{buyer.url}"').sender().send(Delivery("1.xml", document("p.1@us"), "p.1@us"))
    assert buyer.posted[0].content == document("p.1@us")


def test_what_has_no_sender_to_show_a_secret_in_is_never_posted(buyer: CxmlBuyer) -> None:
    with pytest.raises(PermanentError, match="No secret can be shown"):
        opened(buyer).sender().send(Delivery("1.csv", b"a;b", "1"))
    assert not buyer.posted


@pytest.mark.parametrize("code", [200, 201, 204, 280, 299])
def test_a_status_of_success_is_the_receipt(buyer: CxmlBuyer, code: int) -> None:
    assert sent(buyer, answered(code)).reference.startswith(f"{code} ")


@pytest.mark.parametrize("http", [200, 400, 500])
@pytest.mark.parametrize("code", [400, 401, 409, 450, 499])
def test_a_status_that_refuses_is_for_good_whatever_http_says(buyer: CxmlBuyer, code: int, http: int) -> None:
    with pytest.raises(PermanentError, match=f"Status {code} .*unknown order"):
        sent(buyer, answered(code, "unknown order", http))


@pytest.mark.parametrize("code", [500, 550, 560, 599, 399])
def test_any_other_status_is_tried_again(buyer: CxmlBuyer, code: int) -> None:
    with pytest.raises(TransientError, match=f"Status {code} "):
        sent(buyer, answered(code))


@pytest.mark.parametrize("http", [301, 401, 403, 404, 405, 429, 503])
def test_a_page_by_which_nobody_has_taken_it_is_tried_again(buyer: CxmlBuyer, http: int) -> None:
    with pytest.raises(TransientError, match=f"answers {http} without a Status"):
        sent(buyer, page(http, {"Location": "http://127.0.0.1:1/", "Retry-After": "9"}))


def test_a_document_that_is_too_large_for_the_other_side_is_for_good(buyer: CxmlBuyer) -> None:
    with pytest.raises(PermanentError, match="too large"):
        sent(buyer, page(413))


@pytest.mark.parametrize(
    "reply",
    [page(200), page(500), page(502), page(400), dropped],
    ids=["200", "500", "502", "400", "dropped"],
)
def test_where_no_status_tells_it_is_not_known_what_the_other_side_has(buyer: CxmlBuyer, reply: Reply) -> None:
    with pytest.raises(UnknownOutcomeError):
        sent(buyer, reply)


@pytest.mark.parametrize("reply", [hanging, dripping])
def test_an_answer_that_does_not_come_ends_with_the_timeout(buyer: CxmlBuyer, reply: Reply) -> None:
    with pytest.raises(UnknownOutcomeError):
        sent(buyer, reply, 'timeout = "1s"')


def test_a_secret_that_the_other_side_repeats_is_told_to_nobody(buyer: CxmlBuyer) -> None:
    with pytest.raises(PermanentError) as refusal:
        sent(buyer, answered(401, f"there is no {SECRET} here"))
    assert SECRET not in str(refusal.value)
    assert "there is no *** here" in str(refusal.value)


def test_a_closed_door_is_tried_again() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f'url = "http://127.0.0.1:{held.getsockname()[1]}/cxml"'
        with pytest.raises(TransientError, match="Nothing was sent"):
            made(url).sender().send(Delivery("1.xml", document("p.1@us"), "p.1@us"))


def test_a_connection_that_only_answers_sends_nothing_and_says_where_it_is_called() -> None:
    with pytest.raises(PermanentError, match="sends nothing"):
        made().sender()
    with pytest.raises(PermanentError, match="posts to /cxml"):
        made().poller()
    assert made().test() == ["its buyer posts to /cxml and is known by the credentials of its partner"]


def test_looking_at_it_asks_for_the_head_of_its_address(buyer: CxmlBuyer) -> None:
    assert opened(buyer).test()[1].startswith("answers 405 to HEAD")
    assert not buyer.posted


def test_a_url_that_is_none_is_told() -> None:
    with pytest.raises(ConfigError, match="acme: The URL is not one that is taken"):
        made('url = "ftp://example.com"').sender()


@pytest.mark.parametrize(
    "origin",
    [
        "https://buyer.example/", "https://buyer.example/path", "buyer.example", "https://*.example", "*",
        "https://user@buyer.example", "https://buyer.example\\\\@evil.example", "javascript:alert(1)", "null",
    ],
)  # fmt: skip
def test_what_is_no_exact_origin_is_told_with_its_place(origin: str) -> None:
    [only] = told({"connections/acme.toml": f'kind = "cxml"\nreturn_origins = "{origin}"\n'.encode()})
    assert only.startswith("connections/acme.toml:2:")
    assert "is no origin" in only


def test_orders_come_and_their_answers_go_by_it_where_it_has_a_url() -> None:
    partner = b"""name = "ACME"
account = "10001"
[[agreement]]
receive = "cxml OrderRequest"
via = "acme"
[[agreement]]
send = "cxml ConfirmationRequest"
via = "acme"
"""
    files = {"partners/acme.toml": partner, "connections/acme.toml": b'kind = "cxml"\n'}
    assert [each for each in told(files) if "by acme: its file names no url" in each]
    files["connections/acme.toml"] += b'url = "https://buyer.example/cxml"\n'
    assert not [each for each in told(files) if "by acme" in each]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('url = "buyer.example/cxml"', "url: The URL is not one that is taken"),
        ('user = "we"', "user is named without password (name both, or none)"),
    ],
)
def test_a_way_that_leads_nowhere_is_told_with_its_place(line: str, problem: str) -> None:
    [only] = told({"connections/acme.toml": f'kind = "cxml"\n{line}\n'.encode()})
    assert only.startswith(f"connections/acme.toml:2:1: {problem}")
