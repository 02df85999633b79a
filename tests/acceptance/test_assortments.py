"""What is in no assortment of an account is answered so in every channel, and nothing of its price is told."""

from __future__ import annotations

import pytest

from gateway.settings import ApiSettings
from tests import sent
from tests.http.conftest import asked_at
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

ASSORTMENT = "assortment,mode,product,category,brand,subject,effect\n"
ORDER = sent.order(
    "PO-1", sent.line(1, sent.GLOVE, "5", unit="PR"), sent.line(2, sent.BOLT, "100"), sent.line(3, sent.MASK, "20")
)


@pytest.fixture
def narrowed(demo: Place) -> Place:
    """ACME's branches buy whatever is not a bolt; everybody else buys everything."""
    demo.write("assortments.csv", ASSORTMENT + "no-bolts,exclude,A-1001,,,,\nno-bolts,,,,,account:10001,allow\n")
    ran = demo.run("import", "assortments", demo.root / "assortments.csv", "--json")
    assert ran.status == 0, ran.out
    return demo


def explained(place: Place, account: str, product: str) -> dict[str, object]:
    """The object of `price explain --json`."""
    words = ("--account", account, "--product", product, "--quantity", "100", "--channel", "edifact", "--json")
    (shown,) = place.run("price", "explain", *words).lines
    return shown


def test_a_line_outside_the_assortment_is_rejected_and_its_neighbours_are_confirmed(narrowed: Place) -> None:
    (shown,) = narrowed.ingest(sent.interchange("IC1", ORDER))
    assert (shown["state"], shown["decision"]) == ("processed", "changed")
    assert [(issue["code"], issue["field"]) for issue in shown["issues"]] == [
        ("order.line.product.not-in-assortment", "lines[1].product")
    ]
    (ordrsp,) = narrowed.answers("acme", "ORDRSP")
    assert [segment.split("+")[2] for segment in ordrsp.having("LIN")] == ["5", "7", "5"]
    assert len(ordrsp.having("PRI")) == 2
    lines = narrowed.order("PO-1")["lines"]
    assert [(line["decision"], line["reasons"]) for line in lines] == [
        ("accepted", []), ("rejected", ["order.line.product.not-in-assortment"]), ("accepted", []),
    ]  # fmt: skip
    assert [lines[1][part]["price"] for part in ("agreed", "confirmed")] == [None, None]


def test_the_command_line_tells_the_account_neither_price_nor_loser(narrowed: Place) -> None:
    shown = explained(narrowed, "10011", "A-1001")
    assert (shown["code"], shown["net"], shown["lost"]) == ("NOT_IN_ASSORTMENT", None, [])
    assert not {"winner", "steps", "unit_price", "next_tier"} & shown.keys()
    assert explained(narrowed, "10002", "A-1001")["net"] is not None


def test_what_is_asked_for_in_an_unknown_unit_is_no_less_outside(narrowed: Place) -> None:
    words = ("--account", "10011", "--product", "A-1001", "--quantity", "1", "--unit", "KGM", "--json")
    (shown,) = narrowed.run("price", "explain", *words).lines
    assert (shown["code"], "BX" in str(shown)) == ("NOT_IN_ASSORTMENT", False)


def test_the_partners_policy_says_what_becomes_of_the_line(narrowed: Place) -> None:
    narrowed.change("partners/acme.toml", 'unknown_article = "hold"', 'not_in_assortment = "hold"')
    (shown,) = narrowed.ingest(sent.interchange("IC1", sent.order("PO-2", sent.line(1, sent.BOLT, "150"))))
    assert (shown["state"], shown["decision"], [issue["code"] for issue in shown["issues"]]) == (
        "held", "held", ["order.line.product.not-in-assortment", "order.line.quantity.step"],
    )  # fmt: skip


def test_a_policy_that_lets_it_pass_still_wants_a_price_that_was_agreed(narrowed: Place) -> None:
    narrowed.change("partners/acme.toml", 'unknown_article = "hold"', 'not_in_assortment = "accept"')
    (shown,) = narrowed.ingest(sent.interchange("IC1", ORDER))
    assert (shown["decision"], [issue["code"] for issue in shown["issues"]]) == (
        "held", ["order.line.product.not-in-assortment", "order.line.price.none-agreed"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        sent.line(1, sent.BOLT, "100", "1550::NTP:100:PCE"),
        sent.line(1, sent.BOLT, "1", unit="KGM"),
        sent.line(1, sent.BOLT, "0"),
    ],
)
def test_nothing_else_wrong_with_a_line_outside_holds_its_order(narrowed: Place, line: list[str]) -> None:
    (shown,) = narrowed.ingest(sent.interchange("IC1", sent.order("PO-2", line, sent.line(2, sent.MASK, "20"))))
    assert (shown["decision"], [issue["code"] for issue in shown["issues"]]) == (
        "changed", ["order.line.product.not-in-assortment"],
    )  # fmt: skip


