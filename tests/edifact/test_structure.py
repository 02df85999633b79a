"""Segments arranged in groups, and what is said of those that do not fit."""

from __future__ import annotations

from gateway.edifact.directory import load
from gateway.edifact.message import Message
from gateway.edifact.structure import Group, arrange
from gateway.issues import Issue
from tests.edifact.messages import ORDER_HEAD, message, order


def _arrange(text: Message) -> tuple[Group, list[Issue]]:
    directory = load(text.version, text.release)
    table = directory and directory.message(text.type)
    assert table
    return arrange(text, table)


def _faults(text: Message) -> list[tuple[str, int | None, str | None]]:
    return [(issue.code.removeprefix("structure."), issue.segment, issue.tag) for issue in _arrange(text)[1]]


def test_segments_stand_in_the_groups_of_their_table():
    root, issues = _arrange(
        order("NAD+BY+1::9'CTA+OC+:A'NAD+SU+2::9'LIN+1'QTY+21:1'PRI+AAA:1'LIN+2'QTY+21:2'UNS+S'MOA+86:9'")
    )
    assert issues == []
    assert root.segments["DTM"] == [2]
    buyer, supplier = root.every("NAD")
    assert (buyer.index, buyer.number, supplier.occurrence) == (3, 2, 2)
    assert [group.index for group in buyer.every("CTA")] == [4]
    first, second = root.every("LIN")
    assert first.segments == {"LIN": [6], "QTY": [7]}
    assert first.every("PRI")[0].parent is first
    assert second.segments["QTY"] == [10]
    assert root.segments["MOA"] == [12]


def test_two_groups_with_one_trigger_are_told_apart_by_number():
    root, issues = _arrange(order("ALC+A'LIN+1'UNS+S'ALC+C'MOA+8:1'"))
    assert issues == []
    assert [group.number for group in root.every("ALC")] == [18, 54]


def test_a_missing_segment_is_named_at_the_one_before_it():
    text = message("UNH+1+ORDERS:D:96A:UN'DTM+137:20240101:102'LIN+1'UNS+S'UNT+5+1'")
    assert _faults(text) == [("segment.missing", 1, "BGM")]
    (issue,) = _arrange(text)[1]
    assert issue.offset == 0


def test_a_group_without_its_mandatory_segment_is_an_error():
    assert _faults(order("LIN+1'UNS+S'ALC+C'")) == [("segment.missing", 6, "MOA")]


def test_a_segment_in_the_wrong_order_is_told_and_still_found():
    root, issues = _arrange(order("LIN+1'PRI+AAA:1'QTY+21:1'PRI+AAB:1'UNS+S'"))
    assert [(issue.code, issue.segment) for issue in issues] == [("structure.segment.unexpected", 6)]
    (line,) = root.every("LIN")
    assert line.segments["QTY"] == [5]
    assert len(line.every("PRI")) == 2


def test_a_stray_segment_before_the_lines_does_not_end_the_section():
    root, issues = _arrange(order("MOA+86:1'LIN+1'LIN+2'UNS+S'CNT+2:2'"))
    assert [(issue.code, issue.segment, issue.tag) for issue in issues] == [("structure.segment.unexpected", 4, "MOA")]
    assert len(root.every("LIN")) == 2
    assert "MOA" not in root.segments


def test_a_missing_section_control_is_told_once():
    assert _faults(order("LIN+1'CNT+2:1'")) == [("segment.missing", 4, "UNS")]


def test_repetitions_past_the_table_are_counted_per_place():
    assert _faults(order("PAI+::42'PAI+::42'LIN+1'PAI+::42'UNS+S'")) == [("segment.too-many", 5, "PAI")]
    groups = "LIN+1'" + "PAC+1'" * 10 + "LIN+2'PAC+1'UNS+S'"
    assert _faults(order(groups)) == []
    assert _faults(order("LIN+1'PAC+1'" + "PAC+1'" * 10 + "UNS+S'")) == [("group.too-many", 15, "PAC")]


def test_an_unknown_tag_is_left_out_of_the_tree():
    root, issues = _arrange(order("XYZ+1'LIN+1'XYZ+2'UNS+S'"))
    assert [(issue.segment, issue.tag) for issue in issues] == [(4, "XYZ"), (6, "XYZ")]
    assert "XYZ" not in root.segments
    assert issues[0].offset == len(ORDER_HEAD)
