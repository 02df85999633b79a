"""Content of a headless CMS, fetched from its API and posted by its webhook, in the articles that are told."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from gateway.pipeline.receive import receive
from gateway.queue.dispatch import work_off
from gateway.settings import ApiSettings
from tests.http.conftest import Asked, asked_at
from tests.outbound.servers import Other, answered, other_side
from tests.processes import eventually
from tests.workspaces import Place

FETCHED, POSTED, HERS, OTHERS = "A-1001", "A-1002", "10012", "10011"
OWNER = """
[owner]
"products.name" = "cms"
"products.documents" = "cms"
tailoring = "cms"
"""
FILES = {
    "connections/cms_texts.toml": 'kind = "http"\n',
    "connections/cms_accounts.toml": 'kind = "http"\n',
    "channels/cms.toml": 'connection = "cms_api"\nflows = { products = "in", tailoring = "in" }\n'
    'files = { products = "products_*", tailoring = "tailoring_*" }\n' + OWNER,
    "channels/cms_texts.toml": 'connection = "cms_texts"\nsystem = "cms"\nflows = { products = "in" }\n',
    "channels/cms_accounts.toml": 'connection = "cms_accounts"\nsystem = "cms"\nflows = { tailoring = "in" }\n',
}
API = """kind = "soap"
mode = "json"
endpoint = "{endpoint}"
private = true

[[receive]]
path = "/texts"
name = "products"

[[receive]]
path = "/accounts"
name = "tailoring"
"""


def texts(sku: str) -> bytes:
    """An article as the CMS tells it."""
    document = f"Datasheet https://cms.example/{sku}.pdf"
    return json.dumps([{"sku": sku, "name:de": f"{sku} auf Deutsch", "name:fr": "Vis", "documents": document}]).encode()


def tailored(sku: str) -> bytes:
    """The text of an article that the CMS has for one account."""
    row = {"subject": f"account:{HERS}", "product": sku, "field": "name:de", "value": f"{sku} nur hier"}
    return json.dumps([row]).encode()


def tells(cms: Other, line: socket.socket) -> None:
    """What the API of the CMS answers."""
    body = tailored(FETCHED) if cms.taken[-1].line.startswith("GET /accounts") else texts(FETCHED)
    answered(200, body, "application/json")(cms, line)


@pytest.fixture
def asked(demo: Place) -> Iterator[Asked]:
    """The demo beside a CMS."""
    for path, text in FILES.items():
        demo.write(path, text)
    with other_side() as cms:
        cms.respond = tells
        demo.write("connections/cms_api.toml", API.format(endpoint=cms.url("")))
        with asked_at(demo, ApiSettings(requests_per_second=1e6, burst=10**6)) as ready:
            yield ready


def fetch(asked: Asked) -> int:
    """How many documents the API had for us, all of them taken."""
    line, poller = asked.gateway.line, asked.gateway.pollers()["cms_api"]
    arrivals = list(poller.poll())
    for each in arrivals:
        receive(line, each.name, each.chunks(), "cms_api")
        poller.done(each)
    work_off(line, {})
    return len(arrivals)


def post(asked: Asked, name: str, body: bytes) -> None:
    """What the webhook of the CMS posts is taken."""
    head = {**asked.head(f"connection:{name}"), "Content-Type": "application/json"}
    answer = asked.client.request("POST", f"/in/{name}", content=body, headers=head)
    assert answer.status_code == 202
    # Whoever is posted to works it off by himself.
    where = f"/transmissions/{answer.json()['transmission']}"
    eventually(lambda: [each["state"] for each in asked.get(where).json()["messages"]] == ["processed"])


def shown(asked: Asked, sku: str, account: str, language: str) -> dict[str, object]:
    """The article in the list of what the account may buy."""
    listed = asked.get("/products", account=account, language=language, limit=1_000).json()["products"]
    found: dict[str, object] = next(each for each in listed if each["sku"] == sku)
    return found


@pytest.mark.both_stores
def test_content_of_a_cms_comes_by_its_api_and_by_its_webhook_into_the_articles_that_are_told(asked: Asked) -> None:
    units = {sku: shown(asked, sku, HERS, "de")["units"] for sku in (FETCHED, POSTED)}
    assert fetch(asked) == 2
    assert fetch(asked) == 0
    post(asked, "cms_texts", texts(POSTED))
    post(asked, "cms_accounts", tailored(POSTED))
    for sku in (FETCHED, POSTED):
        assert shown(asked, sku, OTHERS, "de")["name"] == f"{sku} auf Deutsch"
        assert shown(asked, sku, OTHERS, "fr")["name"] == "Vis"
        hers = shown(asked, sku, HERS, "de")
        assert hers["name"] == f"{sku} nur hier"
        assert hers["documents"] == [{"name": "Datasheet", "url": f"https://cms.example/{sku}.pdf", "type": "pdf"}]
        assert hers["units"] == units[sku]
