"""Orders changed, cancelled, replaced and copied: BGM 1225 and ORDCHG."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta

import pytest

from gateway.wiring import open_gateway
from tests import sent
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

ONE = sent.line(1, sent.SEALANT, "12")


def codes(line: dict) -> list[str]:
    return [issue["code"] for issue in line["issues"] if issue["severity"] == "error"]


def test_a_change_adds_changes_and_deletes_lines(demo: Place) -> None:
    demo.sample(1)
    (shown,) = demo.sample(17, status=0)
    assert (shown["type"], shown["state"], shown["decision"], shown["order"]) == (
        "ORDCHG", "processed", "accepted", "SO00000001",
    )  # fmt: skip
    order = demo.order("4500017801")
    assert (order["version"], order["total"]) == (2, "184.4")
    assert [(line["position"], line["product"], line["confirmed"]["quantity"]) for line in order["lines"]] == [
        (1, "A-1001", "400"), (2, "A-1002", "2000"), (4, "A-1006", "12"),
    ]  # fmt: skip
    ordrsp = demo.answers("acme", "ORDRSP")[-1]
    assert ordrsp.having("BGM") == ["BGM+231+OR00000002+29"]
    assert ordrsp.having("LIN") == ["LIN+1+5+4098765001017:EN", "LIN+2+5+4098765001024:EN", "LIN+4+5+4098765001062:EN"]
    assert len(demo.outbox("erp")) == 2


def test_a_change_of_a_line_the_order_does_not_have_is_answered_with_code_10(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    change = sent.change("C-1", "PO-1", sent.changed_line("3", 9, sent.GLOVE, "20"))
    (shown,) = demo.ingest(sent.interchange("IC2", change))
    assert "order-change.line-unknown" in [issue["code"] for issue in shown["issues"]]
    assert [line[:8] for line in demo.answers("acme", "ORDRSP")[-1].having("LIN")][-1] == "LIN+9+10"
    assert [line["product"] for line in demo.order("PO-1")["lines"]] == ["A-1006"]


def test_a_cancellation_cancels_and_is_answered(demo: Place) -> None:
    demo.sample(8)
    (shown,) = demo.sample(18, status=0)
    assert (shown["state"], shown["decision"]) == ("processed", "accepted")
    order = demo.order("B26-0912")
    assert (order["state"], order["version"]) == ("cancelled", 2)
    ordrsp = demo.answers("nordwind", "ORDRSP")[-1]
    assert (ordrsp.having("RFF"), ordrsp.having("LIN")) == (["RFF+ON:B26-0912"], [])
    decided = demo.run("orders", "decide", "B26-0912", "--as", "accepted", "--note", "no")
    assert (decided.status, "cancelled" in decided.err) == (2, True)


def test_of_a_cancelled_order_our_systems_read_that_nothing_is_to_be_delivered(demo: Place) -> None:
    demo.sample(8)
    demo.sample(18, status=0)
    rows = list(csv.DictReader(demo.outbox("erp")[-1].read_text("utf-8").splitlines()))
    assert {(row["number"], row["quantity"]) for row in rows} == {("B26-0912", "0")}


def test_the_number_of_a_cancelled_order_can_be_used_again(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    demo.ingest(sent.interchange("IC2", sent.change("C-1", "PO-1", purpose="1")), status=0)
    (shown,) = demo.ingest(
        sent.interchange("IC3", sent.order("PO-1", sent.line(1, sent.GLOVE, "20", unit="PR"))), status=0
    )
    assert (shown["state"], shown["order"]) == ("processed", "SO00000002")


def test_a_change_of_a_cancelled_order_does_not_wait_for_the_next_of_its_number(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    demo.ingest(sent.interchange("IC2", sent.change("C-1", "PO-1", purpose="1")), status=0)
    late = sent.change("C-2", "PO-1", sent.changed_line("3", 1, sent.SEALANT, "99"))
    (shown,) = demo.ingest(sent.interchange("IC3", late), status=1)
    assert (shown["state"], codes(shown)) == ("held", ["order-change.too-late"])
    demo.ingest(sent.interchange("IC4", sent.order("PO-1", sent.line(1, sent.SEALANT, "24"))), status=0)
    assert [(line["confirmed"]["quantity"]) for line in demo.order("PO-1")["lines"]] == ["24"]


def test_to_cancel_again_is_answered_again_and_reaches_no_later_order(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    demo.ingest(sent.interchange("IC2", sent.change("C-1", "PO-1", purpose="1")), status=0)
    (same,) = demo.ingest(sent.interchange("IC3", sent.change("C-1", "PO-1", purpose="1")), status=0)
    (other,) = demo.ingest(sent.interchange("IC4", sent.change("C-2", "PO-1", purpose="1")), status=0)
    assert (same["state"], other["state"]) == ("duplicate", "processed")
    demo.ingest(sent.interchange("IC5", sent.order("PO-1", sent.line(1, sent.SEALANT, "24"))), status=0)
    assert [order["state"] for order in demo.orders()] == ["cancelled", "confirmed"]
    assert len(demo.answers("acme", "ORDRSP")) == 5


def test_a_change_that_only_deletes_a_line_the_order_does_not_have_is_answered(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    (shown,) = demo.ingest(sent.interchange("IC2", sent.change("C-1", "PO-1", sent.changed_line("2", 9, sent.GLOVE))))
    assert shown["state"] == "processed"
    ordrsp = demo.answers("acme", "ORDRSP")[-1]
    assert [line[:8] for line in ordrsp.having("LIN")] == ["LIN+1+5+", "LIN+9+10"]
    assert len(ordrsp.having("QTY+21")) == 1


def test_a_change_before_its_order_waits_for_it(demo: Place) -> None:
    (parked,) = demo.sample(19, status=1)
    assert (parked["state"], codes(parked)) == ("held", ["order-change.no-original"])
    (order,) = demo.sample(20, status=0)
    (change,) = demo.run("messages", "list", "--reference", "B26-0930-A", "--json").lines
    assert (order["state"], change["state"], change["decision"]) == ("processed", "processed", "accepted")
    stored = demo.order("B26-0930")
    assert (stored["version"], stored["lines"][0]["confirmed"]["quantity"]) == (2, "96")
    assert len(demo.answers("nordwind", "ORDRSP")) == 2


def test_a_change_in_the_same_file_as_its_order_follows_it(demo: Place) -> None:
    change = sent.change("C-1", "PO-1", sent.changed_line("3", 1, sent.SEALANT, "24"), reference="2")
    lines = demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE), change), status=0)
    assert [line["state"] for line in lines] == ["processed", "processed"]
    assert demo.order("PO-1")["lines"][0]["confirmed"]["quantity"] == "24"


def test_a_change_whose_order_does_not_come_in_7_days_is_dead(demo: Place) -> None:
    (parked,) = demo.sample(19)
    for days, state in ((6, "held"), (8, "dead")):
        with open_gateway(demo.root, clock=lambda days=days: datetime.now(UTC) + timedelta(days=days)) as gateway:
            from gateway.queue.dispatch import sweep

            sweep(gateway.line)
        (shown,) = demo.run("messages", "show", parked["message"], "--json").lines
        assert shown["state"] == state
    assert "did not come in 7 days" in shown["events"][-1]["text"]


def test_a_change_sent_twice_is_a_duplicate(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    change = sent.change("C-1", "PO-1", sent.changed_line("3", 1, sent.SEALANT, "24"))
    demo.ingest(sent.interchange("IC2", change))
    (again,) = demo.ingest(sent.interchange("IC3", change), status=0)
    assert (again["state"], demo.order("PO-1")["version"]) == ("duplicate", 2)
    ordrsps = demo.answers("acme", "ORDRSP")
    assert ordrsps[-1].raw == ordrsps[-2].raw


def test_another_change_under_the_same_number_is_held(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    for control, quantity in (("IC2", "24"), ("IC3", "36")):
        change = sent.change("C-1", "PO-1", sent.changed_line("3", 1, sent.SEALANT, quantity))
        (shown,) = demo.ingest(sent.interchange(control, change))
    assert (shown["state"], codes(shown), demo.order("PO-1")["version"]) == ("held", ["order.duplicate"], 2)


@pytest.mark.parametrize("purpose", ["9", ""])
def test_an_original_is_an_order(demo: Place, purpose: str) -> None:
    (shown,) = demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE, purpose=purpose)), status=0)
    assert (shown["state"], demo.order("PO-1")["version"]) == ("processed", 1)


def test_a_replacement_is_the_orders_next_version(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    new = sent.order("PO-1", sent.line(1, sent.GLOVE, "20", unit="PR"), purpose="5")
    (shown,) = demo.ingest(sent.interchange("IC2", new), status=0)
    order = demo.order("PO-1")
    assert (shown["state"], order["version"], [line["product"] for line in order["lines"]]) == (
        "processed", 2, ["A-1003"],
    )  # fmt: skip
    assert demo.orders()[0]["order"] == "SO00000001"
    assert len(demo.orders()) == 1


@pytest.mark.parametrize("purpose", ["1", "4", "5"])
def test_what_changes_an_order_that_is_not_there_waits_for_it(demo: Place, purpose: str) -> None:
    (shown,) = demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE, purpose=purpose)), status=1)
    assert (shown["state"], codes(shown), demo.orders()) == ("held", ["order-change.no-original"], [])


@pytest.mark.parametrize("purpose", ["7", "31"])
def test_a_copy_of_an_order_is_never_an_order(demo: Place, purpose: str) -> None:
    copy = sent.order("PO-1", ONE, purpose=purpose)
    (alone,) = demo.ingest(sent.interchange("IC1", copy), status=1)
    assert (alone["state"], codes(alone), demo.orders()) == ("held", ["order.purpose.unsupported"], [])
    demo.ingest(sent.interchange("IC2", sent.order("PO-2", ONE)))
    (same,) = demo.ingest(sent.interchange("IC3", sent.order("PO-2", ONE, purpose=purpose)))
    assert (same["state"], len(demo.orders())) == ("duplicate", 1)
    other = sent.order("PO-2", sent.line(1, sent.SEALANT, "24"), purpose=purpose)
    (differing,) = demo.ingest(sent.interchange("IC4", other), status=1)
    assert (differing["state"], codes(differing)) == ("held", ["order.duplicate"])
    assert demo.order("PO-2")["lines"][0]["confirmed"]["quantity"] == "12"


@pytest.mark.parametrize("purpose", ["7", "31"])
def test_a_copy_of_a_replaced_order_is_answered_as_the_order_is_now(demo: Place, purpose: str) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    more = sent.line(1, sent.SEALANT, "24")
    demo.ingest(sent.interchange("IC2", sent.order("PO-1", more, purpose="5")), status=0)
    (same,) = demo.ingest(sent.interchange("IC3", sent.order("PO-1", more, purpose=purpose)), status=0)
    assert (same["state"], demo.order("PO-1")["version"]) == ("duplicate", 2)
    assert demo.answers("acme", "ORDRSP")[-1].having("QTY+21") == ["QTY+21:24:PCE"]


@pytest.mark.parametrize("purpose", ["7", "31"])
def test_a_copy_of_an_order_that_was_cancelled_brings_it_not_back(demo: Place, purpose: str) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    demo.ingest(sent.interchange("IC2", sent.order("PO-1", ONE, purpose="1")), status=0)
    (copy,) = demo.ingest(sent.interchange("IC3", sent.order("PO-1", ONE, purpose=purpose)), status=0)
    assert (copy["state"], copy["order"]) == ("duplicate", "SO00000001")
    assert [order["state"] for order in demo.orders()] == ["cancelled"]
    assert len(demo.outbox("erp")) == 2


def test_an_order_without_a_currency_is_cancelled_in_that_of_its_account(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE).replace("CUX+2:EUR:9'\n", "").replace("+13+", "+12+")))
    cancel = sent.order("PO-1", ONE, purpose="1").replace("CUX+2:EUR:9'\n", "").replace("+13+", "+12+")
    (shown,) = demo.ingest(sent.interchange("IC2", cancel), status=0)
    assert (shown["state"], demo.order("PO-1")["state"]) == ("processed", "cancelled")
    assert demo.answers("acme", "ORDRSP")[-1].having("CUX") == ["CUX+2:EUR:9"]


def test_a_cancelling_orders_cancels(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    (shown,) = demo.ingest(sent.interchange("IC2", sent.order("PO-1", ONE, purpose="1")), status=0)
    assert (shown["state"], demo.order("PO-1")["state"]) == ("processed", "cancelled")


def test_a_changing_orders_changes(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    changed = sent.order("PO-1", sent.line(1, sent.SEALANT, "24"), purpose="4")
    (shown,) = demo.ingest(sent.interchange("IC2", changed), status=0)
    assert (shown["state"], demo.order("PO-1")["lines"][0]["confirmed"]["quantity"]) == ("processed", "24")


@pytest.mark.parametrize("purpose", ["3", "13", "16", "22"])  # 3 deletes: what, a person decides
def test_any_other_purpose_is_held(demo: Place, purpose: str) -> None:
    (shown,) = demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE, purpose=purpose)), status=1)
    assert (shown["state"], codes(shown), demo.orders()) == ("held", ["order.purpose.unsupported"], [])
