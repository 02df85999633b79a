"""What an account does by EDIFACT changes its segment, and with it the price of its next order; the past stays told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests import sent
from tests.workspaces import Place

pytestmark = [pytest.mark.both_stores, pytest.mark.usefixtures("noon")]

LAST_WEEK = sent.TODAY - timedelta(days=7)
CABLE = ("4098765001086", "1.15::NTP")
SEGMENTS = 'segment,kind,rule,priority\ngold,status,"revenue_12m >= 100 and country = ""DE""",10\n'
PRICES = "list,subject,object,type,amount,currency,unit\nlist-2026,segment:gold,product:A-1008,PRICE,0.90,EUR,MTR\n"


def take(place: Place, kind: str, text: str) -> list[dict]:
    place.write(f"{kind}.csv", text)
    return place.run("import", kind, place.root / f"{kind}.csv", "--json").lines


def order(place: Place, number: str, metres: str, on: str = "") -> dict:
    text = sent.order(number, sent.line(1, CABLE, metres, "", unit="MTR"))
    raw = sent.interchange(f"IC-{number}", text.replace(f"DTM+137:{sent.TODAY:%Y%m%d}", on) if on else text)
    (line,) = place.ingest(raw, status=0)
    return place.order(line["reference"])["lines"][0]["agreed"]


def price(place: Place, *options: str) -> dict:
    asked = ("price", "explain", "--account", "10011", "--product", "A-1008", "--quantity", "1", "--json")
    return place.run(*asked, *options).lines[0]


def segments(place: Place, *options: str) -> list[dict]:
    return place.run("segment", "of", "10011", "--json", *options).lines


@pytest.fixture
def sold(demo: Place) -> Place:
    """The demo since a week, with a segment of a revenue and its price, and a first small order."""
    with time_machine.travel(datetime.now(UTC) - timedelta(days=7)):
        assert take(demo, "segments", SEGMENTS)[-1]["inserted"] == 1
        assert take(demo, "prices", PRICES)[-1]["created_segments"] == 0
        assert order(demo, "PO-1", "10", f"DTM+137:{LAST_WEEK:%Y%m%d}")["price"] == "1.15"
    return demo


def test_who_orders_by_edifact_beyond_the_threshold_pays_the_segments_price_from_the_next_order_on(sold: Place) -> None:
    assert order(sold, "PO-2", "100")["price"] == "1.15"
    (member,) = segments(sold)
    assert (member["segment"], member["since"], member["until"]) == ("gold", sent.TODAY.isoformat(), None)
    assert [each["values"] for each in member["evidence"]["because"]] == [
        {"revenue_12m": "126.5"}, {"country": '"DE"'},
    ]  # fmt: skip
    assert order(sold, "PO-3", "10")["price"] == "0.9"
    shown = price(sold)
    assert (shown["net"], shown["winner"]["access"][1]) == ("0.90", "segment gold")
    was = price(sold, "--on", LAST_WEEK.isoformat())
    assert (was["net"], was["winner"]["access"][1]) == ("1.15", "all")
    assert segments(sold, "--on", LAST_WEEK.isoformat()) == []
    assert sold.order("PO-1")["lines"][0]["agreed"]["price"] == "1.15"


def test_what_an_interrupted_run_left_is_found_by_the_next_one(sold: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as interrupted:
        interrupted.setattr("gateway.cli.ingest.look_again", lambda _: 0)
        order(sold, "PO-2", "100")
    assert segments(sold) == []
    order(sold, "PO-3", "1")
    assert [row["segment"] for row in segments(sold)] == ["gold"]


def test_an_order_that_a_person_decides_counts_from_then_on_and_a_cancelled_one_no_more(sold: Place) -> None:
    sold.change("partners/acme.toml", "[decide]\n", '[decide]\nno_price_stated = "hold"\n')
    raw = sent.interchange("IC-2", sent.order("PO-2", sent.line(1, CABLE, "100", "", unit="MTR")))
    sold.ingest(raw, status=1)
    assert segments(sold) == []
    assert sold.run("orders", "decide", "PO-2", "--as", "accepted", "--note", "by phone").status == 0
    assert [row["segment"] for row in segments(sold)] == ["gold"]
    (row,) = [row for row in sold.run("export", "metrics", "--format", "json").lines if row["account"] == "10011"]
    counted = [row[name] for name in ("revenue_12m", "order_count", "orders_without_person", "lines_edifact")]
    assert counted == ["126.5", "2", "1", "2"]
    sold.ingest(sent.interchange("IC-3", sent.change("CH-1", "PO-2", purpose="1")), status=0)
    assert segments(sold) == []
    assert price(sold)["net"] == "1.15"


def test_a_test_order_counts_nothing(sold: Place) -> None:
    sold.change("partners/acme.toml", '"edifact ORDERS D.96A"\n', '"edifact ORDERS D.96A test"\n')
    text = sent.order("PO-2", sent.line(1, CABLE, "1000", "", unit="MTR"))
    (line,) = sold.ingest(sent.interchange("IC-2", text, test=True))
    assert line["decision"] == "accepted"
    assert segments(sold) == []


def test_changed_accounts_and_rules_hold_as_soon_as_they_are_imported(demo: Place) -> None:
    take(demo, "segments", 'segment,rule\nnorth,"country = ""DK"" or segment = ""hand"""\n')
    assert segments(demo) == []
    take(demo, "accounts", "account,name,parent,country\n10011,ACME Hamburg,10001,DK\n")
    assert [row["segment"] for row in segments(demo)] == ["north"]
    take(demo, "accounts", "account,name,parent,segment\n10011,ACME Hamburg,10001,hand\n")
    assert [(row["segment"], row["evidence"].get("assigned")) for row in segments(demo)] == [
        ("hand", True), ("north", None),
    ]  # fmt: skip
    take(demo, "segments", 'segment,rule\nnorth,"country = ""NO"""\n')
    assert [row["segment"] for row in segments(demo)] == ["hand"]
    (member,) = demo.run("segment", "members", "hand", "--json").lines
    assert (member["account"], member["since"]) == ("10011", None)


def test_a_rule_that_is_none_is_refused_at_its_column(demo: Place) -> None:
    (refused, _) = take(demo, "segments", "segment,rule\ngold,country = DE\n")
    assert (refused["line"], refused["column"], refused["code"]) == (2, "rule", "import.rule.invalid")
    assert refused["text"] == 'column 11: country is a text: write a text like "DE", not DE'


def test_a_dry_run_makes_no_members(demo: Place) -> None:
    demo.write("s.csv", 'segment,rule\nall,"type = ""customer"""\n')
    assert demo.run("import", "segments", demo.root / "s.csv", "--dry-run").status == 0
    assert segments(demo) == []


def test_who_asks_for_a_segment_or_an_account_that_there_is_not_is_told(demo: Place) -> None:
    for words in (("members", "platinum"), ("of", "4711")):
        ran = demo.run("segment", *words)
        assert (ran.status, ran.err[:15]) == (2, "There is no seg" if words[0] == "members" else "There is no acc")
    table = demo.run("segment", "members", "regular")
    assert table.status == 0
    assert "because" in table.out
    assert demo.run("segment", "refresh").out == "6 accounts looked at, 0 memberships changed.\n"
