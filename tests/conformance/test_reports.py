"""`gateway punchout check`: the report of a connection, played as its buyer uses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.conformance.checks import Result, dtd_check
from tests.cxml_sent import CONNECTION, PARTNER, SECRETS, cxml, trade_by_cxml
from tests.processes import ROOT
from tests.workspaces import Place, Ran

OCI = "werft"
DTDS = ROOT.parent / "shared/data/cxml-dtd"
WERFT = """
name = "Werft"
account = "10002"
[identifiers]
oci = { user = "werft", password = "env:WERFT_OCI" }
[[agreement]]
receive = "oci call"
via = "werft"
"""


@pytest.fixture
def place(demo: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The demo with a buyer who punches out by cXML, and one by OCI."""
    for name, value in {**SECRETS, "WERFT_OCI": "let me in"}.items():
        monkeypatch.setenv(name, value)
    demo.write(
        f"connections/{OCI}.toml", 'kind = "oci"\nprofile = "sap_srm"\nreturn_origins = ["https://srm.example"]\n'
    )
    demo.write("partners/werft.toml", WERFT)
    return trade_by_cxml(demo, "https://buyer.example/cxml")


def checked(place: Place, connection: str, *words: object) -> tuple[Ran, dict[str, dict[str, object]]]:
    """What the command said, and each check by its name."""
    ran = place.run("punchout", "check", connection, "--json", *words)
    return ran, {str(line["check"]): line for line in ran.lines}


def faults(found: dict[str, dict[str, object]]) -> dict[str, object]:
    """What is neither ok nor lacks a DTD, by the name of its check."""
    return {name: each["seen"] for name, each in found.items() if each["result"] not in ("ok", "not checked")}


@pytest.mark.both_stores
def test_a_cxml_connection_that_works_has_nothing_to_mend_and_nothing_is_kept(place: Place) -> None:
    before = place.run("messages", "list", "--json").lines
    ran, found = checked(place, CONNECTION)
    assert (ran.status, faults(found)) == (0, {})
    assert found["OrderRequest of this cart"]["seen"] == "200, accepted as it was in the cart"
    assert (place.run("messages", "list", "--json").lines, place.orders()) == (before, [])
    assert place.run("punchout", "open", CONNECTION, "--operation", "edit").status == 2


