"""`gateway import prices --dry-run`: who would pay what, before anything is changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import sent
from tests.workspaces import Place

pytestmark = [pytest.mark.both_stores, pytest.mark.usefixtures("noon")]
HEAD = "list,subject,object,type,amount,currency,per,unit,min_quantity,valid_from\n"
LATER = sent.TODAY + timedelta(days=30)


def rehearsed(place: Place, text: str, *options: str, status: int = 0) -> list[dict]:
    place.write("in.csv", text)
    ran = place.run("import", "prices", place.root / "in.csv", "--dry-run", "--json", *options)
    assert ran.status == status, ran.err
    return ran.lines


def test_a_dry_run_says_what_the_account_pays_before_and_after(demo: Place) -> None:
    before = demo.run("export", "prices").out
    rows = (
        "K-ACME,account:10001,product:A-1006,PRICE,3.99,EUR,1,PCE,,\n"
        f"K-ACME,account:10001,product:A-1006,PRICE,3.80,EUR,1,PCE,120,{LATER}\n"
    )
    changed, added, summary = rehearsed(demo, HEAD + rows)
    assert {name: changed[name] for name in ("change", "subject", "object", "account", "product", "quantity")} == {
        "change": "updated", "subject": "account:10001", "object": "product:A-1006", "account": "10001",
        "product": "A-1006", "quantity": "1",
    }  # fmt: skip
    assert (changed["old"]["amount"], changed["new"]["amount"]) == ("4.2", "3.99")
    assert (changed["net_before"], changed["net_after"], changed["net_currency"]) == ("4.20", "3.99", "EUR")
    assert (added["change"], added["old"], added["on"], added["quantity"]) == (
        "inserted", None, LATER.isoformat(), "120",
    )  # fmt: skip
    assert (added["net_before"], added["net_after"]) == ("504.00", "456.00")
    assert (summary["updated"], summary["inserted"]) == (1, 1)
    assert demo.run("export", "prices").out == before


def test_what_a_segment_or_everybody_gets_is_shown_for_one_of_them(demo: Place) -> None:
    rows = "promo,all,family:screws,DISC_PCT,-10,,,,,\nlist-2026,all,product:A-1010,PRICE,1,EUR,1,PCE,,\n"
    demo.run("import", "products", demo.root / "data" / "listed-later.products.csv")
    discount, price, _ = rehearsed(demo, HEAD + rows)
    assert (discount["account"], discount["product"]) == ("10001", "A-1001")
    assert float(discount["net_after"]) < float(discount["net_before"])
    assert (price["net_before"], price["net_after"]) == (None, "1.00")


def test_a_percentage_is_shown_as_one_and_a_scale_with_what_it_counts(demo: Place) -> None:
    table = demo.root / "scales.csv"
    head = "subject,object,type,amount,currency,unit,min_quantity,scale_unit,scale_basis\n"
    table.write_text(head + "all,product:A-1001,DISC_PCT,-5,,PCE,3,BX,\nall,all,HEADER_PCT,-1,EUR,,900,,value\n")
    shown = " ".join(demo.run("import", "prices", table, "--dry-run").out.split())
    assert "-5 % from 3 BX " in shown
    assert "-1 % from 900 EUR " in shown


def test_ends_and_deletions_show_the_price_that_comes_back(demo: Place) -> None:
    keys = "subject,object,type,currency,unit,list,action\naccount:10001,product:A-1006,PRICE,EUR,PCE,K-ACME,"
    for action, change in (("end", "ended"), ("delete", "deleted")):
        effect, summary = rehearsed(demo, f"{keys}{action}\n")
        assert (effect["change"], summary["ended"]) == (change, 1)
        assert effect["net_before"] == "4.20"
        assert float(effect["net_after"]) > 4.2


def test_what_changes_nothing_shows_nothing(demo: Place) -> None:
    (summary,) = rehearsed(demo, demo.run("export", "prices").out)
    assert summary["unchanged"] == summary["rows"]
    bad = "x,account:10001,product:A-1006,PRICE,3,EUR,1,PCE,,\nx,account:NONE,product:A-1006,PRICE,3,EUR,1,PCE,,\n"
    assert len(rehearsed(demo, HEAD + bad, "--all-or-nothing", status=1)) == 2


def test_a_long_list_is_cut_and_says_so(demo: Place) -> None:
    rows = [f"K-ACME,account:10001,product:A-1006,PRICE,3,EUR,1,PCE,{least},\n" for least in range(1, 6)]
    assert len(rehearsed(demo, HEAD + "".join(rows), "--show", "2")) == 3
    ran = demo.run("import", "prices", demo.root / "in.csv", "--dry-run", "--show", "2")
    assert "2 of 5 changed prices are shown; --show 5 shows all." in ran.out
    assert "3.00 EUR" in ran.out
