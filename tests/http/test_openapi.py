"""The OpenAPI document is what the routes do: none gives a 5xx, breaks its schema, or tells what is another's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.http.problems import PROBLEMS
from gateway.http.quote_routes import STEPS
from gateway.store.identity import new_id
from gateway.store.webhooks import StoredWebhook, add_webhook
from tests.http.conftest import API, Asked
from tests.http.test_orders import order
from tests.http.test_products import event
from tests.http.test_quotes import OFFER, WANTED

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


def document(asked: Asked) -> dict[str, Any]:
    """The document, which needs no key."""
    answer = asked.client.request("GET", f"{API}/openapi.json")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def operations(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every route."""
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_every_route_says_what_it_answers_and_refuses(asked: Asked) -> None:
    told = document(asked)
    listed = list(operations(told))
    assert len(listed) > 10
    for _, path, operation in listed:
        assert path.startswith(API)
        assert operation["summary"]
        assert operation["description"]
        assert {"401", "403", "404", "405", "422", "429", "500", "503"} <= set(operation["responses"])
        assert not [name for name in operation if name.startswith("x-")]
        if "requestBody" in operation:
            assert {"400", "413", "415"} <= set(operation["responses"])
            place = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert told["components"]["schemas"][place]["examples"]


def test_every_reference_of_the_document_leads_somewhere(asked: Asked) -> None:
    told = document(asked)
    text = json.dumps(told)
    named = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= set(told["components"]["schemas"])


OTHERS = ("10012", "SHOP-1", "Bremen", "A-1006")
"""What belongs to the other account, and tells of it where it shows."""


INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+")


def webhook_of(asked: Asked, account: str) -> str:
    """The id of a webhook that is told of an account's events."""
    webhook = StoredWebhook(
        id=new_id(), url="https://other.example/hook", events="[]", account=account, secrets="[]", made_by="other",
        created_at=asked.gateway.line.now(), changed_at=asked.gateway.line.now(),
    )  # fmt: skip
    with asked.gateway.store.write() as db:
        add_webhook(db, webhook)
    return webhook.id


@pytest.mark.both_stores
def test_no_route_tells_anything_of_another_account(asked: Asked) -> None:
    placed = asked.post("/orders", order(), "account:10012").json()
    with asked.gateway.store.read() as db:
        from gateway.store.messages import message

        transmission = message(db, placed["message"]).transmission  # type: ignore[union-attr]
    named = {
        "account": "10012", "order": placed["order"], "message": placed["message"], "transmission": transmission,
        "sku": "A-1006", "quote": asked.post("/quotes", WANTED, "account:10012").json()["quote"],
        "webhook": webhook_of(asked, "10012"), "key": "12345678",
    }  # fmt: skip
    bodies = {
        f"{API}/prices:resolve": {"account": "10012", "lines": order()["lines"]},
        f"{API}/orders": order("SHOP-2"),
        f"{API}/quotes": WANTED,
        **{f"{API}/quotes/{{quote}}:{step.name}": OFFER if step.name == "offer" else {} for step in STEPS},
        f"{API}/usage": {"events": [event()]},
        f"{API}/webhooks": {"url": "https://shop.example/", "account": "10012"},
        f"{API}/webhooks/{{webhook}}/replay": {"after": 0},
    }
    seen = 0
    for method, path, operation in operations(document(asked)):
        address = path
        params = {"account": "10012", "q": "A-1001"}
        for name, value in named.items():
            address = address.replace("{" + name + "}", value)
        assert "{" not in address, f"{path}: the test names no {address}"
        taken = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
        of_another = {name: value for name, value in params.items() if name in taken}
        for given_params in (of_another, {name: value for name, value in of_another.items() if name != "account"}):
            answer = asked.client.request(
                method.upper(), address, headers=asked.head("account:10002"), params=given_params,
                json=bodies.get(path) if "requestBody" in operation else None,
            )  # fmt: skip
            assert "requestBody" not in operation or path in bodies, path
            if path == f"{API}/products/{{sku}}" and not given_params:
                continue  # his own view of an article that both may buy
            # The digits of an instant may be those of a number.
            shown = INSTANT.sub("", answer.text).replace(path, "").replace(address, "")
            if path == f"{API}/products" and not given_params:
                shown = shown.replace("A-1006", "")
            if answer.status_code == 404:
                shown = str({name: value for name, value in answer.json().items() if name != "detail"})
            assert not [mark for mark in OTHERS if mark in shown], (path, answer.text)
            assert answer.status_code in (200, 404), (path, answer.text)
            seen += 1
    assert seen > 15
    assert [each["number"] for each in asked.get("/orders").json()["orders"]] == ["SHOP-1"]
    assert [each["state"] for each in asked.get("/quotes").json()["quotes"]] == ["draft"]


@pytest.mark.both_stores
@pytest.mark.timeout(600)
def test_no_request_that_the_document_allows_or_forbids_breaks_it(asked: Asked) -> None:
    asked.api.is_ending = True  # nobody waits for events
    schema = schemathesis.openapi.from_dict(document(asked))
    head = asked.head("role:admin")
    for operation in (each.ok() for each in schema.get_all_operations()):
        for mode in schemathesis.GenerationMode:

            @seed(4711)
            @settings(
                max_examples=12, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(operation.as_strategy(generation_mode=mode))
            def run(case: Any) -> None:
                answer = _sent(asked, case, head)
                case.validate_response(schemathesis.Response.from_any(answer), checks=CHECKS)

            run()


def _sent(asked: Asked, case: Any, head: dict[str, str]) -> httpx.Response:
    """The answer to a case, which the library writes as it would for a web server."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://gateway.test", headers=head)).prepare()
    sent = dict(prepared.headers)
    return asked.client.request(prepared.method, prepared.url, content=prepared.body, headers=sent)


def test_every_problem_has_a_status_that_says_whose_turn_it_is() -> None:
    assert all(400 <= kind.status < 600 for kind in PROBLEMS.values())
