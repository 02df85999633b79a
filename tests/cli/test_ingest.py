"""`gateway ingest`: its lines, its exit status, and what it leaves behind."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests import sent
from tests.workspaces import SAMPLES, Place, run

FIELDS = (
    "message", "file", "partner", "channel", "account", "syntax", "type", "release", "control_reference", "reference",
    "state", "order", "decision", "issues", "outputs",
)  # fmt: skip
ISSUE = (
    "code", "severity", "text", "segment", "tag", "element", "element_position", "component_position", "offset", "line",
    "column", "path", "rule", "field",
)  # fmt: skip
ONE = sent.line(1, sent.SEALANT, "12")
GOOD = sent.interchange("IC1", sent.order("PO-1", ONE))


def files_below(root: Path) -> dict[str, str]:
    """Every file below a folder with the digest of its content."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_a_line_has_the_fields_it_promises_and_no_others(demo: Place) -> None:
    for line in [*demo.sample(1), *demo.sample(13), *demo.ingest(b"no edi")]:
        assert tuple(line) == FIELDS
        for issue in line["issues"]:
            assert set(issue) == {*ISSUE, "advice"}
            assert issue["advice"]


def test_stdout_holds_json_lines_and_nothing_else(demo: Place) -> None:
    ran = demo.run("ingest", SAMPLES / "13_nordwind_one_bad_quantity.edi", "--json")
    assert [json.loads(line)["reference"] for line in ran.out.splitlines()] == [f"B26-092{n}" for n in range(1, 6)]
    assert ran.err == ""


def test_messages_come_in_the_order_of_files_and_places(demo: Place) -> None:
    files = [SAMPLES / name for name in ("07_acme_two_interchanges.edi", "02_nordwind_order.edi", "01_acme_order.edi")]
    assert [line["reference"] for line in demo.ingest(*files)] == ["4500017805", "4500017806", "B26-0911", "4500017801"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (GOOD, 0),
        (sent.interchange("IC1", sent.order("PO-1", sent.line(1, sent.SEALANT, "13"))), 0),  # changed
        (sent.interchange("IC1", sent.order("PO-1", sent.line(1, ("4098765001109", "1"), "13"))), 1),  # held
        (sent.interchange("IC1", sent.order("PO-1", ONE), count=3), 1),  # rejected
        (b"", 1),
    ],
    ids=["accepted", "changed", "held", "rejected", "empty"],
)
def test_the_status_tells_whether_a_person_should_look(demo: Place, content: bytes, status: int) -> None:
    demo.ingest(content, status=status)


def test_a_rejected_decision_is_status_1(demo: Place) -> None:
    demo.change("partners/acme.toml", 'unknown_article = "hold"', "")
    (line,) = demo.ingest(
        sent.interchange("IC1", sent.order("PO-1", sent.line(1, ("4098765001109", "1"), "13"))), status=1
    )
    assert (line["state"], line["decision"]) == ("processed", "rejected")


def test_a_duplicate_alone_is_status_0(demo: Place) -> None:
    demo.ingest(GOOD)
    demo.ingest(GOOD, status=0)


@pytest.mark.both_stores
@pytest.mark.parametrize("json_too", [True, False])
def test_a_dry_run_writes_nothing_and_shows_what_would_leave(demo: Place, json_too: bool) -> None:
    demo.sample(2)
    before = files_below(demo.root)
    ran = demo.run("ingest", SAMPLES / "01_acme_order.edi", "--dry-run", *(["--json"] if json_too else []))
    assert ran.status == 0
    assert files_below(demo.root) == before
    if not json_too:
        assert "UCI+ACM0000101" in ran.out
        return
    (line,) = ran.lines
    assert tuple(line) == FIELDS
    assert (line["state"], line["order"]) == ("processed", "SO00000002")
    assert [tuple(each)[:-1] for each in line["outputs"]] == [("output", "type", "connection", "reference")] * 3
    assert [tuple(each.values())[1:-1] for each in line["outputs"]] == [
        ("CONTRL", "acme_outbox", "ACM0000101"),
        ("ORDRSP", "acme_outbox", "4500017801"),
        ("order", "erp", "4500017801"),
    ]
    contrl, ordrsp, order = (each["text"] for each in line["outputs"])
    assert contrl.startswith("UNB+UNOC:3+4098765000010:14+4012345000009:14+")
    assert "BGM+231+OR00000002+29'" in ordrsp
    assert json.loads(order)["number"] == "4500017801"


