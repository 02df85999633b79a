"""Orders over HTTP: placed on the same line as every other, once however often they are sent, and read back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.http import order_routes
from tests import sent
from tests.http.conftest import Asked
from tests.http.test_requests import problem

pytestmark = pytest.mark.both_stores


def order(number: str = "SHOP-1", account: str = "10012", **line: object) -> dict[str, Any]:
    values = {"product": "A-1006", "quantity": "12", **line}
    return {"account": account, "number": number, "channel": "shop", "lines": [values]}


def test_an_order_is_answered_with_its_decision_and_listed_like_every_other(asked: Asked) -> None:
    placed = asked.post("/orders", order())
    assert (placed.status_code, placed.json()["decision"], placed.json()["channel"]) == (201, "accepted", "shop")
    our_number = placed.json()["order"]
    assert placed.headers["location"] == f"/api/v1/orders/{our_number}"
    assert asked.get(f"/orders/{our_number}").json() == placed.json() == asked.place.order("SHOP-1")
    [listed] = asked.get("/orders").json()["orders"]
    assert listed == {name: value for name, value in placed.json().items() if name != "lines"}
    message = asked.get(f"/messages/{placed.json()['message']}").json()
    assert (message["state"], message["order"]) == ("processed", our_number)


def test_the_price_shown_before_is_the_price_confirmed(asked: Asked) -> None:
    basket = {"account": "10012", "channel": "shop", "lines": order()["lines"]}
    [shown] = asked.post("/prices:resolve", basket).json()["lines"]
    assert asked.post("/orders", order()).json()["total"] == shown["net"].rstrip("0").rstrip(".")


def test_a_price_of_ours_says_what_it_is_for_though_the_buyers_does_not(asked: Asked) -> None:
    told = asked.post("/orders", order(price="11")).json()["lines"][0]
    assert told["ordered"]["per"] is None
    assert (told["agreed"]["per"], told["agreed"]["unit"]) == ("1", "PCE")
    assert (told["confirmed"]["per"], told["confirmed"]["unit"]) == ("1", "PCE")


def test_an_order_that_comes_to_too_many_digits_waits_for_a_person(asked: Asked) -> None:
    told = asked.post("/orders", order(quantity="999999999999")).json()
    assert (told["decision"], told["reasons"], told["total"]) == ("held", ["number.too-large"], None)
    assert told["lines"][0]["ordered"]["quantity"] == "999999999999"
    boxes = asked.post("/orders", order("SHOP-2", product="A-1001", unit="BX", quantity="999999999999")).json()
    assert (boxes["decision"], boxes["reasons"]) == ("held", ["number.too-large"])


def test_orders_of_every_channel_are_one_history(asked: Asked) -> None:
    asked.place.sample(1)
    asked.post("/orders", order())
    found = asked.get("/orders").json()["orders"]
    assert [each["channel"] for each in found] == ["edifact", "shop"]
    assert [each["number"] for each in asked.get("/orders", number="SHOP-1").json()["orders"]] == ["SHOP-1"]
    assert [each["number"] for each in asked.get("/orders", account="10012").json()["orders"]][-1] == "SHOP-1"
    first = asked.get("/orders", limit=1).json()
    assert [each["channel"] for each in asked.get("/orders", cursor=first["next"]).json()["orders"]] == ["shop"]


def test_what_is_wrong_with_a_whole_order_is_told_with_it(asked: Asked) -> None:
    stated = asked.place.root / "terms.csv"
    stated.write_text("subject,contract,field,value\nall,,min_order_value,1000\n")
    assert asked.place.run("import", "terms", stated).status == 0
    placed = asked.post("/orders", order()).json()
    assert (placed["decision"], placed["reasons"]) == ("held", ["order.below-minimum"])
    assert asked.get("/orders").json()["orders"][0]["reasons"] == ["order.below-minimum"]


def test_what_a_person_must_decide_is_an_order_too(asked: Asked) -> None:
    placed = asked.post("/orders", order(price="0.042", per=1, unit="PCE"))
    assert (placed.status_code, placed.json()["decision"], placed.json()["state"]) == (201, "held", "open")


def test_a_refused_line_is_a_decision_and_no_fault_of_the_request(asked: Asked) -> None:
    placed = asked.post("/orders", order(product="nothing"))
    assert (placed.status_code, placed.json()["lines"][0]["decision"]) == (201, placed.json()["decision"])
    assert placed.json()["lines"][0]["reasons"] == ["order.line.product.unknown"]
    assert (placed.json()["lines"][0]["product"], placed.json()["lines"][0]["supplier_sku"]) == (None, "nothing")
    assert "? nothing" in asked.place.run("orders", "show", placed.json()["order"]).out


def test_the_same_request_under_its_key_has_one_effect(asked: Asked) -> None:
    head = {"Idempotency-Key": "cart-7"}
    first = asked.post("/orders", order(), **head)
    again = asked.post("/orders", order(), **head)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    problem(asked.post("/orders", order(quantity="13"), **head), 409, "conflict")
    assert len(asked.get("/orders").json()["orders"]) == 1


def test_keys_of_different_accounts_do_not_meet(asked: Asked) -> None:
    head = {"Idempotency-Key": "1"}
    for account in ("10011", "10012"):
        assert asked.post("/orders", order(account=account), f"account:{account}", **head).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "ä"])
@pytest.mark.one_store
def test_an_idempotency_key_that_is_none_is_refused(asked: Asked, key: str) -> None:
    answer = asked.client.request(
        "POST", "/api/v1/orders", json=order(), headers={**asked.head("role:operator"), "Idempotency-Key": key.encode()}
    )
    problem(answer, 422, "request-invalid")


def test_the_same_order_sent_twice_without_a_key_is_one_order(asked: Asked) -> None:
    first = asked.post("/orders", order())
    again = asked.post("/orders", order())
    assert (again.status_code, again.json()["order"]) == (200, first.json()["order"])
    other = asked.post("/orders", order(quantity="13"))
    assert (other.status_code, other.json()["state"]) == (202, "held")
    assert other.headers["location"] == f"/api/v1/messages/{other.json()['message']}"
    assert len(asked.get("/orders").json()["orders"]) == 1


def test_an_order_that_came_over_another_channel_before_is_not_placed_again(asked: Asked) -> None:
    asked.place.ingest(sent.interchange("C1", sent.order("PO-1", sent.line(1, sent.SEALANT, "12"), buyer=sent.BREMEN)))
    again = asked.post("/orders", order("PO-1"))
    assert (again.status_code, again.json()["state"], again.json()["order"]) == (202, "held", None)
    assert [issue["code"] for issue in again.json()["issues"]] == ["order.duplicate"]
    assert len(asked.get("/orders", number="PO-1").json()["orders"]) == 1
    asked.post("/orders", order("PO-2"))
    asked.place.ingest(sent.interchange("C2", sent.order("PO-2", sent.line(1, sent.SEALANT, "12"), buyer=sent.BREMEN)))
    assert [each["channel"] for each in asked.get("/orders", number="PO-2").json()["orders"]] == ["shop"]


def test_an_order_refused_over_one_channel_may_be_placed_over_another(asked: Asked) -> None:
    assert asked.post("/orders", order("PO-1", product="nothing")).json()["decision"] == "held"
    refused = asked.place.run("orders", "decide", "PO-1", "--as", "rejected", "--note", "not sold any more")
    assert refused.status == 0
    asked.place.ingest(sent.interchange("C1", sent.order("PO-1", sent.line(1, sent.SEALANT, "12"), buyer=sent.BREMEN)))
    listed = asked.get("/orders", number="PO-1").json()["orders"]
    assert [(each["channel"], each["decision"]) for each in listed] == [("shop", "rejected"), ("edifact", "accepted")]


def test_an_order_for_an_account_that_is_not_seen_leaves_nothing(asked: Asked) -> None:
    for account in ("10011", "nobody"):
        answer = asked.post("/orders", order(account=account), "account:10012")
        problem(answer, 404, "account-unknown")
    assert asked.place.run("messages", "list", "--json").lines == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"number": " "}, "/number"),
        ({"number": "SHOP-1\n"}, "/number"),
        ({"number": "SHOP\t1"}, "/number"),
        ({"number": "1" * 201}, "/number"),
        ({"lines": []}, "/lines"),
        ({"channel": "edifact"}, "/channel"),
        ({"channel": "acme_inbox"}, "/channel"),
        ({"channel": "a/b"}, "/channel"),
    ],
)
@pytest.mark.one_store
def test_what_could_not_be_an_order_is_refused(asked: Asked, change: dict[str, object], pointer: str) -> None:
    told = problem(asked.post("/orders", order() | change), 422, "request-invalid")
    assert [fault["pointer"] for fault in told["errors"]] == [pointer]
    assert asked.place.run("messages", "list", "--json").lines == []


def test_what_takes_longer_is_answered_with_where_to_look(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked.api, "wake", lambda: None)
    monkeypatch.setattr(order_routes, "SETTLED_WITHIN_S", 0.1)
    placed = asked.post("/orders", order())
    assert (placed.status_code, placed.json()["state"]) == (202, "ready")
    assert asked.client.request("GET", placed.headers["location"], headers=asked.head("role:viewer")).json()[
        "state"
    ] == ("ready")


def test_nobody_waits_for_an_order_any_more_when_the_gateway_ends(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked.api, "wake", lambda: None)
    monkeypatch.setattr(order_routes, "SETTLED_WITHIN_S", 600.0)
    asked.api.is_ending = True
    placed = asked.post("/orders", order())
    assert (placed.status_code, placed.json()["state"]) == (202, "ready")


def test_a_transmission_is_shown_with_its_messages(asked: Asked) -> None:
    [line] = asked.place.sample(1)
    with asked.gateway.store.read() as db:
        from gateway.store.messages import message

        found = message(db, line["message"])
    assert found
    told = asked.get(f"/transmissions/{found.transmission}").json()
    assert told["messages"] == [line]
    assert json.dumps(told)
    assert asked.get(f"/transmissions/{found.transmission}", "account:10001").status_code == 200
    problem(asked.get(f"/transmissions/{found.transmission}", "account:10002"), 404, "transmission-unknown")
    problem(asked.get("/transmissions/none"), 404, "transmission-unknown")
