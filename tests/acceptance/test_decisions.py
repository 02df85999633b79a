"""Orders that differ from what was agreed: what the partner's `[decide]` says is what is answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests import sent
from tests.workspaces import Place, list_article

pytestmark = pytest.mark.both_stores

WANTED = f"DTM+2:{sent.WANTED:%Y%m%d}:102"
YESTERDAY = f"DTM+2:{sent.TODAY - timedelta(days=1):%Y%m%d}:102"
LAMP = ("4098765001109", "5.90::NTP")
ONE = sent.line(1, sent.SEALANT, "12")

CASES = {
    "price_too_low": ([sent.line(1, sent.SEALANT, "12", "4.00::NTP")], {}),
    "price_too_high": ([sent.line(1, sent.SEALANT, "12", "4.50::NTP")], {}),
    "no_price_stated": ([sent.line(1, sent.SEALANT, "12", "")], {}),
    "price_unit": ([sent.line(1, sent.SEALANT, "12", "42.00::NTP")], {}),
    "unknown_article": ([sent.line(1, LAMP, "12")], {}),
    "quantity_step": ([sent.line(1, sent.SEALANT, "13")], {}),
    "total_differs": ([ONE], {"foot": ("MOA+86:99.00", "CNT+2:1")}),
    "line_count_differs": ([ONE], {"foot": ("CNT+2:2",)}),
    "date_past": ([ONE], {}),
    "currency_differs": ([ONE], {}),
}
ACCEPTED = ("processed", "accepted", "29", "5")
CHANGED = ("processed", "changed", "4", "3")
REJECTED = ("processed", "rejected", "27", "7")
HELD = ("held", "held", "12", None)
UNANSWERED = ("held", "held", None, None)
Outcome = tuple[str, str, str | None, str | None]


def stated(case: str, reference: str = "1") -> str:
    """The order of a case, its number the case's name."""
    lines, more = CASES[case]
    message = sent.order(case, *lines, reference=reference, **more)
    if case == "date_past":
        return message.replace(WANTED, YESTERDAY)
    return message.replace("CUX+2:EUR", "CUX+2:USD") if case == "currency_differs" else message


def outcomes(place: Place, *messages: str) -> dict[str, Outcome]:
    """State, decision, BGM 1225 and first LIN 1229 of the answer to each order, by its number."""
    found: dict[str, Outcome] = {}
    shown = place.ingest(sent.interchange("IC1", *messages))
    answers = {each.having("RFF+ON")[0][7:]: each for each in place.answers("acme", "ORDRSP")}
    for line in shown:
        answer = answers.get(line["reference"])
        lines = answer.having("LIN") if answer else []
        found[line["reference"]] = (
            line["state"], line["decision"], answer.having("BGM")[0].split("+")[3] if answer else None,
            lines[0].split("+")[2] if lines else None,
        )  # fmt: skip
    return found


def with_policy(place: Place, text: str) -> Place:
    place.change("partners/acme.toml", 'unknown_article = "hold"', text)
    return place


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def decided(
    request: pytest.FixtureRequest, make_place: Callable[[str, Path], object], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Outcome]]:
    """What became of every case under each action, and by default."""
    found = {}
    for action in ("accept", "counter", "reject", "hold", "default"):
        root = tmp_path_factory.mktemp(action) / "demo"
        make_place(request.param, root)
        policy = "\n".join(f'{case} = "{action}"' for case in CASES) if action != "default" else ""
        messages = [stated(case, str(place)) for place, case in enumerate(CASES, 1)]
        found[action] = outcomes(with_policy(Place(root), policy), *messages)
    return found


@pytest.mark.parametrize(
    ("case", "action", "expected"),
    [
        *[(case, "accept", ACCEPTED) for case in CASES if case not in ("unknown_article", "currency_differs")],
        ("unknown_article", "accept", HELD),
        ("currency_differs", "accept", HELD),  # no price is agreed in dollars
        *[(case, "counter", CHANGED) for case in ("price_too_low", "price_too_high", "no_price_stated", "price_unit")],
        *[(case, "counter", CHANGED) for case in ("quantity_step", "currency_differs")],
        ("date_past", "counter", ("processed", "changed", "4", "5")),
        *[(case, "counter", HELD) for case in ("unknown_article", "total_differs", "line_count_differs")],
        *[(case, "reject", REJECTED) for case in CASES],
        *[(case, "hold", HELD) for case in CASES if case != "price_unit"],
        ("price_unit", "hold", UNANSWERED),  # CONTRL only: a person looks first
        *[(case, "default", CHANGED) for case in ("price_too_low", "price_too_high", "quantity_step")],
        *[(case, "default", HELD) for case in ("total_differs", "line_count_differs", "currency_differs")],
        ("no_price_stated", "default", ACCEPTED),
        ("unknown_article", "default", REJECTED),
        ("date_past", "default", ("processed", "changed", "4", "5")),
        ("price_unit", "default", UNANSWERED),
    ],
)
def test_each_case_is_decided_as_the_partner_agreed(
    decided: dict[str, dict[str, Outcome]], case: str, action: str, expected: Outcome
) -> None:
    assert decided[action][case] == expected


