"""The webhook connector: an event posted once for whoever keeps to its id, and signed so that nobody else could."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from connectors.webhook import CONNECTOR
from gateway.connector import Connection, ConnectionConfig, Delivery, safe_name
from gateway.errors import ConfigError, PermanentError, TransientError, UnknownOutcomeError
from gateway.signing import key_id, signature, signatures
from gateway.testing.connector_suite import QuietSenderSuite, RepeatableSuite, SenderSuite
from gateway.testing.memory import Notes
from gateway.testing.webhooks import refusal
from gateway.workspace.configuration import load
from tests.outbound.servers import Other, answered
from tests.workspace.test_configuration import told, workspace

EVENT = b'{"seq":17,"type":"order.received"}'
DELIVERY = Delivery("order.received_17_01J.json", EVENT, "event/shop/0/17", "order.received", "17", "01J")
SECRETS = {"env:NEW": "the-new-one", "env:OLD": "the-old-one"}


def hook(other: Other, signed_by: str = '"env:NEW"', *more: str) -> Connection:
    """A webhook that posts to the other side."""
    lines = ['kind = "webhook"', f'url = "{other.url("/hook")}"', "private = true", f"secret = {signed_by}", *more]
    values = load({"connections/shop.toml": "\n".join(lines).encode()}).connections["shop"].values
    return CONNECTOR.open(ConnectionConfig("shop", Path(), values, SECRETS.__getitem__, Notes()))


class _Receiver:
    """A receiver that keeps to the id of the event, as its documentation says."""

    def __init__(self, other: Other) -> None:
        self._other = other

    def open(self) -> Connection:
        return hook(self._other)

    def finds(self) -> Mapping[str, bytes]:
        return {safe_name(taken.headers["gateway-event"]): taken.body for taken in self._other.taken}


class TestWebhookSender(SenderSuite, RepeatableSuite, QuietSenderSuite):
    secrets = tuple(SECRETS.values())

    @pytest.fixture(autouse=True)
    def _outside(self, other: Other) -> None:
        self.outside = _Receiver(other)  # type: ignore[assignment]


def test_an_event_is_posted_with_its_id_and_type_and_signed_now(other: Other) -> None:
    assert hook(other).sender().send(DELIVERY).reference == "204"
    [taken] = other.taken
    assert (taken.line, taken.body) == ("POST /hook HTTP/1.1", EVENT)
    assert (taken.headers["gateway-event"], taken.headers["gateway-event-type"]) == ("17", "order.received")
    assert refusal(taken.headers, taken.body, ["the-new-one"], time.time()) is None


def test_while_one_secret_takes_the_place_of_another_receivers_with_either_take_it(other: Other) -> None:
    hook(other, '["env:NEW", "env:OLD"]').sender().send(DELIVERY)
    [taken] = other.taken
    for secret in SECRETS.values():
        assert refusal(taken.headers, taken.body, [secret], time.time()) is None
        assert f"; key={key_id(secret)}" in taken.headers["gateway-signature"]
    assert refusal(taken.headers, taken.body, ["another"], time.time()) is not None


def test_what_was_changed_forged_or_kept_for_long_is_refused(other: Other) -> None:
    hook(other).sender().send(DELIVERY)
    [taken] = other.taken
    known, signed_at = ["the-new-one"], int(taken.headers["gateway-timestamp"])
    assert refusal(taken.headers, taken.body + b" ", known, signed_at) == "no secret that is known has signed this"
    later = {**taken.headers, "gateway-timestamp": f"{signed_at + 1}"}
    assert refusal(later, taken.body, known, signed_at) == "no secret that is known has signed this"
    assert "too long ago" in (refusal(taken.headers, taken.body, known, signed_at + 301) or "")
    assert "too long ago" in (refusal(taken.headers, taken.body, known, signed_at - 301) or "")
    for missing in ("gateway-timestamp", "gateway-signature"):
        left = {name: value for name, value in taken.headers.items() if name != missing}
        assert refusal(left, taken.body, known, signed_at) is not None
    assert refusal({**taken.headers, "gateway-signature": "sha256=ü, ,;"}, taken.body, known, signed_at) is not None
    assert refusal(taken.headers, taken.body, [], signed_at) is not None


def test_the_signature_is_the_one_that_is_documented() -> None:
    timestamp, body = "1767225600", b'{"seq":17,"type":"order.received"}'
    assert signature("s3cr3t", timestamp, body) == (
        "sha256=18e864b1e52897e9ff428548fc485d4f8aaac5c2dc8ef775d251f9fe42a2f6c0"
    )
    assert key_id("s3cr3t") == "d6338c15"
    assert signatures(["s3cr3t"], timestamp, body) == f"{signature('s3cr3t', timestamp, body)}; key=d6338c15"


@pytest.mark.parametrize("status", [400, 410, 413, 415, 422])
def test_what_is_about_one_event_is_for_good(other: Other, status: int) -> None:
    other.respond = answered(status)
    with pytest.raises(PermanentError, match=f"answered {status}"):
        hook(other).sender().send(DELIVERY)


@pytest.mark.parametrize("status", [301, 401, 403, 404, 408, 429, 500, 502, 503])
def test_what_may_be_mended_is_tried_again(other: Other, status: int) -> None:
    other.respond = answered(status, b"<html>", "text/html", {"Retry-After": "9", "Location": "http://127.0.0.1:1/"})
    with pytest.raises(TransientError, match=f"answered {status}") as reason:
        hook(other).sender().send(DELIVERY)
    assert reason.value.after is not None
    assert reason.value.after.total_seconds() == 9


@pytest.mark.parametrize(
    ("status", "advice"), [(302, "the new address into url"), (401, "the secret we sign with"), (404, "the path")]
)
def test_what_the_receiver_does_not_like_says_where_to_look(other: Other, status: int, advice: str) -> None:
    other.respond = answered(status)
    with pytest.raises(TransientError, match=advice):
        hook(other).test()


def test_an_answer_of_any_size_and_kind_counts_by_its_status(other: Other) -> None:
    other.respond = answered(200, b"<html>" + b"x" * 1_000_000, "text/html")
    assert hook(other).sender().send(DELIVERY).reference == "200"


def test_a_lost_answer_is_not_known_and_a_closed_door_is_tried_again(other: Other) -> None:
    other.respond = lambda _, __: None
    with pytest.raises(UnknownOutcomeError):
        hook(other).sender().send(DELIVERY)
    away = Other()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        away.port = taken.getsockname()[1]
        with pytest.raises(TransientError, match="Nothing was sent"):
            hook(away).sender().send(DELIVERY)


def test_looking_at_it_posts_an_event_that_says_it_is_a_test(other: Other) -> None:
    assert hook(other).test() == ["took an event of the type webhook.test and answered 204"]
    [taken] = other.taken
    told_of = json.loads(taken.body)
    assert (told_of["type"], told_of["seq"], told_of["data"]) == ("webhook.test", 0, {})
    assert refusal(taken.headers, taken.body, ["the-new-one"], time.time()) is None


def test_it_takes_nothing_and_a_url_that_is_none_is_told(other: Other) -> None:
    with pytest.raises(PermanentError, match="takes nothing"):
        hook(other).poller()
    wrong = Other()
    wrong.port = 99_999
    with pytest.raises(ConfigError, match="shop: 99999 is no port"):
        hook(wrong).sender()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'secret = "s3cr3t"', "secret holds a secret in the open"),
        (b'secret = "env:A"\nevents = ["order.eaten"]', "events: 'order.eaten' is not possible"),
        (b"", "secret is missing"),
        (b'secret = "env:A"\ntoken = "env:B"\nuser = "we"\npassword = "env:C"', "user and token both say who we are"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(line: bytes, problem: str) -> None:
    [only] = told(workspace(connections_shop=b'kind = "webhook"\nurl = "https://shop.example/"\n' + line + b"\n"))
    assert only.startswith("connections/shop.toml:")
    assert problem in only
