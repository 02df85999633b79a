"""`gateway quote`: a quote from the request to the order, and the prices that come of it in every channel."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from tests import sent
from tests.workspaces import Place, Ran

TODAY, MONTH = sent.TODAY, sent.TODAY + timedelta(days=30)
ASKED = {"lines": [{"product": "A-1006", "quantities": ["120", "1200"], "target_price": "3.00"}]}
LADDER = [{"min_quantity": "120", "price": "3.60"}, {"min_quantity": "1200", "price": "31.90", "per": "10"}]
OFFERED = {"lines": [{"product": "A-1006", "ladder": LADDER}]}
ACME = "10011"  # ACME Hamburg, who buys
pytestmark = [pytest.mark.both_stores, pytest.mark.usefixtures("noon")]


def quote(place: Place, *words: object, status: int = 0) -> Ran:
    ran = place.run("quote", *words)
    assert ran.status == status, ran.out + ran.err
    assert "Traceback" not in ran.err
    return ran


def write(place: Place, content: object) -> str:
    place.write("quote.json", json.dumps(content))
    return str(place.root / "quote.json")


def shown(place: Place, number: str) -> dict:
    (told,) = quote(place, "show", number, "--json").lines
    return told


def offered(place: Place, number: str = "Q-1", content: object = None, *options: object) -> None:
    """A quote opened and submitted by the buyer, offered by sales until in a month."""
    quote(place, "open", write(place, ASKED), "--account", ACME, "--number", number, "--by", "buyer", "--who", "Meyer")
    quote(place, "submit", number, "--who", "Meyer")
    file = write(place, OFFERED if content is None else content)
    quote(place, "offer", number, file, "--until", MONTH, "--who", "Sales", *options)


def accepted(place: Place, number: str = "Q-1", content: object = None, *options: object) -> None:
    offered(place, number, content, *options)
    quote(place, "accept", number, "--who", "Meyer")


def price(place: Place, quantity: int, *options: object, account: str = ACME) -> dict:
    (told,) = place.run(
        "price", "explain", "--account", account, "--product", "A-1006", "--quantity", quantity, "--json", *options
    ).lines
    return told


def unit_price(told: dict) -> Decimal:
    return Decimal(told["unit_price"]) / Decimal(told["price_unit"])


def order(place: Place, number: str, quantity: str, stated: str, *head: str) -> dict:
    """The order as decided, of one line that states a price."""
    line = sent.line(1, sent.SEALANT, quantity, f"{stated}::NTP")
    place.ingest(sent.interchange(f"IC{number}", sent.order(number, line, head=head)))
    return place.order(number, "--trace")


def test_a_quote_goes_from_the_request_by_way_of_a_second_offer_to_its_prices(demo: Place) -> None:
    offered(demo)
    quote(demo, "renegotiate", "Q-1", "--who", "Meyer", "--note", "a little less")
    quote(demo, "start", "Q-1", "--who", "Sales")
    better = {"lines": [{"product": "A-1006", "ladder": [{"min_quantity": "120", "price": "3.50"}]}]}
    quote(demo, "offer", "Q-1", write(demo, better), "--until", MONTH, "--who", "Sales")
    assert price(demo, 120)["winner"]["list"] == "K-ACME"
    assert quote(demo, "accept", "Q-1", "--who", "Meyer").out == f"Quote Q-1 of account {ACME} is accepted.\n"
    told = shown(demo, "Q-1")
    assert (told["state"], told["version"], told["offered"], told["valid_until"]) == (
        "accepted", 3, 3, MONTH.isoformat(),
    )  # fmt: skip
    assert [event["action"] for event in told["events"]] == [
        "open", "submit", "offer", "renegotiate", "start", "offer", "accept",
    ]  # fmt: skip
    assert [event["who"] for event in told["events"]][::3] == ["Meyer", "Meyer", "Meyer"]
    first, second, third = told["versions"]
    assert first["request"][0]["quantities"] == ["120", "1200"]
    assert second["lines"][0]["ladder"][1] == {"min_quantity": "1200", "price": "31.9", "per": "10", "unit": "PCE"}
    assert third["lines"][0]["ladder"] == [{"min_quantity": "120", "price": "3.5", "per": "1", "unit": "PCE"}]
    assert unit_price(price(demo, 120)) == Decimal("3.50")


def test_an_accepted_quote_prices_every_channel_whether_it_is_cited_or_not(demo: Place) -> None:
    before = unit_price(price(demo, 120))
    accepted(demo)
    for options in ((), ("--quote", "Q-1"), ("--channel", "cxml"), ("--contract", "Q-1")):
        assert (unit_price(price(demo, 120, *options)), unit_price(price(demo, 1200, *options))) == (
            Decimal("3.60"), Decimal("3.19"),
        ), options  # fmt: skip
    assert price(demo, 120, "--quote", "Q-1")["winner"]["access"][0] == "quote"
    assert price(demo, 120)["winner"]["access"][0] == "quote not cited"
    assert unit_price(price(demo, 119)) == before
    assert unit_price(price(demo, 120, account="10012")) == before
    cited = order(demo, "PO-1", "1200", "3.19", "RFF+AAG:Q-1")
    silent = order(demo, "PO-2", "1200", "3.19")
    for each in (cited, silent):
        (line,) = each["lines"]
        assert (each["decision"], line["trace"]["winner"]["list"]) == ("accepted", "quote:Q-1")
    ends = MONTH + timedelta(days=1)
    assert unit_price(price(demo, 120, "--on", MONTH)) == Decimal("3.60")
    assert unit_price(price(demo, 120, "--on", ends)) == before


def test_a_quote_that_does_not_hold_is_countered_with_the_price_that_does(demo: Place) -> None:
    offered(demo)
    accepted(demo, "Q-2", OFFERED)
    quote(demo, "withdraw", "Q-2", "--note", "written by mistake")
    for number, cited, why in (("PO-1", "Q-1", "offered"), ("PO-2", "Q-2", "withdrawn"), ("PO-3", "Q-9", "no quote")):
        line = sent.line(1, sent.SEALANT, "120", "4.20::NTP")
        (told,) = demo.ingest(sent.interchange(f"IC{number}", sent.order(number, line, head=(f"RFF+AAG:{cited}",))))
        (issue,) = told["issues"]
        assert (told["decision"], issue["code"], issue["field"]) == (
            "changed", "order.quote.not-valid", "lines[0].quote",
        )  # fmt: skip
        assert why in issue["text"]
        assert demo.order(number)["lines"][0]["confirmed"]["price"] == "4.2"


def test_nobody_is_served_by_a_quote_of_somebody_else(demo: Place) -> None:
    accepted(demo)
    line = sent.line(1, sent.SEALANT, "120", "4.20::NTP")
    other = sent.order("PO-1", line, buyer=sent.BREMEN, head=("RFF+AAG:Q-1",))
    (told,) = demo.ingest(sent.interchange("IC1", other))
    assert [issue["text"] for issue in told["issues"]] == ["there is no quote Q-1 of this account"]


def test_what_may_be_ordered_of_a_quote_is_ordered_once(demo: Place) -> None:
    accepted(demo, "Q-1", {"lines": [{"product": "A-1006", "ladder": LADDER, "max_quantity": "1200"}]})
    assert order(demo, "PO-1", "480", "3.60", "RFF+AAG:Q-1")["decision"] == "accepted"
    assert shown(demo, "Q-1")["state"] == "accepted"
    assert unit_price(price(demo, 732)) == Decimal("4.20")
    assert order(demo, "PO-2", "720", "3.60")["decision"] == "accepted"
    told = shown(demo, "Q-1")
    assert (told["state"], told["events"][-1]["action"], told["events"][-1]["note"]) == (
        "ordered", "order", "order PO-2",
    )  # fmt: skip
    demo.ingest(sent.interchange("IC3", sent.change("C-1", "PO-2", purpose="1")))
    assert demo.order("PO-2")["state"] == "cancelled"
    assert shown(demo, "Q-1")["state"] == "accepted"
    assert unit_price(price(demo, 720)) == Decimal("3.60")


def quantities_alone(place: Place, action: str = "counter") -> None:
    """A quote for 120 and 1200 and nothing between, by a partner with this policy."""
    accepted(place, "Q-1", {"lines": [{"product": "A-1006", "ladder": LADDER, "free_increments": False}]})
    place.change("partners/acme.toml", "[decide]\n", f'[decide]\nquantity_step = "{action}"\n')


def test_where_quantities_alone_are_offered_any_other_one_has_the_price_without_the_quote(demo: Place) -> None:
    before = unit_price(price(demo, 240))
    quantities_alone(demo)
    for quantity, wanted in ((120, Decimal("3.60")), (240, before), (1200, Decimal("3.19")), (1320, before)):
        for options in ((), ("--quote", "Q-1"), ("--channel", "cxml")):
            assert unit_price(price(demo, quantity, *options)) == wanted
    assert [each["because"] for each in price(demo, 240)["lost"] if each["list"] == "quote:Q-1"] == [
        "240 PCE, not 120 PCE", "240 < 1200",
    ]  # fmt: skip
    silent = order(demo, "PO-1", "240", "4.20")
    assert (silent["decision"], silent["lines"][0]["confirmed"]["quantity"]) == ("accepted", "240")


def test_an_order_that_cites_the_quote_is_held_to_the_quantities_offered(demo: Place) -> None:
    quantities_alone(demo)
    told = [order(demo, f"PO-{n}", n, "3.60", "RFF+AAG:Q-1") for n in ("120", "240", "5000")]
    assert [(each["decision"], each["lines"][0]["confirmed"]["quantity"]) for each in told] == [
        ("accepted", "120"), ("changed", "1200"), ("changed", "1200"),
    ]  # fmt: skip
    assert told[1]["lines"][0]["reasons"][0] == "order.line.quantity.step"
    assert told[1]["lines"][0]["trace"]["winner"]["list"] == "quote:Q-1"
    assert told[1]["lines"][0]["confirmed"]["price"] == "3.19"


@pytest.mark.parametrize("action", ["hold", "reject", "accept"])
def test_the_partners_policy_says_what_becomes_of_a_quantity_that_is_not_offered(demo: Place, action: str) -> None:
    quantities_alone(demo, action)
    told = order(demo, "PO-1", "240", "4.20", "RFF+AAG:Q-1")
    wanted = {"hold": ("held", "240"), "reject": ("rejected", "0"), "accept": ("accepted", "240")}[action]
    assert (told["decision"], told["lines"][0]["confirmed"]["quantity"]) == wanted
    assert "order.line.quantity.step" in told["lines"][0]["reasons"]


def test_the_shipping_that_a_quote_locks_is_compared_with_what_its_orders_state(demo: Place) -> None:
    accepted(demo, "Q-1", {**OFFERED, "shipping": "post", "lock_shipping": True})
    line = sent.line(1, sent.SEALANT, "120", "3.60::NTP")
    texts = {
        number: sent.order(number, line, head=head).replace("CUX+2:EUR:9'", f"CUX+2:EUR:9'\n{transport}'")
        for number, head, transport in (
            ("PO-1", ("RFF+AAG:Q-1",), "TDT+20++30"), ("PO-2", (), "TDT+20++30"), ("PO-3", (), "TDT+20++50"),
        )
    }  # fmt: skip
    for number, text in texts.items():
        counted = text.replace(f"UNT+{_segments(text) - 1}+", f"UNT+{_segments(text)}+")
        demo.ingest(sent.interchange(f"IC-{number}", counted))
    orders = [demo.order(number) for number in texts]
    assert [each["decision"] for each in orders] == ["held", "held", "accepted"]
    assert "order.terms.differ" in orders[0]["reasons"]


def _segments(text: str) -> int:
    return text.count("'")


def test_what_cannot_be_done_says_what_can(demo: Place) -> None:
    offered(demo)
    quote(demo, "decline", "Q-1", "--who", "Meyer")
    refused = quote(demo, "accept", "Q-1", "--who", "Schulz", status=2)
    assert "is declined: the buyer cannot accept it" in refused.err
    offered(demo, "Q-2")
    refused = quote(demo, "submit", "Q-2", status=2)
    assert "The buyer can renegotiate, accept, decline; the seller can offer, withdraw." in refused.err
    assert "no quote Q-3" in quote(demo, "show", "Q-3", status=2).err


def test_the_same_again_changes_nothing_and_who_saw_an_older_state_is_refused(demo: Place) -> None:
    offered(demo)
    seen = shown(demo, "Q-1")["revision"]
    quote(demo, "accept", "Q-1", "--who", "Meyer", "--revision", seen)
    after = shown(demo, "Q-1")
    quote(demo, "accept", "Q-1", "--who", "Meyer", "--revision", seen)
    quote(demo, "accept", "Q-1", "--who", "Meyer")
    assert shown(demo, "Q-1") == after
    for words in (("decline",), ("accept",)):
        refused = quote(demo, *words, "Q-1", "--who", "Schulz", "--revision", seen, status=2)
        assert f"is accepted at revision {after['revision']} (accept by Meyer), not at {seen}" in refused.err
    again = ("open", write(demo, ASKED), "--account", ACME, "--number", "Q-1", "--by", "buyer", "--who")
    quote(demo, *again, "Meyer")
    assert "There is a quote Q-1" in quote(demo, *again, "Schulz", status=2).err
    assert shown(demo, "Q-1") == after


def test_a_quote_takes_the_place_of_the_one_it_supersedes(demo: Place) -> None:
    accepted(demo)
    quote(demo, "open", write(demo, ASKED), "--account", ACME, "--number", "Q-2", "--supersedes", "Q-1")
    less = {"lines": [{"product": "A-1006", "ladder": [{"min_quantity": "504", "price": "3.00"}]}]}
    quote(demo, "offer", "Q-2", write(demo, less), "--until", MONTH)
    quote(demo, "accept", "Q-2")
    assert shown(demo, "Q-1")["state"] == "withdrawn"
    assert [unit_price(price(demo, quantity)) for quantity in (120, 504)] == [Decimal("4.20"), Decimal("3.00")]


BAD = [
    ({"lines": []}, "lines: name at least one"),
    ({"lines": [{"product": "NONE", "ladder": LADDER}]}, "lines[0].product: there is no article NONE"),
    ({"lines": [{"product": "A-1006", "ladder": []}]}, "lines[0].ladder: offer at least one"),
    ({"lines": [{"product": "A-1006", "ladder": [{"price": "-1"}]}]}, "ladder[0].price: -1 is below 0"),
    ({"lines": [{"product": "A-1006", "ladder": [{"price": "1e30"}]}]}, "more than 12 integer"),
    ({"lines": [{"product": "A-1006", "ladder": [{"price": "NaN"}]}]}, "ladder[0].price"),
    ({"lines": [{"product": "A-1006", "ladder": [{"price": "1", "unit": "TNE"}]}]}, "not sold in TNE"),
    ({"lines": [{"product": "A-1006", "ladder": [{"price": "1"}] * 2}]}, "two steps begin"),
    ({"lines": [{"product": "A-1006", "ladder": LADDER}] * 2}, "offers A-1006 already"),
    ({"lines": [{"product": "A-1006", "ladder": LADDER, "max_quantity": "10"}]}, "could never be reached"),
    ({"lines": [{"product": "A-1006", "prices": LADDER}]}, "prices"),
    ({"lines": [{"product": "A-1006", "ladder": [{"price": "1"}], "free_increments": False}]}, "names the quantity"),
    ({**OFFERED, "lock_shipping": True}, "name one of post, express, forwarder, pickup"),
    ({**OFFERED, "lock_shipping": True, "shipping": "by ship"}, "'by ship' is none of post"),
    ("nonsense", "Expected `object`"),
]


@pytest.mark.parametrize(("content", "why"), BAD, ids=[why for _, why in BAD])
@pytest.mark.one_store
def test_an_offer_that_is_not_sound_is_refused_with_its_place(demo: Place, content: object, why: str) -> None:
    quote(demo, "open", write(demo, ASKED), "--account", ACME, "--number", "Q-1")
    assert why in quote(demo, "offer", "Q-1", write(demo, content), "--until", MONTH, status=2).err
    assert shown(demo, "Q-1")["state"] == "draft"


def test_quotes_are_listed_by_account_and_state(demo: Place) -> None:
    offered(demo)
    quote(demo, "open", write(demo, ASKED), "--account", "10002")
    numbers = [
        [row["quote"] for row in quote(demo, "list", "--json", *options).lines]
        for options in ((), ("--account", "10002"), ("--state", "offered"), ("--state", "expired"), ("--limit", "1"))
    ]
    assert numbers == [["Q-1", "Q00000001"], ["Q00000001"], ["Q-1"], [], ["Q-1"]]
    assert "offered" in quote(demo, "list").out
    assert "3.6" in quote(demo, "show", "Q-1").out
