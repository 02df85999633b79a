"""The compiled tables, and that they are what the UN's zips hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.edifact import compile_directory
from gateway.edifact.directory import Directory, GroupUse, SegmentUse, load, releases
from gateway.edifact.directory_text import code_lists, segment_directory, segment_table
from gateway.errors import UsageError
from tests.edifact.corpus import zip_file


def _directory(version: str, release: str, syntax: str = "3") -> Directory:
    directory = load(version, release, syntax)
    assert directory is not None
    return directory


@pytest.mark.parametrize(("release", "groups"), [("93A", 51), ("96A", 54), ("01B", 60)])
def test_an_order_has_the_groups_of_its_release(release: str, groups: int):
    table = _directory("D", release).message("ORDERS")
    assert table is not None

    def numbers(members: tuple[SegmentUse | GroupUse, ...]) -> list[int]:
        inner = [member for member in members if isinstance(member, GroupUse)]
        return [number for group in inner for number in (group.number, *numbers(group.members))]

    assert numbers(table.members) == list(range(1, groups + 1))
    assert [table.members[0].tag, table.members[-1].tag] == ["UNH", "UNT"]


def test_a_composite_names_its_components_by_position():
    table = _directory("D", "96A").segment("DTM")
    assert table is not None
    assert [(use.code, use.status) for use in table.elements] == [("C507", "M")]
    parts = [(part.code, part.status, part.format) for part in table.elements[0].components]
    assert parts == [("2005", "M", "an..3"), ("2380", "C", "an..35"), ("2379", "C", "an..3")]


def test_every_segment_of_a_message_has_its_table():
    for release in releases():
        directory = _directory(*release.split("."))
        for message_type in directory.message_types:
            table = directory.message(message_type)
            assert table is not None
            pending: list[SegmentUse | GroupUse] = list(table.members)
            while pending:
                use = pending.pop()
                if isinstance(use, GroupUse):
                    pending.extend(use.members)
                else:
                    assert directory.segment(use.tag), f"{use.tag} in {message_type} {release}"


def test_the_message_functions_differ_by_release():
    counts = [len(_directory("D", release).codes("1225") or ()) for release in ("93A", "96A", "01B")]
    assert counts == [53, 54, 65]
    assert _directory("D", "96A").codes("1004") is None


def test_contrl_belongs_to_every_release_and_to_its_own():
    assert all(_directory(*name.split(".")).message("CONTRL") for name in releases())
    assert _directory("D", "3").message_types == _directory("4", "1").message_types == ("CONTRL",)
    syntax_3, syntax_4 = (_directory(*name).segment("UCI") for name in (("D", "3"), ("4", "1")))
    assert syntax_3 is not None
    assert syntax_4 is not None
    assert (syntax_3.elements[5].code, syntax_4.elements[5].code) == ("0013", "0135")


def test_an_unknown_release_has_no_directory():
    assert load("D", "77X") is None
    assert load("../d", "96a") is None


def test_a_group_that_stays_open_is_refused():
    text = "4.3.1 Segment table\n0010   UNH Message header   M   1\n0020  ---- Segment group 1 ---- C  9---+\n"
    with pytest.raises(UsageError, match="do not close"):
        segment_table(text + "0030   UNT Message trailer   M   1\n")


def test_a_name_over_two_lines_keeps_its_format():
    rule = "-" * 70
    text = (
        f"{rule}\n\n  LIN  LINE ITEM\n\n020    1229 ACTION REQUEST/NOTIFICATION DESCRIPTION\n    CODE  C    1 an..3\n"
    )
    assert segment_directory(text) == {"LIN": [["1229", "C", 1, "an..3"]]}


def test_codes_new_in_a_release_are_left_out_on_request():
    rule = "-" * 70
    entries = "        1 Old\n+      11 New\n             With a text.\n-      12 Gone\n"
    text = f"{rule}\n\n* 1225  Message function, coded\n\n  Repr: an..3\n\n{entries}"
    assert code_lists(text) == {"1225": ["1", "11"]}
    assert code_lists(text, with_additions=False) == {"1225": ["1"]}


@pytest.mark.parametrize("name", ["d01b", "d93a", "d96a"])
def test_the_committed_tables_are_those_of_the_zips(name: str, tmp_path: Path):
    options = ["--codes-from", str(zip_file("d96a")), "--messages", "ORDERS,ORDRSP,ORDCHG"] if name == "d93a" else []
    assert compile_directory.main([str(zip_file(name)), *options, "--output", str(tmp_path)]) == 0
    made = (tmp_path / f"{name}.json").read_text()
    assert json.loads(made)["release"] == f"D.{name[1:].upper()}"
    assert made == (compile_directory.TABLES / f"{name}.json").read_text()


def test_a_file_that_is_no_zip_ends_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "d96a.zip").write_text("no zip")
    assert compile_directory.main([str(tmp_path / "d96a.zip")]) == 2
    assert "cannot be read as a zip" in capsys.readouterr().err
