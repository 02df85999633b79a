"""The http connector: it says what is let in where it is posted, and posts what leaves under its key."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from connectors.http import CONNECTOR
from gateway.connector import Connection, ConnectionConfig, Delivery, Listener, Listening, Receipt, safe_name
from gateway.errors import ConfigError, GatewayError, PermanentError, TransientError, UnknownOutcomeError
from gateway.testing.connector_suite import LostAnswerSuite, QuietSenderSuite, RepeatableSuite, SenderSuite
from gateway.testing.memory import Notes
from gateway.workspace.configuration import load
from tests.outbound.servers import Other, Taken, answered
from tests.workspace.test_configuration import told, workspace

DELIVERY = Delivery("ORDERS_4711_01J.edi", b"UNB+UNOC:3", "order/01J/1", "ORDERS", "47/11", "01J")


def opened(content: str) -> Listening:
    """A connection of this file."""
    connection = made(content)
    assert isinstance(connection, Listening)
    return connection


def made(content: str) -> Connection:
    """A connection of this file, for which a secret is called what it is."""
    values = load({"connections/in.toml": content.encode()}).connections["in"].values
    return CONNECTOR.open(ConnectionConfig("in", Path(), values, lambda name: f"<{name}>", Notes()))


def sent(other: Other, *more: str, url: str = "/in", delivery: Delivery = DELIVERY) -> Receipt:
    """What comes of sending by a connection with these lines too."""
    lines = ['kind = "http"', f'url = "{other.url(url)}"', "private = true", *more]
    return made("\n".join(lines)).sender().send(delivery)


class _Receiver:
    """A receiver that keeps what has a new key, under the name that is in its path."""

    def __init__(self, other: Other) -> None:
        self._other = other

    def open(self) -> Connection:
        lines = ['kind = "http"', f'url = "{self._other.url("/in/{name}")}"', "private = true", 'token = "env:TOKEN"']
        return made("\n".join(lines))

    def lose_answers(self) -> None:
        self._other.respond = lambda _, line: line.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._other.respond = answered(200)

    def finds(self) -> Mapping[str, bytes]:
        first = {taken.headers["idempotency-key"]: taken for taken in reversed(self._other.taken)}
        return {safe_name(unquote(_path(taken).removeprefix("/in/"))): taken.body for taken in first.values()}


def _path(taken: Taken) -> str:
    return taken.line.split()[1]


class TestHttpSender(SenderSuite, RepeatableSuite, LostAnswerSuite, QuietSenderSuite):
    secrets = ("<env:TOKEN>",)

    @pytest.fixture(autouse=True)
    def _outside(self, other: Other) -> None:
        self.outside = _Receiver(other)  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("content", "lets_in"),
    [
        ('kind = "http"\n', Listener((), None)),
        ('kind = "http"\naccepts = "edifact"\nmax_bytes = 1000\n', Listener(("edifact",), 1_000)),
        ('kind = "http"\naccepts = ["csv", "xml"]\n', Listener(("csv", "xml"), None)),
    ],
)
def test_it_lets_in_what_its_file_says(content: str, lets_in: Listener) -> None:
    assert opened(content).listener() == lets_in


def test_it_neither_fetches_nor_sends_and_tells_where_is_posted() -> None:
    connection = opened('kind = "http"\n')
    for way in ("poller", "sender"):
        with pytest.raises(PermanentError, match="in "):
            getattr(connection, way)()
    [line] = connection.test()  # type: ignore[attr-defined]
    assert "/in/in" in line


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'kind = "http"\nmax_bytes = 0\n', "connections/more.toml:2:1: max_bytes: 0 is too small (write 1 or more)"),
        (b'kind = "http"\nmax_bytes = "1"\n', "connections/more.toml:2:1: max_bytes: '1' is no whole number"),
        (b'kind = "http"\naccepts = "pdf"\n', "connections/more.toml:2:1: accepts: 'pdf' is not possible"),
        (b'kind = "http"\npath = "inbox"\n', "connections/more.toml:2:1: unknown key path"),
        (
            b'kind = "http"\nurl = "erp.example/in"\n',
            "connections/more.toml:2:1: url: The URL is not one that is taken",
        ),
        (
            b'kind = "http"\nurl = "https://a.example/{ref}"\n',
            "connections/more.toml:2:1: url knows no {ref} (it knows",
        ),
        (b'kind = "http"\nuser = "we"\n', "connections/more.toml:2:1: user is named without password (name both"),
        (b'kind = "http"\npassword = "env:A"\n', "connections/more.toml:2:1: password is named without user"),
        (
            b'kind = "http"\ntoken = "env:A"\nheaders = { authorization = "x" }\n',
            "connections/more.toml:2:1: token and authorization both say who we are (name one of them)",
        ),
        (b'kind = "http"\ncertificate_key = "env:A"\n', "connections/more.toml:2:1: certificate_key is named without"),
        (b'kind = "http"\nnetworks = ["10.1.0.5/16"]\n', "connections/more.toml:2:1: networks: 10.1.0.5/16 has host"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(content: bytes, problem: str) -> None:
    [only] = told(workspace(connections_more=content))
    assert only.startswith(problem)


def test_nothing_is_sent_by_a_connection_that_only_listens() -> None:
    [only] = told(workspace(connections_outbox=b'kind = "http"\n'))
    assert only.startswith("partners/acme.toml:")
    assert "nothing can be sent by outbox: its file names no url (write it there, or name another connection)" in only


def test_a_document_is_posted_whole_under_its_key_and_as_what_it_is(other: Other) -> None:
    other.respond = answered(201, headers={"Location": "/orders/17"})
    assert sent(other) == Receipt("201 /orders/17")
    [taken] = other.taken
    assert (taken.line, taken.body) == ("POST /in HTTP/1.1", b"UNB+UNOC:3")
    assert (taken.headers["idempotency-key"], taken.headers["content-type"]) == ("order/01J/1", "application/EDIFACT")


def test_the_address_holds_what_it_names_of_the_document_each_as_one_part(other: Other) -> None:
    sent(other, 'method = "PUT"', url="/{type}/{reference}?name={name}&key={key}")
    assert other.taken[0].line == "PUT /ORDERS/47%2F11?name=ORDERS_4711_01J.edi&key=order%2F01J%2F1 HTTP/1.1"
    sent(other, url="/{reference}/x", delivery=Delivery("a.edi", b"", "k", reference=".."))
    assert other.taken[1].line == "POST /%2E%2E/x HTTP/1.1"


def test_who_we_are_is_told_by_the_secrets_that_are_named(other: Other) -> None:
    sent(other, 'user = "us"', 'password = "env:PASSWORD"')
    sent(other, 'token = "env:TOKEN"', 'headers = { X-Api-Key = "env:API", X-Plain = "plain" }')
    first, second = other.taken
    assert first.headers["authorization"] == "Basic dXM6PGVudjpQQVNTV09SRD4="
    assert second.headers["authorization"] == "Bearer <env:TOKEN>"
    assert (second.headers["x-api-key"], second.headers["x-plain"]) == ("<env:API>", "plain")


def test_what_is_configured_of_the_head_is_kept(other: Other) -> None:
    sent(other, 'key_header = "X-Request-Id"', 'content_type = "application/edi-x12; charset=utf-8"')
    [taken] = other.taken
    assert taken.headers["x-request-id"] == "order/01J/1"
    assert taken.headers["content-type"] == "application/edi-x12; charset=utf-8"


@pytest.mark.parametrize("key", ["Müller/1", "a" * 300, "line\nbreak", ""])
def test_a_key_that_fits_in_no_header_goes_as_its_digest(other: Other, key: str) -> None:
    for _ in range(2):
        sent(other, delivery=Delivery("a.edi", b"", key))
    first, second = (each.headers["idempotency-key"] for each in other.taken)
    assert first == second
    assert len(first) == 64


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_who_is_away_for_now_is_tried_again_when_he_says(other: Other, status: int) -> None:
    other.respond = answered(status, b"<html>Bad Gateway</html>", "text/html", {"Retry-After": "120"})
    with pytest.raises(TransientError, match=f"answered {status}") as told_of:
        sent(other, "repeatable = true")
    assert told_of.value.after == timedelta(seconds=120)


@pytest.mark.parametrize(
    ("status", "raised"),
    [(429, TransientError), (503, TransientError), *((each, UnknownOutcomeError) for each in (500, 502, 504))],
)
def test_who_keeps_to_no_key_and_broke_off_at_it_may_have_it(
    other: Other, status: int, raised: type[GatewayError]
) -> None:
    other.respond = answered(status)
    with pytest.raises(raised, match=f"answered {status}"):
        sent(other)


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (301, "put it into url"),
        (400, "Look at the document"),
        (401, "Look at user, password and token"),
        (403, "does not let us in"),
        (404, "Look at url"),
        (405, "Look at method"),
        (409, "something else under this key"),
        (413, "too large"),
        (415, "Look at content_type"),
        (422, "refuses the document"),
        (501, "refuses the document"),
    ],
)
def test_a_refusal_is_for_good_and_says_what_to_look_at(other: Other, status: int, advice: str) -> None:
    other.respond = answered(status, headers={"Location": "http://127.0.0.1:1/"})
    with pytest.raises(PermanentError, match=advice):
        sent(other)


def test_a_conflict_about_our_key_says_that_it_was_there_before(other: Other) -> None:
    other.respond = answered(409, b'{"key": "order/01J/1"}', "application/json")
    assert sent(other) == Receipt("409", repeated=True)
    other.respond = answered(422)
    assert sent(other, 'repeated = "422"').repeated


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><p>Log in",
        b"\xef\xbb\xbf \n<HTML>Welcome",
        b"<html lang='de'>",
        b'<?xml version="1.0"?>\n<!-- saved -->\n<!DOCTYPE html PUBLIC "x">',
        "<html>Log in".encode("utf-16"),
        b"<head><title>Log in",
    ],
)
def test_a_page_of_html_is_no_answer_of_a_program(other: Other, page: bytes) -> None:
    other.respond = answered(200, page, "text/html")
    with pytest.raises(UnknownOutcomeError, match="answered 200 with text/html"):
        sent(other)


def test_a_good_answer_is_of_the_kind_that_is_expected(other: Other) -> None:
    other.respond = answered(200, b"ok", "text/html")
    assert sent(other) == Receipt("200")
    with pytest.raises(UnknownOutcomeError, match="not with application/json"):
        sent(other, 'expects = "application/json"')
    other.respond = answered(200, b"{}", "Application/JSON; charset=utf-8")
    assert sent(other, 'expects = "application/json"') == Receipt("200")


def test_an_answer_that_is_lost_is_not_known_to_have_failed(other: Other) -> None:
    other.respond = lambda _, __: None
    with pytest.raises(UnknownOutcomeError):
        sent(other)


def test_looking_at_it_sends_no_document_and_says_what_it_answers(other: Other) -> None:
    lines = f'kind = "http"\nurl = "{other.url("/in")}"\nprivate = true\n'
    other.respond = answered(405)
    assert made(lines).test()[-1].startswith("answers 405 to HEAD")
    other.respond = answered(401)
    with pytest.raises(PermanentError, match="Look at user, password and token"):
        made(lines).test()
    assert [each.body for each in other.taken] == [b"", b""]


@pytest.mark.parametrize(
    ("status", "advice"), [(302, "put it into url"), (407, "proxy"), (502, "does not reach it"), (503, "away for now")]
)
def test_looking_at_who_would_take_nothing_says_so(other: Other, status: int, advice: str) -> None:
    other.respond = answered(status)
    with pytest.raises(PermanentError, match=f"answers {status}: .*{advice}"):
        made(f'kind = "http"\nurl = "{other.url("/in")}"\nprivate = true\n').test()  # type: ignore[attr-defined]


@pytest.mark.parametrize("url", ["http://user@erp.example/", "ftp://erp.example/", "https://erp.example/ x"])
def test_a_url_that_is_none_is_told_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ConfigError, match="in: The URL is not one"):
        made(f'kind = "http"\nurl = "{url}"\n').sender()
