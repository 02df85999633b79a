"""`gateway edifact`: any file parsed, validated and laid out, without a workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_ingest import ISSUE
from tests.workspaces import SAMPLES, Ran, run

ACME = SAMPLES / "01_acme_order.edi"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No workspace is near."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")


def parsed(file: Path) -> tuple[int, dict]:
    ran = run("edifact", "parse", file, "--json")
    (shown,) = ran.lines
    assert set(shown) == {"interchanges", "issues"}
    return ran.status, shown


def written(tmp_path: Path, content: bytes) -> Path:
    file = tmp_path / "file.edi"
    file.write_bytes(content)
    return file


def test_an_interchange_is_shown_with_the_fields_it_promises() -> None:
    status, shown = parsed(ACME)
    (interchange,) = shown["interchanges"]
    (message,) = interchange["messages"]
    assert status == 0
    assert tuple(interchange) == (
        "sender", "recipient", "control_reference", "syntax", "test", "groups", "messages", "issues",
    )  # fmt: skip
    assert interchange["sender"] == {"id": "4012345000009", "qualifier": "14", "routing": ""}
    assert (interchange["control_reference"], interchange["syntax"], interchange["test"]) == (
        "ACM0000101",
        "UNOC:3",
        False,
    )
    assert set(message) == {
        "reference", "type", "version", "release", "association", "group", "offset", "segments", "issues",
    }  # fmt: skip
    assert message["segments"][1] == {"tag": "BGM", "offset": 120, "elements": [["220"], ["4500017801"], ["9"]]}
    assert (message["segments"][0]["tag"], message["segments"][-1]["tag"], len(message["segments"])) == (
        "UNH",
        "UNT",
        34,
    )
    raw = ACME.read_bytes()
    for segment in message["segments"]:
        assert raw[segment["offset"] :].startswith(segment["tag"].encode())


def test_messages_name_their_group(tmp_path: Path) -> None:
    _, shown = parsed(SAMPLES / "08_nordwind_group.edi")
    (interchange,) = shown["interchanges"]
    assert [message["group"] for message in interchange["messages"]] == ["77", "77"]
    assert interchange["groups"][0]["reference"] == "77"


def test_what_can_be_read_stands_beside_what_is_wrong() -> None:
    status, shown = parsed(SAMPLES / "12_acme_truncated.edi")
    assert (status, shown["interchanges"][0]["messages"][0]["segments"][1]["elements"][1]) == (1, ["4500017811"])


def test_structure_is_not_what_parse_looks_at(tmp_path: Path) -> None:
    content = b"UNB+UNOC:3+A+B+260101:0000+1'UNH+1+ORDERS:D:96A:UN'XXX+1'UNT+3+1'UNZ+1+1'"
    assert parsed(written(tmp_path, content))[0] == 0


def test_released_characters_and_repetitions_are_resolved(tmp_path: Path) -> None:
    content = b"UNB+UNOC:4+A+B+20260101:0000+1'UNH+1+ORDERS:D:96A:UN'FTX+AAI+++It?'s 1?+1*two'UNT+3+1'UNZ+1+1'"
    _, shown = parsed(written(tmp_path, content))
    segment = shown["interchanges"][0]["messages"][0]["segments"][1]
    assert segment["elements"] == [["AAI"], [""], [""], {"repetitions": [["It's 1+1"], ["two"]]}]


@pytest.mark.parametrize("content", [b"", b"\0\0\0", b"no edi at all", b"\xff" * 99])
def test_what_is_no_edifact_is_one_error_and_status_1(tmp_path: Path, content: bytes) -> None:
    status, shown = parsed(written(tmp_path, content))
    assert (status, shown["interchanges"]) == (1, [])
    assert [issue["code"] for issue in shown["issues"] if issue["severity"] == "error"] == ["envelope.missing"]


def validated(file: Path) -> Ran:
    return run("edifact", "validate", file, "--json")


def test_a_valid_file_has_nothing_to_list() -> None:
    assert (validated(ACME).status, validated(ACME).out) == (0, "")


def test_every_fault_is_a_line_with_its_place() -> None:
    ran = validated(SAMPLES / "13_nordwind_one_bad_quantity.edi")
    (issue,) = ran.lines
    assert ran.status == 1
    assert set(issue) == {*ISSUE, "advice"}
    assert (issue["code"], issue["segment"], issue["tag"], issue["element"]) == (
        "element.wrong-type",
        19,
        "QTY",
        "6060",
    )


@pytest.mark.parametrize("name", ["10_acme_wrong_unt_count", "11_acme_wrong_unz_count", "12_acme_truncated"])
def test_a_broken_envelope_is_status_1(name: str) -> None:
    assert validated(SAMPLES / f"{name}.edi").status == 1


def test_a_laid_out_file_is_one_segment_a_line_and_reads_the_same(tmp_path: Path) -> None:
    laid_out = run("edifact", "format", SAMPLES / "07_acme_two_interchanges.edi")
    assert laid_out.status == 0
    tags = [line[:3] for line in laid_out.out.splitlines()]
    assert (tags.count("UNB"), tags.count("UNH"), tags.count("UNZ")) == (2, 2, 2)
    again = parsed(written(tmp_path, laid_out.raw))[1]
    first = parsed(SAMPLES / "07_acme_two_interchanges.edi")[1]

    def values(shown: dict) -> list:
        return [
            [segment["elements"] for message in each["messages"] for segment in message["segments"]]
            for each in shown["interchanges"]
        ]

    assert values(again) == values(first)


def test_nothing_is_made_where_they_run(tmp_path: Path) -> None:
    for words in (("parse",), ("validate",), ("format",)):
        run("edifact", *words, ACME)
    assert list((tmp_path / "empty").iterdir()) == []
