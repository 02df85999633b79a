"""Overlays: what a subset or a partner changes of the mapping it extends, and where each rule comes from."""

from __future__ import annotations

import tomllib

import pytest

from gateway.mapping.effective_text import effective_lines, entries
from gateway.mapping.library import Library
from tests.mapping.orders import BUNDLE, LINES, ORDER, errors, library, lines, refused, tried_of, unread

BASE = (
    ORDER
    + 'contract = "RFF[CT]/1154"\n'
    + LINES
    + """quantity = "QTY[21]/6060 | decimal | required"
unit     = "QTY[21]/6411 | code(unit_rec20)"
[order.lines.price]
amount = "PRI[AAA]/5118 | decimal"
[ignore]
"UNH" = "envelope"
"UNT" = "envelope"
"""
)
PARTNER = "partners/acme/orders/mapping.toml"
ACME = """extends = "test/order"
partner = "acme"
[order]
drop = ["contract"]
[order.lines]
unit = "QTY[21]/6411 | code(acme_unit) | required"
note = "FTX[AAI]/4440"
[ignore]
"RFF[CT]" = "cost centre, not a contract (page 11)"
"UNS" = "section control"
"""
UNITS = '[values]\nSTK = "PCE"\n'
SEGMENTS = "RFF+CT:4711'LIN+1'QTY+21:5:STK'FTX+AAI+++soon'"


def acme(text: str = ACME) -> Library:
    return library(BASE, {PARTNER: text, "codes/acme_unit.toml": UNITS})


def test_a_partner_overrides_adds_drops_and_ignores() -> None:
    trial = tried_of(acme(), "acme/orders", SEGMENTS)
    assert "contract" not in trial.document
    assert [line["unit"] for line in lines(trial)] == ["PCE"]
    assert [line["note"] for line in lines(trial)] == ["soon"]
    assert not [path for path in unread(trial) if path.startswith("RFF")]


def test_the_mapping_that_is_extended_stays_as_it_was() -> None:
    trial = tried_of(acme(), "test/order", SEGMENTS)
    assert trial.document["contract"] == "4711"
    assert [issue.code for issue in errors(trial)] == ["mapping.code.unknown"]


def test_an_issue_names_the_file_and_line_of_the_rule_that_is_in_force() -> None:
    trial = tried_of(acme(), "acme/orders", "LIN+1'QTY+21:x:KG'")
    assert [issue.rule for issue in errors(trial)] == ["test/order/mapping.toml:11", f"{PARTNER}:6"]


def test_a_partner_drops_a_whole_table() -> None:
    text = 'extends = "test/order"\npartner = "acme"\n[order.lines]\ndrop = ["price"]\n'
    trial = tried_of(acme(text), "acme/orders", "LIN+1'QTY+21:5:PCE'PRI+AAA:3'")
    assert "price" not in lines(trial)[0]
    assert "PRI[AAA]/5118" in unread(trial)


def test_a_partner_reads_again_what_the_base_ignores() -> None:
    text = 'extends = "test/order"\npartner = "acme"\n[ignore]\ndrop = ["UNT"]\n'
    paths = [one.path for one in tried_of(acme(text), "acme/orders", "").unread]
    assert "UNT/0074" in paths
    assert not [path for path in paths if path.startswith("UNH")]


def test_a_partner_changes_what_a_table_stands_for() -> None:
    text = 'extends = "test/order"\npartner = "acme"\n[order.lines]\nwhen = "LIN/1229 != \'2\'"\n'
    trial = tried_of(acme(text), "acme/orders", "LIN+1+2'QTY+21:1'LIN+2'QTY+21:2'")
    assert len(lines(trial)) == 1


def test_show_gives_every_rule_its_origin() -> None:
    found = {(entry.table, entry.key): (entry.text, entry.origin) for entry in entries(acme().effective("acme/orders"))}
    assert found["order", "number"] == ("BGM/1004 | required", "test/order/mapping.toml:5")
    assert found["order.lines", "unit"] == ("QTY[21]/6411 | code(acme_unit) | required", f"{PARTNER}:6")
    assert found["order.lines", "each"] == ("LIN", "test/order/mapping.toml:9")
    assert found["ignore", "RFF[CT]"] == ("cost centre, not a contract (page 11)", f"{PARTNER}:9")
    assert ("order", "contract") not in found