def test_a_taken_back_assignment_opens_the_article_again_at_once(narrowed: Place) -> None:
    row = "delete,no-bolts,,,,,account:10001,allow\n"
    narrowed.write("again.csv", f"action,{ASSORTMENT}{row}")
    assert narrowed.run("import", "assortments", narrowed.root / "again.csv").status == 0
    assert explained(narrowed, "10011", "A-1001")["net"] is not None


ARTICLES = """sku,name,base_unit,gtin,category,attr:diameter,attr:steel
A-1001,Hex bolt M8x40 zinc plated,PCE,4098765001017,fasteners/bolts,8 mm,8.8
R-6,Hex bolt M6x40 zinc plated,PCE,,fasteners/bolts,6 mm,A2
"""
RULES = """assortment,rule,subject,effect
strong,category = 'fasteners' and attr.diameter >= '7.5 mm',,
strong,,account:10001,allow
soft,attr.steel = 'A2',,
soft,,all,deny
"""


def ruled(place: Place, articles: str = ARTICLES) -> Place:
    """ACME's branches buy strong fasteners; nobody buys soft ones."""
    for kind, text in (("products", articles), ("assortments", RULES)):
        place.write(f"{kind}.csv", text)
        ran = place.run("import", kind, place.root / f"{kind}.csv", "--json")
        assert ran.status == 0, ran.out
    return place


def bought(place: Place) -> dict[str, list[str]]:
    """What each channel says that a branch may buy, and what becomes of an order of three articles."""
    with asked_at(place, ApiSettings()) as asked:
        listed = asked.get("/products", account="10011").json()["products"]
        lines = [{"product": sku, "quantity": 100} for sku in ("A-1001", "R-6", "A-1005")]
        priced = asked.post("/prices:resolve", {"account": "10011", "lines": lines}).json()["lines"]
        shown = [asked.get(f"/products/{sku}", account="10011").status_code for sku in ("A-1001", "R-6", "A-1005")]
        placed = asked.post("/orders", {"account": "10011", "number": f"SHOP-{len(place.orders())}", "lines": lines})
    rows = place.run("price", "list", "--account", "10011", "--format", "json").lines
    return {
        "search": [each["sku"] for each in listed],
        "list": [row["product"] for row in rows],
        "price": [each["product"] for each in priced if each.get("code") != "NOT_IN_ASSORTMENT"],
        "article": [sku for sku, status in zip(("A-1001", "R-6", "A-1005"), shown, strict=True) if status == 200],
        "order": [
            line["product"] for line in place.order(placed.json()["number"])["lines"] if line["decision"] != "rejected"
        ],
    }


def test_what_a_rule_holds_is_sold_in_every_channel_and_nothing_else_is(demo: Place) -> None:
    ruled(demo)
    assert set(map(tuple, bought(demo).values())) == {("A-1001",)}
    shown = demo.ingest(sent.interchange("IC1", ORDER))
    assert [issue["code"] for issue in shown[0]["issues"]] == ["order.line.product.not-in-assortment"] * 2


def test_an_article_that_changes_is_sold_as_the_rules_say_from_then_on(demo: Place) -> None:
    ruled(demo)
    ruled(demo, ARTICLES.replace("6 mm,A2", "10 mm,A4").replace("8 mm", "7 mm"))
    assert set(map(tuple, bought(demo).values())) == {("R-6",)}


def test_rules_are_exported_imported_and_deleted_as_other_members_are(demo: Place) -> None:
    ruled(demo)
    exported = demo.run("export", "assortments").out
    demo.write("again.csv", exported)
    told = demo.run("import", "assortments", demo.root / "again.csv", "--json").lines[-1]
    assert (told["inserted"], told["updated"], told["unchanged"]) == (0, 0, 4)
    gone = "action,assortment,rule\ndelete,soft,\"(attr.steel='A2')\"\n"
    demo.write("gone.csv", gone)
    assert demo.run("import", "assortments", demo.root / "gone.csv").status == 0
    assert "attr.steel" not in demo.run("export", "assortments").out


def test_a_rule_that_is_none_is_refused_with_its_line_and_column(demo: Place) -> None:
    demo.write("wrong.csv", 'assortment,rule\nA,attr.diameter >= thick\nA,colour = 1\nA,"brand = ""X"""\n')
    ran = demo.run("import", "assortments", demo.root / "wrong.csv")
    assert ran.status == 1
    assert "import.rule.invalid" in ran.out + ran.err
    assert "attr.diameter is an attribute" in ran.out + ran.err
    assert "there is no field colour" in ran.out + ran.err
