"""prices:resolve: the price desk over HTTP, line by line, as exact as everywhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

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
@pytest.mark.one_store
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


CHARGED = """subject,object,type,amount,currency,min_quantity,scale_basis,call_off_max,floor,list
account:10012,all,HEADER_PCT,-2,EUR,100,value,,,default
account:10012,all,FREIGHT,9.90,EUR,,,,,default
account:10012,product:A-1006,PRICE,4.00,EUR,,,500,3.50,K-ACME
"""


def taken(asked: Asked, kind: str, text: str) -> None:
    file = asked.place.root / f"{kind}.csv"
    file.write_text(text)
    ran = asked.place.run("import", kind, file)
    assert ran.status == 0, ran.out


def test_a_basket_is_told_with_its_charges_and_taxes(asked: Asked) -> None:
    taken(asked, "prices", CHARGED)
    taken(asked, "tax-rates", "tax_class,country,rate\nfull,DE,19\n")
    taken(asked, "products", "sku,name,base_unit,tax_class\nA-1006,Sealant clear 310 ml,PCE,full\n")
    body = {"account": "10012", "lines": [{"product": "A-1006", "quantity": quantity} for quantity in (12, 24)]}
    told = asked.post("/prices:resolve", body).json()
    # 36 x 4.00 = 144.00; 2 % of it are 2.88; freight; 19 % of 151.02 are 28.6938, rounded once.
    basket = told["basket"]
    assert [(each["type"], each["amount"], each["shares"]) for each in basket["charges"]] == [
        ("HEADER_PCT", "-2.88", ["-0.96", "-1.92"]), ("FREIGHT", "9.90", ["3.30", "6.60"]),
    ]  # fmt: skip
    assert basket["taxes"] == [{"tax_class": "full", "rate": "19", "base": "151.02", "amount": "28.69"}]
    assert {name: basket[name] for name in ("account", "currency", "goods", "total", "payable", "tax_basis")} == {
        "account": "10012", "currency": "EUR", "goods": "144.00", "total": "151.02", "payable": "179.71",
        "tax_basis": "rate",
    }  # fmt: skip
    assert [each["quantity"] for each in basket["claims"]] == ["36"]
    assert basket["goods"] == str(sum(Decimal(each["net"]) for each in told["lines"]))


def test_fees_of_terms_are_in_a_basket_and_are_taxed_with_its_lines(asked: Asked) -> None:
    minimum = "all,min_order_value,100\nall,min_order_value_kind,soft\nall,min_order_value_fee,5\n"
    taken(asked, "terms", f"subject,field,value\nall,freight,9.90\nall,small_quantity_fee,2\n{minimum}")
    taken(asked, "tax-rates", "tax_class,country,rate\nfull,DE,19\nless,DE,7\n")
    taken(asked, "products", "sku,name,base_unit,tax_class,min_quantity\nF-1,a,PCE,full,2\nF-2,b,PCE,less,\n")
    prices = "all,product:F-1,PRICE,10,EUR\nall,product:F-2,PRICE,30,EUR\n"
    taken(asked, "prices", f"subject,object,type,amount,currency\n{prices}")
    lines = [{"product": "F-1", "quantity": "1"}, {"product": "F-2", "quantity": "1"}]
    basket = asked.post("/prices:resolve", {"account": "10012", "lines": lines}).json()["basket"]
    assert [(fee["kind"], fee["amount"]) for fee in basket["fees"]] == [
        ("freight", "9.90"), ("minimum_value", "5.00"), ("small_quantity", "2.00"),
    ]  # fmt: skip
    assert basket["fees"][2]["text"] == "fee for the small quantity of line 1: 2 EUR"
    # Of 16.90 a quarter falls to line 1: 2.475, 1.25 and 0.50, each to the cent.
    assert [(each["base"], each["amount"]) for each in basket["taxes"]] == [("14.23", "2.70"), ("42.67", "2.99")]
    assert (basket["total"], basket["payable"]) == ("56.90", "62.59")
    for body in ({"currency": "USD", "lines": lines}, {"lines": [{"product": "nothing", "quantity": "1"}]}):
        assert asked.post("/prices:resolve", {"account": "10012", **body}).json()["basket"]["fees"] == []
    half = {"account": "10012", "lines": [*lines, {"product": "nothing", "quantity": "1"}]}
    told = asked.post("/prices:resolve", half).json()["basket"]
    assert [fee["kind"] for fee in told["fees"]] == ["freight", "small_quantity"]


def test_a_basket_of_before_is_told_with_the_fees_of_before(asked: Asked) -> None:
    body = {"account": "10012", "on": "2026-11-24", "lines": [{"product": "A-1006", "quantity": "12"}]}
    taken(asked, "terms", "subject,field,value\nall,freight,9.90\n")
    before = asked.post("/prices:resolve", body).json()
    taken(asked, "terms", "subject,field,value\nall,freight,19.90\n")
    assert asked.post("/prices:resolve", body).json()["basket"]["fees"][0]["amount"] == "19.90"
    assert asked.post("/prices:resolve", {**body, "data_seq": before["data_seq"]}).json() == before


def test_a_basket_does_not_tell_an_account_what_is_our_own_business(asked: Asked) -> None:
    taken(asked, "prices", CHARGED + "account:10012,product:A-1006,DISC_PCT,-20,,,,,,default\n")
    body = {"account": "10012", "lines": [{"product": "A-1006", "quantity": "12"}]}
    ours, theirs = (asked.post("/prices:resolve", body, scope).json() for scope in ("role:viewer", "account:10012"))
    assert {"floor"} <= ours["lines"][0].keys() - theirs["lines"][0].keys()
    assert ours["basket"].keys() - theirs["basket"].keys() == {"claims"}
    assert ours["basket"] == {**theirs["basket"], "claims": ours["basket"]["claims"]}


def test_rules_of_prices_are_terms_and_what_is_done_below_a_floor_is_ours_to_know(asked: Asked) -> None:
    taken(asked, "terms", "subject,field,value\nall,below_floor,clamp\naccount:10001,below_floor,hold\n"
          "account:10012,price_rounding,down\n")  # fmt: skip
    ours, theirs = (asked.get("/terms/10012", scope).json() for scope in ("role:viewer", "account:10012"))
    assert ours["terms"].keys() == {"below_floor", "price_rounding"}
    assert (theirs["terms"].keys(), theirs["lost"]) == ({"price_rounding"}, [])
    [line] = asked.post(
        "/prices:resolve", {"account": "10012", "lines": [{"product": "A-1002", "quantity": "7"}]}
    ).json()["lines"]  # fmt: skip
    assert (line["net"], line["rounding"]) == ("0.25", "down")  # 7 x 3.60/100 = 0.252


def test_people_read_what_a_document_of_one_line_adds(asked: Asked) -> None:
    taken(asked, "prices", CHARGED)
    words = ("price", "explain", "--account", "10012", "--product", "A-1006", "--quantity", "12")
    shown = asked.place.run(*words).out
    assert "Header" in shown
    assert "9.90" in shown
    assert "FREIGHT" not in asked.place.run(*words[:-1], "12", "--currency", "USD").out.partition("Lost")[0]


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


def test_prices_of_before_the_account_was_there_are_refused_in_words_of_the_api(asked: Asked) -> None:
    body = {"account": "10090", "lines": [{"product": "A-1008", "quantity": 1}]}
    before = asked.post("/prices:resolve", {**body, "account": "10012"}).json()["data_seq"]
    file = asked.place.root / "accounts.csv"
    file.write_text("account,name\n10090,New\n")
    assert asked.place.run("import", "accounts", file).status == 0
    assert asked.post("/prices:resolve", body).status_code == 200
    told = problem(asked.post("/prices:resolve", {**body, "data_seq": before}), 422, "request-invalid")
    assert told["errors"] == [
        {"detail": "account 10090 was not there yet in the data of this number", "pointer": "/data_seq"}
    ]


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


def test_what_is_no_currency_is_refused_and_not_priced_in(asked: Asked) -> None:
    lines = [{"product": "A-1006", "quantity": "12"}]
    refused = problem(
        asked.post("/prices:resolve", {"account": "10012", "currency": "XYZ", "lines": lines}), 422, "request-invalid"
    )
    assert refused["errors"] == [{"detail": "'XYZ' is no currency of ISO 4217", "pointer": "/currency"}]
    refused = problem(asked.get("/price-lists/10012", currency="XYZ"), 422, "request-invalid")
    assert refused["errors"] == [{"detail": "'XYZ' is no currency of ISO 4217", "parameter": "currency"}]
    quote = {"account": "10012", "currency": "XYZ", "lines": [{"product": "A-1006"}]}
    assert problem(asked.post("/quotes", quote), 422, "request-invalid")["errors"][0]["pointer"] == "/currency"


def test_a_day_that_is_not_named_is_that_of_the_account(asked: Asked) -> None:
    # Of these two there is always one where it is another day than in UTC.
    zones = ("Pacific/Kiritimati", "Pacific/Pago_Pago")
    zone = next(zone for zone in zones if datetime.now(ZoneInfo(zone)).date() != datetime.now(UTC).date())
    far = asked.place.root / "far.csv"
    far.write_text(f"account,name,timezone\nFAR,Far away,{zone}\n")
    assert asked.place.run("import", "accounts", far).status == 0
    line = {"product": "A-1006", "quantity": "12"}
    told = asked.post("/prices:resolve", {"account": "FAR", "lines": [line]}).json()
    words = ("--account", "FAR", "--product", "A-1006", "--quantity", "12", "--json")
    ordered = asked.post("/orders", {"account": "FAR", "number": "1", "lines": [line]}).json()
    days = {
        told["lines"][0]["on"], told["basket"]["on"], ordered["ordered_on"], asked.get("/terms/FAR").json()["on"],
        asked.get("/price-lists/FAR").json()["on"], asked.place.run("price", "explain", *words).lines[0]["on"],
    }  # fmt: skip
    assert days == {datetime.now(ZoneInfo(zone)).date().isoformat()}