@pytest.mark.both_stores
def test_after_a_dry_run_the_real_run_is_the_first(demo: Place) -> None:
    demo.run("ingest", SAMPLES / "01_acme_order.edi", "--dry-run")
    (line,) = demo.sample(1, status=0)
    assert (line["state"], line["order"]) == ("processed", "SO00000001")


def test_a_dry_run_in_a_new_workspace_makes_no_store(tmp_path: Path) -> None:
    place = Place(tmp_path / "new")
    run("init", place.root)
    before = files_below(place.root)
    ran = place.run("ingest", SAMPLES / "01_acme_order.edi", "--dry-run", "--json")
    assert (ran.status, ran.lines[0]["partner"]) == (1, "example")
    assert files_below(place.root) == before


@pytest.mark.both_stores
def test_a_dry_run_takes_changed_files_and_publishes_nothing(demo: Place) -> None:
    demo.change("partners/acme.toml", 'unknown_article = "hold"', 'price_too_low = "hold"')
    raw = sent.interchange("IC1", sent.order("PO-1", sent.line(1, sent.SEALANT, "12", "3.00::NTP")))
    (line,) = demo.ingest(raw, options=("--dry-run",))
    assert line["decision"] == "held"
    assert len(demo.run("config", "log", "--json").lines) == 1


def test_what_is_not_delivered_waits_in_the_outbox(demo: Place) -> None:
    demo.ingest(GOOD, status=0, options=("--no-deliver",))
    assert demo.outbox("acme") == []
    assert [each["state"] for each in demo.run("outbox", "list", "--json").lines] == ["queued"] * 3
    demo.sample(2)
    assert [answer.type for answer in demo.answers("acme")] == ["CONTRL", "ORDRSP"]


def test_a_file_whose_name_is_no_text_is_taken(demo: Place) -> None:
    file = demo.root.parent / b"\xffbad\nname.edi".decode("utf-8", "surrogateescape")
    file.write_bytes(GOOD)
    ran = demo.run("ingest", file, "--json")
    assert (ran.status, ran.lines[0]["file"]) == (0, "�bad\nname.edi")


def test_a_partner_without_a_send_agreement_gets_no_answer(demo: Place) -> None:
    text = (demo.root / "partners" / "acme.toml").read_text("utf-8")
    start = text.index('[[agreement]]\nsend = "edifact CONTRL"')
    demo.write("partners/acme.toml", text[:start] + text[text.index('[[agreement]]\nsend = "json order"') :])
    checked = demo.run("check")
    assert (checked.status, "owes CONTRL" in checked.err) == (0, True)
    (line,) = demo.ingest(GOOD, status=0)
    assert (line["state"], demo.outbox("acme")) == ("processed", [])


def test_a_connection_kind_that_is_away_keeps_its_outputs_queued(demo: Place) -> None:
    demo.write("outbox/erp", "a file where the folder should be")
    (line,) = demo.ingest(GOOD, status=0)
    assert line["state"] == "processed"
    states = {each["type"]: each["state"] for each in demo.run("outbox", "list", "--json").lines}
    assert states["CONTRL"] == states["ORDRSP"] == "sent"
    assert states["order"] in ("failed", "dead")


def test_what_is_refused_says_below_the_table_why_and_what_to_do(demo: Place, tmp_path: Path) -> None:
    file = tmp_path / "letter.edi"
    file.write_text("Dear supplier")
    ran = demo.run("ingest", file, "--dry-run")
    assert (ran.status, "error: envelope.missing" in ran.out) == (1, True)
    assert ran.out.endswith("-> send a file that begins with UNA or UNB and holds a UNB..UNZ interchange\n")
    assert demo.run("ingest", SAMPLES / "01_acme_order.edi").out.count("->") == 0


def test_of_very_many_that_are_refused_the_first_are_told(demo: Place, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.edi" for number in range(12)]
    for file in files:
        file.write_text(f"Dear supplier {file.name}")
    ran = demo.run("ingest", *files, "--dry-run")
    assert ran.out.count("error: envelope.missing") == 10
    assert ran.out.endswith("and 2 more; --json tells of each\n")
