"""Wrong passwords and secrets: who tries too many is kept waiting where he is, and nobody else is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from gateway.cxml.document import CxmlDocument, read_cxml
from gateway.http.calls import Api
from gateway.http.guesses import GUESSES, Claim, Guesses
from gateway.http.oci_door import OciDoor
from gateway.http.problems import RefusedError
from gateway.http.rates import MOST_BUCKETS
from gateway.http.sources import source_of
from gateway.search.index import SearchIndex
from gateway.settings import ApiSettings, ReceiveSettings
from gateway.store.engine import Store
from tests.cxml_sent import SECRETS, bolts, cxml, order, trade_by_cxml
from tests.http.conftest import Asked, asked_at
from tests.punchout.shops import HOOK, OCI, Shop
from tests.shop.shoppers import Page, Shopper
from tests.workspaces import Place

NEAR = ReceiveSettings().proxies
ELSEWHERE = {"X-Forwarded-For": "203.0.113.9"}


@dataclass
class Clock:
    """Seconds that go by when a test says so."""

    s: float = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def traded(demo: Place, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """The demo with a buyer who speaks cXML."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with asked_at(trade_by_cxml(demo), ApiSettings(), clock) as ready:
        yield ready


def told(asked: Asked, content: bytes, **head: str) -> tuple[int, str | None]:
    """The Status, and when to come again."""
    answer: Any = asked.client.request("POST", "/cxml", content=content, headers={"Content-Type": "text/xml", **head})
    document = read_cxml(answer.content)
    assert isinstance(document, CxmlDocument)
    assert document.status is not None
    return document.status.code, answer.headers.get("retry-after")


def test_who_shows_wrong_secrets_is_told_to_wait_where_he_is_and_from_elsewhere_he_orders(
    traded: Asked, clock: Clock
) -> None:
    right, wrong = cxml(order("PO-1", bolts())), cxml("<ProfileRequest/>", secret="guessed")
    assert [told(traded, wrong)[0] for _ in range(GUESSES.burst)] == [401] * GUESSES.burst
    assert told(traded, wrong) == told(traded, right) == (560, "30")
    assert told(traded, right, **ELSEWHERE)[0] == 200
    clock.s += 30
    assert told(traded, right)[0] == 200


def test_the_count_does_not_tell_who_is_known(traded: Asked) -> None:
    def answers(**more: Any) -> list[int]:
        return [told(traded, cxml("<ProfileRequest/>", **more))[0] for _ in range(GUESSES.burst + 1)]

    assert answers(secret="guessed") == answers(from_=("NetworkId", "AN99"))


def test_right_secrets_are_never_too_many(traded: Asked) -> None:
    document = cxml("<ProfileRequest/>")
    assert {told(traded, document)[0] for _ in range(GUESSES.burst + 5)} == {200}


@pytest.fixture
def buyer(store: Store, tmp_path: Path, clock: Clock) -> Iterator[Shopper]:
    """A browser before the OCI door of a shop."""
    shop = Shop(store)
    api = Api(lambda: shop.line, ApiSettings(), lambda: None, SearchIndex(tmp_path), monotonic=clock)
    app = Starlette(routes=OciDoor(api, {"env:ACME_OCI": "s3cret"}.__getitem__, NEAR).routes)
    with asyncio.Runner() as runner:
        yield Shopper(app, runner)
    api.close()


def called(buyer: Shopper, password: str, **head: str) -> Page:
    fields = {"USERNAME": "acme", "PASSWORD": password, "HOOK_URL": HOOK}
    return buyer.ask("POST", f"/oci/{OCI}", data=fields, headers=head)


@pytest.mark.one_store
def test_who_guesses_passwords_gets_a_page_that_says_when_and_from_elsewhere_the_shop_opens(
    buyer: Shopper, clock: Clock
) -> None:
    assert {called(buyer, "guessed").status for _ in range(GUESSES.burst)} == {403}
    page = called(buyer, "s3cret")
    assert (page.status, page.head["retry-after"]) == (429, "30")
    assert "Too many wrong passwords came from where you are." in page.words
    assert called(buyer, "s3cret", **ELSEWHERE).status == 303
    clock.s += 30
    assert called(buyer, "s3cret").status == 303


@pytest.mark.one_store
def test_nobody_has_his_failures_forgotten_by_naming_thousands(clock: Clock) -> None:
    guesses, claim = Guesses(clock), Claim("acme", "192.0.2.1", is_known=True)
    for _ in range(GUESSES.burst):
        guesses.check(claim)
        guesses.failed(claim)
    for number in range(MOST_BUCKETS + 1):
        guesses.failed(Claim(f"nobody {number}", claim.address, is_known=False))
    with pytest.raises(RefusedError):
        guesses.check(claim)


def test_the_log_tells_whose_password_is_guessed_and_from_where_once(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    guesses = Guesses(clock)
    for _ in range(GUESSES.burst + 5):
        guesses.failed(Claim("acme", "192.0.2.1", is_known=True))
    assert [each.getMessage() for each in caplog.records] == [
        "acme: wrong passwords or secrets from 192.0.2.1, no more are looked at",
    ]


@pytest.mark.parametrize(("peer", "told", "source"), [
    ("192.0.2.1", [], "192.0.2.1"),
    ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
    ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    ("127.0.0.1", ["198.51.100.7, 203.0.113.9"], "203.0.113.9"),
    ("127.0.0.1", ["198.51.100.7", "203.0.113.9, 127.0.0.2"], "203.0.113.9"),
    ("127.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
    ("127.0.0.1", ["unknown"], "127.0.0.1"),
    ("127.0.0.1", ["203.0.113.9, _hidden"], "127.0.0.1"),
    ("::1", ["[2001:db8:1:2:3::4]:443"], "2001:db8:1:2::/64"),
    ("::ffff:127.0.0.1", ["2001:db8:1:2::9"], "2001:db8:1:2::/64"),
    (None, ["203.0.113.9"], ""),
])  # fmt: skip
def test_the_address_is_that_of_the_caller_where_a_proxy_of_ours_tells_it(
    peer: str | None, told: list[str], source: str
) -> None:
    head = [(b"x-forwarded-for", each.encode()) for each in told]
    scope = {"type": "http", "headers": head, "client": (peer, 4711) if peer else None}
    assert source_of(Request(scope), NEAR) == source
