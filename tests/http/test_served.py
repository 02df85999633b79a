"""A gateway that serves: the examples of the pages work, an order is settled at once, a revoked key opens nothing."""

from __future__ import annotations

import re
import shlex
import time
from typing import Any

import httpx
import pytest

from gateway.testing.webhooks import refusal
from tests.http.posts import NAME, SCOPE, listen
from tests.outbound.servers import other_side
from tests.processes import PATIENCE_S, ROOT, Serving, eventually, serving
from tests.workspaces import Place

DOCS = ROOT / "docs"
PAGES = ("reference/api.md", "how-to/first-price.md")


def examples(page: str) -> list[str]:
    """The calls of curl that a page prints."""
    text = (DOCS / page).read_text("utf-8").replace("\\\n", " ")
    return re.findall(r"^(?:\$ )?(curl .+)$", text, re.MULTILINE)


def called(example: str, address: str, key: str) -> httpx.Response:
    """The answer to what curl would send."""
    example = example.replace("$URL", address).replace("http://127.0.0.1:8080", address).replace("$KEY", key)
    words = iter(shlex.split(example)[1:])
    url, head = "", {}
    body: str | bytes | None = None
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            head[name] = value
        elif word == "-d":
            body = next(words)
        elif word == "--data-binary":
            body = (ROOT / next(words).removeprefix("@")).read_bytes()
        elif word != "-s":
            url = word
    return httpx.request("GET" if body is None else "POST", url, content=body, headers=head, timeout=PATIENCE_S)


def new_key(place: Place, scope: str, name: str = "shop") -> str:
    [made] = place.run("key", "add", name, "--scope", scope, "--json").lines
    key: str = made["key"]
    return key


@pytest.mark.parametrize("page", PAGES)
def test_every_example_of_a_page_is_answered_as_it_says(demo: Place, page: str) -> None:
    key = new_key(demo, "account:10001")
    settings = demo.root / "gateway.toml"
    settings.write_text(f'master_key = "{"k" * 32}"\n{settings.read_text("utf-8")}', "utf-8")  # webhooks need one
    found = examples(page)
    assert found
    with serving(demo.root) as server:
        for example in found:
            answer = called(example, server.address, key)
            assert answer.status_code in (200, 201), (example, answer.text)
            assert answer.headers["content-type"] == "application/json", example


def test_receiving_by_http_is_as_its_page_says(demo: Place) -> None:
    page = (DOCS / "how-to" / "receive-by-http.md").read_text("utf-8")
    file, via = re.findall(r"```toml\n(.+?)```", page, re.DOTALL)
    name, _, content = file.partition("\n")
    listen(demo)
    demo.write(name.removeprefix("# "), content)
    assert via.strip() in (demo.root / "partners/acme.toml").read_text("utf-8").replace("via     ", "via ")
    key = new_key(demo, SCOPE)
    with serving(demo.root) as server:
        assert f"listening {NAME} at {server.address}/in/{NAME}\n" in server.told
        post, *asked = examples("how-to/receive-by-http.md")
        answers = [called(post, server.address, key) for _ in range(2)]
        assert [each.status_code for each in answers] == [202, 200]
        assert answers[0].content == answers[1].content
        where = answers[0].headers["location"].removeprefix("/api/v1/")
        [told] = eventually(lambda: ready(ask(server, key, where).json()))
        assert (told["state"], told["decision"]) == ("processed", "accepted")
        listed = [called(each, server.address, key).json() for each in asked]
        assert [len(each.get("transmissions", each.get("messages"))) for each in listed] == [1, 1]


def ready(transmission: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of a transmission, once they are orders."""
    return [each for each in transmission["messages"] if each["order"]]


def test_an_order_is_settled_without_waiting_for_the_next_round(demo: Place) -> None:
    key = new_key(demo, "account:10012")
    with serving(demo.root) as server:
        head = {"Authorization": f"Bearer {key}"}
        assert any(line.startswith(f"api       {server.address}/api/v1") for line in server.told)
        for number in range(5):
            order = {"account": "10012", "number": f"S-{number}", "lines": [{"product": "A-1006", "quantity": 12}]}
            placed = httpx.post(f"{server.address}/api/v1/orders", json=order, headers=head, timeout=PATIENCE_S)
            assert placed.status_code == 201, placed.text
            assert placed.json()["decision"] == "accepted"
        listed = ask(server, key, "orders").json()["orders"]
        assert [each["number"] for each in listed] == [f"S-{number}" for number in range(5)]
        assert server.end() == 0


def test_a_key_made_or_revoked_meanwhile_counts_from_the_next_request_on(demo: Place) -> None:
    with serving(demo.root) as server:
        key = new_key(demo, "role:viewer")
        assert status(server, key) == 200
        assert demo.run("key", "revoke", "shop").status == 0
        assert status(server, key) == 401
        assert status(server, new_key(demo, "role:viewer")) == 200


def test_without_its_store_the_api_says_when_to_come_again(demo: Place) -> None:
    with serving(demo.root) as server:
        key = new_key(demo, "role:viewer")
        store = demo.root / "var" / "gateway.db"
        store.rename(store.with_name("away.db"))
        answer = ask(server, key)
        assert (answer.status_code, answer.json()["code"]) == (503, "store-away")
        assert int(answer.headers["retry-after"]) > 0
        store.with_name("away.db").rename(store)
        assert status(server, key) == 200


def test_nothing_of_requests_is_logged(demo: Place) -> None:
    with serving(demo.root) as server:
        key = new_key(demo, "role:viewer")
        for path in ("accounts", "nothing", "accounts/x"):
            ask(server, key, path)
        ask(server, key[:-1] + "x")
        assert server.end() == 0
        assert server.process.stderr
        assert server.process.stderr.read() == ""


def ask(server: Serving, key: str, path: str = "accounts") -> httpx.Response:
    return httpx.get(f"{server.address}/api/v1/{path}", headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE_S)


def status(server: Serving, key: str) -> int:
    return ask(server, key).status_code


def test_an_order_is_told_to_a_webhook_its_account_made_and_to_who_waits_for_it(demo: Place) -> None:
    settings = demo.root / "gateway.toml"
    more = f'master_key = "{"k" * 32}"\napi = {{ webhook_networks = ["127.0.0.0/8"] }}\n'
    settings.write_text(more + settings.read_text("utf-8"), "utf-8")
    head = {"Authorization": f"Bearer {new_key(demo, 'account:10012')}"}
    with other_side() as shop, serving(demo.root) as server, httpx.Client(headers=head, timeout=PATIENCE_S) as client:
        api = f"{server.address}/api/v1"
        hook = client.post(f"{api}/webhooks", json={"url": shop.url("/hook")})
        assert hook.status_code == 201, hook.text
        start = client.get(f"{api}/events").json()["next"]
        order = {"account": "10012", "number": "S-1", "lines": [{"product": "A-1006", "quantity": 12}]}
        placed = client.post(f"{api}/orders", json=order).json()
        told = client.get(f"{api}/events?after={start}&wait=30s").json()["events"]
        assert (told[0]["type"], told[0]["id"]) == ("order.received", placed["order"])
        posted = eventually(lambda: shop.taken[1:] and shop.taken)
        assert [each.headers["gateway-event-type"] for each in posted] == ["order.received", "order.decided"]
        assert refusal(posted[0].headers, posted[0].body, [hook.json()["secret"]], time.time()) is None
        assert server.end() == 0
