"""Reports of an ERP about orders: which order is meant, what is taken, what waits for a person, and who is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.issues import ADVICE
from gateway.pipeline import confirm, order_status
from tests import sent
from tests.erp_folders import ORDER, codes, confirmed, line, reported, responses, with_erp
from tests.workspaces import Place

HAMBURG = "10011"


@pytest.fixture
def erp(demo: Place) -> Place:
    """The demo with an ERP."""
    return with_erp(demo)


@pytest.fixture
def ordered(erp: Place) -> Place:
    """The demo with an ERP that has an order."""
    erp.ingest(ORDER, status=0)
    return erp


def taken(shown: dict[str, Any]) -> tuple[str, list[str]]:
    assert set(codes(shown)) <= ADVICE.keys()
    return shown["state"], codes(shown)


@pytest.mark.both_stores
def test_a_confirmation_before_its_order_waits_for_it(erp: Place) -> None:
    early = confirmed(erp, "AB-1", order=None, order_number="PO-1", account=HAMBURG, status="accepted", ends=1)
    assert taken(early) == ("held", ["report.order.unknown"])
    erp.ingest(ORDER, status=0)
    (shown,) = erp.run("messages", "show", early["message"], "--json").lines
    assert (shown["state"], erp.order("PO-1")["state"], len(responses(erp))) == ("processed", "confirmed", 1)


def test_the_erps_own_number_is_learnt_and_what_came_by_it_before_is_taken_then(ordered: Place) -> None:
    early = reported(ordered, "LS-1", {"position": 10, "shipped": "5"}, order=None, erp_order="4500", ends=1)
    assert taken(early) == ("held", ["report.order.unknown"])
    confirmed(ordered, "AB-1", status="accepted", erp_order="4500")
    assert ordered.order("PO-1")["lines"][0]["progress"]["shipped"] == "5"
    assert taken(reported(ordered, "LS-2", order=None, erp_order="4500", state="shipped")) == ("processed", [])
    assert ordered.order("PO-1")["state"] == "shipped"


def test_numbers_of_two_orders_contradict(ordered: Place) -> None:
    ordered.ingest(sent.interchange("IC2", sent.order("PO-2", sent.line(10, sent.SEALANT, "12"))), status=0)
    found = confirmed(ordered, "AB-1", order_number="PO-2", account=HAMBURG, status="accepted", ends=1)
    assert taken(found) == ("held", ["report.order.contradicts"])


def test_a_price_above_the_agreed_one_waits_and_a_person_may_answer_instead(ordered: Place) -> None:
    dear = confirmed(ordered, "AB-1", line(10, "12", price={"amount": "9.99"}), line(20, "50"), ends=1)
    assert taken(dear) == ("held", ["confirmation.line.price.above-agreed"])
    assert (ordered.order("PO-1")["state"], responses(ordered)) == ("open", [])
    told = ("--as", "accepted", "--note", "our price holds")
    assert ordered.run("orders", "decide", "PO-1", *told).status == 0
    (answer,) = responses(ordered)
    assert answer.having("PRI")[0] == "PRI+AAA:4.2:::1"
    order = ordered.order("PO-1")
    assert (order["state"], {each["confirmed_by"] for each in order["lines"]}) == ("confirmed", {"person"})


def test_what_the_erp_confirms_stays_when_a_person_decides_another_line(ordered: Place) -> None:
    confirmed(ordered, "AB-1", line(10, "8"))
    ruling = ("--line", "20", "--as", "rejected", "--note", "sold out")
    assert ordered.run("orders", "decide", "PO-1", *ruling).status == 0
    first, second = ordered.order("PO-1")["lines"]
    assert (first["confirmed"]["quantity"], first["confirmed_by"]) == ("8", "erp_in")
    assert (second["decision"], second["confirmed_by"]) == ("rejected", "person")


def test_what_a_person_leaves_out_of_a_line_stays_as_the_erp_confirmed_it(ordered: Place) -> None:
    confirmed(ordered, "AB-1", line(10, "8", price={"amount": "3.30"}), line(20, "50"))
    later = ("--line", "10", "--as", "changed", "--on", "2031-03-03", "--note", "the lorry broke down")
    assert ordered.run("orders", "decide", "PO-1", *later).status == 0
    told = ordered.order("PO-1")["lines"][0]["confirmed"]
    assert (told["quantity"], told["price"], told["on"]) == ("8", "3.3", "2031-03-03")
    assert ordered.run("orders", "decide", "PO-1", *later[:4], "--quantity", "9", "--note", "found one").status == 0
    told = ordered.order("PO-1")["lines"][0]["confirmed"]
    assert (told["quantity"], told["price"]) == ("9", "3.3")


def test_what_was_sent_holds_though_prices_and_stock_have_changed_since(ordered: Place) -> None:
    prices = ordered.root.parent / "prices.csv"
    prices.write_text(
        "list,subject,object,type,amount,currency,per,unit\nK-ACME,account:10001,product:A-1006,PRICE,1.00,EUR,1,PCE\n",
        "utf-8",
    )
    stock = ordered.root.parent / "stock.csv"
    stock.write_text("sku,quantity,unit,available_on\nA-1003,1,PR,\nA-1006,1,PCE,\n", "utf-8")
    for kind, file in (("prices", prices), ("stock", stock)):
        assert ordered.run("import", kind, file).status == 0
    before = ordered.order("PO-1")["lines"]
    confirmed(ordered, "AB-1", line(10, "12"))
    confirmed(ordered, "AB-2", line(20, "50"))
    after = ordered.order("PO-1")["lines"]
    assert [each["confirmed"] for each in after] == [each["confirmed"] for each in before]
    assert responses(ordered)[0].having("BGM")[0].endswith("+29")


def stocked(place: Place, gloves: int) -> None:
    """There are so many of the gloves, and split delivery is agreed."""
    for kind, rows in (
        ("stock", f"sku,quantity,unit,available_on\nA-1003,{gloves},PR,\n"),
        ("terms", "subject,field,value\naccount:10001,partial_delivery,yes\n"),
    ):
        file = place.root.parent / f"{kind}.csv"
        file.write_text(rows, "utf-8")
        assert place.run("import", kind, file).status == 0


@pytest.mark.both_stores
def test_what_the_gateway_left_on_back_order_is_due_as_well(demo: Place) -> None:
    erp = with_erp(demo)
    stocked(erp, 30)
    erp.change("partners/acme.toml", 'owes    = { CONTRL = "15m", ORDRSP = "4h" }', 'confirms = "gateway"')
    erp.ingest(ORDER, status=0)
    assert erp.order("PO-1")["lines"][1]["confirmed"]["quantity"] == "30"
    states = []
    for number, shipped in enumerate(("30", "49", "50")):
        reported(erp, f"LS-{number}", {"position": 10, "shipped": "12"}, {"position": 20, "shipped": shipped})
        states.append((erp.order("PO-1")["lines"][1]["progress"]["state"], erp.order("PO-1")["state"]))
    assert states == [("partly_shipped", "confirmed"), ("partly_shipped", "confirmed"), ("shipped", "shipped")]


def test_what_was_on_back_order_when_the_order_went_out_stays_so(erp: Place) -> None:
    stocked(erp, 30)
    erp.ingest(ORDER, status=0)
    stocked(erp, 1)
    confirmed(erp, "AB-1", line(10, "12"))
    reported(erp, "LS-1", {"position": 20, "shipped": "30"})
    assert erp.order("PO-1")["lines"][1]["progress"]["state"] == "partly_shipped"
    confirmed(erp, "AB-2", line(20, "30"))
    assert erp.order("PO-1")["lines"][1]["confirmed"]["quantity"] == "30"


def test_a_back_order_that_the_erp_lets_go_is_told_to_the_buyer(ordered: Place) -> None:
    confirmed(ordered, "AB-1", line(10, "12"), line(20, "40", backordered="10"))
    confirmed(ordered, "AB-2", line(20, "40", backordered="0"))
    first, second = responses(ordered)
    assert (first.having("QTY+83"), second.having("QTY+83")) == (["QTY+83:10:PR"], [])
    reported(ordered, "LS-1", state="shipped")
    assert ordered.order("PO-1")["lines"][1]["progress"]["shipped"] == "40"


def test_a_later_word_of_the_erp_is_answered_again_and_an_older_one_is_not(ordered: Place) -> None:
    confirmed(ordered, "AB-1", version=2, status="accepted")
    assert taken(confirmed(ordered, "AB-1", line(10, "1"), version=1)) == ("processed", ["report.older"])
    assert len(responses(ordered)) == 1
    assert taken(confirmed(ordered, "AB-1", line(10, "8"), version=3)) == ("processed", [])
    assert responses(ordered)[1].having("QTY+113") == ["QTY+113:8:PCE", "QTY+113:50:PR"]
    other = confirmed(ordered, "AB-1", line(10, "7"), version=3, ends=1)
    assert taken(other) == ("held", ["report.differs"])


def test_a_change_goes_out_anew_and_waits_for_the_erp_again(ordered: Place) -> None:
    confirmed(ordered, "AB-1", status="accepted")
    change = sent.change("CH-1", "PO-1", sent.changed_line("3", 10, sent.SEALANT, "24"))
    ordered.ingest(sent.interchange("IC2", change), status=0)
    versions = [json.loads(each.read_bytes())["version"] for each in ordered.outbox("erp_orders")]
    assert (versions, ordered.order("PO-1")["state"]) == ([1, 2], "open")
    assert taken(confirmed(ordered, "AB-2", order_version=1, status="accepted")) == ("processed", ["report.older"])
    confirmed(ordered, "AB-3", order_version=2, status="accepted")
    assert ordered.order("PO-1")["state"] == "confirmed"
    assert responses(ordered)[-1].having("QTY+113")[0] == "QTY+113:24:PCE"


def test_a_cancelled_order_is_confirmed_no_more(ordered: Place) -> None:
    ordered.ingest(sent.interchange("IC2", sent.change("CH-1", "PO-1", purpose="1")), status=0)
    assert [json.loads(each.read_bytes())["state"] for each in ordered.outbox("erp_orders")] == ["open", "cancelled"]
    assert taken(confirmed(ordered, "AB-1", status="accepted", ends=1)) == ("held", ["report.too-late"])
    assert taken(confirmed(ordered, "AB-2", status="rejected")) == ("processed", ["report.too-late"])


def test_what_leads_back_is_told_and_changes_nothing(ordered: Place) -> None:
    confirmed(ordered, "AB-1", status="accepted")
    reported(ordered, "LS-1", state="shipped")
    back = reported(ordered, "LS-0", {"position": 10, "shipped": "3"})
    assert taken(back) == ("processed", ["status.backwards"])
    assert (ordered.order("PO-1")["state"], ordered.order("PO-1")["lines"][0]["progress"]["shipped"]) == (
        "shipped",
        "12",
    )
    again = reported(ordered, "LS-1", state="shipped", note="")
    assert taken(again) == ("duplicate", ["report.duplicate"])


def test_what_the_erp_cancels_its_buyer_is_told(ordered: Place) -> None:
    confirmed(ordered, "AB-1", status="accepted")
    reported(ordered, "ST-1", {"position": 10, "state": "cancelled"})
    assert [each.split("+")[2] for each in responses(ordered)[-1].having("LIN")] == ["7", "5"]
    assert ordered.order("PO-1")["state"] == "confirmed"
    reported(ordered, "ST-2", state="cancelled")
    assert (responses(ordered)[-1].having("BGM")[0].split("+")[3], ordered.order("PO-1")["state"]) == (
        "27",
        "cancelled",
    )


@pytest.mark.both_stores
def test_an_order_that_was_shipped_before_it_was_confirmed_is_answered_once_it_is(ordered: Place) -> None:
    reported(ordered, "LS-1", state="shipped")
    confirmed(ordered, "AB-1", line(10, "12"))
    assert responses(ordered) == []
    confirmed(ordered, "AB-2", line(20, "50"))
    assert (ordered.order("PO-1")["state"], len(responses(ordered))) == ("shipped", 1)
    confirmed(ordered, "AB-3", status="accepted")
    assert len(responses(ordered)) == 1


def test_an_order_is_confirmed_when_what_was_not_confirmed_is_cancelled(ordered: Place) -> None:
    confirmed(ordered, "AB-1", line(10, "12"))
    reported(ordered, "ST-1", {"position": 20, "state": "cancelled"})
    assert (ordered.order("PO-1")["state"], len(responses(ordered))) == ("confirmed", 1)


def test_what_a_cancellation_comes_to_is_reckoned_before_the_write_lock_is_taken(
    ordered: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    decided, meant = confirm.standing_of, order_status.order_meant
    monkeypatch.setattr(confirm, "standing_of", lambda *about: (steps.append("decided"), decided(*about))[1])
    monkeypatch.setattr(order_status, "order_meant", lambda *about: (steps.append("written"), meant(*about))[1])
    reported(ordered, "ST-1", state="cancelled")
    assert (steps, ordered.order("PO-1")["state"]) == (["decided", "written"], "cancelled")


def test_a_closed_order_stays_closed_when_the_erp_says_more_of_it(ordered: Place) -> None:
    confirmed(ordered, "AB-1", status="accepted")
    reported(ordered, "ST-1", state="closed")
    confirmed(ordered, "AB-2", line(10, "12", price={"amount": "4.00"}))
    assert (ordered.order("PO-1")["state"], len(responses(ordered))) == ("closed", 2)


def test_the_feed_tells_what_the_erp_said_and_who(ordered: Place) -> None:
    confirmed(ordered, "AB-1", status="accepted")
    reported(ordered, "LS-1", state="shipped")
    with ordered.opened() as gateway, gateway.store.read() as db:
        rows = db.exec_driver_sql("SELECT type, id, account, origin FROM feed ORDER BY seq").all()
    told = [tuple(row) for row in rows if row[3] == "erp_in"]
    assert told == [
        ("order.confirmed", "SO00000001", HAMBURG, "erp_in"),
        ("order.status", "SO00000001", HAMBURG, "erp_in"),
    ]


def test_the_answer_owed_is_settled_by_what_the_erp_confirms(ordered: Place) -> None:
    assert [
        row["type"] for row in ordered.run("acknowledgements", "list", "--json").lines if row["state"] == "open"
    ] == ["ORDRSP"]
    confirmed(ordered, "AB-1", status="accepted")
    states = {row["type"]: row["state"] for row in ordered.run("acknowledgements", "list", "--json").lines}
    assert states["ORDRSP"] == "settled"


def test_a_test_order_goes_to_no_channel(erp: Place) -> None:
    erp.change(
        "partners/acme.toml",
        "[decide]",
        '[[agreement]]\nreceive = "edifact ORDERS D.96A test"\nvia = "acme_inbox"\n\n[decide]',
    )
    erp.ingest(sent.interchange("IC1", sent.order("PO-1", sent.line(10, sent.SEALANT, "12")), test=True), status=0)
    assert (erp.outbox("erp_orders"), erp.order("PO-1")["state"]) == ([], "confirmed")