def test_show_gives_segment_templates_their_origin() -> None:
    document = Library(BUNDLE).effective("eancom/ordrsp_97")
    templates = {entry.text.partition("+")[0]: entry.origin for entry in entries(document) if entry.table == "lines"}
    assert templates["LIN"] == "eancom/ordrsp_97/mapping.toml:10"
    assert templates["PIA"].startswith("edifact/ordrsp_d96a/mapping.toml:")


@pytest.mark.parametrize("identity", ["eancom/orders_97", "eancom/ordrsp_02"])
def test_what_is_shown_is_a_mapping_that_does_the_same(identity: str) -> None:
    shown = "\n".join(effective_lines(Library(BUNDLE).effective(identity)))
    data = tomllib.loads(shown)
    assert data["mapping"] == identity
    whole = Library({**BUNDLE, f"{identity}/mapping.toml": shown.encode()})
    again = [entry._replace(origin="") for entry in entries(whole.effective(identity))]
    assert again == [entry._replace(origin="") for entry in entries(Library(BUNDLE).effective(identity))]
    whole.mapping(identity)


HEADER_OF_ACME = 'extends = "test/order"\npartner = "acme"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEADER_OF_ACME + '[order]\ndrop = ["conditions"]\n', f"{PARTNER}:4:9: there is no rule 'conditions' here"),
        (HEADER_OF_ACME + '[ignore]\ndrop = ["FTX"]\n', f"{PARTNER}:4:9: there is no rule 'FTX' here to drop"),
        (
            HEADER_OF_ACME + '[order]\ndrop = ["contrct"]\n',
            f"{PARTNER}:4:9: there is no rule 'contrct' here to drop (did you mean contract?)",
        ),
        (HEADER_OF_ACME + '[order]\ndrop = ["number"]\n', "Order needs 'number', which no rule fills"),
        (HEADER_OF_ACME + '[order]\nsum = "BGM/1004"\n', f"{PARTNER}:4:1: Order has no field 'sum'"),
        (HEADER_OF_ACME + '[order_change]\nnumber = "BGM/1004"\n', f"{PARTNER}:3:1: 'order_change' is no part"),
        ('partner = "acme"\n', "a partner's mapping extends a published one (name it by extends, or move"),
        ('extends = "test/order"\npartner = "bcme"\n', f"{PARTNER}:2:1: a mapping below partners/acme/ is of partner"),
        ('extends = "test/orders"\npartner = "acme"\n', f"{PARTNER}:1:1: there is no mapping 'test/orders' to extend"),
        (HEADER_OF_ACME + 'mapping = "acme/order"\n', "this file is the mapping 'acme/orders', not 'acme/order'"),
    ],
)  # fmt: skip
def test_an_overlay_that_cannot_be_right_is_refused_at_its_place(text: str, problem: str) -> None:
    problems = refused(BASE, {PARTNER: text}, "acme/orders")
    assert [found for found in problems if problem in found], problems


def test_standard_subset_and_partner_is_as_deep_as_it_goes() -> None:
    files = {
        "test/subset/mapping.toml": 'extends = "test/order"\n',
        PARTNER: 'extends = "test/subset"\npartner = "acme"\n',
        "partners/acme/special/mapping.toml": 'extends = "acme/orders"\npartner = "acme"\n',
    }
    assert len(library(BASE, files).effective("acme/orders").chain) == 3
    (problem,) = refused(BASE, files, "acme/special")
    assert problem.startswith("partners/acme/special/mapping.toml:1:1: this extends more than 2 mappings")


def test_a_mapping_that_extends_itself_is_refused() -> None:
    files = {PARTNER: 'extends = "acme/orders"\npartner = "acme"\n'}
    assert "extends more than 2 mappings" in refused(BASE, files, "acme/orders")[0]


def test_the_digest_of_a_mapping_is_that_of_everything_it_is_made_of() -> None:
    before = acme().digest("acme/orders")
    assert acme().digest("acme/orders") == before
    assert acme(ACME + "# page 12\n").digest("acme/orders") != before
    files = {PARTNER: ACME, "codes/acme_unit.toml": UNITS + 'KG = "KGM"\n'}
    assert library(BASE, files).digest("acme/orders") != before
    assert library(BASE + "# more\n", {PARTNER: ACME, "codes/acme_unit.toml": UNITS}).digest("acme/orders") != before
