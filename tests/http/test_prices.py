"""prices:resolve: the price desk over HTTP, line by line, as exact as everywhere."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.http.conftest import Asked
from tests.http.test_requests import problem

pytestmark = pytest.mark.both_stores


def test_prices_are_those_of_the_command_line_in_order(asked: Asked) -> None:
    lines = [{"product": f"A-100{number}", "quantity": "400"} for number in (3, 1, 6, 1)]
    told = asked.post("/prices:resolve", {"account": "10012", "on": "2026-11-24", "channel": "shop", "lines": lines})
    assert told.status_code == 200
    for line, answer in zip(lines, told.json()["lines"], strict=True):
        words = ("--account", "10012", "--product", line["product"], "--quantity", "400", "--on", "2026-11-24")
        [explained] = asked.place.run("price", "explain", *words, "--channel", "shop", "--json").lines
        assert answer == explained
    assert told.json()["data_seq"] == told.json()["lines"][0]["data_seq"]


@pytest.mark.parametrize("quantity", ['"12.5"', "12.5", "1.25e1", '"12.500000"'])
def test_a_quantity_is_a_text_or_a_number_and_never_a_binary_fraction(asked: Asked, quantity: str) -> None:
    raw = f'{{"account": "10012", "lines": [{{"product": "A-1006", "quantity": {quantity}}}]}}'
    [line] = asked.send("/prices:resolve", raw.encode()).json()["lines"]
    assert line["quantity"] == "12.5"
    raw = '{"account": "10012", "lines": [{"product": "A-1006", "quantity": 123456789012.123456}]}'
    [line] = asked.send("/prices:resolve", raw.encode()).json()["lines"]
    assert line["quantity"] == "123456789012.123456"


def test_every_number_of_trade_in_an_answer_is_a_text(asked: Asked) -> None:
    body = {"account": "10012", "lines": [{"product": "A-1001", "quantity": 400}]}
    told = json.loads(asked.post("/prices:resolve", body).text, parse_float=lambda text: pytest.fail(text))
    line = told["lines"][0]
    assert all(isinstance(line[name], str) for name in ("net", "quantity", "unit_price", "price_unit"))
    assert Decimal(line["net"]) > 0


def test_what_has_no_price_is_told_with_its_code_among_the_others(asked: Asked) -> None:
    lines = [{"product": "A-1006", "quantity": 1}, {"product": "none", "quantity": 1}, {"gtin": "1", "quantity": 1}]
    answers = asked.post("/prices:resolve", {"account": "10012", "lines": lines}).json()["lines"]
    assert [each.get("code") for each in answers] == [None, "PRODUCT_UNKNOWN", "PRODUCT_UNKNOWN"]
    assert [each["net"] is None for each in answers] == [False, True, True]


def test_an_accounts_key_need_not_name_it_and_may_name_what_stands_below(asked: Asked) -> None:
    lines = [{"product": "A-1006", "quantity": 1}]
    [own] = asked.post("/prices:resolve", {"lines": lines}, "account:10012").json()["lines"]
    assert own["account"] == "10012"
    [below] = asked.post("/prices:resolve", {"account": "10012", "lines": lines}, "account:10001").json()["lines"]
    assert below["net"] == own["net"]
    problem(asked.post("/prices:resolve", {"lines": lines}), 422, "request-invalid")
    for account in ("10001", "10013", "none"):
        answer = asked.post("/prices:resolve", {"account": account, "lines": lines}, "account:10012")
        problem(answer, 404, "account-unknown")


def test_a_basket_has_between_1_and_1000_lines(asked: Asked) -> None:
    line = {"product": "A-1006", "quantity": 1}
    assert len(asked.post("/prices:resolve", {"account": "10012", "lines": [line] * 1_000}).json()["lines"]) == 1_000
    problem(asked.post("/prices:resolve", {"account": "10012", "lines": [line] * 1_001}), 422, "request-invalid")
    problem(asked.post("/prices:resolve", {"account": "10012", "lines": []}), 422, "request-invalid")


def test_a_price_changed_is_answered_by_the_next_request(asked: Asked) -> None:
    body = {"account": "10012", "lines": [{"product": "A-1008", "quantity": 1}]}
    before = asked.post("/prices:resolve", body).json()
    file = asked.place.root / "prices.csv"
    file.write_text("subject,object,type,amount,currency\naccount:10012,product:A-1008,PRICE,0.01,EUR\n")
    assert asked.place.run("import", "prices", file).status == 0
    after = asked.post("/prices:resolve", body).json()
    assert after["lines"][0]["net"] == "0.01" != before["lines"][0]["net"]
    assert after["data_seq"] > before["data_seq"]


def test_an_earlier_answer_is_given_again_by_its_number(asked: Asked) -> None:
    body = {"account": "10012", "on": "2026-11-24", "lines": [{"product": "A-1008", "quantity": 1}]}
    before = asked.post("/prices:resolve", body).json()
    file = asked.place.root / "prices.csv"
    file.write_text("subject,object,type,amount,currency\naccount:10012,product:A-1008,PRICE,0.01,EUR\n")
    assert asked.place.run("import", "prices", file).status == 0
    assert asked.post("/prices:resolve", body).json()["lines"] != before["lines"]
    assert asked.post("/prices:resolve", {**body, "data_seq": before["data_seq"]}).json() == before
    told = problem(asked.post("/prices:resolve", {**body, "data_seq": 10**6}), 422, "request-invalid")
    assert told["errors"][0]["pointer"] == "/data_seq"


def test_a_price_list_has_every_article_with_the_desks_prices(asked: Asked) -> None:
    told = asked.get("/price-lists/10012", "account:10012", on="2026-11-24").json()
    assert (told["account"], told["on"], told["currency"]) == ("10012", "2026-11-24", "EUR")
    assert [each["product"] for each in told["products"]] == asked.get("/assortments/10012").json()["products"]
    for each in told["products"]:
        for tier in each.get("tiers", ()):
            line = {"product": each["product"], "quantity": tier["min_quantity"], "unit": tier["unit"]}
            if Decimal(tier["min_quantity"]) == 0:
                line["quantity"] = "1"
            body = {"account": "10012", "on": "2026-11-24", "lines": [line]}
            [price] = asked.post("/prices:resolve", body).json()["lines"]
            shown = Decimal(price["unit_price"]) / Decimal(price["price_unit"])
            assert price["price_uom"] != tier["price_uom"] or shown == Decimal(tier["unit_price"]) / Decimal(
                tier["price_unit"]
            )
    assert told["data_seq"] == asked.post("/prices:resolve", body).json()["data_seq"]


def test_a_price_list_as_csv_is_that_of_the_command_line(asked: Asked) -> None:
    answer = asked.get("/price-lists/10012", format="csv", on="2026-11-24")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    listed = asked.place.run("price", "list", "--account", "10012", "--format", "csv", "--on", "2026-11-24")
    assert answer.text == listed.out


def test_a_price_list_is_refused_before_it_begins(asked: Asked) -> None:
    problem(asked.get("/price-lists/10011", "account:10012"), 404, "account-unknown")
    problem(asked.get("/price-lists/10012", "connection:acme_inbox"), 403, "scope-insufficient")
    problem(asked.get("/price-lists/10012", format="pdf"), 422, "request-invalid")
    for _ in range(10):  # each gives back what it took
        assert asked.get("/price-lists/10012").status_code == 200
