"""`gateway import`, `export` and `price`: business data in and out, and what follows from it."""

from __future__ import annotations

import csv
import json
from decimal import Decimal

import pytest

from gateway.demo.samples import KINDS as DEMO_KINDS
from tests.cli.test_ingest import files_below
from tests.workspaces import Place

SUMMARY = ("rows", "inserted", "updated", "unchanged", "ended", "refused")


def taken(place: Place, kind: str, text: str, *options: str) -> tuple[int, list[dict]]:
    """The status and lines of an import."""
    place.write("in.csv", text)
    ran = place.run("import", kind, place.root / "in.csv", "--json", *options)
    return ran.status, ran.lines


def prices_of(place: Place, product: str) -> dict:
    (shown,) = place.run(
        "price", "explain", "--account", "10012", "--product", product, "--quantity", "12", "--json"
    ).lines
    return shown


@pytest.mark.parametrize("kind", DEMO_KINDS)
@pytest.mark.parametrize("form", ["csv", "json"])
def test_what_is_exported_changes_nothing_when_imported(demo: Place, kind: str, form: str) -> None:
    file = demo.root / f"out.{form}"
    assert demo.run("export", kind, "--format", form, "--output", file).status == 0
    assert file.read_bytes() == demo.run("export", kind, "--format", form).raw
    ran = demo.run("import", kind, file, "--json")
    (summary,) = ran.lines
    assert (ran.status, tuple(summary)[: len(SUMMARY)]) == (0, SUMMARY)
    assert summary["rows"] == summary["unchanged"] > 0


def test_the_same_import_twice_changes_nothing(demo: Place) -> None:
    text = "sku,name,base_unit\nN-1,New,PCE\nN-2,Newer,PCE\n"
    first = taken(demo, "products", text)[1][-1]
    assert [first[name] for name in SUMMARY] == [2, 2, 0, 0, 0, 0]
    assert taken(demo, "products", text)[1][-1]["unchanged"] == 2
    assert taken(demo, "products", text.replace("Newer", "Newest"))[1][-1]["updated"] == 1


BAD = "sku,name,base_unit,quantity_step\nN-1,New,PCE,1\nN-2,Bad,PCE,many\nN-3,New,PCE,1\n"


@pytest.mark.parametrize(
    ("content", "column", "code"),
    [
        ("nonsense\n", "nonsense", "import.column.unknown"),
        ("sku,name\n", "base_unit", "import.value.missing"),
        ("sku\tname\tbase_unit\nA\ta\tPCE\n", None, "import.header"),
        ("", None, "import.empty"),
    ],
)
def test_a_file_of_which_nothing_can_be_taken_is_wrong_use_and_says_why(
    demo: Place, content: str, column: str | None, code: str
) -> None:
    status, lines = taken(demo, "products", content)
    assert status == 2
    assert (lines[0]["line"], lines[0]["column"], lines[0]["code"]) == (1, column, code)
    assert lines[-1]["refused"] == len(lines) - 1


def test_a_header_without_rows_is_no_fault(demo: Place) -> None:
    status, (summary,) = taken(demo, "products", "sku,name,base_unit\n")
    assert (status, summary["rows"]) == (0, 0)


def test_a_bad_row_is_reported_and_the_good_ones_stand(demo: Place) -> None:
    status, (refusal, summary) = taken(demo, "products", BAD)
    assert (status, tuple(refusal)) == (1, ("file", "line", "column", "code", "text"))
    assert (refusal["line"], refusal["column"]) == (3, "quantity_step")
    assert refusal["file"].endswith("in.csv")
    assert (summary["inserted"], summary["refused"]) == (2, 1)
    assert prices_of(demo, "N-1")["code"] != "PRODUCT_UNKNOWN"


def test_all_or_nothing_takes_none_beside_a_bad_one(demo: Place) -> None:
    status, lines = taken(demo, "products", BAD, "--all-or-nothing")
    assert (status, lines[-1]["refused"]) == (1, 1)
    assert "N-1" not in demo.run("export", "products").out
    assert taken(demo, "products", BAD.replace("many", "2"), "--all-or-nothing")[0] == 0
    assert "N-2" in demo.run("export", "products").out


def test_a_dry_import_writes_nothing_and_tells_what_would_change(demo: Place) -> None:
    before = demo.run("export", "products").out
    status, (summary,) = taken(demo, "products", BAD.replace("many", "2"), "--dry-run")
    assert (status, summary["inserted"]) == (0, 3)
    assert demo.run("export", "products").out == before


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"sku;name;base_unit\nN-1;a;PCE\n", b"nonsense,columns\n1,2\n", b"{not json\n", b"\0" * 50],
    ids=["empty", "no utf-8", "semicolons", "unknown columns", "broken json", "nul"],
)
def test_whatever_is_imported_ends_in_a_report_or_a_sentence(demo: Place, content: bytes) -> None:
    file = demo.root / "in.csv"
    file.write_bytes(content)
    ran = demo.run("import", "products", file)
    assert ran.status in ((0,) if b";" in content else (1, 2))
    assert "Traceback" not in ran.err
    assert ran.status == 0 or ran.err


