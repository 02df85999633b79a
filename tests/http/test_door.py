"""The door: what is posted is stored once before it is acknowledged, and only by whom the connection belongs to."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway.errors import TransientError
from gateway.settings import ApiSettings, ReceiveSettings
from gateway.store import transmissions
from gateway.store.claims import held
from gateway.store.engine import Store
from gateway.store.transmissions import read_chunks, transmission
from tests.http.conftest import Asked, asked_at
from tests.http.posts import ADDRESS, NAME, ORDER, OTHERS, SCOPE, listen, order
from tests.http.test_requests import problem
from tests.processes import PATIENCE_S, eventually
from tests.workspaces import Place

Post = Callable[..., httpx.Response]


@pytest.fixture
def asked(demo: Place) -> Iterator[Asked]:
    """The demo with a connection that acme posts to."""
    with asked_at(listen(demo), ApiSettings(requests_per_second=1e6, burst=10**6)) as ready:
        yield ready


@pytest.fixture
def post(asked: Asked) -> Post:
    """Posts a document with the connection's own key."""

    def post(raw: bytes | AsyncIterator[bytes] = ORDER, address: str = ADDRESS, **head: str) -> httpx.Response:
        sent = {**asked.head(SCOPE), **{name.replace("_", "-"): value for name, value in head.items()}}
        return asked.client.request("POST", address, content=raw, headers=sent)

    return post


def received(asked: Asked) -> list[str]:
    """The ids of everything that was received, oldest first."""
    with asked.gateway.store.read() as db:
        rows = db.exec_driver_sql("SELECT id FROM transmission ORDER BY id")
        return [row[0] for row in rows]


def settled(asked: Asked, identity: str) -> list[dict[str, Any]]:
    """The messages of what was received, once nothing of it is on its way."""

    def look() -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = asked.get(f"/transmissions/{identity}").json()["messages"]
        return [] if any(each["state"] in ("received", "ready") for each in told) else told

    return eventually(look)


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    """A body whose length is not told."""
    for part in parts:
        yield part


@pytest.mark.both_stores
def test_a_document_is_stored_as_it_came_and_acknowledged_with_its_id(asked: Asked, post: Post) -> None:
    answer = post()
    assert answer.status_code == 202
    told = answer.json()
    assert told == {"transmission": told["transmission"], "state": "received"}
    assert answer.headers["location"] == f"/api/v1/transmissions/{told['transmission']}"
    assert answer.headers["cache-control"] == "no-store"
    with asked.gateway.store.read() as db:
        kept = transmission(db, told["transmission"])
        assert kept is not None
        assert (kept.connection, kept.name, kept.size) == (NAME, f"{kept.id}.edi", len(ORDER))
        assert b"".join(read_chunks(db, kept.id)) == ORDER


@pytest.mark.both_stores
def test_what_was_posted_goes_down_the_line_at_once(asked: Asked, post: Post) -> None:
    identity = post().json()["transmission"]
    shown = settled(asked, identity)
    assert [(each["state"], each["partner"], each["type"]) for each in shown] == [("processed", "acme", "ORDERS")]


@pytest.mark.both_stores
def test_the_same_bytes_again_get_the_first_answer_and_have_no_effect(asked: Asked, post: Post) -> None:
    first = post()
    again = [post(), post(Idempotency_Key="k-1"), post(Idempotency_Key="k-1"), post(Idempotency_Key="k-2")]
    assert [(each.status_code, each.content) for each in again] == [(200, first.content)] * 4
    assert received(asked) == [first.json()["transmission"]]


@pytest.mark.both_stores
def test_a_key_stands_for_the_bytes_it_came_with(asked: Asked, post: Post) -> None:
    first = post(Idempotency_Key="k-1")
    assert first.status_code == 202
    problem(post(order(2), Idempotency_Key="k-1"), 409, "conflict")
    assert post(order(2), Idempotency_Key="k-2").status_code == 202
    assert post(Idempotency_Key="k-1").content == first.content
    assert len(received(asked)) == 2


def test_a_key_that_came_with_bytes_known_before_stands_for_them_too(post: Post) -> None:
    post()
    assert post(Idempotency_Key="k-1").status_code == 200
    problem(post(order(2), Idempotency_Key="k-1"), 409, "conflict")


