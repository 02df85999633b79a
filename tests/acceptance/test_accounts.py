"""Who buys: a head office that sends for its branches, branches nobody knows, and customers of one account."""

from __future__ import annotations

import pytest

from tests import sent
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

ONE = sent.line(1, sent.SEALANT, "12")


def test_the_head_office_sends_and_the_branches_buy(demo: Place) -> None:
    lines = demo.sample(23, status=0)
    assert [(line["partner"], line["account"], line["decision"]) for line in lines] == [
        ("acme", "10011", "accepted"), ("acme", "10012", "accepted"), ("acme", "10013", "accepted"),
    ]  # fmt: skip
    assert [each.having("NAD+BY")[0][7:20] for each in demo.answers("acme", "ORDRSP")] == [
        sent.HAMBURG, sent.BREMEN, sent.ROSTOCK,
    ]  # fmt: skip
    assert len(demo.answers("acme", "CONTRL")) == 1


def test_a_branch_nobody_knows_is_held_until_it_is_imported(demo: Place) -> None:
    raw = sent.interchange("IC1", sent.order("PO-1", ONE, buyer="4012345000047"))
    (held,) = demo.ingest(raw, status=1)
    assert (held["state"], held["account"], held["order"]) == ("held", None, None)
    assert [issue["code"] for issue in held["issues"]] == ["party.unknown"]
    assert [answer.type for answer in demo.answers("acme")] == ["CONTRL"]
    demo.write("p.csv", "account,role,id,scheme\n10012,BY,4012345000047,gln\n")
    assert demo.run("import", "parties", demo.root / "p.csv").status == 0
    (shown,) = demo.run("messages", "replay", held["message"], "--from", "enrich", "--json").lines
    assert (shown["state"], shown["account"], shown["issues"]) == ("processed", "10012", [])


def test_the_branch_of_another_customer_is_held(demo: Place) -> None:
    (held,) = demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE, buyer="4399902000017")), status=1)
    assert (held["state"], [issue["code"] for issue in held["issues"]]) == ("held", ["party.not-of-partner"])
    assert demo.orders() == []


def test_the_ship_to_of_another_customer_is_held(demo: Place) -> None:
    order = sent.order("PO-1", ONE, head=("NAD+DP+4399902000024::9",))
    (held,) = demo.ingest(sent.interchange("IC1", order), status=1)
    assert (held["state"], [issue["code"] for issue in held["issues"]]) == ("held", ["party.not-of-partner"])


def test_without_accounts_below_the_root_buys_with_a_finding(demo: Place) -> None:
    demo.change("partners/acme.toml", 'account = "10001"', 'account = "10003"')
    (shown,) = demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE, buyer="4000000000006")))
    assert shown["account"] == "10003"
    assert next((issue["code"], issue["severity"]) for issue in shown["issues"]) == ("party.unknown", "finding")


def test_prices_of_the_head_office_hold_for_its_branches(demo: Place) -> None:
    shown = demo.run("price", "explain", "--account", "10012", "--product", "A-1006", "--quantity", "12", "--json")
    assert shown.lines[0]["net"] == "50.40"
    assert shown.lines[0]["winner"]["list"] == "K-ACME"


def test_the_same_number_of_two_branches_is_two_orders(demo: Place) -> None:
    orders = (sent.order("PO-1", ONE), sent.order("PO-1", ONE, buyer=sent.BREMEN, reference="2"))
    lines = demo.ingest(sent.interchange("IC1", *orders), status=0)
    assert [line["state"] for line in lines] == ["processed", "processed"]
    ambiguous = demo.run("orders", "show", "PO-1")
    assert ambiguous.status == 2
    assert "--account" in ambiguous.err
    assert demo.order("PO-1", "--account", "10012")["account"] == "10012"
