"""`gateway price ending`: what is agreed and ends soon, for whom, and what comes after it."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest

from tests import sent
from tests.workspaces import Place

pytestmark = [pytest.mark.both_stores, pytest.mark.usefixtures("noon")]
DAYS = {days: (sent.TODAY + timedelta(days=days)).isoformat() for days in (-1, 10, 30, 60, 61, 90)}


def imported(place: Place, kind: str, text: str) -> None:
    place.write("in.csv", text)
    assert place.run("import", kind, place.root / "in.csv").status == 0


def ending(place: Place, *options: str) -> list[dict]:
    ran = place.run("price", "ending", "--json", *options)
    assert ran.status == 0, ran.err
    return ran.lines


@pytest.fixture
def agreed(demo: Place) -> Place:
    """The demo, where a contract ends in 30 days, some prices sooner or later, and a campaign in 60 days."""
    imported(
        demo, "price-lists",
        "list,kind,currency,priority,contract,valid_to\n"
        f"K-ACME,contract,EUR,10,K-2026-01,{DAYS[30]}\nsummer,campaign,EUR,0,,{DAYS[60]}\n"
        f"later,contract,EUR,0,C-3,{DAYS[61]}\nover,contract,EUR,0,C-4,{DAYS[-1]}\n",
    )  # fmt: skip
    imported(
        demo, "prices",
        "list,subject,object,type,amount,currency,valid_to\n"
        f"K-ACME,account:10001,product:A-1010,PRICE,1,EUR,{DAYS[10]}\n"
        f"K-ACME,account:10001,product:A-1001,DISC_PCT,-1,,{DAYS[90]}\n"
        "summer,segment:regulars,family:screws,DISC_PCT,-5,,\nover,account:10001,all,DISC_PCT,-5,,\n"
        f"later,account:10002,all,DISC_PCT,-5,,\nlist-2026,all,all,DISC_PCT,-1,,{DAYS[10]}\n",
    )  # fmt: skip
    return demo


@pytest.fixture(autouse=True)
def _listed(demo: Place) -> None:
    assert demo.run("import", "products", demo.root / "data" / "listed-later.products.csv").status == 0


def test_what_ends_is_told_by_subject_list_and_day_with_what_comes_after(agreed: Place) -> None:
    found = ending(agreed)
    assert [(row["last"], row["list"], row["subject"]) for row in found] == [
        (DAYS[10], "K-ACME", "account:10001"), (DAYS[30], "K-ACME", "account:10001"),
        (DAYS[60], "summer", "segment:regulars"),
    ]  # fmt: skip
    sooner, contract, campaign = found
    assert (sooner["conditions"], sooner["example"], sooner["after"]) == (1, "product:A-1010", None)
    assert (contract["kind"], contract["contract"], contract["accounts"]) == ("contract", "K-2026-01", ["10001"])
    rows = csv.DictReader(agreed.run("export", "prices").out.splitlines())
    assert contract["conditions"] == sum(row["list"] == "K-ACME" and row["valid_to"] != DAYS[10] for row in rows)
    assert contract["after"] == "list-2026"
    assert (campaign["accounts"], "after" in campaign) == ([], False)


def test_an_account_is_told_of_its_parents_and_of_everybody(agreed: Place) -> None:
    assert [row["list"] for row in ending(agreed, "--account", "10012")] == ["K-ACME", "K-ACME"]
    assert all(row["accounts"] == ["10012"] for row in ending(agreed, "--account", "10012"))
    assert ending(agreed, "--account", "10002") == []
    assert [row["list"] for row in ending(agreed, "--account", "10002", "--within", "61d")] == ["later"]
    assert agreed.run("price", "ending", "--account", "NONE").status == 2


def test_people_read_it_by_day(agreed: Place) -> None:
    shown = agreed.run("price", "ending", "--within", "90d").out
    assert shown.index(DAYS[10]) < shown.index(DAYS[30]) < shown.index(DAYS[60]) < shown.index(DAYS[61])
    assert "no price" in shown
    assert agreed.run("price", "ending", "--within", "soon").status == 2


def test_the_members_of_a_buying_group_are_named(demo: Place) -> None:
    imported(demo, "accounts", "account,name,parent,parent_kind\n7,Group,,\n71,One,7,buying_group\n72,Two,7,delivery\n")
    imported(demo, "price-lists", f"list,kind,valid_to\ngroup,contract,{DAYS[10]}\n")
    imported(
        demo, "prices", "list,subject,object,type,amount,currency\ngroup,buying-group:7,product:A-1006,PRICE,1,EUR\n"
    )
    (row,) = ending(demo)
    assert (row["accounts"], row["after"]) == (["71"], "list-2026")
