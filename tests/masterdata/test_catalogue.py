"""Assortments, relations, customers' texts, units one by another, and identifiers that would name two."""

from __future__ import annotations

from fractions import Fraction

import pytest

from gateway.model.assortment import AssortmentEntry
from gateway.store.catalogue import Catalogue
from gateway.store.engine import Store
from gateway.store.trade import Trade, every

from .files import Importer, counts, refused

ASSORTMENT = "assortment,mode,product,category,brand,subject,effect\n"


def entries(store: Store) -> set[tuple[str, str, str, str | None]]:
    with store.read() as db:
        return {(each.assortment, each.mode, each.scope, each.effect) for each in every(db, AssortmentEntry)}


def unit_sizes(store: Store, sku: str) -> dict[str, Fraction]:
    with store.read() as db:
        return {unit.code: unit.base_units for unit in Trade(db).products_by_sku([sku])[sku].units}


def test_rows_of_an_assortment_are_members_or_assignments(take: Importer, store: Store) -> None:
    rows = (
        "base,,SCREW,,,,\nbase,,,fixings/nuts,,,\nbase,,,,,segment:new,allow\nrest,exclude,NUT,,,,\nrest,,,,,all,deny\n"
    )
    report = take("assortments", ASSORTMENT + rows)
    assert counts(report) == {"rows": 5, "inserted": 5, "created_segments": 1}
    assert entries(store) == {
        ("base", "include", "product:SCREW", None),
        ("base", "include", "category:fixings/nuts", None),
        ("base", "include", "segment:new", "allow"),
        ("rest", "exclude", "product:NUT", None),
        ("rest", "exclude", "all", "deny"),
    }


def test_an_assortment_has_one_mode_which_a_row_may_leave_out(take: Importer, store: Store) -> None:
    assert take("assortments", ASSORTMENT + "rest,,,,,all,allow\nrest,exclude,NUT,,,,\n").inserted == 2
    assert {mode for _, mode, _, _ in entries(store)} == {"exclude"}
    assert take("assortments", ASSORTMENT + "rest,,SCREW,,,,\n").inserted == 1
    report = take("assortments", ASSORTMENT + "rest,include,SCREW,,,,\n")
    assert refused(report) == [(2, "mode", "import.assortment.mode")]
    assert {mode for _, mode, _, _ in entries(store)} == {"exclude"}


def test_a_row_with_the_action_delete_takes_its_record_away_once(take: Importer, store: Store) -> None:
    take("assortments", ASSORTMENT + "base,,SCREW,,,,\nbase,,NUT,,,,\nbase,,,,,all,allow\n")
    gone = "action," + ASSORTMENT + "delete,base,,SCREW,,,,\ndelete,base,,,,,all,allow\ndelete,base,,SCREW,,,,\n"
    assert counts(take("assortments", gone)) == {"rows": 3, "ended": 2, "unchanged": 1}
    assert entries(store) == {("base", "include", "product:NUT", None)}


@pytest.mark.parametrize("unit", ["PCE", "C62", "NPR", "KGM", "BX", "XBX"])
def test_units_are_codes_of_recommendations_20_and_21(take: Importer, unit: str) -> None:
    assert take("products", f"sku,name,base_unit\nP,P,{unit}\n").inserted == 1


def test_a_unit_that_is_none_is_refused_with_the_one_that_is_meant(take: Importer) -> None:
    report = take("products", "sku,name,base_unit,unit:KAR\nA,A,PCS,\nB,B,PCE,10\nC,C,XXX,\nD,D,PCE,\n")
    assert report.inserted == 1
    assert [(each.line, each.column, each.code, each.text.rpartition("; ")[2]) for each in report.refusals] == [
        (2, "base_unit", "import.value.invalid", "write PCE"),
        (3, "unit:KAR", "import.value.invalid", "write CT"),
        (4, "base_unit", "import.value.invalid", "write one like PCE, BX or KGM"),
    ]