@pytest.mark.skipif(not DTDS.is_dir(), reason="no DTDs at hand")
def test_what_is_written_is_compared_with_the_dtds_that_are_named(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, found = checked(place, CONNECTION)
    names = ["PunchOutOrderMessage of DTD 1.2.050", "ConfirmationRequest of DTD 1.2.050"]
    assert {found[each]["result"] for each in names} == {"not checked"}
    monkeypatch.setenv("GATEWAY_CXML_DTD_DIR", str(DTDS))
    _, found = checked(place, CONNECTION)
    assert {found[each]["seen"] for each in names} == {"follows its DTD"}
    place.change(f"connections/{CONNECTION}.toml", "kind", 'dtd = { PunchOutOrderMessage = "1.2.051" }\nkind')
    ran, found = checked(place, CONNECTION)
    assert (ran.status, found["PunchOutOrderMessage of DTD 1.2.051"]["result"]) == (0, "finding")


@pytest.mark.skipif(not DTDS.is_dir(), reason="no DTDs at hand")
def test_a_document_that_its_dtd_does_not_allow_is_a_fault_with_its_line() -> None:
    told = dtd_check(
        "a setup", cxml("<PunchOutSetupRequest operation='create'>\n<Nothing/></PunchOutSetupRequest>"), DTDS
    )
    assert (told.result, told.seen.startswith("line 10: ")) == (Result.FAILED, True)


@pytest.mark.both_stores
def test_an_oci_connection_that_works_has_nothing_to_mend(place: Place) -> None:
    ran, found = checked(place, OCI)
    assert (ran.status, faults(found)) == (0, {})
    assert {"DETAIL opens the article", "VALIDATE gives it as the cart does", "DOWNLOADJSON gives a page"} < set(found)


def test_an_order_that_is_not_agreed_is_a_fault_with_its_remedy(place: Place) -> None:
    place.change(
        f"partners/{PARTNER}.toml", f'[[agreement]]\nreceive = "cxml OrderRequest"\nvia = "{CONNECTION}"\n', ""
    )
    ran, found = checked(place, CONNECTION)
    assert ran.status == 1
    assert 'receive = "cxml OrderRequest"' in str(found["setups and orders are agreed"]["advice"])
    assert str(found["OrderRequest of this cart"]["seen"]).startswith("450")


def test_a_secret_that_cannot_be_shown_is_told_with_its_reason(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name)
    ran = place.run("punchout", "check", CONNECTION)
    assert ran.status == 2
    assert f"partners/{PARTNER}.toml has no secret that can be shown. The secret env:" in ran.err
    assert "Set the environment variable it names." in ran.err


def test_an_order_that_is_not_confirmed_is_a_finding(place: Place) -> None:
    trade_by_cxml(place)
    ran, found = checked(place, CONNECTION)
    assert (ran.status, found["ConfirmationRequest"]["result"]) == (0, "finding")


def test_an_order_whose_buyer_is_one_of_several_is_a_finding_that_names_the_remedy(place: Place) -> None:
    place.change(f"partners/{PARTNER}.toml", 'account = "10011"', 'account = "10001"')
    ran, found = checked(place, CONNECTION)
    told = found["OrderRequest of this cart"]
    assert (ran.status, told["result"], told["seen"]) == (0, "finding", "201, undecided: party.unknown")
    assert "each order has to name its buyer" in str(told["advice"])


def test_that_the_erp_confirms_is_no_finding(place: Place) -> None:
    place.write("connections/erp_in.toml", 'kind = "folder"\npath = "outbox/erp_in"\n')
    place.write("channels/erp.toml", 'connection = "erp_in"\nflows = { orders = "out" }\n')
    ran, found = checked(place, CONNECTION)
    assert (ran.status, found["ConfirmationRequest"]["result"]) == (0, "not checked")
    assert "the ERP confirms" in str(found["ConfirmationRequest"]["seen"])


def test_articles_that_the_buyers_system_would_not_take_are_counted_and_named(place: Place) -> None:
    place.write("mappings/profiles/strict.toml", STRICT)
    place.change(f"connections/{CONNECTION}.toml", "kind", 'profile = "strict"\nkind')
    place.write("bare.csv", "sku,name,base_unit,unspsc\nZ-1,Washer,PCE,\nZ{2},Washer,PCE,31161500\n")
    place.write(
        "bare-price.csv",
        "subject,object,type,amount,currency\nall,product:Z-1,PRICE,1,EUR\nall,product:Z{2},PRICE,1,EUR\n",
    )
    for kind, name in (("products", "bare"), ("prices", "bare-price")):
        assert place.run("import", kind, place.root / f"{name}.csv").status == 0
    ran, found = checked(place, CONNECTION)
    told = {name: (found[name]["first"], found[name]["blocking"]) for name in found if "first" in found[name]}
    assert told["the unit PR is not known there"] == (["A-1003"], True)
    assert told["unspsc is missing"] == (["Z-1"], True)
    assert told["text is cut"] == (["A-1001", "A-1004"], False)
    assert [name for name, (skus, _) in told.items() if "Z{2}" in skus] == ["sku has a character that is not taken"]
    assert ran.status == 0


STRICT = """
extends = "cxml"
only_units = true
units = { PCE = "EA", PK = "PK", KGM = "KG", MTR = "M" }
[limits]
text = { most = 20 }
"""


def test_it_is_a_fault_that_nothing_can_be_sold(place: Place) -> None:
    place.write("mappings/profiles/none.toml", 'extends = "cxml"\nrequired = ["eclass"]\n')
    place.change(f"connections/{CONNECTION}.toml", "kind", 'profile = "none"\nkind')
    ran, found = checked(place, CONNECTION)
    assert (ran.status, found["articles are put into the cart"]["result"]) == (1, "failed")


def test_the_report_is_written_for_people(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "werft.md"
    ran = place.run("punchout", "check", OCI, "--output", file)
    assert (ran.status, ran.out) == (0, f"The report lies in {file}.\n")
    text = file.read_text("utf-8")
    assert text.startswith("# Punchout of Werft: what was checked\n")
    assert "| a wrong password is refused | ok | refused: login |  |" in text
    assert place.run("punchout", "check", OCI).out.startswith("# Punchout of Werft")
    assert "let me in" not in text


def test_without_a_secret_that_is_set_nothing_can_be_played(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name)
    ran = place.run("punchout", "check", CONNECTION)
    assert (ran.status, "env:NORDWERK_CXML" in ran.err) == (2, True)