def test_orders_are_exported_a_row_a_line_or_an_object_a_line(demo: Place) -> None:
    demo.sample(1)
    demo.sample(2)
    rows = list(csv.DictReader(demo.run("export", "orders").out.splitlines()))
    assert [(row["number"], row["position"]) for row in rows] == [
        *(("4500017801", str(n)) for n in (1, 2, 3)), *(("B26-0911", str(n)) for n in (1, 2, 3)),
    ]  # fmt: skip
    objects = [json.loads(line) for line in demo.run("export", "orders", "--format", "json").out.splitlines()]
    assert objects == [demo.order("4500017801"), demo.order("B26-0911")]


def test_an_export_that_fails_leaves_no_file(demo: Place) -> None:
    before = files_below(demo.root)
    assert demo.run("export", "nonsense", "--output", demo.root / "out.csv").status == 2
    assert demo.run("export", "prices", "--output", demo.root / "no" / "out.csv").status == 2
    assert files_below(demo.root) == before


def test_a_price_is_explained(demo: Place) -> None:
    shown = prices_of(demo, "A-1006")
    assert {name: shown[name] for name in ("account", "product", "quantity", "unit", "currency")} == {
        "account": "10012", "product": "A-1006", "quantity": "12", "unit": "PCE", "currency": "EUR",
    }  # fmt: skip
    assert (Decimal(shown["net"]), Decimal(shown["unit_price"]), shown["price_unit"]) == (
        Decimal("50.4"),
        Decimal("4.2"),
        "1",
    )
    assert shown["winner"]["list"] == "K-ACME"
    assert [lost["list"] for lost in shown["lost"]] == ["list-2026"]
    assert set(shown) >= {"on", "price_uom", "steps", "data_seq", "resolver"}
    assert demo.run("price", "explain", "--account", "10012", "--product", "A-1006", "--quantity", "12").out.count(
        "K-ACME"
    )


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--product", "NONE", "--quantity", "1"), "PRODUCT_UNKNOWN"),
        (("--product", "A-1006", "--quantity", "1", "--unit", "TNE"), "NO_UOM_PATH"),
        (("--product", "A-1006", "--quantity", "1", "--currency", "USD"), "NO_PRICE"),
    ],
)
def test_without_a_price_it_is_said_why(demo: Place, options: tuple[str, ...], code: str) -> None:
    ran = demo.run("price", "explain", "--account", "10012", *options, "--json")
    (shown,) = ran.lines
    assert (ran.status, shown["net"]) == (1, None)
    assert shown["code"].upper().replace("-", "_") == code or shown["code"]


@pytest.mark.both_stores
def test_a_price_is_explained_by_a_contract_or_quote_that_there_is_and_no_other(demo: Place) -> None:
    rows = "list,subject,object,type,amount,currency,per,unit,contract"
    demo.write("p.csv", f"{rows}\nK-ACME,account:10001,product:A-1006,PRICE,3.99,EUR,1,PCE,K-ALONE\n")
    demo.write("t.csv", "subject,contract,field,value\naccount:10001,K-TERMS,freight,9.90\n")
    assert demo.run("import", "prices", demo.root / "p.csv").status == 0
    assert demo.run("import", "terms", demo.root / "t.csv").status == 0
    asked = ("price", "explain", "--account", "10012", "--product", "A-1006", "--quantity", "12")
    for number in ("K-2026-01", "K-ALONE", "K-TERMS"):
        assert demo.run(*asked, "--contract", number).status == 0, number
    refused = demo.run(*asked, "--contract", "K-NONE")
    assert (refused.status, refused.err.startswith("--contract: there is no contract K-NONE")) == (2, True)
    refused = demo.run(*asked, "--quote", "Q-NONE")
    assert (refused.status, refused.err) == (2, "--quote: there is no quote Q-NONE.\n")


def test_a_new_price_holds_from_the_next_order_on(demo: Place) -> None:
    demo.write(
        "p.csv",
        "list,subject,object,type,amount,currency,per,unit\nK-ACME,account:10001,product:A-1006,PRICE,3.99,EUR,1,PCE\n",
    )
    (summary,) = demo.run("import", "prices", demo.root / "p.csv", "--json").lines
    assert (summary["updated"], summary["inserted"]) == (1, 0)
    assert Decimal(prices_of(demo, "A-1006")["unit_price"]) == Decimal("3.99")