def test_a_lead_time_is_not_negative(take: Importer) -> None:
    report = take("products", "sku,name,base_unit,lead_time_days\nP,P,PCE,-1\n")
    assert refused(report) == [(2, "lead_time_days", "import.value.sign")]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("base,,SCREW,,Acme,,", "brand", "import.assortment.row"),
        ("base,,,,,,", None, "import.assortment.row"),
        ("base,,SCREW,,,,allow", "effect", "import.assortment.row"),
        ("base,,,,,all,", "effect", "import.value.missing"),
        ("base,,,,,all,mandatory", "effect", "import.value.invalid"),
        ("base,,,,,account:9,allow", "subject", "import.account.unknown"),
        ("base,,,,,buying-group:9,allow", "subject", "import.account.unknown"),
        ("base,,,,,team:9,allow", "subject", "import.value.invalid"),
        ("base,,GONE,,,,", "product", "import.product.unknown"),
        ("base,,,fixings//nuts,,,", "category", "import.value.invalid"),
        ("base,some,SCREW,,,,", "mode", "import.value.invalid"),
        (",,SCREW,,,,", "assortment", "import.value.missing"),
    ],
)
def test_a_row_of_an_assortment_is_refused(take: Importer, store: Store, row: str, column: str, code: str) -> None:
    assert refused(take("assortments", ASSORTMENT + row + "\n")) == [(2, column, code)]
    assert entries(store) == set()


@pytest.mark.parametrize(
    ("kind", "content", "column", "code"),
    [
        ("relations", "product,related,kind\nSCREW,SCREW,accessory\n", "related", "import.relation.circle"),
        ("relations", "product,related,kind\nSCREW,GONE,accessory\n", "related", "import.product.unknown"),
        ("relations", "product,related,kind\nSCREW,NUT,cousin\n", "kind", "import.value.invalid"),
        ("relations", "product,related,kind,quantity\nSCREW,NUT,accessory,0\n", "quantity", "import.value.sign"),
        ("tailoring", "subject,product,field,value\nall,SCREW,colour,red\n", "field", "import.value.invalid"),
        ("tailoring", "subject,product,field,value\nall,SCREW,name,\n", "value", "import.value.missing"),
        ("tailoring", "subject,product,field,value\naccount:9,SCREW,name,x\n", "subject", "import.account.unknown"),
        ("contacts", "account,name,email\n1,Eva,eva at example\n", "email", "import.value.invalid"),
        ("contacts", "account,name\n9,Eva\n", "account", "import.account.unknown"),
        ("service-levels", "service_level,channels\nA,pigeon\n", "channels", "import.value.invalid"),
        ("service-levels", "service_level,response_hours\nA,-1\n", "response_hours", "import.value.sign"),
        ("service-contacts", "subject,name\naccount:9,Ute\n", "subject", "import.account.unknown"),
        ("products", "sku,name,base_unit,documents\nX,x,C62,file:///etc/x\n", "documents", "import.value.invalid"),
        ("products", "sku,name,base_unit,documents\nX,x,C62,Sheet\n", "documents", "import.value.invalid"),
        ("products", "sku,name,base_unit,successor\nX,x,C62,X\n", "successor", "import.successor.circle"),
    ],
)  # fmt: skip
def test_a_row_is_refused(take: Importer, kind: str, content: str, column: str, code: str) -> None:
    report = take(kind, content)
    assert refused(report) == [(2, column, code)]
    assert (report.inserted, report.updated) == (0, 0)


def test_successors_in_a_circle_are_refused_whichever_way_they_are_stated(take: Importer, store: Store) -> None:
    rows = "sku,name,base_unit,successor\nA,a,C62,B\nB,b,C62,C\nC,c,C62,A\n"
    assert refused(take("products", rows)) == [(4, "successor", "import.successor.circle")]
    take("products", "sku,name,base_unit\nC,c,C62\n")
    relations = "product,related,kind\nC,SCREW,successor\nSCREW,A,successor\nC,A,substitute\n"
    report = take("relations", relations)
    assert refused(report) == [(3, "related", "import.successor.circle")]
    assert report.refusals[0].text == "A is succeeded by SCREW in the end: that would be a circle"
    # A takes another successor: what was a circle is none any more.
    assert take("products", "sku,name,base_unit,successor\nA,a,C62,NUT\n").updated == 1
    assert take("relations", relations).refusals == ()
    with store.read() as db:
        assert Catalogue(db).successors(["C"])[1] == {"C": {"SCREW"}, "SCREW": {"A"}}


def test_units_may_be_stated_one_by_another_and_come_back_in_base_units(take: Importer, store: Store) -> None:
    take("products", "sku,name,base_unit,unit:PF,unit:CT,unit:BX,unit:EA\nX,x,C62,24 CT,10 BX,200,1\n")
    assert unit_sizes(store, "X") == {"C62": 1, "PF": 48_000, "CT": 2_000, "BX": 200, "EA": 1}
    take("products", "sku,name,base_unit,unit:KGM,unit:BX\nX,x,C62,1000/3,1/2 KGM\n")
    assert unit_sizes(store, "X")["BX"] == Fraction(500, 3)


