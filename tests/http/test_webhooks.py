"""/webhooks: made, told of events, looked at, tried, begun anew, given another secret, and removed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.errors import ConfigError, TransientError
from gateway.pipeline import webhook_desk
from gateway.pipeline.deliver import deliver_due
from gateway.pipeline.telling import tell
from gateway.queue.retry import wait_after
from gateway.serving.made_webhooks import MadeWebhooks
from gateway.settings import ApiSettings
from gateway.signing import key_id
from gateway.store.feed import Happening, note
from gateway.store.sealed_secrets import SealedSecret, secret_names
from gateway.store.webhooks import StoredWebhook, add_webhook, webhooks
from gateway.testing.webhooks import refusal
from tests.conftest import BOTH_STORES, MakePlace
from tests.http.conftest import Asked, asked_at
from tests.http.test_requests import problem
from tests.outbound.servers import Other, answered
from tests.workspaces import Place

BRANCH, OTHER = "account:10011", "account:10012"
FILE = 'kind = "webhook"\nurl = "https://shop.example/hook"\nsecret = "env:SHOP"\nevents = ["order.status"]\n'


@pytest.fixture(scope="module", params=BOTH_STORES)
def opened(
    request: pytest.FixtureRequest, make_place: MakePlace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    """The API of the demo, with a master key and a webhook in a file."""
    place = Place(tmp_path_factory.mktemp("hooks") / "demo")
    drop = make_place(request.param, place.root)
    place.write("connections/shop.toml", FILE)
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("GATEWAY_MASTER_KEY", "k" * 32)
        settings = ApiSettings(requests_per_second=1e6, burst=10**6, webhook_networks=("127.0.0.0/8",))
        with asked_at(place, settings) as ready:
            yield ready
    drop()


@pytest.fixture
def asked(opened: Asked) -> Asked:
    """The same, without the webhooks of the tests before."""
    line = opened.gateway.line
    with line.store.write() as db:
        for each in webhooks(db):
            webhook_desk.end(line, db, each)
    tell(line)
    return opened


def made(asked: Asked, other: Other, scope: str = BRANCH, **more: object) -> dict[str, Any]:
    """A webhook that posts to the other side, as it was told when it was made."""
    answer = asked.post("/webhooks", {"url": other.url("/hook"), **more}, scope)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/api/v1/webhooks/{answer.json()['webhook']}"
    return dict(answer.json())


def happen(asked: Asked, *numbers: str, account: str = "10011") -> list[int]:
    with asked.gateway.store.write() as db:
        now = asked.gateway.line.now()
        return [
            note(db, Happening("order.received", "order", each, account, {"number": each}), now) for each in numbers
        ]


def post(asked: Asked) -> None:
    """All that is due is given and posted."""
    line, hooks = asked.gateway.line, MadeWebhooks(asked.place.root, ("127.0.0.0/8",), asked.gateway.vault.secret)
    while tell(line):
        pass
    deliver_due(line, hooks.outlets(line), wait_after)
    hooks.close()


def posted(other: Other) -> list[str]:
    """What it was told of; events about different things come side by side."""
    return sorted(json.loads(each.body)["id"] for each in other.taken)


def test_who_makes_a_webhook_is_told_of_his_own_events_signed_with_the_secret_he_was_told(
    asked: Asked, other: Other
) -> None:
    happen(asked, "before")
    hook = made(asked, other)
    assert (hook["account"], hook["state"], hook["behind"], hook["keys"]) == (
        "10011",
        "working",
        0,
        [key_id(hook["secret"])],
    )
    [mine, _] = happen(asked, "A", "B")
    happen(asked, "X", account="10012")
    post(asked)
    assert posted(other) == ["A", "B"]
    first = next(each for each in other.taken if json.loads(each.body)["id"] == "A")
    assert refusal(first.headers, first.body, [hook["secret"]], time.time()) is None
    assert first.headers["gateway-event"] == str(mine)
    shown = asked.get(f"/webhooks/{hook['webhook']}", BRANCH).json()
    assert "secret" not in shown
    assert (shown["waiting"], shown["dead"], shown["behind"]) == (0, 0, 0)


def test_webhooks_are_seen_and_changed_by_those_only_whose_they_are(asked: Asked, other: Other) -> None:
    mine, all_ = made(asked, other), made(asked, other, "role:operator")
    assert all_["account"] is None
    listed = asked.get("/webhooks", "role:viewer").json()["webhooks"]
    assert [each["webhook"] for each in listed] == [mine["webhook"], all_["webhook"], "shop"]
    assert [each["webhook"] for each in asked.get("/webhooks", BRANCH).json()["webhooks"]] == [mine["webhook"]]
    assert asked.get("/webhooks", OTHER).json() == {"webhooks": [], "next": None}
    for identity in (mine["webhook"], all_["webhook"], "shop", "nothing"):
        problem(asked.get(f"/webhooks/{identity}", OTHER), 404, "webhook-unknown")
        for what in ("test", "secrets"):
            problem(asked.post(f"/webhooks/{identity}/{what}", {}, OTHER), 404, "webhook-unknown")
        problem(asked.post(f"/webhooks/{identity}/replay", {"after": 0}, OTHER), 404, "webhook-unknown")
        problem(removed(asked, identity, OTHER), 404, "webhook-unknown")
    problem(asked.post("/webhooks", {"url": "https://a.example/", "account": "10011"}, OTHER), 404, "account-unknown")
    assert asked.post("/webhooks", {"url": "https://a.example/"}, "role:viewer").status_code == 403
    assert asked.get("/webhooks", "connection:acme_inbox").status_code == 403


def removed(asked: Asked, identity: str, scope: str = BRANCH) -> Any:
    return asked.client.request("DELETE", f"/api/v1/webhooks/{identity}", headers=asked.head(scope))


def test_a_webhook_of_a_file_is_looked_at_and_begun_anew_and_changed_in_its_file(asked: Asked) -> None:
    [shop] = asked.get("/webhooks").json()["webhooks"]
    assert (shop["webhook"], shop["events"], shop["made_by"]) == ("shop", ["order.status"], "a file of the workspace")
    assert asked.post("/webhooks/shop/replay", {"after": 0}).status_code == 202
    problem(removed(asked, "shop", "role:operator"), 409, "conflict")
    problem(asked.post("/webhooks/shop/secrets", {}), 409, "conflict")


def test_a_test_event_is_posted_as_any_other(asked: Asked, other: Other) -> None:
    hook = made(asked, other, events=["order.status"])
    assert asked.post(f"/webhooks/{hook['webhook']}/test", {}, BRANCH).status_code == 202
    post(asked)
    [taken] = other.taken
    assert json.loads(taken.body) == {
        "seq": 0, "at": json.loads(taken.body)["at"], "type": "webhook.test", "aggregate": "webhook",
        "id": hook["webhook"], "account": "10011", "data": {},
    }  # fmt: skip
    assert refusal(taken.headers, taken.body, [hook["secret"]], time.time()) is None


def test_what_was_given_up_is_shown_with_the_reason_and_posted_again_when_that_is_asked(
    asked: Asked, other: Other
) -> None:
    hook = made(asked, other)
    other.respond = answered(422)
    [seq, _] = happen(asked, "A", "B")
    post(asked)
    shown = asked.get(f"/webhooks/{hook['webhook']}", BRANCH).json()
    assert (shown["dead"], shown["waiting"]) == (2, 0)
    assert shown["dead_events"][-1]["seq"] == seq
    assert "answered 422" in shown["dead_events"][-1]["reason"]
    other.respond = answered(204)
    other.taken.clear()
    again = asked.post(f"/webhooks/{hook['webhook']}/replay", {"dead": True}, BRANCH).json()
    assert (again["dead"], again["waiting"]) == (0, 2)
    post(asked)
    assert posted(other) == ["A", "B"]


def test_one_who_is_away_is_told_with_the_reason(asked: Asked, other: Other) -> None:
    hook = made(asked, other)
    other.respond = answered(503)
    happen(asked, "A")
    post(asked)
    shown = asked.get(f"/webhooks/{hook['webhook']}", BRANCH).json()
    assert (shown["state"], shown["waiting"]) == ("failing", 1)
    assert "answered 503" in shown["reason"]


def test_events_are_posted_once_more_from_a_number_on(asked: Asked, other: Other) -> None:
    hook = made(asked, other)
    [first, second] = happen(asked, "A", "B")
    post(asked)
    asked.post(f"/webhooks/{hook['webhook']}/replay", {"after": first}, BRANCH)
    post(asked)
    assert posted(other) == ["A", "B", "B"]
    assert other.taken[-1].headers["gateway-event"] == str(second)
    late = asked.post(f"/webhooks/{hook['webhook']}/replay", {"after": second + 1}, BRANCH)
    problem(late, 409, "conflict")
    for neither in ({}, {"after": 1, "dead": True}, {"after": -1}):
        problem(asked.post(f"/webhooks/{hook['webhook']}/replay", neither, BRANCH), 422, "request-invalid")


def test_one_secret_takes_the_place_of_another_without_an_event_lost(asked: Asked, other: Other) -> None:
    hook = made(asked, other)
    path, old = f"/webhooks/{hook['webhook']}/secrets", hook["keys"][0]
    new = asked.post(path, {}, BRANCH).json()
    assert new["keys"] == [key_id(new["secret"]), old]
    happen(asked, "A")
    post(asked)
    for secret in (hook["secret"], new["secret"]):
        assert refusal(other.taken[0].headers, other.taken[0].body, [secret], time.time()) is None
    head = asked.head(BRANCH)
    left = asked.client.request("DELETE", f"/api/v1{path}/{old}", headers=head).json()
    assert left["keys"] == [key_id(new["secret"])]
    happen(asked, "B")
    post(asked)
    assert refusal(other.taken[1].headers, other.taken[1].body, [hook["secret"]], time.time()) is not None
    with asked.gateway.store.read() as db:
        kept = {name.rpartition(".")[2] for name in secret_names(db) if hook["webhook"] in name}
    assert kept == {key_id(new["secret"])}, "what is retired is not kept"
    for key in (old, new["keys"][0]):
        problem(asked.client.request("DELETE", f"/api/v1{path}/{key}", headers=head), 409, "conflict")


def test_a_webhook_that_is_removed_is_told_of_nothing_more(asked: Asked, other: Other) -> None:
    hook = made(asked, other)
    happen(asked, "A")
    tell(asked.gateway.line)
    assert removed(asked, hook["webhook"]).status_code == 200
    happen(asked, "B")
    post(asked)
    assert not other.taken
    with asked.gateway.store.read() as db:
        assert not [name for name in secret_names(db) if hook["webhook"] in name]
    assert asked.get(f"/webhooks/{hook['webhook']}", BRANCH).status_code == 404


def test_a_webhook_leads_into_our_network_only_where_the_settings_say_so(asked: Asked, other: Other) -> None:
    hook = made(asked, other)
    happen(asked, "A")
    line, strict = asked.gateway.line, MadeWebhooks(asked.place.root, (), asked.gateway.vault.secret)
    tell(line)
    deliver_due(line, strict.outlets(line), wait_after)
    assert not other.taken
    assert "no public address" in asked.get(f"/webhooks/{hook['webhook']}", BRANCH).json()["dead_events"][0]["reason"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"url": "https://user@a.example/"}, "/url"),
        ({"url": "ftp://a.example/"}, "/url"),
        ({"url": "https://10.0.0.5/"}, "/url"),
        ({"url": "http://169.254.169.254/"}, "/url"),
        ({"url": "https://[::ffff:10.0.0.5]/"}, "/url"),
        ({"url": "http://8.8.8.8/"}, "/url"),
        ({"url": "https://a.example/", "events": ["order.received", "order.eaten"]}, "/events/1"),
    ],
)
def test_what_cannot_be_a_webhook_is_told_with_its_place(asked: Asked, body: object, pointer: str) -> None:
    answer = asked.post("/webhooks", body)
    problem(answer, 422, "request-invalid")
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_an_account_has_only_so_many(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.http.webhook_routes.MOST_OF_AN_ACCOUNT", 1)
    assert asked.post("/webhooks", {"url": "https://a.example/"}, BRANCH).status_code == 201
    problem(asked.post("/webhooks", {"url": "https://b.example/"}, BRANCH), 422, "request-refused")


def test_of_two_made_at_once_the_one_too_many_is_refused(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.http.webhook_routes.MOST_OF_AN_ACCOUNT", 1)
    kept = asked.api.kept_secret

    def meanwhile(name: str, value: str, at: str) -> SealedSecret:
        monkeypatch.setattr(asked.api, "kept_secret", kept)
        with asked.gateway.store.write() as db:
            add_webhook(db, StoredWebhook(
                id="faster", url="https://a.example/", events="[]", account="10011", secrets="[]", made_by="another",
                created_at=at, changed_at=at,
            ))  # fmt: skip
        return kept(name, value, at)

    monkeypatch.setattr(asked.api, "kept_secret", meanwhile)
    problem(asked.post("/webhooks", {"url": "https://b.example/"}, BRANCH), 422, "request-refused")
    assert [each["webhook"] for each in asked.get("/webhooks", BRANCH).json()["webhooks"]] == ["faster"]


def test_no_secret_is_left_of_a_webhook_that_could_not_be_kept(
    asked: Asked, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = made(asked, other)
    with asked.gateway.store.read() as db:
        before = secret_names(db)
    for of in ("gateway.http.webhook_routes.add_webhook", "gateway.pipeline.webhook_desk.sign_with"):
        monkeypatch.setattr(of, _goes_away)
    assert asked.post("/webhooks", {"url": "https://a.example/"}, BRANCH).status_code == 503
    assert asked.post(f"/webhooks/{hook['webhook']}/secrets", {}, BRANCH).status_code == 503
    with asked.gateway.store.read() as db:
        assert secret_names(db) == before


def _goes_away(*_: object) -> None:
    raise TransientError("The database is away.")


def test_without_a_master_key_no_webhook_is_made(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked.api, "kept_secret", _nothing_keeps)
    answer = asked.post("/webhooks", {"url": "https://a.example/"}, BRANCH)
    problem(answer, 422, "request-refused")
    assert "GATEWAY_MASTER_KEY" in answer.json()["detail"]


def _nothing_keeps(*_: str) -> None:
    raise ConfigError("Set GATEWAY_MASTER_KEY.")