def test_price_differences_are_answered_with_the_agreed_price(demo: Place) -> None:
    (shown,) = demo.sample(4, status=0)
    assert (shown["decision"], [issue["code"] for issue in shown["issues"]]) == (
        "changed", ["order.line.price.too-high", "order.line.price.too-low"],
    )  # fmt: skip
    (ordrsp,) = demo.answers("acme", "ORDRSP")
    assert ordrsp.having("LIN") == ["LIN+1+3+4098765001017:EN", "LIN+2+5+4098765001024:EN", "LIN+3+3+4098765001031:EN"]
    assert ordrsp.having("PRI") == ["PRI+AAA:15.5:::100:PCE", "PRI+AAA:3.6:::100:PCE", "PRI+AAA:3.4:::1"]
    lines = demo.order("4500017802")["lines"]
    assert [line["decision"] for line in lines] == ["changed", "accepted", "changed"]
    assert [line["ordered"]["price"] for line in lines] == ["17", "3.61", "2.9"]
    assert [line["agreed"]["price"] for line in lines] == ["15.5", "3.6", "3.4"]


def test_a_price_within_the_tolerance_is_the_agreed_one_and_beyond_it_is_not(demo: Place) -> None:
    tight = 'tolerance = { unit_price = "0.01" }\n'
    within = sent.order("PO-1", sent.line(1, sent.SEALANT, "12", "4.21::NTP"))
    beyond = sent.order("PO-2", sent.line(1, sent.SEALANT, "12", "4.22::NTP"), reference="2")
    lines = with_policy(demo, tight).ingest(sent.interchange("IC1", within, beyond))
    assert [line["decision"] for line in lines] == ["accepted", "changed"]


def test_an_unknown_article_is_held_until_it_is_listed(demo: Place) -> None:
    (held,) = demo.sample(5, status=1)
    assert (held["state"], held["decision"], held["order"]) == ("held", "held", "SO00000001")
    assert demo.outbox("erp") == []
    list_article(demo)
    ran = demo.run("messages", "replay", held["message"], "--from", "enrich", "--json")
    (shown,) = ran.lines
    assert (ran.status, shown["state"], shown["decision"], shown["order"]) == (0, "processed", "accepted", "SO00000001")
    first, second = demo.answers("acme", "ORDRSP")
    assert (first.having("BGM")[0][-2:], second.having("BGM")[0][-2:]) == ("12", "29")
    assert second.having("LIN") == ["LIN+1+5+4098765001062:EN", "LIN+2+5+4098765001109:EN"]
    assert len(demo.outbox("erp")) == 1


def test_of_an_unknown_article_only_its_line_is_rejected(demo: Place) -> None:
    message = sent.order("PO-1", ONE, sent.line(2, LAMP, "12"))
    assert outcomes(with_policy(demo, ""), message)["PO-1"] == ("processed", "changed", "4", "5")
    assert [line["decision"] for line in demo.order("PO-1")["lines"]] == ["accepted", "rejected"]
    assert demo.order("PO-1")["total"] == "50.4"


def test_a_missing_unit_is_that_of_the_packaging_the_gtin_names(demo: Place) -> None:
    (shown,) = demo.sample(6, status=0)
    box, mask = demo.order(shown["reference"])["lines"]
    assert (box["confirmed"]["quantity"], box["confirmed"]["unit"], box["confirmed"]["price"]) == ("3", "BX", "31")
    assert (mask["confirmed"]["quantity"], mask["confirmed"]["unit"]) == ("100", "PCE")


def test_a_unit_the_article_is_not_sold_in_is_held(demo: Place) -> None:
    raw = sent.interchange("IC1", sent.order("PO-1", sent.line(1, sent.SEALANT, "12", unit="KGM")))
    (shown,) = demo.ingest(raw.replace(b"LIN+1++4098765001062:EN", b"LIN+1++A-1006:SA"), status=1)
    assert shown["state"] == "held"
    assert "order.line.unit.unknown" in [issue["code"] for issue in shown["issues"]]


def test_goods_that_come_later_are_confirmed_for_when_they_come(demo: Place) -> None:
    _, shown = demo.sample(8, status=0)
    assert (shown["decision"], [issue["code"] for issue in shown["issues"]]) == ("changed", ["order.line.late"])
    ordrsp = demo.answers("nordwind", "ORDRSP")[-1]
    assert "DTM+67:20290201:102" in ordrsp.segments or any("20290201" in each for each in ordrsp.segments)


