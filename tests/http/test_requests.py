"""What every route has in common: keys, scopes, problems, sizes, numbers, rates."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.errors import TransientError
from gateway.http.calls import SAID_AGAIN_S
from gateway.http.problems import MEDIA_TYPE, PROBLEMS
from gateway.settings import ApiSettings
from gateway.store.engine import Store
from tests.http.conftest import API, Asked, asked_at
from tests.workspaces import Place

BASKET = {"account": "10012", "lines": [{"product": "A-1006", "quantity": "12"}]}


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, which has this status and code."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
    told: dict[str, Any] = answer.json()
    assert told["code"] == code
    assert told["status"] == status == PROBLEMS[code].status
    assert told["title"] == PROBLEMS[code].title
    assert told["type"].endswith(code)
    assert "Traceback" not in answer.text
    return told


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        (None, "key-missing"),
        ("", "key-missing"),
        ("Basic dXNlcjpwYXNz", "key-missing"),
        ("Bearer", "key-missing"),
        ("Bearer nonsense", "key-invalid"),
        ("Bearer gwk_0000000000_" + "0" * 49, "key-invalid"),
        ("Bearer gwk_ä", "key-invalid"),
    ],
)
def test_without_a_key_that_is_in_force_nothing_is_told(asked: Asked, shown: str | None, code: str) -> None:
    head = {} if shown is None else {"Authorization": shown.encode()}
    answer = asked.client.request("GET", f"{API}/accounts", headers=head)
    problem(answer, 401, code)
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_bad_parameter_is_told_only_to_who_shows_a_key(asked: Asked) -> None:
    problem(asked.client.request("GET", f"{API}/accounts?limit=x"), 401, "key-missing")
    told = problem(asked.get("/accounts", limit="x"), 422, "request-invalid")
    assert told["errors"][0]["parameter"] == "limit"


@pytest.mark.parametrize("query", ["onn=2026-12-01", "on=2026-12-01&on=2026-12-02", "on=2026-12-01&ON=2026-12-02"])
def test_a_parameter_that_would_be_dropped_is_refused(asked: Asked, query: str) -> None:
    answer = asked.client.request("GET", f"{API}/price-lists/10012?{query}", headers=asked.head("role:viewer"))
    told = problem(answer, 422, "request-invalid")
    assert told["errors"][0]["parameter"] in ("onn", "on", "ON")
    problem(asked.post("/prices:resolve?on=2026-12-01", BASKET), 422, "request-invalid")
    problem(asked.client.request("GET", f"{API}/accounts?x=1"), 401, "key-missing")


def test_the_secret_of_another_key_opens_nothing(asked: Asked) -> None:
    viewer, admin = asked.key("role:viewer"), asked.key("role:admin")
    mixed = viewer[:15] + admin[15:]
    answer = asked.client.request("GET", f"{API}/accounts", headers={"Authorization": f"Bearer {mixed}"})
    problem(answer, 401, "key-invalid")


def test_a_key_of_a_connection_is_not_for_the_api(asked: Asked) -> None:
    problem(asked.get("/accounts", "connection:acme_inbox"), 403, "scope-insufficient")
    problem(asked.post("/prices:resolve", BASKET, "connection:acme_inbox"), 403, "scope-insufficient")


def test_a_viewer_asks_and_does_not_order(asked: Asked) -> None:
    assert asked.post("/prices:resolve", BASKET, "role:viewer").status_code == 200
    order = {"account": "10012", "number": "S1", "lines": BASKET["lines"]}
    problem(asked.post("/orders", order, "role:viewer"), 403, "scope-insufficient")
    assert asked.get("/orders").json()["orders"] == []


def test_what_is_not_there_and_what_is_not_done_are_problems_too(asked: Asked) -> None:
    problem(asked.get("/nothing"), 404, "not-found")
    problem(asked.client.request("GET", "/docs"), 404, "not-found")
    answer = asked.client.request("DELETE", f"{API}/accounts")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"
    problem(asked.client.request("GET", f"{API}/accounts/%00"), 404, "not-found")
    problem(asked.client.request("GET", f"{API}/orders?number=a%00b"), 404, "not-found")


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "body-malformed"),
        (b"{", 400, "body-malformed"),
        (b"\xff", 400, "body-malformed"),
        (b'{"lines": [{"product": "A", "quantity": NaN}]}', 400, "body-malformed"),
        (b'{"lines": [{"product": "A", "quantity": -Infinity}]}', 400, "body-malformed"),
        (b'{"account": "1", "account": "2", "lines": []}', 400, "body-malformed"),
        (b"[" * 100_000, 400, "body-malformed"),
        (b'{"lines": ' + b"[" * 50 + b"]" * 50 + b"}", 400, "body-malformed"),
        (b'{"lines": [{"product": "A", "quantity": 1e999999999}]}', 422, "number-too-large"),
        (b'{"lines": [{"product": "A", "quantity": ' + b"9" * 5_000 + b"}]}", 422, "number-too-large"),
        (b'{"lines": [{"product": "A", "quantity": 1.0000001}]}', 422, "number-too-large"),
        (b'{"lines": [{"product": "A", "quantity": "1234567890123"}]}', 422, "number-too-large"),
        (b'{"lines": [{"product": "A", "quantity": "1,5"}]}', 422, "request-invalid"),
        (b'{"lines": [{"product": "A", "quantity": "NaN"}]}', 422, "request-invalid"),
        (b'{"lines": [{"product": "A", "quantity": "1_0"}]}', 422, "request-invalid"),
        (b'{"lines": [{"product": "A", "quantity": true}]}', 422, "request-invalid"),
        (b'{"lines": [{"product": "A", "quantity": null}]}', 422, "request-invalid"),
        (b'{"lines": [{"product": "\\u0000", "quantity": 1}]}', 422, "request-invalid"),
        (b'{"lines": [{"product": "\\ud800", "quantity": 1}]}', 422, "request-invalid"),
        (b'{"lines": [{"product": "' + b"x" * 5_000 + b'", "quantity": 1}]}', 422, "request-invalid"),
        (b'{"lines": [{"product": "A", "quantity": 1}], "on": "2026-02-30"}', 422, "request-invalid"),
        (b'{"lines": [{"product": "A", "quantity": 1}], "currency": "euro"}', 422, "request-invalid"),
        (b'{"lines": [{"product": "A", "quantity": 1}], "colour": "red"}', 422, "request-invalid"),
        (b"[]", 422, "request-invalid"),
        (b"null", 422, "request-invalid"),
    ],
)
def test_a_body_that_cannot_be_meant_is_refused_with_the_reason(
    asked: Asked, raw: bytes, status: int, code: str
) -> None:
    told = problem(asked.send("/prices:resolve", raw), status, code)
    assert told.get("detail") or told["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("line", "pointer"),
    [
        ({"product": "A", "quantity": "x"}, "/lines/1/quantity"),
        ({"product": "A", "quantity": "0"}, "/lines/1/quantity"),
        ({"product": "A", "quantity": -1}, "/lines/1/quantity"),
        ({"product": 7, "quantity": 1}, "/lines/1/product"),
        ({"quantity": 1}, "/lines/1"),
        ({"product": "A"}, "/lines/1"),
        ("A", "/lines/1"),
    ],
)
def test_a_fault_in_a_body_has_its_place(asked: Asked, line: object, pointer: str) -> None:
    answer = asked.post("/prices:resolve", {"account": "10012", "lines": [BASKET["lines"][0], line]})
    assert problem(answer, 422, "request-invalid")["errors"][0]["pointer"] == pointer


def test_only_json_is_taken(asked: Asked) -> None:
    problem(asked.send("/prices:resolve", b"{}", media="text/xml"), 415, "body-not-json")
    raw = json.dumps(BASKET).encode()
    assert asked.send("/prices:resolve", raw, media="application/json; charset=utf-8").status_code == 200


def test_a_body_beyond_the_limit_is_refused_whether_or_not_its_size_was_told(demo: Place) -> None:
    with asked_at(demo, ApiSettings(max_body_bytes=100)) as asked:
        raw = json.dumps({**BASKET, "contract": "x" * 100}).encode()
        problem(asked.send("/prices:resolve", raw), 413, "body-too-large")

        async def pieces() -> Any:
            for start in range(0, len(raw), 10):
                yield raw[start : start + 10]

        head = {**asked.head("role:viewer"), "Content-Type": "application/json"}
        answer = asked.client.request("POST", f"{API}/prices:resolve", content=pieces(), headers=head)
        problem(answer, 413, "body-too-large")
        assert asked.send("/prices:resolve", json.dumps(BASKET).encode()).status_code == 200


def test_a_key_that_asks_too_often_waits_and_another_one_does_not(demo: Place) -> None:
    now = [0.0]
    with asked_at(demo, ApiSettings(requests_per_second=0.5, burst=2), lambda: now[0]) as asked:
        first = asked.get("/accounts")
        assert (first.headers["ratelimit-limit"], first.headers["ratelimit-remaining"]) == ("2", "1")
        assert asked.get("/accounts").status_code == 200
        answer = asked.get("/accounts")
        problem(answer, 429, "rate-exceeded")
        assert (answer.headers["retry-after"], answer.headers["ratelimit-remaining"]) == ("2", "0")
        assert asked.get("/accounts", "role:admin").status_code == 200
        now[0] += int(answer.headers["retry-after"])
        assert asked.get("/accounts").status_code == 200
        problem(asked.get("/accounts"), 429, "rate-exceeded")


def test_while_the_store_is_away_callers_are_told_when_to_come_again(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.key("role:viewer")

    def away(_: Store) -> None:
        raise TransientError("The database is busy or away: the reason is for the log")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "read", away)
        answer = asked.get("/accounts")
        problem(answer, 503, "store-away")
        assert int(answer.headers["retry-after"]) > 0
        assert "reason" not in answer.text
    monkeypatch.setattr(asked.api, "is_store_away", lambda: True)
    problem(asked.get("/accounts"), 503, "store-away")


def test_why_the_store_is_away_is_logged_once_and_not_for_each_request(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    asked.key("role:viewer")
    now = [1000.0]
    monkeypatch.setattr(asked.api, "monotonic", lambda: now[0])

    def away(_: Store) -> None:
        raise TransientError("the disk sleeps")

    monkeypatch.setattr(Store, "read", away)
    for _ in range(20):
        problem(asked.get("/accounts"), 503, "store-away")
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [("WARNING", "the disk sleeps")]
    now[0] += SAID_AGAIN_S
    problem(asked.get("/accounts"), 503, "store-away")
    assert len(caplog.records) == 2


def test_a_defect_is_a_problem_without_a_word_of_it(asked: Asked, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    from gateway.http import account_routes

    def broken(*_: object) -> None:
        raise KeyError("a secret of the store")

    monkeypatch.setattr(account_routes, "accounts_seen", broken)
    answer = asked.get("/accounts")
    problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert "a request failed" in caplog.text


def test_answers_are_kept_by_nobody_on_the_way(asked: Asked) -> None:
    for answer in (asked.get("/accounts"), asked.get("/accounts/99"), asked.get("/nothing")):
        assert answer.headers["cache-control"] == "no-store"