@pytest.mark.both_stores
def test_after_the_window_the_same_bytes_are_a_delivery_of_their_own(demo: Place) -> None:
    demo.change("gateway.toml", "auto_publish", 'duplicate_window = "0s"\nauto_publish')
    with asked_at(listen(demo), ApiSettings()) as asked:
        sent = [asked.client.request("POST", ADDRESS, content=ORDER, headers=asked.head(SCOPE)) for _ in range(2)]
        assert [each.status_code for each in sent] == [202, 202]
        ids = [each.json()["transmission"] for each in sent]
        assert received(asked) == sorted(ids)
        states = [settled(asked, each)[0]["state"] for each in ids]
    assert states == ["processed", "duplicate"]


@pytest.mark.both_stores
def test_of_a_hundred_identical_posts_at_once_one_is_stored(asked: Asked, post: Post) -> None:
    answers = asked.client.together("POST", ADDRESS, [ORDER] * 100, headers=asked.head(SCOPE))
    assert sorted(each.status_code for each in answers) == [200] * 99 + [202]
    assert len({each.content for each in answers}) == 1
    assert len(received(asked)) == 1


@pytest.mark.both_stores
def test_what_goes_wrong_with_one_of_a_shared_commit_leaves_the_others_alone(
    asked: Asked, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(order(0), Idempotency_Key="k-1")
    whole = transmissions.store_transmission

    def broken(db: Any, record: Any, content: Any) -> Any:
        stored = whole(db, record, content)
        if stored.digest.startswith(("0", "1", "2", "3")):
            raise KeyError("a defect, after something was written")
        return stored

    monkeypatch.setattr("gateway.pipeline.receive.store_transmission", broken)
    bodies, head = [order(number) for number in range(1, 41)], asked.head(SCOPE)
    answers: list[httpx.Response] = []
    monkeypatch.setattr(asked.api, "wake", lambda: None)
    asked.door._commits.hand(lambda _: None).result(PATIENCE_S)  # what the first one has waked is done by now
    with asked.gateway.store.write():  # what comes meanwhile waits, and shares the next commit
        before = asked.door._commits.hand(lambda _: None)
        eventually(before.running)
        sending = threading.Thread(
            target=lambda: answers.extend(asked.client.together("POST", ADDRESS, bodies, headers=head))
        )
        sending.start()
        eventually(lambda: len(asked.door._commits._waiting) == len(bodies))
    sending.join()
    stored = [each.json()["transmission"] for each in answers if each.status_code == 202]
    failed = [each for each in answers if each.status_code == 500]
    assert stored
    assert failed
    assert len(stored) + len(failed) == 40
    assert set(received(asked)[1:]) == set(stored)


@pytest.mark.parametrize(
    ("shown", "status", "code"),
    [
        (None, 401, "key-missing"),
        ("Basic abc", 401, "key-missing"),
        ("Bearer nonsense", 401, "key-invalid"),
    ],
)
def test_without_a_key_nothing_is_taken(asked: Asked, shown: str | None, status: int, code: str) -> None:
    head = {} if shown is None else {"Authorization": shown}
    for address in (ADDRESS, "/in/nowhere"):
        problem(asked.client.request("POST", address, content=ORDER, headers=head), status, code)
    assert received(asked) == []


@pytest.mark.parametrize("scope", ["connection:acme_inbox", "account:10001", "role:viewer", "role:admin"])
@pytest.mark.parametrize("address", [ADDRESS, "/in/nordwind_inbox", "/in/nowhere"])
@pytest.mark.one_store
def test_a_key_of_something_else_is_refused_in_the_same_words_everywhere(
    asked: Asked, scope: str, address: str
) -> None:
    told = problem(
        asked.client.request("POST", address, content=ORDER, headers=asked.head(scope)), 403, "scope-insufficient"
    )
    assert told["detail"] == f"A key of scope {scope} may not post here."
    assert received(asked) == []


def test_a_key_of_a_connection_that_does_not_listen_is_told_so(asked: Asked) -> None:
    answer = asked.client.request("POST", "/in/acme_inbox", content=ORDER, headers=asked.head("connection:acme_inbox"))
    problem(answer, 404, "not-found")
    assert received(asked) == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
@pytest.mark.one_store
def test_only_posts_are_taken(asked: Asked, method: str) -> None:
    answer = asked.client.request(method, ADDRESS, headers=asked.head(SCOPE))
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("raw", "head", "status", "code"),
    [
        (b"", {}, 400, "body-empty"),
        (b"a;b\n1;2\n", {}, 415, "syntax-refused"),
        (b"{}", {}, 415, "syntax-refused"),
        (b"<a/>", {}, 415, "syntax-refused"),
        (b"\x00\x01\x02", {}, 415, "syntax-refused"),
        (b" \r\n ", {}, 415, "syntax-refused"),
        (ORDER, {"Content_Type": "text/csv"}, 415, "syntax-refused"),
        (ORDER, {"Content_Type": "application/json"}, 415, "syntax-refused"),
        (ORDER, {"Content_Type": "multipart/form-data; boundary=x"}, 415, "syntax-refused"),
        (ORDER, {"Content_Type": "image/png"}, 415, "syntax-refused"),
        (ORDER, {"Content_Encoding": "gzip"}, 415, "encoding-refused"),
        (ORDER, {"Content_Encoding": "identity, br"}, 415, "encoding-refused"),
        (ORDER, {"Idempotency_Key": ""}, 422, "request-invalid"),
        (ORDER, {"Idempotency_Key": "a b"}, 422, "request-invalid"),
        (ORDER, {"Idempotency_Key": "x" * 256}, 422, "request-invalid"),
    ],
)
@pytest.mark.one_store
def test_what_is_not_taken_is_refused_with_the_reason(
    asked: Asked, post: Post, raw: bytes, head: dict[str, str], status: int, code: str
) -> None:
    problem(post(raw, **head), status, code)
    assert received(asked) == []


