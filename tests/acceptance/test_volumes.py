"""A price for what is bought in a year: what every channel ordered counts, each order once, and is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from gateway.settings import ApiSettings
from tests import sent
from tests.http.conftest import asked_at
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

# The sealant is 4.20 for everybody, and cheaper for who bought more of it, or more of it and of masks, in the year.
OF_THE_ARTICLE = """list,subject,object,type,amount,currency,unit,min_quantity,scale_period
K-YEAR,account:10011,product:A-1006,PRICE,4.00,EUR,PCE,0,year
K-YEAR,account:10011,product:A-1006,PRICE,3.00,EUR,PCE,48,year
"""
OF_THE_GROUP = """list,subject,object,type,amount,currency,unit,min_quantity,scale_basis,scale_group,scale_period
K-YEAR,account:10001,product:A-1006,PRICE,4.00,EUR,PCE,0,group_qty,site,12m
K-YEAR,account:10001,product:A-1006,PRICE,3.00,EUR,PCE,60,group_qty,site,12m
,account:10001,product:A-1005,DISC_PCT,-10,,PCE,60,group_qty,site,12m
"""
LISTS = "list,kind,contract,priority\nK-YEAR,contract,K-YEAR,99\n"


def agree(place: Place, prices: str = OF_THE_ARTICLE) -> None:
    for kind, text in (("price-lists", LISTS), ("prices", prices)):
        file = place.root / f"{kind}.csv"
        file.write_text(text)
        ran = place.run("import", kind, file)
        assert ran.status == 0, ran.out


def buy(place: Place, number: str, quantity: str, test: bool = False, **options: str) -> None:
    line = sent.line(1, sent.SEALANT, quantity, price="")
    place.ingest(sent.interchange(f"I{number}", sent.order(number, line, **options), test=test), status=0)


def totals(place: Place) -> list[str]:
    return [order["total"] for order in place.orders()]


def measured(place: Place, account: str = "10011", quantity: str = "12") -> dict[str, Any]:
    """What counts for an order that would be placed now."""
    words = ("--account", account, "--product", "A-1006", "--quantity", quantity)
    [trace] = place.run("price", "explain", *words, "--json").lines
    return trace["winner"]["measured"]


def test_what_every_channel_ordered_counts_towards_the_next_step_and_is_told(demo: Place) -> None:
    agree(demo)
    buy(demo, "V1", "24")
    body = {"account": "10011", "number": "V2", "lines": [{"product": "A-1006", "quantity": "12"}]}
    with asked_at(demo, ApiSettings()) as asked:
        assert asked.post("/orders", body).status_code == 201
    buy(demo, "V3", "12")
    buy(demo, "V4", "12")
    assert totals(demo) == ["96", "48", "36", "36"]
    [line] = demo.order("V3", "--trace")["lines"]
    assert line["trace"]["winner"]["measured"] == {
        "product": "A-1006", "quantity": "48", "unit": "PCE", "before": "36", "by": "10011",
        "since": f"{sent.TODAY.year}-01-01",
    }  # fmt: skip


def test_a_group_of_articles_counts_for_all_that_belong_to_the_account_the_price_names(demo: Place) -> None:
    agree(demo, OF_THE_GROUP)
    masks = sent.line(1, sent.MASK, "40", price="")
    demo.ingest(sent.interchange("M1", sent.order("M1", masks, buyer=sent.BREMEN)), status=0)
    buy(demo, "V1", "12")
    buy(demo, "V2", "12", buyer=sent.BREMEN)
    assert totals(demo)[1:] == ["48", "36"]
    told = measured(demo, "10013")
    assert (told["group"], told["before"], told["quantity"], told["by"]) == ("site", "64", "76", "10001")


def test_what_was_ordered_before_the_scale_was_agreed_counts(demo: Place) -> None:
    buy(demo, "V1", "36")
    agree(demo)
    assert measured(demo)["before"] == "36"


def test_tests_refusals_and_cancelled_orders_count_nothing_and_a_change_counts_once(demo: Place) -> None:
    agree(demo)
    agreed, of_tests = '"edifact ORDERS D.96A"\n', '"edifact ORDERS D.96A test"\n'
    demo.change("partners/acme.toml", agreed, of_tests)
    buy(demo, "T1", "48", test=True)
    demo.change("partners/acme.toml", of_tests, agreed)
    assert measured(demo)["before"] == "0"
    buy(demo, "V1", "24")
    more = sent.change("X1", "V1", sent.changed_line("3", 1, ("4098765001062", "4.00::NTP"), "36"))
    demo.ingest(sent.interchange("X1", more), status=0)
    assert measured(demo)["before"] == "36"
    demo.ingest(sent.interchange("X2", sent.order("V1", sent.line(1, sent.SEALANT, "36"), purpose="1")), status=0)
    assert measured(demo)["before"] == "0"


def test_orders_of_one_file_count_one_after_the_other_and_none_for_itself(demo: Place) -> None:
    agree(demo)
    orders = [
        sent.order(f"V{n}", sent.line(1, sent.SEALANT, "24", price=""), reference=str(n)) for n in (1, 2, 3)
    ]  # fmt: skip
    [first, *_] = demo.ingest(sent.interchange("F1", *orders), status=0)
    assert totals(demo) == ["96", "72", "72"]
    demo.run("messages", "replay", first["message"], "--from", "enrich")
    # Decided again, it comes after what was ordered meanwhile.
    assert totals(demo) == ["72", "72", "72"]
    assert measured(demo)["before"] == "72"


def test_an_answer_is_given_again_at_its_number_whatever_was_ordered_since(demo: Place) -> None:
    agree(demo, OF_THE_ARTICLE.replace("unit,min", "unit,call_off_max,min").replace("EUR,PCE", "EUR,PCE,60"))
    body = {"account": "10011", "lines": [{"product": "A-1006", "quantity": "12"}]}
    told = []
    with asked_at(demo, ApiSettings()) as asked:
        for number in ("V1", "V2", "V3"):
            told.append(asked.post("/prices:resolve", body).json())
            buy(demo, number, "24")
        cancelled = sent.order("V1", sent.line(1, sent.SEALANT, "24"), purpose="1")
        demo.ingest(sent.interchange("X1", cancelled), status=0)
        again = [asked.post("/prices:resolve", body | {"data_seq": each["data_seq"]}).json() for each in told]
    assert again == told
    assert [each["basket"]["total"] for each in told] == ["48.00", "48.00", "36.00"]
    left = [each["lines"][0]["winner"].get("call_off", {}).get("left") for each in told]
    assert left == ["48", "24", "24"]


def test_a_price_list_begins_its_steps_where_the_volume_before_leaves_them(demo: Place) -> None:
    agree(demo)
    buy(demo, "V1", "24")
    ran = demo.run("price", "list", "--account", "10011", "--format", "json")
    [listed] = [each for each in ran.lines if each.get("product") == "A-1006"]
    assert [(tier["min_quantity"], Decimal(tier["unit_price"])) for tier in listed["tiers"]] == [("0", 4), ("24", 3)]
