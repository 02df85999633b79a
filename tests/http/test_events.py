"""/events: read on from a number, waited for, and seen by each key as far as it may."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest

from gateway.http import ear
from gateway.settings import ApiSettings
from gateway.store.feed import GONE, Cursor, Happening, move_cursor, note
from tests.conftest import BOTH_STORES, MakePlace
from tests.http.conftest import Asked, asked_at
from tests.http.test_requests import problem
from tests.workspaces import Place

BRANCH, OTHER = "account:10011", "account:10012"


@pytest.fixture(scope="module", params=BOTH_STORES)
def opened(
    request: pytest.FixtureRequest, make_place: MakePlace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    """The API of the demo, asked by all these tests."""
    place = Place(tmp_path_factory.mktemp("events") / "demo")
    drop = make_place(request.param, place.root)
    with asked_at(place, ApiSettings(requests_per_second=1e6, burst=10**6)) as ready:
        yield ready
    drop()


@pytest.fixture
def asked(opened: Asked) -> Asked:
    opened.api.is_ending = False
    return opened


def happen(asked: Asked, *happenings: Happening) -> list[int]:
    with asked.gateway.store.write() as db:
        return [note(db, each, asked.gateway.line.now()) for each in happenings]


def order(number: str, account: str | None = "10011", type_: str = "order.received") -> Happening:
    return Happening(type_, "order", number, account, {"number": number})


def ids(answer: Any) -> list[str]:
    return [each["id"] for each in answer.json()["events"]]


def test_events_are_read_on_from_a_number_until_there_are_no_more(asked: Asked) -> None:
    start = asked.get("/events").json()
    assert start["events"] == []
    numbers = happen(asked, order("A"), order("B"), order("C"))
    first = asked.get("/events", after=start["next"], limit=2).json()
    assert [each["id"] for each in first["events"]] == ["A", "B"]
    assert first["next"] == numbers[1]
    assert first["events"][0] == {
        "seq": numbers[0], "at": first["events"][0]["at"], "type": "order.received", "aggregate": "order", "id": "A",
        "account": "10011", "data": {"number": "A"},
    }  # fmt: skip
    rest = asked.get("/events", after=first["next"]).json()
    assert ([each["id"] for each in rest["events"]], rest["next"]) == (["C"], numbers[2])
    assert asked.get("/events", after=rest["next"]).json() == {"events": [], "next": numbers[2]}
    assert ids(asked.get("/events", after=0, limit=1000))[-3:] == ["A", "B", "C"]


def test_each_key_sees_what_it_may_and_only_what_it_asks_for(asked: Asked) -> None:
    after = asked.get("/events").json()["next"]
    happen(
        asked, order("A"), order("B", "10012"), order("C", type_="order.status"),
        Happening("trade.changed", "trade", "prices"),
    )  # fmt: skip
    assert ids(asked.get("/events", after=after)) == ["A", "B", "C", "prices"]
    assert ids(asked.get("/events", BRANCH, after=after)) == ["A", "C"]
    assert ids(asked.get("/events", OTHER, after=after)) == ["B"]
    assert ids(asked.get("/events", after=after, types="order.status, trade.changed")) == ["C", "prices"]
    assert ids(asked.get("/events", after=after, aggregate="trade")) == ["prices"]
    assert asked.get("/events", "connection:acme_inbox", after=after).status_code == 403
    hidden = asked.get("/events", OTHER, after=after, types="order.status").json()
    assert hidden == {"events": [], "next": after + 4}


@pytest.mark.parametrize(("name", "value"), [("types", "order.eaten"), ("aggregate", "order,ordr")])
def test_what_is_no_event_is_refused_and_never_waited_for(asked: Asked, name: str, value: str) -> None:
    answer = asked.get("/events", after=0, **{name: value})
    problem(answer, 422, "request-invalid")
    assert [each["parameter"] for each in answer.json()["errors"]] == [name]


def test_who_waits_is_answered_when_something_happens_for_him_and_not_before(asked: Asked) -> None:
    after = asked.get("/events").json()["next"]
    soon = threading.Timer(0.3, happen, [asked, order("X", "10012"), order("A")])
    began = monotonic()
    soon.start()
    answer = asked.get("/events", BRANCH, after=after, wait="30s")
    soon.join()
    assert ids(answer) == ["A"]
    assert 0.25 < monotonic() - began < 10


def test_who_waits_for_nothing_is_answered_in_time_with_where_to_go_on(asked: Asked) -> None:
    after = asked.get("/events").json()["next"]
    [elsewhere] = happen(asked, order("X", "10012"))
    assert asked.get("/events", BRANCH, after=after, wait="1").json() == {"events": [], "next": elsewhere}


def test_nobody_waits_any_more_when_the_gateway_ends(asked: Asked) -> None:
    after = asked.get("/events").json()["next"]
    ending = threading.Timer(0.2, setattr, [asked.api, "is_ending", True])
    began = monotonic()
    ending.start()
    assert asked.get("/events", after=after, wait="60s").json()["events"] == []
    assert monotonic() - began < 10


def test_only_so_many_wait_at_once(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    after = asked.get("/events").json()["next"]
    monkeypatch.setattr(ear, "MOST_LISTENERS", 0)
    answer = asked.get("/events", after=after, wait="5s")
    problem(answer, 503, "busy")
    assert asked.get("/events", after=after).status_code == 200


def test_a_number_that_is_past_or_to_come_is_told(asked: Asked) -> None:
    [number] = happen(asked, order("A"))
    problem(asked.get("/events", after=number + 1), 422, "cursor-invalid")
    with asked.gateway.store.write() as db:
        move_cursor(db, GONE, Cursor(number - 1), asked.gateway.line.now())
    if number > 2:
        problem(asked.get("/events", after=number - 2), 410, "events-gone")
    assert ids(asked.get("/events", after=number - 1)) == ["A"]
    assert ids(asked.get("/events", after=0))[-1] == "A"


@pytest.mark.parametrize(
    "asks", [{"after": -1}, {"after": "x"}, {"wait": "5m"}, {"wait": "-1"}, {"types": "order.eaten"}, {"after": 2**63}]
)
def test_what_cannot_be_asked_is_told(asked: Asked, asks: dict[str, object]) -> None:
    problem(asked.get("/events", **asks), 422, "request-invalid")
