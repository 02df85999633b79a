"""What an order may not go beyond: its account's credit, a contract that is over; and what a person decides stays."""

from __future__ import annotations

import pytest

from tests import sent
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

TWELVE = sent.line(1, sent.SEALANT, "12")


def limited(place: Place, credit: str) -> None:
    file = place.root / "data" / "credit.csv"
    file.write_text(
        f"account,name,parent,currency,gln,credit_limit\n10011,ACME Hamburg,10001,EUR,{sent.HAMBURG},{credit}\n"
    )
    assert place.run("import", "accounts", file).status == 0


def test_orders_of_one_file_use_up_the_credit_one_after_the_other(demo: Place) -> None:
    limited(demo, "120")
    messages = [sent.order(f"C-{number}", TWELVE, reference=str(number)) for number in (1, 2, 3)]
    lines = demo.ingest(sent.interchange("IC1", *messages))
    assert [line["decision"] for line in lines] == ["accepted", "accepted", "held"]
    assert [issue["code"] for issue in lines[2]["issues"]] == ["account.over-credit"]


def test_a_held_order_says_what_is_wrong_with_the_whole_until_a_person_accepts_it(demo: Place) -> None:
    limited(demo, "10")
    demo.ingest(sent.interchange("IC1", sent.order("C-1", TWELVE)), status=1)
    held = demo.order("C-1")
    assert (held["decision"], held["reasons"]) == ("held", ["account.over-credit"])
    assert held["lines"][0]["reasons"] == []
    assert demo.orders()[0]["reasons"] == ["account.over-credit"]
    assert "account.over-credit" in demo.run("orders", "show", "C-1").out
    assert demo.run("orders", "decide", "C-1", "--as", "accepted", "--note", "paid since").status == 0
    assert demo.order("C-1")["reasons"] == []


def test_a_refused_order_keeps_what_was_wrong_with_the_whole(demo: Place) -> None:
    limited(demo, "10")
    demo.ingest(sent.interchange("IC1", sent.order("C-1", TWELVE)), status=1)
    assert demo.run("orders", "decide", "C-1", "--as", "rejected", "--note", "unpaid").status == 0
    assert demo.order("C-1")["reasons"] == ["account.over-credit"]


def test_a_cancelled_order_gives_its_credit_back(demo: Place) -> None:
    limited(demo, "60")
    demo.ingest(sent.interchange("IC1", sent.order("C-1", TWELVE)), status=0)
    demo.ingest(sent.interchange("IC2", sent.change("C-1-S", "C-1", purpose="1")), status=0)
    demo.ingest(sent.interchange("IC3", sent.order("C-2", TWELVE)), status=0)


def test_a_contract_that_is_over_is_answered_with_the_price_that_holds(demo: Place) -> None:
    demo.change("mappings/partners/acme/orders/mapping.toml", 'drop = ["contract"]', "# the contract is read")
    demo.change("mappings/partners/acme/orders/mapping.toml", '"RFF[CT]" =', '"RFF[ADE]" =')
    file = demo.root / "data" / "old.csv"
    file.write_text("list,kind,currency,contract,valid_to\nK-OLD,contract,EUR,K-2020-9,2020-12-31\n")
    assert demo.run("import", "price-lists", file).status == 0
    (line,) = demo.ingest(sent.interchange("IC1", sent.order("C-1", TWELVE, head=("RFF+CT:K-2020-9",))))
    assert (line["decision"], [issue["code"] for issue in line["issues"]]) == ("changed", ["order.contract.expired"])
    (line,) = demo.ingest(sent.interchange("IC2", sent.order("C-2", TWELVE, head=("RFF+CT:K-2026-01",))))
    assert (line["decision"], line["issues"]) == ("accepted", [])


def test_what_was_decided_by_hand_of_one_line_stands_when_the_next_is_decided(demo: Place) -> None:
    lamp = ("4098765001109", "5.90::NTP")
    demo.ingest(sent.interchange("IC1", sent.order("C-1", sent.line(1, lamp, "10"), sent.line(2, lamp, "20"))))
    note = ("--note", "by phone")
    demo.run("orders", "decide", "C-1", "--line", "1", "--as", "accepted", *note)
    assert [line["decision"] for line in demo.order("C-1")["lines"]] == ["accepted", "held"]
    demo.run("orders", "decide", "C-1", "--line", "2", "--as", "rejected", *note)
    shown = demo.order("C-1")
    assert [line["decision"] for line in shown["lines"]] == ["accepted", "rejected"]
    assert (shown["decision"], shown["total"]) == ("changed", "59")


