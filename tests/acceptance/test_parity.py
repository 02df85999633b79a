"""The same basket asked for over every channel: one price, and the same words for how it came about."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.settings import ApiSettings
from tests import cxml_sent, sent
from tests.http.conftest import asked_at
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

BASKET = ((sent.BOLT, "400"), (sent.GLOVE, "7"), (sent.MASK, "1000"), (sent.SEALANT, "12"))
ACCOUNT = "10011"
PRICES = """list,subject,object,type,amount,currency,per,unit,min_quantity
K-7,account:10011,product:A-1006,PRICE,4.10,EUR,1,PCE,0
K-7,account:10011,product:A-1006,PRICE,3.95,EUR,1,PCE,10
,all,all,DISC_PCT,-2.5,,,,0
,all,all,SURCH_ABS,0.10,EUR,100,PCE,0
"""


def by_command(place: Place) -> list[dict]:
    shown = place.run("export", "products", "--format", "json").lines
    skus = {row["gtin"]: row["sku"] for row in shown if "gtin" in row}
    traces = []
    for (gtin, _), quantity in BASKET:
        words = ("--account", ACCOUNT, "--product", skus[gtin], "--quantity", quantity)
        traces.append(place.run("price", "explain", *words, "--json").lines[0])
    return traces


def of_order(place: Place, number: str) -> list[dict]:
    [shown] = place.run("orders", "show", number, "--trace", "--json").lines
    return [line["trace"] for line in shown["lines"]]


def by_edifact(place: Place) -> list[dict]:
    lines = [sent.line(n, article, quantity, price="", unit="") for n, (article, quantity) in enumerate(BASKET, 1)]
    place.ingest(sent.interchange("P1", sent.order("PARITY", *lines)))
    return of_order(place, "PARITY")


def by_cxml(place: Place, skus: list[str]) -> list[dict]:
    units = {sent.GLOVE: "PR"}
    items = [
        cxml_sent.item(n, sku, quantity, units.get(article, "EA"))
        for n, (sku, (article, quantity)) in enumerate(zip(skus, BASKET, strict=True), 1)
    ]
    cxml_sent.trade_by_cxml(place)
    decide = 'total_differs = "accept"'  # without prices a buyer sums up nothing
    place.write(f"partners/{cxml_sent.PARTNER}.toml", cxml_sent.partner(decide=decide))
    place.ingest(cxml_sent.cxml(cxml_sent.order("PUNCHED", *items)))
    return of_order(place, "PUNCHED")


def asked_and_ordered(place: Place) -> dict:
    """The basket asked for over the API, and then ordered there."""
    lines = [{"gtin": gtin, "quantity": quantity} for (gtin, _), quantity in BASKET]
    with asked_at(place, ApiSettings()) as asked:
        told: dict = asked.post("/prices:resolve", {"account": ACCOUNT, "lines": lines}).json()
        placed = asked.post("/orders", {"account": ACCOUNT, "number": "SHOP", "lines": lines})
        assert placed.status_code == 201, placed.text
    return told


def by_api(place: Place) -> tuple[list[dict], list[dict]]:
    """The prices asked for, and those of an order placed."""
    return asked_and_ordered(place)["lines"], of_order(place, "SHOP")


def test_a_basket_has_the_same_prices_and_the_same_trace_in_every_channel(demo: Place) -> None:
    prices = demo.root / "parity.csv"
    prices.write_text(PRICES)
    assert demo.run("import", "prices", prices).status == 0
    traces = by_command(demo)
    assert [Decimal(trace["net"]) > 0 for trace in traces] == [True] * len(BASKET)
    assert {step["type"] for trace in traces for step in trace["steps"]} == {"DISC_PCT", "SURCH_ABS"}
    skus = [trace["product"] for trace in traces]
    for other in (*by_api(demo), by_edifact(demo), by_cxml(demo, skus)):
        assert other == traces


FREIGHT = ("account:10001,freight,9.90",)
SMALL_ORDER = ("all,min_order_value,5000", "all,min_order_value_kind,soft", "account:10011,min_order_value_fee,25")
BY_CONDITION = "subject,object,type,amount,currency\naccount:10011,all,FREIGHT,4.90,EUR\nall,all,HEADER_PCT,-1,\n"


@pytest.mark.parametrize(
    ("rows", "conditions", "fees"),
    [
        (FREIGHT, "", {"freight": "9.90"}),
        ((*FREIGHT, *SMALL_ORDER), "", {"freight": "9.90", "minimum_value": "25.00"}),
        ((*FREIGHT, "all,free_freight_from,10"), "", {}),
        ((*FREIGHT, *SMALL_ORDER), BY_CONDITION, {"minimum_value": "25.00"}),
    ],
    ids=["freight", "small order", "free freight", "freight by a price condition"],
)
def test_a_basket_costs_what_its_order_is_confirmed_with_in_every_channel(
    demo: Place, rows: tuple[str, ...], conditions: str, fees: dict[str, str]
) -> None:
    tables = {"prices": PRICES, "terms": "subject,field,value\n" + "\n".join(rows) + "\n"}
    for kind, text in (*tables.items(), *([("prices", conditions)] if conditions else [])):
        demo.write(f"{kind}.csv", text)
        assert demo.run("import", kind, demo.root / f"{kind}.csv").status == 0
    told = asked_and_ordered(demo)
    basket = told["basket"]
    assert {fee["kind"]: fee["amount"] for fee in basket["fees"]} == fees
    by_edifact(demo)
    by_cxml(demo, [each["product"] for each in told["lines"]])
    for number in ("SHOP", "PARITY", "PUNCHED"):
        order = demo.order(number)
        assert Decimal(order["total"]) == Decimal(basket["total"]), number
        charged = [Decimal(each["amount"]) for each in (*basket["charges"], *basket["fees"])]
        assert [Decimal(each["amount"]) for each in order["charges"]] == charged, number
        assert [each["text"] for each in order["charges"]][len(basket["charges"]) :] == [
            fee["text"] for fee in basket["fees"]
        ]