@pytest.mark.parametrize(
    ("columns", "cells", "column", "code"),
    [
        ("unit:BX,unit:CT", "2 CT,3 BX", "unit:BX", "import.unit.circle"),
        ("unit:BX", "2 BX", "unit:BX", "import.unit.circle"),
        ("unit:BX", "2 CT", "unit:BX", "import.unit.unknown"),
        ("unit:PF,unit:CT", "24 CT,10 BX", "unit:CT", "import.unit.unknown"),
        ("unit:EA", "2", "unit:EA", "import.value.invalid"),
        ("unit:KGM,unit:GRM", "100,10", "unit:GRM", "import.unit.contradiction"),
        ("unit:MTR,unit:CMT", "1/3,1/30", "unit:CMT", "import.unit.contradiction"),
        ("unit:BX", "two", "unit:BX", "import.value.invalid"),
        ("unit:BX", "2 boxes", "unit:BX", "import.value.invalid"),
        ("unit:BX", "1/0", "unit:BX", "import.value.sign"),
        ("unit:BX,unit:CT", "999999999999,999999999999 BX", "unit:CT", "number.too-large"),
    ],
)
def test_units_that_go_round_or_contradict_each_other_are_refused(
    take: Importer, columns: str, cells: str, column: str, code: str
) -> None:
    report = take("products", f"sku,name,base_unit,{columns}\nX,x,C62,{cells}\n")
    assert refused(report) == [(2, column, code)]
    assert report.inserted == 0


def test_a_base_unit_of_measure_holds_others_of_its_measure_as_they_are_everywhere(take: Importer) -> None:
    header = "sku,name,base_unit,unit:CMT,unit:RO\n"
    assert take("products", header + "X,x,MTR,1/100,5000 CMT\n").inserted == 1
    report = take("products", header + "X,x,MTR,100,\n")
    assert [refusal.text for refusal in report.refusals] == ["one CMT is 1/100 MTR everywhere, and 100 here"]


ACCOUNT, PARTY = "account,name,parent,gln,vat_id,duns\n", "account,role,id,scheme,valid_from,valid_to\n"


@pytest.mark.parametrize(
    ("kind", "content", "column"),
    [
        ("accounts", ACCOUNT + "2,Other,,4012345000009,,\n", "gln"),
        ("accounts", ACCOUNT + "2,Other,,,DE1,\n", "vat_id"),
        ("accounts", ACCOUNT + "2,Other,,,,123456789\n", "duns"),
        ("parties", PARTY + "11,DP,4012345000009,gln,,\n", "id"),
        ("parties", PARTY + "11,DP,1,ours,,\n", "id"),
        ("parties", PARTY + "11,DP,4012345000023,gln,2026-01-01,\n", "id"),
        ("parties", PARTY + "11,DP,77,theirs,2026-06-30,\n", "id"),
    ],
)
def test_an_identifier_that_would_name_two_accounts_is_refused_and_names_both(
    take: Importer, kind: str, content: str, column: str
) -> None:
    take("accounts", ACCOUNT + "1,Head,,4012345000009,DE1,123456789\n3,Third,,,,\n")
    take("parties", PARTY + "3,DP,4012345000023,gln,,2026-01-01\n1,DP,77,theirs,,2026-06-30\n")
    (refusal,) = take(kind, content).refusals
    assert (refusal.line, refusal.column, refusal.code) == (2, column, "import.identifier.taken")
    owner = "3" if "4012345000023" in content else "1"
    assert f"names account {owner}, and on the same days {content.splitlines()[1].split(',')[0]}" in refusal.text


def test_what_two_accounts_may_share_is_taken(take: Importer) -> None:
    take("accounts", ACCOUNT + "1,Head,,,DE1,123456789\n3,Third,,,,\n")
    assert take("accounts", ACCOUNT + "11,Branch,1,,DE1,123456789\n").refusals == ()  # one company
    rows = "1,DP,77,theirs,,2026-06-30\n11,DP,77,theirs,2026-07-01,\n11,IV,77,theirs,,\n3,DP,77,theirs,,\n"
    assert take("parties", PARTY + rows).refusals == ()
    assert counts(take("parties", PARTY + rows)) == {"rows": 4, "unchanged": 4}