def test_the_messages_of_a_group_that_is_miscounted_are_refused_and_other_groups_pass(demo: Place) -> None:
    good, bad = sent.order("C-1", TWELVE), sent.order("C-2", TWELVE, reference="2")
    text = sent.interchange("IC1", good, bad).decode("latin-1")
    head, first, second, end = text[: text.index("UNH")], good, bad, text[text.rindex("UNZ") :]
    groups = (
        f"UNG+ORDERS+A+B+261124:0930+1+UN+D:96A'{first}UNE+1+1'UNG+ORDERS+A+B+261124:0930+2+UN+D:96A'{second}UNE+7+2'"
    )
    lines = demo.ingest(f"{head}{groups}{end}".encode("latin-1"))
    assert [(line["reference"], line["state"]) for line in lines] == [("C-1", "processed"), ("C-2", "rejected")]
    (contrl,) = demo.answers("acme", "CONTRL")
    assert [segment.split("+")[1] for segment in contrl.having("UCF")] == ["2"]
    assert [order["number"] for order in demo.orders()] == ["C-1"]


def test_a_release_without_a_mapping_is_refused_by_contrl_and_not_by_a_dead_message(demo: Place) -> None:
    demo.change("partners/acme.toml", 'receive = "edifact ORDERS D.96A"', 'receive = "edifact ORDERS *"')
    demo.change("partners/acme.toml", 'mapping = "acme/orders"\n', "")
    message = sent.order("C-1", TWELVE).replace("D:96A:UN:EAN008", "D:93A:UN")
    (line,) = demo.ingest(sent.interchange("IC1", message))
    assert (line["state"], [issue["code"] for issue in line["issues"]]) == ("rejected", ["agreement.missing"])
    (contrl,) = demo.answers("acme", "CONTRL")
    assert contrl.having("UCM")[0].split("+")[3:5] == ["4", "3"]


def test_a_message_refused_for_what_its_mapping_found_is_answered_with_a_refusal(demo: Place) -> None:
    demo.change("partners/acme.toml", 'mapping = "acme/orders"', 'mapping = "acme/orders"\non_error = "reject"')
    message = sent.order("C-1", ["LIN+1++4098765001062:EN", "PRI+AAA:4.20::NTP"])
    (line,) = demo.ingest(sent.interchange("IC1", message), status=1)
    assert (line["state"], line["order"]) == ("rejected", None)
    assert [issue["code"] for issue in line["issues"]] == ["order.line.quantity.missing"]
    (answer,) = demo.answers("acme", "ORDRSP")
    assert answer.having("BGM")[0].split("+")[3] == "27"
    assert (answer.having("RFF"), answer.having("LIN")) == (["RFF+ON:C-1"], [])
    corrected = sent.interchange("IC2", sent.order("C-1", TWELVE))
    assert demo.ingest(corrected, status=0)[0]["decision"] == "accepted"


def test_a_lane_that_stops_is_paused_by_a_held_message_and_goes_on_when_resumed(demo: Place) -> None:
    demo.change("partners/acme.toml", 'mapping = "acme/orders"', 'mapping = "acme/orders"\nlane = "stop"')
    bad = sent.order("C-1", ["LIN+1++4098765001062:EN", "PRI+AAA:4.20::NTP"])
    lines = demo.ingest(sent.interchange("IC1", bad, sent.order("C-2", TWELVE, reference="2")))
    assert [line["state"] for line in lines] == ["held", "ready"]
    (lane,) = [each for each in demo.run("lane", "list", "--json").lines if each["name"].endswith("/in/acme")]
    assert (lane["state"], lane["ready"]) == ("paused", 1)
    demo.run("lane", "resume", lane["name"])
    demo.ingest(sent.interchange("IC2", sent.order("C-3", TWELVE)), status=0)
    assert [order["number"] for order in demo.orders()] == ["C-2", "C-3"]
