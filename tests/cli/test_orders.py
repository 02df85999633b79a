"""`gateway orders`: shown, and decided by a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.errors import ConflictError
from gateway.model.response import Decision
from gateway.pipeline.by_hand import Ruling, find_orders, rule
from tests import sent
from tests.workspaces import Place

LAMP = ("4098765001109", "5.90::NTP")
ROW = (
    "order", "account", "number", "kind", "version", "channel", "message", "ordered_on", "currency", "decision",
    "state", "reasons", "charges", "total",
)  # fmt: skip
SHOWN = (*ROW[:-2], "lines", *ROW[-2:])


def held(demo: Place, *lines: list[str]) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", *lines)), status=1)
    assert demo.order("PO-1")["decision"] == "held"


def last_answer(demo: Place) -> list[str]:
    answer = demo.answers("acme", "ORDRSP")[-1]
    return [each for each in answer.segments if each[:3] in ("LIN", "QTY", "PRI", "DTM")][1:]


def test_orders_have_the_fields_they_promise(demo: Place) -> None:
    demo.sample(1)
    demo.sample(2)
    rows = demo.orders()
    assert [tuple(row) for row in rows] == [ROW] * 2
    assert [row["number"] for row in rows] == ["4500017801", "B26-0911"]
    assert tuple(demo.order("4500017801")) == SHOWN
    assert tuple(demo.order("4500017801")["lines"][0]) == (
        "position", "product", "supplier_sku", "gtin", "buyer_sku", "ordered", "agreed", "confirmed", "schedule",
        "decision", "reasons", "confirmed_by", "reason", "progress",
    )  # fmt: skip
    assert [row["number"] for row in demo.run("orders", "list", "--account", "10002", "--json").lines] == ["B26-0911"]
    assert len(demo.run("orders", "list", "--limit", "1", "--json").lines) == 1


def test_store_splits_and_schedules_are_shown(demo: Place) -> None:
    (line,) = demo.sample(24)
    first, second = demo.order(line["reference"])["lines"]
    assert second["schedule"] == [{"quantity": "24", "on": "2029-01-19"}, {"quantity": "24", "on": "2029-02-16"}]
    assert first["ordered"]["quantity"] == "60"


def test_a_person_accepts_what_was_held_and_the_partner_is_told(demo: Place) -> None:
    demo.change("partners/acme.toml", 'unknown_article = "hold"', 'price_too_low = "hold"')
    held(demo, sent.line(1, sent.SEALANT, "12", "3.00::NTP"), sent.line(2, sent.GLOVE, "20", unit="PR"))
    ran = demo.run("orders", "decide", "PO-1", "--as", "accepted", "--note", "agreed by phone")
    assert (ran.status, ran.out) == (0, "Order PO-1 is accepted.\n")
    order = demo.order("PO-1")
    assert (order["decision"], order["state"], order["version"]) == ("accepted", "confirmed", 1)
    first, second = demo.answers("acme", "ORDRSP")
    assert (first.having("BGM")[0].split("+")[2:], second.having("BGM")[0].split("+")[2:]) == (
        ["OR00000001", "12"], ["OR00000002", "29"],
    )  # fmt: skip
    assert len(demo.outbox("erp")) == 1
    (message,) = demo.run("messages", "list", "--json").lines
    assert (message["state"], message["decision"]) == ("processed", "accepted")


def ordered(place: Place, control: str, quantity: str, buyer: str = sent.HAMBURG, kind: str = "220") -> None:
    order = sent.order("PO-1", sent.line(1, sent.SEALANT, quantity), buyer=buyer)
    place.ingest(sent.interchange(control, order.replace("BGM+220", f"BGM+{kind}")), status=0)


def refused_and_sent_again(place: Place) -> None:
    ordered(place, "IC1", "12")
    assert place.run("orders", "decide", "PO-1", "--as", "rejected", "--note", "sold out").status == 0
    ordered(place, "IC2", "24")


@pytest.mark.both_stores
def test_an_order_sent_again_after_a_refusal_is_the_one_shown_and_the_other_is_told(demo: Place) -> None:
    refused_and_sent_again(demo)
    assert [order["decision"] for order in demo.orders()] == ["rejected", "accepted"]
    ran = demo.run("orders", "show", "PO-1", "--json")
    assert (ran.status, ran.lines[0]["order"]) == (0, "SO00000002")
    assert ran.err == "This is SO00000002, which stands; also called PO-1 and given up: SO00000001.\n"
    assert demo.order("SO00000001")["decision"] == "rejected"


@pytest.mark.both_stores
def test_of_several_orders_of_a_number_none_is_decided_unless_it_is_the_one_named(demo: Place) -> None:
    refused_and_sent_again(demo)
    ran = demo.run("orders", "decide", "PO-1", "--as", "rejected", "--note", "no")
    assert ran.status == 2
    assert ran.err.endswith("Name one by our number, as SO00000002.\n")
    assert [order["decision"] for order in demo.orders()] == ["rejected", "accepted"]
    assert demo.run("orders", "decide", "SO00000002", "--as", "rejected", "--note", "no").status == 0
    assert [order["decision"] for order in demo.orders()] == ["rejected", "rejected"]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_orders_of_two_accounts_with_one_number_are_listed_and_none_is_shown(
    demo: Place, options: tuple[str, ...]
) -> None:
    ordered(demo, "IC1", "12")
    ordered(demo, "IC2", "24", buyer=sent.BREMEN)
    first, second = demo.orders()
    assert first["account"] != second["account"]
    ran = demo.run("orders", "show", "PO-1", *options)
    assert (ran.status, ran.out) == (2, "")
    for order in (first, second):
        assert f"{order['order']}  account {order['account']}, order of {order['ordered_on']}" in ran.err
    assert demo.order("PO-1", "--account", first["account"]) == demo.order(first["order"])
    assert demo.order("PO-1", "--account", second["account"])["lines"][0]["ordered"]["quantity"] == "24"


def test_two_kinds_of_orders_with_one_number_are_listed(demo: Place) -> None:
    ordered(demo, "IC1", "12")
    ordered(demo, "IC2", "24", kind="226")
    assert [order["kind"] for order in demo.orders()] == ["order", "call_off"]
    ran = demo.run("orders", "show", "PO-1")
    assert ran.status == 2
    assert f"SO00000002  account {demo.orders()[1]['account']}, call_off of" in ran.err
    assert ran.err.endswith("Name one by our number, as SO00000002.\n")


def test_an_order_that_changed_after_it_was_looked_at_is_not_decided(demo: Place) -> None:
    ordered(demo, "IC1", "12")
    with demo.opened() as gateway:
        seen = find_orders(gateway.line, "PO-1", None).only
        rule(gateway.line, seen, Ruling(Decision.REJECTED, "no"))
        with pytest.raises(ConflictError, match="has changed meanwhile"):
            rule(gateway.line, seen, Ruling(Decision.ACCEPTED, "yes"))
    assert demo.order("PO-1")["decision"] == "rejected"


def test_price_quantity_and_day_are_what_the_person_says(demo: Place) -> None:
    demo.change("partners/acme.toml", 'unknown_article = "hold"', 'price_too_low = "hold"')
    held(demo, sent.line(1, sent.SEALANT, "12", "3.00::NTP"))
    on = sent.WANTED + timedelta(days=7)
    demo.run("orders", "decide", "PO-1", "--line", "1", "--as", "changed", "--price", "3.50", "--quantity", "24",
             "--on", on.isoformat(), "--note", "met in the middle")  # fmt: skip
    (line,) = demo.order("PO-1")["lines"]
    assert line["confirmed"] == {"quantity": "24", "unit": "PCE", "price": "3.5", "per": "1", "on": on.isoformat()}
    assert (line["decision"], demo.order("PO-1")["total"]) == ("changed", "84")
    said = last_answer(demo)
    assert "LIN+1+3+4098765001062:EN" in said
    assert "QTY+113:24:PCE" in said
    assert "PRI+AAA:3.5:::1" in said


def test_the_day_a_person_says_is_told(demo: Place) -> None:
    demo.sample(1)
    on = sent.WANTED + timedelta(days=900)
    demo.run("orders", "decide", "4500017801", "--line", "1", "--as", "changed", "--on", on, "--note", "delayed")
    assert f"DTM+69:{on:%Y%m%d}:102" in last_answer(demo)


def test_two_held_lines_are_decided_one_by_one(demo: Place) -> None:
    held(demo, sent.line(1, LAMP, "12"), sent.line(2, LAMP, "24"))
    first = demo.run("orders", "decide", "PO-1", "--line", "1", "--as", "rejected", "--note", "not sold")
    assert (first.status, demo.order("PO-1")["decision"]) == (0, "held")
    demo.run("orders", "decide", "PO-1", "--line", "2", "--as", "rejected", "--note", "not sold either")
    order = demo.order("PO-1")
    assert (order["decision"], [line["decision"] for line in order["lines"]]) == ("rejected", ["rejected"] * 2)
    assert [each[:7] for each in last_answer(demo) if each.startswith("LIN")] == ["LIN+1+7", "LIN+2+7"]


def test_an_accepted_order_can_be_decided_again(demo: Place) -> None:
    demo.sample(1)
    demo.run("orders", "decide", "4500017801", "--line", "3", "--as", "rejected", "--note", "burnt down")
    order = demo.order("4500017801")
    assert (order["decision"], [line["decision"] for line in order["lines"]]) == (
        "changed", ["accepted", "accepted", "rejected"],
    )  # fmt: skip
    assert (order["total"], len(demo.answers("acme", "ORDRSP"))) == ("98", 2)


def test_what_a_person_decided_stands_when_another_line_is_changed_by_the_buyer(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", sent.line(1, sent.SEALANT, "12"))))
    demo.run("orders", "decide", "PO-1", "--as", "rejected", "--note", "no")
    assert demo.order("PO-1")["state"] == "closed"
    change = sent.change("C-1", "PO-1", sent.changed_line("3", 1, sent.SEALANT, "24"))
    (line,) = demo.ingest(sent.interchange("IC2", change), status=1)
    assert [issue["code"] for issue in line["issues"]] == ["order-change.too-late"]


def test_a_note_is_asked_for_and_kept(demo: Place) -> None:
    demo.sample(1)
    assert demo.run("orders", "decide", "4500017801", "--as", "accepted").status == 2