def test_an_article_without_a_price_waits_for_one(demo: Place) -> None:
    for kind in ("products", "part-numbers"):
        demo.run("import", kind, demo.root / "data" / f"listed-later.{kind}.csv")
    (held,) = demo.ingest(sent.interchange("IC1", sent.order("PO-1", sent.line(1, LAMP, "12"))), status=1)
    assert (held["state"], [issue["code"] for issue in held["issues"]]) == ("held", ["order.line.price.none-agreed"])
    list_article(demo)
    (shown,) = demo.run("messages", "replay", held["message"], "--from", "decide", "--json").lines
    assert (shown["state"], shown["decision"]) == ("processed", "accepted")


@pytest.mark.parametrize(
    ("columns", "code"), [("status", "account.blocked"), ("min_order_value", "order.below-minimum")]
)
def test_what_the_account_does_not_allow_is_held(demo: Place, columns: str, code: str) -> None:
    value = {"status": "blocked", "min_order_value": "100"}[columns]
    demo.write("a.csv", f"account,name,parent,gln,{columns}\n10011,ACME Hamburg,10001,{sent.HAMBURG},{value}\n")
    assert demo.run("import", "accounts", demo.root / "a.csv").status == 0
    (shown,) = demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)), status=1)
    assert (shown["state"], [issue["code"] for issue in shown["issues"]]) == ("held", [code])


@pytest.mark.parametrize("purpose", ["9", "5"])
def test_two_lines_of_one_number_hold_the_order(demo: Place, purpose: str) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    number = "PO-2" if purpose == "9" else "PO-1"
    twice = sent.order(number, ONE, sent.line(1, sent.SEALANT, "24"), purpose=purpose)
    (shown,) = demo.ingest(sent.interchange("IC2", twice), status=1)
    (issue,) = [each for each in shown["issues"] if each["severity"] == "error"]
    assert (shown["state"], issue["code"], issue["field"]) == (
        "held", "order.line.position.repeated", "lines[1].position",
    )  # fmt: skip
    assert len(demo.orders()) == 1


def test_an_order_without_lines_is_held(demo: Place) -> None:
    (shown,) = demo.ingest(sent.interchange("IC1", sent.order("PO-1")), status=1)
    assert (shown["state"], shown["order"]) == ("held", None)
    assert [issue["code"] for issue in shown["issues"] if issue["severity"] == "error"] == ["order.lines.missing"]


def test_what_no_rule_reads_holds_the_message(demo: Place) -> None:
    (shown,) = demo.sample(25, status=1)
    assert (shown["state"], shown["order"]) == ("held", None)
    (issue,) = [each for each in shown["issues"] if each["severity"] == "error"]
    assert (issue["code"], issue["tag"]) == ("mapping.unread", "RCS")


def test_where_it_is_agreed_a_faulty_message_is_rejected(demo: Place) -> None:
    demo.change("partners/acme.toml", 'mapping = "acme/orders"', 'mapping = "acme/orders"\non_error = "reject"')
    (shown,) = demo.sample(25, status=1)
    assert (shown["state"], shown["order"], demo.orders()) == ("rejected", None, [])


def test_where_the_erp_confirms_the_order_goes_out_and_no_answer_does(demo: Place) -> None:
    demo.change("partners/acme.toml", 'mapping = "acme/orders"', 'mapping = "acme/orders"\nconfirms = "erp"')
    (shown,) = demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)), status=0)
    assert shown["state"] == "processed"
    assert [answer.type for answer in demo.answers("acme")] == ["CONTRL"]
    assert len(demo.outbox("erp")) == 1


def test_where_the_erp_confirms_a_refusal_is_answered_at_once(demo: Place) -> None:
    demo.change("partners/acme.toml", 'mapping = "acme/orders"', 'mapping = "acme/orders"\nconfirms = "erp"')
    found = outcomes(with_policy(demo, 'unknown_article = "reject"'), stated("unknown_article"))
    assert found == {"unknown_article": REJECTED}
    assert demo.outbox("erp") == []


def test_an_order_refused_for_business_can_be_sent_again_corrected(demo: Place) -> None:
    with_policy(demo, 'unknown_article = "reject"')
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", sent.line(1, LAMP, "12"))), status=1)
    (shown,) = demo.ingest(sent.interchange("IC2", sent.order("PO-1", ONE)), status=0)
    assert (shown["state"], shown["decision"]) == ("processed", "accepted")
    assert demo.order("PO-1")["decision"] == "accepted"
