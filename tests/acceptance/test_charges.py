"""What is charged on an order as a whole: in its total, in the answer, and in the order our systems get."""

from __future__ import annotations

import json

from tests import sent
from tests.workspaces import Place

CHARGES = """subject,object,type,amount,currency,min_quantity,scale_basis
account:10001,all,HEADER_PCT,-2,EUR,100,value
account:10001,all,FREIGHT,9.90,EUR,,
"""


def charge(place: Place) -> None:
    file = place.root / "charges.csv"
    file.write_text(CHARGES)
    assert place.run("import", "prices", file).status == 0, place.run("import", "prices", file).err


def ordered(place: Place, *quantities: str) -> dict:
    lines = [sent.line(n, sent.SEALANT, quantity) for n, quantity in enumerate(quantities, 1)]
    place.ingest(sent.interchange("CH1", sent.order("CHARGED", *lines)), status=0)
    return place.run("orders", "show", "CHARGED", "--json").lines[0]


def test_charges_on_the_order_are_in_its_total_and_in_the_answer(demo: Place) -> None:
    charge(demo)
    order = ordered(demo, "12", "24")
    # 36 x 4.20 = 151.20; 2 % of it are 3.024, rounded once; then freight.
    assert [(each["kind"], each["amount"]) for each in order["charges"]] == [("discount", "-3.02"), ("freight", "9.9")]
    assert order["total"] == "158.08"
    [answer] = demo.answers("acme", "ORDRSP")
    assert answer.having("ALC") == [
        "ALC+A++++DI:::discount on the order\\: -3.02 EUR".replace("\\", ""),
        "ALC+C++++FC:::freight\\: 9.9 EUR".replace("\\", ""),
    ]
    assert answer.having("MOA") == ["MOA+8:3.02", "MOA+8:9.9"]
    [exported] = [json.loads(file.read_bytes()) for file in demo.outbox("erp")]
    assert exported["charges"] == order["charges"]


def test_below_the_limit_of_a_discount_only_the_freight_is_charged(demo: Place) -> None:
    charge(demo)
    order = ordered(demo, "12")
    assert [each["kind"] for each in order["charges"]] == ["freight"]
    assert order["total"] == "60.3"


def test_an_order_without_charges_says_so(demo: Place) -> None:
    order = ordered(demo, "12")
    assert order["charges"] == []
    assert demo.answers("acme", "ORDRSP")[0].having("ALC") == []
