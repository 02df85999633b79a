"""Quotes over HTTP: from the request to prices that hold in every channel, each step once and by whose turn it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.conftest import Asked
from tests.http.test_requests import problem

pytestmark = pytest.mark.both_stores
BUYER, SALES = "account:10012", "role:operator"
WANTED = {"account": "10012", "lines": [{"product": "A-1001", "quantities": ["1000", 5000], "target_price": 0.12}]}
OFFER = {
    "valid_until": "2099-01-31",
    "lines": [{"product": "A-1001", "ladder": [{"min_quantity": "1000", "price": "0.13", "per": 1}]}],
}


def opened(asked: Asked, **more: object) -> dict[str, Any]:
    answer = asked.post("/quotes", WANTED | more, BUYER)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/v1/quotes/{told['quote']}"
    return told


def done(asked: Asked, quote: str, step: str, scope: str, **body: object) -> Any:
    return asked.post(f"/quotes/{quote}:{step}", body, scope)


def offered(asked: Asked) -> str:
    number: str = opened(asked)["quote"]
    assert done(asked, number, "submit", BUYER).json()["state"] == "submitted"
    assert done(asked, number, "start", SALES).json()["state"] == "in_work"
    assert done(asked, number, "offer", SALES, **OFFER).json()["state"] == "offered"
    return number


def test_an_accepted_quote_is_a_price_in_every_channel(asked: Asked) -> None:
    number = offered(asked)
    accepted = done(asked, number, "accept", BUYER, who="Ms Meyer")
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
    assert [event["who"] for event in accepted.json()["events"]][-1] == "Ms Meyer"
    basket = {"quote": number, "lines": [{"product": "A-1001", "quantity": 1000}]}
    [line] = asked.post("/prices:resolve", basket, BUYER).json()["lines"]
    assert line["net"] == "130.00"
    assert asked.get(f"/quotes/{number}", BUYER).json() == accepted.json()
    [listed] = asked.get("/quotes", BUYER).json()["quotes"]
    assert listed == {name: accepted.json()[name] for name in listed}


def test_a_request_keeps_its_numbers_exact(asked: Asked) -> None:
    [line] = opened(asked)["versions"][0]["request"]
    assert (line["quantities"], line["target_price"]) == (["1000", "5000"], "0.12")


def test_each_side_does_what_is_its_to_do(asked: Asked) -> None:
    number = offered(asked)
    problem(done(asked, number, "offer", BUYER, **OFFER), 409, "conflict")
    problem(done(asked, number, "accept", SALES), 409, "conflict")
    assert done(asked, number, "accept", SALES, by="buyer", who="Ms Meyer by phone").status_code == 200
    problem(done(asked, number, "withdraw", BUYER, by="seller"), 403, "scope-insufficient")
    problem(done(asked, number, "withdraw", SALES, by="gateway"), 422, "request-invalid")
    problem(done(asked, number, "accept", "role:viewer"), 403, "scope-insufficient")


def test_a_step_done_twice_is_done_once_and_one_seen_too_late_is_refused(asked: Asked) -> None:
    number = offered(asked)
    seen = asked.get(f"/quotes/{number}").json()["revision"]
    first = done(asked, number, "accept", BUYER, revision=seen)
    assert done(asked, number, "accept", BUYER, revision=seen).json() == first.json()
    problem(done(asked, number, "decline", BUYER, revision=seen), 409, "conflict")


def test_a_quote_is_opened_once_under_its_key(asked: Asked) -> None:
    head = {"Idempotency-Key": "rfq-1"}
    first = asked.post("/quotes", WANTED, BUYER, **head)
    again = asked.post("/quotes", WANTED, BUYER, **head)
    assert (again.status_code, again.json()) == (201, first.json())
    problem(asked.post("/quotes", WANTED | {"reference": "other"}, BUYER, **head), 409, "conflict")
    assert len(asked.get("/quotes", BUYER).json()["quotes"]) == 1


def test_a_buyer_hands_an_offer_back_and_gets_another_one(asked: Asked) -> None:
    number = offered(asked)
    lines = [{"product": "A-1001", "quantities": ["2000"]}]
    assert done(asked, number, "renegotiate", BUYER, note="too dear", lines=lines).json()["state"] == "renegotiate"
    told = done(asked, number, "offer", SALES, **OFFER).json()
    assert (told["state"], [version["side"] for version in told["versions"]]) == (
        "offered",
        ["buyer", "seller", "buyer", "seller"],
    )


def test_a_quote_of_another_account_is_not_there(asked: Asked) -> None:
    number = offered(asked)
    problem(asked.get(f"/quotes/{number}", "account:10011"), 404, "quote-unknown")
    problem(done(asked, number, "accept", "account:10011"), 404, "quote-unknown")
    assert asked.get("/quotes", "account:10011").json() == {"quotes": [], "next": None}
    problem(asked.get("/quotes", "account:10011", account="10012"), 404, "account-unknown")
    problem(asked.post("/quotes", WANTED, "account:10011"), 404, "account-unknown")
    assert asked.get(f"/quotes/{number}", "account:10001").status_code == 200


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [{"text": ""}],
        [{"product": "A-1001", "quantities": ["0"]}],
        [{"product": "A-1001", "quantities": ["1e999999999"]}],
        [{"product": "A-1001", "quantities": [True]}],
        [{"product": "A-1001", "quantities": [["1"]]}],
        [{"product": "A-1001", "quantities": [1e30]}],
        [{"product": "A-1001", "target_price": {}}],
        [{"product": "A-1001", "position": 10**12}],
    ],
)
@pytest.mark.one_store
def test_a_request_that_cannot_be_meant_is_refused(asked: Asked, lines: list[Any]) -> None:
    answer = asked.post("/quotes", {"account": "10012", "lines": lines}, BUYER)
    assert (answer.status_code, answer.json()["status"]) == (422, 422)
    assert asked.get("/quotes").json()["quotes"] == []


def test_an_article_is_offered_only_where_it_is_one(asked: Asked) -> None:
    number = opened(asked)["quote"]
    bad = OFFER | {"lines": [{"product": "none", "ladder": [{"price": "1"}]}]}
    told = problem(done(asked, number, "offer", SALES, **bad), 422, "request-refused")
    assert "there is no article none" in told["detail"]


def test_a_buyer_who_numbers_a_quote_is_not_told_whether_somebody_else_has_the_number(asked: Asked) -> None:
    assert asked.post("/quotes", WANTED | {"account": "10002", "number": "RFQ-1"}, SALES).status_code == 201
    told = problem(asked.post("/quotes", WANTED | {"number": "RFQ-1"}, BUYER), 422, "request-invalid")
    assert told["errors"][0]["pointer"] == "/number"
    assert str(told) == str(problem(asked.post("/quotes", WANTED | {"number": "RFQ-2"}, BUYER), 422, "request-invalid"))
    assert opened(asked, reference="RFQ-1")["reference"] == "RFQ-1"
