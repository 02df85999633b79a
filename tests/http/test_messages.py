"""What came in, asked for over HTTP: in parts, with filters, and by a connection's key only what came over it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.pipeline.receive import receive
from gateway.queue.dispatch import work_off
from gateway.settings import ApiSettings
from tests.http.conftest import API, Asked, asked_at
from tests.http.posts import NAME, OTHERS, SCOPE, listen, order
from tests.http.test_openapi import document, operations
from tests.http.test_requests import problem
from tests.workspaces import Place

NORDWIND = "connection:nordwind_inbox"


@pytest.fixture
def asked(demo: Place) -> Iterator[Asked]:
    """The demo after three orders of acme over its own connection, and one of nordwind over another one."""
    with asked_at(listen(demo), ApiSettings(requests_per_second=1e6, burst=10**6)) as ready:
        for number in (1, 2, 3):
            receive(ready.gateway.line, f"{number}.edi", iter([order(number)]), NAME)
        receive(ready.gateway.line, "other.edi", iter([OTHERS]), "nordwind_inbox")
        work_off(ready.gateway.line, {})
        yield ready


def walked(asked: Asked, what: str, scope: str = "role:viewer", **params: object) -> list[dict[str, Any]]:
    """Every row of a list, read in parts of two."""
    rows: list[dict[str, Any]] = []
    cursor: dict[str, object] = {}
    while True:
        part = asked.get(f"/{what}", scope, limit=2, **params, **cursor).json()
        assert len(part[what]) <= 2
        rows += part[what]
        if part["next"] is None:
            return rows
        cursor = {"cursor": part["next"]}


@pytest.mark.both_stores
def test_messages_are_listed_in_parts_oldest_first(asked: Asked) -> None:
    rows = walked(asked, "messages")
    assert [each["file"] for each in rows] == ["1.edi", "2.edi", "3.edi", "other.edi"]
    assert rows[0] == asked.get(f"/messages/{rows[0]['message']}").json()


@pytest.mark.parametrize(
    ("what", "states"),
    [
        ("orders", ("open", "partly_shipped", "cancelled")),
        ("messages", ("held", "processed")),
        ("transmissions", ("received", "dead")),
    ],
)
def test_a_state_that_there_is_not_is_refused_with_those_there_are(
    asked: Asked, what: str, states: tuple[str, ...]
) -> None:
    told = problem(asked.get(f"/{what}", state="foo"), 422, "request-invalid")
    assert told["errors"][0]["parameter"] == "state"
    assert all(f"'{state}'" in told["errors"][0]["detail"] for state in states)


@pytest.mark.both_stores
def test_messages_are_filtered_as_by_the_command(asked: Asked) -> None:
    def numbers(**wanted: object) -> list[str]:
        return [each["file"].partition(".")[0] for each in walked(asked, "messages", **wanted)]

    assert numbers(partner="acme") == ["1", "2", "3"]
    assert numbers(partner="acme", reference="PO-2") == ["2"]
    assert numbers(type="ORDERS", state="processed") == ["1", "2", "3", "other"]
    assert numbers(state="dead") == []
    [second] = [each for each in walked(asked, "transmissions") if each["name"] == "2.edi"]
    assert numbers(transmission=second["transmission"]) == ["2"]
    assert numbers(since="2000-01-01") == ["1", "2", "3", "other"]
    assert numbers(since="2999-01-01T00:00:00+01:00") == []


@pytest.mark.both_stores
def test_transmissions_are_listed_with_filters(asked: Asked) -> None:
    def names(**wanted: object) -> list[str]:
        return [each["name"] for each in walked(asked, "transmissions", **wanted)]

    assert names() == ["1.edi", "2.edi", "3.edi", "other.edi"]
    assert names(connection="nordwind_inbox") == ["other.edi"]
    assert names(state="decoded", connection=NAME) == ["1.edi", "2.edi", "3.edi"]
    assert names(state="received") == []
    [second] = [each for each in walked(asked, "transmissions") if each["name"] == "2.edi"]
    assert names(since=second["received_at"]) == ["2.edi", "3.edi", "other.edi"]


@pytest.mark.both_stores
def test_a_connections_key_sees_what_came_over_it_and_nothing_else(asked: Asked) -> None:
    everything = {each["name"]: each["transmission"] for each in walked(asked, "transmissions")}
    for scope, own in ((SCOPE, ["1.edi", "2.edi", "3.edi"]), (NORDWIND, ["other.edi"])):
        assert [each["name"] for each in walked(asked, "transmissions", scope)] == own
        assert [each["file"] for each in walked(asked, "messages", scope)] == own
        for name, identity in everything.items():
            answer = asked.get(f"/transmissions/{identity}", scope)
            assert answer.status_code == (200 if name in own else 404)
    assert walked(asked, "transmissions", SCOPE, connection="nordwind_inbox") == []
    assert walked(asked, "messages", SCOPE, partner="nordwind") == []
    assert walked(asked, "messages", SCOPE, transmission=everything["other.edi"]) == []
    others = {each["message"] for each in walked(asked, "messages", NORDWIND)}
    for identity in others:
        problem(asked.get(f"/messages/{identity}", SCOPE), 404, "message-unknown")


@pytest.mark.both_stores
def test_an_accounts_key_sees_what_is_of_its_account_alone(asked: Asked) -> None:
    both = order(4) + OTHERS.replace(b"UNA:+.? '", b"")
    receive(asked.gateway.line, "both.edi", iter([both]))
    work_off(asked.gateway.line, {})
    seen = {each["name"] for each in walked(asked, "transmissions", "account:10001")}
    assert seen == {"1.edi", "2.edi", "3.edi"}
    assert walked(asked, "transmissions", "account:10002")[0]["name"] == "other.edi"
    assert "both.edi" in [each["file"] for each in walked(asked, "messages", "account:10001")]
    [mixed] = [each for each in walked(asked, "transmissions") if each["name"] == "both.edi"]
    problem(asked.get(f"/transmissions/{mixed['transmission']}", "account:10001"), 404, "transmission-unknown")


def test_no_other_route_is_for_a_connections_key(asked: Asked) -> None:
    refused = 0
    for method, path, operation in operations(document(asked)):
        if path.startswith((f"{API}/messages", f"{API}/transmissions")):
            continue
        address = path.replace("{", "").replace("}", "")
        head = {**asked.head(SCOPE), "Content-Type": "application/json"}
        raw = b"{}" if "requestBody" in operation else None
        needed = {
            each["name"]: "1" for each in operation.get("parameters", ()) if each["required"] and each["in"] == "query"
        }
        answer = asked.client.request(method.upper(), address, headers=head, content=raw, params=needed)
        problem(answer, 403, "scope-insufficient")
        refused += 1
    assert refused > 10


@pytest.mark.parametrize("since", ["yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x" * 500])
def test_an_instant_that_is_none_is_refused(asked: Asked, since: str) -> None:
    for what in ("messages", "transmissions"):
        told = problem(asked.get(f"/{what}", since=since), 422, "request-invalid")
        assert told["errors"][0]["parameter"] == "since"


def test_a_cursor_of_another_list_is_refused(asked: Asked) -> None:
    cursor = asked.get("/messages", limit=1).json()["next"]
    problem(asked.get("/transmissions", cursor=cursor), 422, "cursor-invalid")
    problem(asked.get("/messages", cursor=cursor, state="dead"), 422, "cursor-invalid")
