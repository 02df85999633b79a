"""The life of an order: in by EDIFACT, to the ERP, confirmed and reported by it, and answered with the ERP's values."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from gateway.queue.dispatch import work_off
from tests import sent
from tests.acceptance.test_crashes import killed_at, recovered
from tests.erp_folders import ORDER, codes, confirmed, line, reported, responses, with_erp
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

LATER = sent.WANTED + timedelta(days=14)


@pytest.fixture
def erp(demo: Place) -> Place:
    """The demo with an ERP."""
    return with_erp(demo)


def test_a_rehearsed_confirmation_shows_what_the_buyer_would_be_answered(erp: Place) -> None:
    erp.ingest(ORDER)
    erp.write("told/confirmation.json", json.dumps(
        {"number": "C-1", "order": "SO00000001", "lines": [line(10, "12"), line(20, "50")]}
    ))  # fmt: skip
    file = erp.root / "told/confirmation.json"
    [shown] = erp.run("ingest", file, "--connection", "erp_words", "--dry-run", "--json").lines
    assert sorted(each["type"] for each in shown["outputs"]) == ["ORDRSP", "confirmation", "status"]
    assert responses(erp) == []


def test_an_order_is_confirmed_in_parts_by_the_erp_answered_with_its_values_and_shipped(erp: Place) -> None:
    (shown,) = erp.ingest(ORDER, status=0)
    assert shown["state"] == "processed"
    (file,) = erp.outbox("erp_orders")
    given = json.loads(file.read_bytes())
    assert (given["order"], given["number"], given["state"]) == ("SO00000001", "PO-1", "open")
    assert [each["confirmed"]["quantity"] for each in given["lines"]] == ["12", "50"]
    assert responses(erp) == []

    first = confirmed(erp, "AB-1", line(10, "12", deliver_on=str(sent.WANTED)), erp_order="4500")
    assert (first["state"], first["order"]) == ("processed", "SO00000001")
    assert responses(erp) == []
    assert erp.order("PO-1")["state"] == "open"

    rest = confirmed(
        erp, "AB-2", line(20, "40", unit="PR", deliver_on=str(LATER), price={"amount": "3.30"}), erp_order="4500"
    )
    assert rest["state"] == "processed"
    (answer,) = responses(erp)
    assert [each.split("+")[2] for each in answer.having("LIN")] == ["5", "3"]
    assert answer.having("QTY+113") == ["QTY+113:12:PCE", "QTY+113:40:PR"]
    assert answer.having("PRI") == ["PRI+AAA:4.2:::1", "PRI+AAA:3.3:::1"]
    assert answer.having("DTM+69") == [f"DTM+69:{LATER:%Y%m%d}:102"]
    order = erp.order("PO-1")
    assert (order["state"], order["decision"]) == ("confirmed", "changed")
    assert order["lines"][1]["confirmed"] == {
        "quantity": "40", "unit": "PR", "price": "3.3", "per": "1", "on": str(LATER),
    }  # fmt: skip
    assert len(erp.outbox("erp_orders")) == 1, "the ERP is not told its own"

    shipped = reported(erp, "LS-1", {"position": 10, "shipped": "12"}, {"position": 20, "shipped": "15"})
    assert (shipped["state"], codes(shipped)) == ("processed", [])
    assert erp.order("PO-1")["state"] == "confirmed"
    reported(erp, "LS-2", {"position": 20, "shipped": "40"})
    assert erp.order("PO-1")["state"] == "shipped"
    states = [json.loads(each.read_bytes())["state"] for each in erp.outbox("shop_states") if "status" in each.name]
    assert states == ["open", "open", "confirmed", "confirmed", "shipped"]


def test_the_key_that_the_erp_has_for_an_order_is_learnt_from_its_list_and_what_waited_for_it_goes_on(
    erp: Place,
) -> None:
    erp.ingest(ORDER, status=0)
    early = reported(erp, "LS-1", {"position": 10, "shipped": "12"}, ends=1, order=None, erp_order="4500")
    assert early["state"] == "held"
    listed = erp.root.parent / "orders.csv"

    def compared(text: str) -> list[tuple[str, str, str | None, str | None]]:
        listed.write_text(text)
        ran = erp.run("sync", "reconcile", "erp_out", "--flow", "orders", "--against", listed, "--json")
        return [(each["what"], each["key"], each["field"], each["theirs"]) for each in ran.lines[:-1]]

    listed.write_text("external,state\n4500,open\n")
    refused = erp.run("sync", "reconcile", "erp_out", "--flow", "orders", "--against", listed)
    assert (refused.status, "No row of the list can be read; the first one is line 2" in refused.err) == (2, True)
    account = erp.order("PO-1")["account"]
    assert compared(f"account,number,external\n{account},PO-1,4500\n") == []
    assert erp.run("sync", "keys", "erp_out", "--json").lines == [
        {"entity": "order", "external": "4500", "key": "SO00000001"}
    ]  # fmt: skip
    assert compared("external,state\n4500,open\n") == []
    assert compared('[{"external": "4500", "state": "open", "more": {}}]') == []
    assert compared('{"external": "4500", "state": "closed"}')[0][:3] == ("differs", "SO00000001", "state")
    assert compared("order,external,state\n,4500,closed\n") == [("differs", "SO00000001", "state", "closed")]
    with erp.opened() as gateway:
        work_off(gateway.line, {})
    (waited,) = erp.run("messages", "list", "--type", "status", "--json").lines
    assert waited["state"] == "processed"


def test_a_key_of_one_order_is_not_learnt_for_another(erp: Place) -> None:
    erp.ingest(ORDER, ORDER.replace(b"PO-1", b"PO-2").replace(b"IC1", b"IC2"), status=0)
    listed = erp.root.parent / "orders.csv"
    listed.write_text("order,external\nSO00000001,4500\nSO00000002,4500\n")
    ran = erp.run("sync", "reconcile", "erp_out", "--flow", "orders", "--against", listed, "--json")
    assert [(each["what"], each["key"], each["field"], each["theirs"]) for each in ran.lines[:-1]] == [
        ("differs", "SO00000002", "external", "4500")
    ]  # fmt: skip
    assert [each["key"] for each in erp.run("sync", "keys", "erp_out", "--json").lines] == ["SO00000001"]


def test_the_same_confirmation_twice_changes_nothing(erp: Place) -> None:
    erp.ingest(ORDER, status=0)
    words: dict[str, Any] = {"version": 1, "status": "accepted"}
    assert confirmed(erp, "AB-1", **words)["state"] == "processed"
    before = (erp.order("PO-1"), len(responses(erp)), len(erp.outbox("shop_states")))
    again = confirmed(erp, "AB-1", **words, note="")
    assert (again["state"], codes(again)) == ("duplicate", ["report.duplicate"])
    assert (erp.order("PO-1"), len(responses(erp)), len(erp.outbox("shop_states"))) == before


def test_killed_between_persist_and_answer_the_confirmation_has_its_effects_once(erp: Place) -> None:
    erp.ingest(ORDER, status=0)
    file = erp.root.parent / "confirmation_1.json"
    file.write_text(json.dumps({"number": "AB-1", "order": "SO00000001", "status": "accepted"}), "utf-8")
    killed_at(erp, ("gateway.pipeline.confirm", "answer_order", "before"), "ingest", file, "--connection", "erp_words")
    assert (responses(erp), erp.order("PO-1")["state"]) == ([], "open")
    recovered(erp)
    assert (len(responses(erp)), erp.order("PO-1")["state"]) == (1, "confirmed")
