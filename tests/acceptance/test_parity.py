"""The same basket asked for over every channel: one price, and the same words for how it came about."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.settings import ApiSettings
from tests import sent
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


def by_api(place: Place) -> tuple[list[dict], list[dict]]:
    """The prices asked for, and those of an order placed."""
    lines = [{"gtin": gtin, "quantity": quantity} for (gtin, _), quantity in BASKET]
    with asked_at(place, ApiSettings()) as asked:
        told = asked.post("/prices:resolve", {"account": ACCOUNT, "lines": lines}).json()
        placed = asked.post("/orders", {"account": ACCOUNT, "number": "SHOP", "lines": lines})
        assert placed.status_code == 201, placed.text
    return told["lines"], of_order(place, "SHOP")


def test_a_basket_has_the_same_prices_and_the_same_trace_in_every_channel(demo: Place) -> None:
    prices = demo.root / "parity.csv"
    prices.write_text(PRICES)
    assert demo.run("import", "prices", prices).status == 0
    traces = by_command(demo)
    assert [Decimal(trace["net"]) > 0 for trace in traces] == [True] * len(BASKET)
    assert {step["type"] for trace in traces for step in trace["steps"]} == {"DISC_PCT", "SURCH_ABS"}
    for other in (*by_api(demo), by_edifact(demo)):
        assert other == traces