@pytest.mark.parametrize(
    "media", ["application/EDIFACT", "application/octet-stream", "text/plain; charset=x", "application/EDI-consent"]
)
def test_a_type_that_says_edifact_or_nothing_is_taken(post: Post, media: str) -> None:
    assert post(Content_Type=media).status_code == 202


def test_an_encoded_body_is_answered_with_what_would_be_taken(post: Post) -> None:
    assert post(Content_Encoding="gzip").headers["accept-encoding"] == "identity"


def test_a_parameter_of_the_address_is_refused(asked: Asked, post: Post) -> None:
    problem(post(address=f"{ADDRESS}?test=1"), 422, "request-invalid")


def test_a_connection_takes_the_syntaxes_it_names(demo: Place) -> None:
    with asked_at(listen(demo, 'accepts = ["csv", "json", "xml"]\n'), ApiSettings()) as asked:
        head = asked.head(SCOPE)
        for raw, media in (
            (b"number;sku\n1;A\n", "text/csv"),
            (b'{"number": 1}', "application/vnd.shop+json"),
            (b"\xef\xbb\xbf<order/>", "application/xml"),
        ):
            answer = asked.client.request("POST", ADDRESS, content=raw, headers={**head, "Content-Type": media})
            assert answer.status_code == 202
            told = settled(asked, answer.json()["transmission"])
            assert [(each["state"], each["issues"][0]["code"]) for each in told] == [("held", "agreement.missing")]
        refused = asked.client.request("POST", ADDRESS, content=ORDER, headers=head)
        problem(refused, 415, "syntax-refused")
        cxml = b"<?xml version='1.0'?><!DOCTYPE cXML SYSTEM 'x'><cXML/>"
        problem(asked.client.request("POST", ADDRESS, content=cxml, headers=head), 415, "syntax-refused")


@pytest.mark.parametrize("is_told", [True, False])
def test_a_body_larger_than_the_connection_takes_is_refused(demo: Place, is_told: bool) -> None:
    with asked_at(listen(demo, f"max_bytes = {len(ORDER)}\n"), ApiSettings()) as asked:
        raw = ORDER + b"\n"
        for content, status in ((ORDER, 202), (raw, 413)):
            sent = content if is_told else pieces(content[:700], content[700:])
            answer = asked.client.request("POST", ADDRESS, content=sent, headers=asked.head(SCOPE))
            assert answer.status_code == status
        problem(answer, 413, "body-too-large")
        assert len(received(asked)) == 1


@pytest.mark.both_stores
def test_a_large_body_is_stored_whole_and_known_again(asked: Asked, post: Post) -> None:
    large = ORDER + b"\r\n" * 1_000_000
    first = post(pieces(*(large[start : start + 60_000] for start in range(0, len(large), 60_000))))
    assert first.status_code == 202
    with asked.gateway.store.read() as db:
        assert b"".join(read_chunks(db, first.json()["transmission"])) == large
    assert (post(large).status_code, post(large).content) == (200, first.content)
    assert asked.door._uploads._spooled == 0