def test_members_of_a_buying_group_are_companies_of_their_own(take: Importer) -> None:
    header = "account,name,parent,parent_kind,vat_id\n"
    rows = "G,Group,,,DE0\nM1,One,G,buying_group,DE1\nM2,Two,G,buying_group,DE1\n"
    assert refused(take("accounts", header + rows)) == [(4, "vat_id", "import.identifier.taken")]


def test_an_identifier_moves_on_when_its_first_holder_gives_it_up(take: Importer) -> None:
    rows = "1,Head,,,,\n2,Other,,4012345000009,,\n"
    assert counts(take("accounts", ACCOUNT + rows)) == {"rows": 2, "inserted": 1, "updated": 1}


def test_a_number_that_would_mean_two_things_on_one_day_is_refused(take: Importer) -> None:
    header = "account,number,product,unit,valid_from,valid_to\n"
    assert take("part-numbers", header + "1,N,SCREW,,,2026-06-30\n1,N,NUT,,2026-07-01,\n").inserted == 2
    report = take("part-numbers", header + "1,N,NUT,,2026-06-30,2026-07-31\n1,N,SCREW,,2027-01-01,\n")
    assert refused(report) == [
        (2, "valid_from", "import.validity.overlap"),
        (3, "valid_from", "import.validity.overlap"),
    ]
    assert report.refusals[0].text == "N of account 1 means SCREW from ever on, to 2026-06-30: end that first"
    # The same meaning, another account's number, and what ends first are taken.
    rows = "1,N,NUT,,2026-08-01,\n11,N,SCREW,,,\n1,M,SCREW,,,\n"
    assert take("part-numbers", header + rows).refusals == ()
    rows = "1,M,SCREW,,,2026-06-30\n1,M,SCREW,BX,2026-07-01,\n"
    assert counts(take("part-numbers", header + rows)) == {"rows": 2, "inserted": 1, "updated": 1}


def test_a_number_that_two_rows_give_to_two_articles_is_refused_and_one_that_changes_is_not(take: Importer) -> None:
    header = "account,number,product,unit,valid_from,valid_to\n"
    report = take("part-numbers", header + "1,N,SCREW,,,\n1,N,NUT,,,\n1,N,SCREW,,,\n")
    assert refused(report) == [(3, "valid_from", "import.validity.overlap")]
    assert counts(take("part-numbers", header + "1,N,NUT,,,\n")) == {"rows": 1, "updated": 1}


def test_a_circle_of_accounts_is_refused_across_batches_and_when_a_subtree_moves(take: Importer) -> None:
    chain = "".join(f"N{number},n,{f'N{number - 1}' if number else ''}\n" for number in range(2_500))
    assert take("accounts", "account,name,parent\n" + chain).inserted == 2_500
    moved = take("accounts", "account,name,parent\nN0,n,N2499\n")
    assert refused(moved) == [(2, "parent", "import.parent.circle")]
    # The lower half moves under another account, with all below it; then the old top may stand below it.
    rows = "account,name,parent\nN1250,n,1\nN0,n,N2499\n"
    assert counts(take("accounts", rows)) == {"rows": 2, "updated": 2}
    assert refused(take("accounts", "account,name,parent\n1,Head,N10\n")) == [(2, "parent", "import.parent.circle")]


@pytest.mark.parametrize(
    ("content", "line", "column", "code"),
    [
        ("sku,name,base_unit\nX,Schl\u00fcssel,C62\n".encode("latin-1"), 2, "name", "import.encoding"),
        ("sku,name,base_unit\nX,x,C62\n".encode("utf-16"), 1, None, "import.encoding"),
        (b"", 1, None, "import.empty"),
        (b"sku\tname\tbase_unit\nX\tx\tC62\n", 1, None, "import.header"),
        (b"sku|name|base_unit\nX|x|C62\n", 1, None, "import.header"),
        (b"sku,name,,base_unit\nX,x,,C62\n", 1, None, "import.header"),
        (b"sku,name,base_unit,colour\nX,x,C62,red\n", 2, "colour", "import.column.unknown"),
        (b"sku,name\nX,x\n", 2, "base_unit", "import.value.missing"),
        (b"sku,name,base_unit\nX,x\n", 2, None, "import.row.ragged"),
    ],
)
@pytest.mark.one_store
def test_a_file_of_another_encoding_delimiter_or_columns_is_refused_with_its_place(
    take: Importer, content: bytes, line: int, column: str | None, code: str
) -> None:
    report = take("products", content)
    assert refused(report) == [(line, column, code)]
    assert (report.inserted, report.updated) == (0, 0)
