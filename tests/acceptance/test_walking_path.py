"""An order from its file to the answers in the partner's folder and the order in ours."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests import sent
from tests.workspaces import Place, run

pytestmark = [pytest.mark.both_stores, pytest.mark.usefixtures("noon")]

TODAY = f"{sent.TODAY:%Y%m%d}"


def test_an_order_is_stored_acknowledged_answered_and_handed_on(demo: Place) -> None:
    (shown,) = demo.sample(1, status=0)
    assert shown == {
        "message": shown["message"], "file": "01_acme_order.edi", "partner": "acme", "channel": None,
        "account": "10011", "syntax": "edifact", "type": "ORDERS", "release": "D.96A",
        "control_reference": "ACM0000101", "reference": "4500017801", "state": "processed", "order": "SO00000001",
        "decision": "accepted", "issues": [], "outputs": shown["outputs"],
    }  # fmt: skip
    contrl, ordrsp = demo.answers("acme")
    (exported,) = demo.outbox("erp")
    assert len(shown["outputs"]) == 3
    assert {contrl.file[-30:-4], ordrsp.file[-30:-4], exported.stem[-26:]} == set(shown["outputs"])
    assert (contrl.file[:18], ordrsp.file[:18]) == ("CONTRL_ACM0000101_", "ORDRSP_4500017801_")
    assert (contrl.control, contrl.test, ordrsp.control, ordrsp.test) == ("00000001", False, "00000002", False)
    assert contrl.segments == [
        "UNH+1+CONTRL:D:3:UN", "UCI+ACM0000101+4012345000009:14+4098765000010:14+7", "UNT+3+1",
    ]  # fmt: skip
    assert ordrsp.segments == [
        "UNH+1+ORDRSP:D:96A:UN:EAN005", "BGM+231+OR00000001+29", f"DTM+137:{TODAY}:102", "RFF+ON:4500017801",
        "NAD+BY+4012345000016::9", "NAD+SU+4098765000010::9", "CUX+2:EUR:9",
        "LIN+1+5+4098765001017:EN", "PIA+1+A-1001:SA+700-18:IN", "QTY+21:400:PCE", "QTY+113:400:PCE",
        "PRI+AAA:15.5:::100:PCE",
        "LIN+2+5+4098765001024:EN", "PIA+1+A-1002:SA+700-25:IN", "QTY+21:1000:PCE", "QTY+113:1000:PCE",
        "PRI+AAA:3.6:::100:PCE",
        "LIN+3+5+4098765001031:EN", "PIA+1+A-1003:SA+310-09:IN", "QTY+21:24:PR", "QTY+113:24:PR", "PRI+AAA:3.4:::1",
        "UNS+S", "CNT+2:3", "UNT+25+1",
    ]  # fmt: skip
    assert ordrsp.raw.startswith(b"UNB+UNOC:3+4098765000010:14+4012345000009:14+")


def test_the_json_order_is_the_order_with_its_parties(demo: Place) -> None:
    (shown,) = demo.sample(1)
    (file,) = demo.outbox("erp")
    order = json.loads(file.read_bytes())
    assert file.name.startswith("order_4500017801_")
    assert order == {
        **demo.order("4500017801"), "buyer": {
            "id": "4012345000016", "id_scheme": "gln", "contact": "Jane Buyer", "email": "jane.buyer@acme.example",
        },
        "ship_to": {"id": "4012345000016", "id_scheme": "gln"}, "invoicee": None,
        "seller": {"id": "4098765000010", "id_scheme": "gln"}, "note": None,
    }  # fmt: skip
    assert {name: order[name] for name in ("order", "account", "number", "kind", "version", "channel")} == {
        "order": "SO00000001", "account": "10011", "number": "4500017801", "kind": "order", "version": 1,
        "channel": "edifact",
    }  # fmt: skip
    assert (order["message"], order["ordered_on"], order["currency"]) == (shown["message"], "2026-11-24", "EUR")
    assert (order["decision"], order["state"], order["total"]) == ("accepted", "confirmed", "179.6")
    assert order["lines"][0] == {
        "position": 1, "product": "A-1001", "supplier_sku": "A-1001", "gtin": "4098765001017",
        "buyer_sku": "700-18",
        "ordered": {"quantity": "400", "unit": "PCE", "price": "15.5", "per": "100"},
        "agreed": {"price": "15.5", "per": "100", "unit": "PCE"},
        "confirmed": {"quantity": "400", "unit": "PCE", "price": "15.5", "per": "100", "on": "2029-01-15"},
        "schedule": [], "decision": "accepted", "reasons": [], "confirmed_by": None, "reason": None, "progress": None,
    }  # fmt: skip


def test_the_csv_order_has_a_row_a_line(demo: Place) -> None:
    demo.sample(2)
    (file,) = demo.outbox("erp")
    rows = list(csv.reader(file.read_text("utf-8").splitlines()))
    assert file.name.startswith("order_B26-0911_")
    assert ",".join(rows[0]) == (
        "order,account,number,kind,ordered_on,currency,buyer,ship_to,position,sku,gtin,buyer_sku,quantity,unit,price,"
        "per,deliver_on,note"
    )
    head = ["SO00000001", "10002", "B26-0911", "order", "2026-11-24", "EUR", "NW-01", "NW-LAGER-2"]
    assert rows[1:] == [
        [*head, "1", "A-1001", "", "S-0815", "1500", "PCE", "14.9", "100", "2029-01-22", ""],
        [*head, "2", "A-1006", "", "D-0100", "48", "PCE", "4.5", "1", "2029-01-22", ""],
        [*head, "3", "A-1004", "", "K-0200", "10", "PK", "2.4", "1", "2029-01-22", ""],
    ]


def test_the_same_order_looks_the_same_in_the_table_for_people(demo: Place) -> None:
    demo.sample(1)
    shown = demo.run("orders", "show", "4500017801")
    assert shown.status == 0
    assert "A-1001" in shown.out
    assert "4500017801" in demo.run("orders", "list").out


NEWCOMER = """\
name    = "Kiosk am Hafen"
account = "20001"
[identifiers]
edifact = ["KIOSK:ZZ"]
[[agreement]]
receive = "edifact ORDERS D.96A"
via     = "kiosk"
[[agreement]]
send = "edifact CONTRL"
via  = "example_outbox"
[[agreement]]
send = "edifact ORDRSP D.96A"
via  = "example_outbox"
[[agreement]]
send = "json order"
via  = "example_outbox"
"""

FOREIGN = """\
BGM+220+K-1
DTM+137:{today}:102
NAD+BY+K7::92
NAD+SU+LIEF-9::92
NAD+DP+K7::92
CUX+2:EUR:9
LIN+10++P-1:VP
QTY+21:5:PCE
PRI+AAA:2.50
LIN+20++P-2:VP
QTY+21:2:PCE
UNS+S
CNT+2:2"""


@pytest.fixture
def newcomer(tmp_path: Path) -> Place:
    """A new workspace and a partner of two small files, with an account and two articles."""
    assert run("init", tmp_path / "new").status == 0
    place = Place(tmp_path / "new")
    place.write("partners/kiosk.toml", NEWCOMER)
    place.write("connections/kiosk.toml", 'kind = "folder"\npath = "inbox/kiosk"\n')
    data = {
        "accounts": "account,name,currency,country\n20001,Kiosk am Hafen,EUR,DE\n",
        "products": "sku,name,base_unit\nP-1,Tape,PCE\nP-2,Glue,PCE\n",
        "prices": "subject,object,type,amount,currency\nall,product:P-1,PRICE,2.50,EUR\nall,product:P-2,PRICE,4,EUR\n",
    }
    for kind, text in data.items():
        place.write(f"data/{kind}.csv", text)
        assert place.run("import", kind, place.root / "data" / f"{kind}.csv").status == 0
    return place


def test_a_partner_of_two_small_files_gets_his_order_taken_and_answered(newcomer: Place) -> None:
    segments = FOREIGN.format(today=TODAY).splitlines()
    body = sent.message("7", "ORDERS", *segments)
    (shown,) = newcomer.ingest(sent.interchange("77", body, sender="KIOSK:ZZ", recipient="SELLER:ZZ"), status=0)
    assert (shown["partner"], shown["account"], shown["state"], shown["decision"]) == (
        "kiosk", "20001", "processed", "accepted",
    )  # fmt: skip
    assert [(issue["severity"], issue["code"], issue["field"]) for issue in shown["issues"]] == [
        ("finding", "party.unknown", "buyer")
    ]
    contrl, ordrsp = newcomer.answers("example")
    assert contrl.segments[1] == "UCI+77+KIOSK:ZZ+SELLER:ZZ+7"
    assert ordrsp.segments == [
        "UNH+1+ORDRSP:D:96A:UN", "BGM+231+OR00000001+29", f"DTM+137:{TODAY}:102", "RFF+ON:K-1", "NAD+BY+K7::92",
        "NAD+SU+LIEF-9::92", "CUX+2:EUR:9",
        "LIN+10+5", "PIA+1+P-1:SA", "QTY+21:5:PCE", "QTY+113:5:PCE", "PRI+AAA:2.5:::1",
        "LIN+20+5", "PIA+1+P-2:SA", "QTY+21:2:PCE", "QTY+113:2:PCE", "PRI+AAA:4:::1:PCE",
        "UNS+S", "CNT+2:2", "UNT+20+1",
    ]  # fmt: skip
    order = newcomer.order("K-1")
    assert [(line["position"], line["product"]) for line in order["lines"]] == [(10, "P-1"), (20, "P-2")]
    assert order["total"] == "20.5"