def test_who_posts_too_often_waits(demo: Place) -> None:
    now = [0.0]
    slow = ReceiveSettings(posts_per_second=0.5, burst=2)
    with asked_at(listen(demo), ApiSettings(), lambda: now[0], slow) as asked:
        head = asked.head(SCOPE)
        answers = [asked.client.request("POST", ADDRESS, content=order(n), headers=head) for n in range(3)]
        assert [each.status_code for each in answers] == [202, 202, 429]
        problem(answers[2], 429, "rate-exceeded")
        assert answers[2].headers["retry-after"] == "2"
        now[0] += 2
        assert asked.client.request("POST", ADDRESS, content=order(2), headers=head).status_code == 202


@pytest.mark.both_stores
def test_while_the_store_is_away_the_sender_keeps_the_document_and_comes_again(
    asked: Asked, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.key(SCOPE)

    def away(_: Store) -> None:
        raise TransientError("The database is busy or away: the reason is for the log")

    for way in ("read", "write"):
        with monkeypatch.context() as patch:
            patch.setattr(Store, way, away)
            answer = post()
            problem(answer, 503, "store-away")
            assert int(answer.headers["retry-after"]) > 0
            assert "reason" not in answer.text
    failing = {"receiving": "The database is busy or away: the reason is for the log"}
    eventually(lambda: asked.health.report()["failing"] == failing)
    assert post().status_code == 202
    eventually(lambda: asked.health.report()["ready"])


def test_a_commit_that_takes_too_long_is_not_waited_for_nor_done_later(
    asked: Asked, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.key(SCOPE)
    with monkeypatch.context() as patch:
        patch.setattr("gateway.http.door.COMMITTED_WITHIN_S", 0.05)
        with asked.gateway.store.write():
            before = asked.door._commits.hand(lambda _: None)
            eventually(before.running)
            problem(post(), 503, "store-away")
        assert asked.door._commits.hand(lambda _: 1).result(PATIENCE_S) == 1
    assert received(asked) == []
    assert post().status_code == 202


@pytest.mark.parametrize("full", ["waiting", "open"])
def test_when_as_much_is_on_its_way_as_may_be_the_next_one_comes_later(
    asked: Asked, post: Post, monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    asked.key(SCOPE)
    if full == "waiting":
        monkeypatch.setattr("gateway.store.shared_commits.MOST_WAITING", 0)
    else:
        asked.door._open["another"] = asked.door._settings.at_once
    answer = post()
    problem(answer, 503, "busy")
    assert answer.headers["retry-after"] == "1"


def test_one_connection_does_not_take_the_place_of_the_others(asked: Asked, post: Post) -> None:
    asked.door._open[NAME] = asked.door._settings.at_once_by_connection
    problem(post(), 503, "busy")
    asked.door._open[NAME] -= 1
    assert post().status_code == 202


def test_a_disk_without_room_for_the_body_is_told_as_that(
    asked: Asked, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("tempfile.TemporaryFile", full)
        problem(post(ORDER + b"\n" * (1 << 19)), 503, "store-away")
        assert post().status_code == 202  # what fits into memory needs no room but the store's
    assert post(ORDER + b"\n" * (1 << 19)).status_code == 202


@pytest.mark.both_stores
def test_an_interchange_of_another_partner_is_not_taken_from_this_connection(asked: Asked, post: Post) -> None:
    identity = post(OTHERS).json()["transmission"]
    [told] = settled(asked, identity)
    assert (told["state"], told["partner"]) == ("rejected", None)
    assert told["issues"][0]["code"] == "envelope.sender.unknown"


@pytest.mark.both_stores
def test_keys_of_two_connections_do_not_meet(demo: Place) -> None:
    listen(demo)
    demo.write("connections/acme_second.toml", 'kind = "http"\n')
    demo.change("partners/acme.toml", f'"{NAME}"]\nmapping', f'"{NAME}", "acme_second"]\nmapping')
    with asked_at(demo, ApiSettings()) as asked:
        for name in (NAME, "acme_second"):
            head = {**asked.head(f"connection:{name}"), "Idempotency-Key": "k-1"}
            assert asked.client.request("POST", f"/in/{name}", content=ORDER, headers=head).status_code == 202
        with asked.gateway.store.read() as db:
            holders = {held(db, "transport", f"connection:{name}", "key:k-1") for name in (NAME, "acme_second")}
        assert len(holders) == 2


def test_the_pace_of_a_body_is_settled_by_settings() -> None:
    told = ReceiveSettings(grace="1s", deadline="2m")  # type: ignore[arg-type] # as a file writes it
    assert (told.grace, told.deadline) == (timedelta(seconds=1), timedelta(minutes=2))
    assert json.loads(told.model_dump_json())["at_once"] == 256
