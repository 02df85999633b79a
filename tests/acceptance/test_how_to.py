"""The how-to pages and the tutorial are so: who writes their files and gives their commands gets what they tell."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tests import sent
from tests.processes import ROOT
from tests.workspaces import Place, run

_BLOCK = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"# ([a-z_/]+\.(?:toml|csv))[^\n]*\n(.*)", re.DOTALL)
_FILE = re.compile(r"^```toml\n# ([a-z_/]+\.toml)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_AGREEMENT = re.compile(r"^```toml\n(?:# partners/[^\n]*\n)?(\[\[agreement\]\].*?)^```$", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"^```\n(number,.*?)^```$", re.MULTILINE | re.DOTALL)
CONFIRMED = """<ORDERS05><IDOC BEGIN="1">
<EDI_DC40 SEGMENT="1"><DOCNUM>0000000000814799</DOCNUM><MESTYP>ORDRSP</MESTYP></EDI_DC40>
<E1EDKA1 SEGMENT="1"><PARVW>AG</PARVW><PARTN>0000010011</PARTN></E1EDKA1>
<E1EDK02 SEGMENT="1"><QUALF>001</QUALF><BELNR>PO-1</BELNR></E1EDK02>
<E1EDP01 SEGMENT="1"><POSEX>000010</POSEX><ACTION>002</ACTION><MENGE>8.000</MENGE><MENEE>PCE</MENEE></E1EDP01>
</IDOC></ORDERS05>"""


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def lay(place: Place, text: str) -> None:
    """Writes the files of connections and channels of a page."""
    for path, content in _FILE.findall(text):
        if not path.startswith("partners/"):
            place.write(path, content)


@pytest.fixture
def harbour(tmp_path: Path) -> Place:
    """The workspace of "a partner of your own" before he has a mapping: his file is `harbour.edi`."""
    assert run("init", tmp_path / "gateway").status == 0
    place = Place(tmp_path / "gateway")
    told = page("how-to/partner-of-your-own.md").partition("## 5.")[0]
    for _, content in _BLOCK.findall(told):
        if named := _NAMED.fullmatch(content):
            place.write(*named.groups())
        elif content.startswith("UNB+"):
            place.write("harbour.edi", content)
    for kind in re.findall(r"^gateway import (\w+) data/\1\.csv$", told, re.MULTILINE):
        assert place.run("import", kind, place.root / f"data/{kind}.csv").status == 0
    return place


def test_a_mapping_of_ones_own_is_one_page_whatever_the_syntax(harbour: Place) -> None:
    [before] = harbour.ingest(harbour.root / "harbour.edi", options=("--dry-run",))
    assert [issue["code"] for issue in before["issues"]] == ["mapping.code.unknown"] * 2 + ["mapping.unread"]
    told = page("how-to/mapping-of-your-own.md")
    for syntax, content in _BLOCK.findall(told):
        named = _NAMED.fullmatch(content)
        if named and not named[1].startswith("partners/"):
            harbour.write(*named.groups())
        elif syntax in ("csv", "xml"):
            harbour.write({"csv": "bestellung.csv", "xml": "order.xml"}[syntax], content)
    harbour.write("sample_messages/harbour/csv/bestellung.csv", (harbour.root / "bestellung.csv").read_text("utf-8"))
    for identity, file in re.findall(r"^gateway mapping try (harbour/\w+) (\S+)$", told, re.MULTILINE):
        [*tried] = harbour.run("mapping", "try", identity, harbour.root / file, "--json").lines
        assert [(each["issues"], each["unread"]) for each in tried] == [([], [])] * len(tried), identity
        assert {line["unit"] for each in tried for line in each["document"]["lines"]} <= {"PCE", "BX"}
    assert harbour.run("mapping", "check", "harbour/csv", "--accept").status == 0
    harbour.change("partners/harbour.toml", "owes ", 'mapping = "harbour/orders"\nowes ')
    partner = (harbour.root / "partners/harbour.toml").read_text("utf-8")
    harbour.write("partners/harbour.toml", "\n".join([partner, *_AGREEMENT.findall(told)]))
    assert harbour.run("check").err == ""
    [order] = harbour.ingest(harbour.root / "harbour.edi", status=0)
    rows = harbour.ingest(harbour.root / "bestellung.csv", status=0, options=("--connection", "harbour_inbox"))
    decided = [(each["reference"], each["decision"]) for each in (order, *rows)]
    assert decided == [("HH-7001", "accepted"), ("HH-8001", "accepted"), ("HH-8002", "accepted")]


def test_orders_in_a_file_are_taken_and_answered_as_the_page_says(demo: Place) -> None:
    told = page("how-to/files.md")
    lay(demo, told)
    agreed = "\n".join(_AGREEMENT.findall(told))
    assert ("receive" in agreed, "send" in agreed) == (True, True)
    acme = demo.root / "partners/acme.toml"
    demo.write("partners/acme.toml", f"{acme.read_text('utf-8')}\n{agreed}")
    [table] = _TABLE.findall(told)
    orders = demo.root / "orders.csv"
    orders.write_text(table.replace("2026-11-26", sent.TODAY.isoformat()), "utf-8")
    assert demo.run("check").err == ""
    [shown] = demo.ingest(orders, status=0, options=("--connection", "acme_files"))
    assert (shown["reference"], shown["decision"]) == ("PO-4711", "accepted")
    [answer] = [each for each in demo.outbox("acme") if each.suffix == ".csv"]
    rows = list(csv.DictReader(answer.read_text("utf-8").splitlines()))
    assert [(row["order_number"], row["sku"], row["confirmed"]) for row in rows] == [
        ("PO-4711", "A-1001", "200"), ("PO-4711", "A-1006", "24"),
    ]  # fmt: skip
    demo.change("partners/acme.toml", "csv orders", "json orders")
    [listed] = [content for syntax, content in _BLOCK.findall(told) if syntax == "json"]
    as_json = demo.root / "orders.json"
    as_json.write_text(listed.replace("2026-11-26", sent.TODAY.isoformat()), "utf-8")
    [shown] = demo.ingest(as_json, status=0, options=("--connection", "acme_files"))
    assert (shown["reference"], shown["decision"]) == ("PO-4712", "accepted")


@pytest.mark.both_stores
def test_an_order_goes_to_sap_as_an_idoc_and_its_confirmation_comes_back_as_the_page_says(demo: Place) -> None:
    lay(demo, page("how-to/erp.md").partition("## Files instead of a service")[2])
    assert demo.run("check").err == ""
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", sent.line(10, sent.SEALANT, "12"))), status=0)
    [idoc] = demo.outbox("sap")
    written = idoc.read_text("utf-8")
    assert re.findall("<QUALF>(00[12])</QUALF>\\s*<BELNR>([^<]*)", written) == [("001", "PO-1"), ("002", "SO00000001")]
    assert demo.answers("acme", "ORDRSP") == []
    demo.ingest(CONFIRMED.encode(), status=0, options=("--connection", "sap_in"))
    [line] = demo.order("PO-1")["lines"]
    assert (line["confirmed"]["quantity"], line["confirmed_by"]) == ("8", "sap_in")
    [answer] = demo.answers("acme", "ORDRSP")
    assert answer.having("QTY+113") == ["QTY+113:8:PCE"]


def test_an_order_is_shown_as_the_tutorial_shows_it(demo: Place) -> None:
    demo.sample(4)
    printed = [line.rstrip() for line in demo.run("orders", "show", "4500017802").out.splitlines()]
    told = page("tutorial/first-order.md").partition("$ gateway orders show 4500017802")[2].partition("\n```")[0]
    table = [line for line in told.splitlines() if line[:1] in "┏┃┡│└" and line]
    assert len(table) == 7
    assert set(table) <= set(printed)
