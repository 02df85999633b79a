"""The examples of the explanation are so: their tables are imported, and what the page says comes of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gateway.settings import ApiSettings
from tests.http.conftest import Asked, asked_at
from tests.processes import ROOT
from tests.workspaces import Place

_TABLE = re.compile(r"^```\n# ([a-z-]+)\.csv\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def tables_of(page: str) -> list[tuple[str, str]]:
    """The tables of a page of the explanation, each with its kind."""
    return _TABLE.findall((ROOT / "docs" / "explanation" / page).read_text("utf-8"))


def take(place: Place, page: str) -> None:
    for kind, text in tables_of(page):
        place.write(f"{kind}.csv", text)
        ran = place.run("import", kind, place.root / f"{kind}.csv")
        assert ran.status == 0, ran.out + ran.err


def ordered(asked: Asked, account: str, number: str, **line: object) -> dict[str, Any]:
    body = {"account": account, "number": number, "deliver_on": "2029-01-15", "lines": [line]}
    placed = asked.post("/orders", body)
    assert placed.status_code == 201, placed.text
    told: dict[str, Any] = placed.json()
    return told


def test_accounts_inherit_are_served_and_have_one_credit(demo: Place) -> None:
    take(demo, "accounts.md")
    words = ("--account", "20011", "--product", "A-1006", "--quantity", "12")
    [trace] = demo.run("price", "explain", *words, "--json").lines
    assert (trace["net"], trace["winner"]["access"]) == ("60.00", ["other", "buying-group 20000", "product A-1006"])
    with asked_at(demo, ApiSettings()) as asked:
        branch = asked.get("/accounts/20011").json()
        assert branch["service"]["level"]["name"] == "Premium"
        assert branch["service"]["contact"]["name"] == "Cy Cruz"
        first, second = (ordered(asked, "20001", name, product="A-1006", quantity="12") for name in ("M-1", "M-2"))
    assert (first["decision"], first["total"]) == ("accepted", "60")
    assert (second["decision"], second["reasons"]) == ("held", ["account.over-credit"])


def test_an_article_has_the_texts_numbers_units_and_relations_that_its_tables_say(demo: Place) -> None:
    take(demo, "accounts.md")
    with asked_at(demo, ApiSettings()) as asked:
        seen = asked.get("/products/P-10", account="20011").json()
        boxes = ordered(asked, "20001", "M-1", buyer_sku="MB-77", quantity="2")
    assert seen["name"] == "Anchor for drawing 4711"
    assert {"scheme": "own", "value": "MB-77", "unit": "BX", "account": "20001"} in seen["identifiers"]
    assert seen["attributes"] == [{"text": "10 mm", "number": "10", "unit": "mm", "name": "diameter"}]
    assert {"kind": "accessory", "product": "P-11"} in seen["relations"]
    [line] = boxes["lines"]
    assert (line["product"], line["confirmed"]["quantity"], line["confirmed"]["unit"]) == ("P-10", "2", "BX")


@pytest.mark.parametrize(
    ("partial", "parts"),
    [("yes", [("24", "2029-01-16"), ("36", "2029-01-18")]), ("no", [("60", "2029-01-18")])],
)
def test_goods_come_on_the_days_the_example_says(demo: Place, partial: str, parts: list[tuple[str, str]]) -> None:
    take(demo, "terms.md")
    demo.write("partial.csv", f"subject,field,value\naccount:10012,partial_delivery,{partial}\n")
    assert demo.run("import", "terms", demo.root / "partial.csv").status == 0
    with asked_at(demo, ApiSettings()) as asked:
        order = ordered(asked, "10012", "T-1", product="A-1006", quantity="60")
        more = ordered(asked, "10012", "T-2", product="A-1006", quantity="72")
    assert sum(int(part["quantity"]) for part in more["lines"][0]["schedule"]) == (60 if partial == "yes" else 0)
    [line] = order["lines"]
    told = [(part["quantity"], part["on"]) for part in line["schedule"]]
    assert (told or [(line["confirmed"]["quantity"], line["confirmed"]["on"])]) == parts
    assert (line["decision"], line["reasons"]) == ("changed", ["order.line.late"])
