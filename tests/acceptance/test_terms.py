"""Orders under imported terms: what is agreed beside prices decides, from the file to the answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import sent
from tests.workspaces import Answer, Place

pytestmark = pytest.mark.both_stores

ONE = sent.line(1, sent.SEALANT, "12")
FREE_DAY = sent.WANTED + timedelta(days=1)


def take(place: Place, kind: str, text: str) -> None:
    place.write(f"{kind}.csv", text)
    ran = place.run("import", kind, place.root / f"{kind}.csv")
    assert ran.status == 0, ran.out


def agree(place: Place, *rows: str) -> None:
    take(place, "terms", "subject,contract,field,value\n" + "".join(f"{row}\n" for row in rows))


def ordered(place: Place, *lines: list[str], head: tuple[str, ...] = ()) -> tuple[dict, Answer]:
    """The line of the message, and its answer."""
    found = place.ingest(sent.interchange("IC1", sent.order("PO-1", *(lines or (ONE,)), head=head)))
    return found[0], place.answers("acme", "ORDRSP")[-1]


def codes(shown: dict) -> list[str]:
    return [issue["code"] for issue in shown["issues"]]


def test_a_parents_soft_minimum_adds_its_fee_and_the_buyer_reads_why(demo: Place) -> None:
    agree(
        demo, "account:10001,,min_order_value,100", "all,,min_order_value_kind,soft", "all,,min_order_value_fee,12.50"
    )
    shown, ordrsp = ordered(demo)
    assert (shown["decision"], codes(shown)) == ("changed", ["order.below-minimum"])
    assert ordrsp.having("BGM")[0].split("+")[3] == "4"
    assert ordrsp.having("FTX+AAI") == ["FTX+AAI+++fee for orders below 100 EUR: 12.5 EUR"]
    assert demo.order("PO-1")["total"] == "62.9"


@pytest.mark.parametrize("action", ["accept", "counter", "hold", "reject"])
def test_below_a_soft_minimum_the_partners_setting_is_not_asked(demo: Place, action: str) -> None:
    agree(demo, "all,,min_order_value,100", "all,,min_order_value_kind,soft", "all,,min_order_value_fee,12.50")
    demo.change("partners/acme.toml", "[decide]", f'[decide]\nbelow_minimum = "{action}"')
    assert ordered(demo)[0]["decision"] == "changed"
    assert demo.order("PO-1")["total"] == "62.9"


def test_an_accounts_own_term_stands_before_its_parents(demo: Place) -> None:
    agree(demo, "account:10001,,min_order_value,100", "account:10011,,min_order_value,50")
    assert ordered(demo)[0]["decision"] == "accepted"


def test_another_incoterm_than_the_agreed_one_holds_the_order(demo: Place) -> None:
    agree(demo, "account:10001,,incoterm,DAP", "account:10001,,incoterm_place,Hamburg")
    demo.change("partners/acme.toml", "[decide]", '[decide]\nterms_differ = "counter"')
    shown, ordrsp = ordered(demo, ["TOD+6++EXW", *ONE])
    assert (shown["decision"], codes(shown)) == ("changed", ["order.terms.differ"])
    assert ordrsp.having("FTX+AAI") == ["FTX+AAI+++EXW stated, DAP agreed"]
    assert demo.order("PO-1")["reasons"] == ["order.terms.differ"]


def test_a_contracts_terms_hold_where_it_is_cited(demo: Place) -> None:
    agree(demo, "account:10001,,min_order_value,100", "account:10001,K-2026-01,min_order_value,10")
    mapping = "mappings/partners/acme/orders/mapping.toml"
    demo.change(mapping, 'drop = ["contract"]', "")
    demo.change(mapping, '"RFF[CT]" = ', '"RFF[CR]" = ')
    shown, _ = ordered(demo, head=("RFF+CT:K-2026-01",))
    assert shown["decision"] == "accepted", shown["issues"]


def test_a_day_on_which_nothing_is_delivered_is_answered_with_the_next(demo: Place) -> None:
    take(demo, "calendars", f"calendar,weekdays,closed_on\nDAILY,1-7,{sent.WANTED}\n")
    agree(demo, "all,,delivery_calendar,DAILY")
    shown, ordrsp = ordered(demo)
    assert (shown["decision"], codes(shown)) == ("changed", ["order.line.late"])
    assert ordrsp.having("DTM+69") == [f"DTM+69:{FREE_DAY:%Y%m%d}:102"]
    assert demo.order("PO-1")["lines"][0]["confirmed"]["on"] == FREE_DAY.isoformat()


def test_prices_are_those_of_the_day_that_is_agreed(demo: Place) -> None:
    take(
        demo,
        "prices",
        "list,subject,object,type,amount,currency,valid_from\n"
        f"K-ACME,account:10001,product:A-1006,PRICE,4.60,EUR,{sent.WANTED}\n",
    )
    agree(demo, "all,,pricing_date_basis,requested_delivery")
    shown, ordrsp = ordered(demo, sent.line(1, sent.SEALANT, "12", "4.60::NTP"))
    assert (shown["decision"], ordrsp.having("PRI")) == ("accepted", ["PRI+AAA:4.6:::1"])


@pytest.mark.parametrize("turned", [False, True])
def test_charges_are_those_of_the_day_of_the_header_whichever_line_comes_first(demo: Place, turned: bool) -> None:
    early, late = sent.WANTED - timedelta(days=30), sent.WANTED + timedelta(days=30)
    rows = (
        f"all,all,FREIGHT,5,EUR,,{early}", f"all,all,HEADER_PCT,-10,,{late},",
        f"all,all,HEADER_PCT,-2,,{sent.WANTED},{sent.WANTED}", f"all,all,PACK_FEE,9,EUR,,{early}",
    )  # fmt: skip
    take(demo, "prices", "subject,object,type,amount,currency,valid_from,valid_to\n" + "\n".join(rows) + "\n")
    agree(demo, "all,,pricing_date_basis,requested_delivery")
    days = ((early, sent.line(1, sent.SEALANT, "12")), (late, sent.line(2, sent.GLOVE, "20", unit="PR")))
    lines = [[item, quantity, f"DTM+2:{day:%Y%m%d}:102", price] for day, (item, quantity, price) in days]
    ordered(demo, *(reversed(lines) if turned else lines))
    shown = demo.order("PO-1")
    assert [(each["kind"], each["amount"]) for each in shown["charges"]] == [("discount", "-2.37")]  # 2 % of 118.40
    assert shown["total"] == "116.03"


def test_an_order_has_the_rounding_that_is_agreed_as_the_price_explained(demo: Place) -> None:
    take(
        demo,
        "prices",
        "list,subject,object,type,amount,currency\nK-ACME,account:10001,product:A-1006,PRICE,4.1238,EUR\n",
    )
    agree(demo, "account:10001,,price_rounding,down")
    ordered(demo, sent.line(1, sent.SEALANT, "12"))  # 12 x 4.1238 = 49.4856
    words = ("--account", "10011", "--product", "A-1006", "--quantity", "12", "--json")
    [explained] = demo.run("price", "explain", *words).lines
    assert (demo.order("PO-1")["total"], explained["net"]) == ("49.48", "49.48")


def test_an_order_at_a_price_below_its_floor_waits_where_that_is_agreed(demo: Place) -> None:
    take(
        demo, "prices", "list,subject,object,type,amount,currency,floor\n"
        "K-ACME,account:10001,product:A-1006,PRICE,4.20,EUR,4\nK-ACME,account:10001,all,DISC_PCT,-20,,\n",
    )  # fmt: skip
    agree(demo, "account:10001,,below_floor,hold")
    shown, _ = ordered(demo)
    assert (shown["decision"], codes(shown)) == ("held", ["order.line.price.below-floor"])
    [line] = demo.order("PO-1", "--trace")["lines"]
    assert line["trace"]["code"] == "BELOW_FLOOR"


def test_what_is_not_agreed_by_terms_is_as_it_was(demo: Place) -> None:
    shown, ordrsp = ordered(demo, ["TOD+6++EXW", *ONE])
    assert (shown["decision"], ordrsp.having("FTX+AAI")) == ("accepted", [])
