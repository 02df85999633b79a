"""Elements checked against the directory: what is wrong, and exactly where."""

from __future__ import annotations

import pytest

from gateway.edifact.directory import load
from gateway.edifact.message import Message
from gateway.edifact.validation import validate
from gateway.issues import ADVICE, Issue, Severity
from tests.edifact.messages import ORDER_HEAD, message, order


def _issues(text: Message, syntax: str = "3") -> list[Issue]:
    directory = load(text.version, text.release, syntax)
    assert directory is not None
    return validate(text, directory)[1]


def _place(issue: Issue) -> tuple[str, str | None, int | None, int | None]:
    return issue.code.removeprefix("element."), issue.element, issue.element_position, issue.component_position


def test_a_sound_order_has_no_issues():
    assert _issues(order("NAD+BY+541::9++Name'LIN+1++4006381333931:EN'QTY+21:12:PCE'UNS+S'CNT+2:1'")) == []


def test_a_fault_names_segment_element_component_and_offset():
    (issue,) = _issues(order("LIN+1'QTY+21:many'UNS+S'"))
    assert (issue.code, issue.segment, issue.tag, issue.element) == ("element.wrong-type", 5, "QTY", "6060")
    assert (issue.element_position, issue.component_position) == (1, 2)
    assert issue.offset == len(ORDER_HEAD) + len("LIN+1'")


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("FTX", ("missing", "4451", 1, None)),
        ("FTX++1", ("missing", "4451", 1, None)),
        ("FTX+ZZZZ", ("too-long", "4451", 1, None)),
        ("FTX+AAI+++" + "x" * 71, ("too-long", "4440", 4, 1)),
        ("FTX+AAI+++a:b:c:d:e:f", ("too-many", "C108", 4, 6)),
        ("FTX+AAI+1++a+DE+x", ("too-many", None, 6, None)),
        ("FTX+AAI++::9", ("missing", "4441", 3, 1)),
    ],
)
def test_one_faulty_element_is_one_issue(segment: str, expected: tuple[str, str | None, int | None, int | None]):
    assert [_place(issue) for issue in _issues(order(f"{segment}'LIN+1'UNS+S'"))] == [expected]


def test_empty_elements_at_the_end_are_no_surplus():
    assert _issues(order("FTX+AAI+++a+++++'LIN+1'UNS+S'")) == []


@pytest.mark.parametrize(
    ("value", "mark", "codes"),
    [
        ("1.5", ".", []),
        ("1,5", ",", []),
        ("-123456789012.345", ".", []),
        (".5", ".", ["element.wrong-type"]),
        ("5.", ".", ["element.wrong-type"]),
        ("1.2.3", ".", ["element.wrong-type"]),
        ("--1", ".", ["element.wrong-type"]),
        ("1234567890123456", ".", ["element.too-long"]),
        ("12345678901234.56", ".", ["element.too-long"]),
    ],
)
def test_a_number_has_digits_one_sign_and_the_messages_decimal_mark(value: str, mark: str, codes: list[str]):
    issues = _issues(order(f"LIN+1'QTY+21:{value}'UNS+S'", decimal=mark))
    assert [issue.code for issue in issues] == codes


@pytest.mark.parametrize(("value", "mark"), [("1,5", "."), ("1.5", ","), ("-0,25", ".")])
def test_the_other_decimal_mark_is_only_a_finding(value: str, mark: str):
    (issue,) = _issues(order(f"LIN+1'QTY+21:{value}'UNS+S'", decimal=mark))
    assert (issue.code, issue.severity) == ("element.wrong-type", Severity.FINDING)
    assert (issue.segment, issue.element, issue.component_position) == (5, "6060", 2)


@pytest.mark.parametrize("value", ["1.234,5", "1,234,5", ",5", "5,"])
def test_marks_that_do_not_make_one_number_are_an_error(value: str):
    (issue,) = _issues(order(f"LIN+1'QTY+21:{value}'UNS+S'"))
    assert (issue.code, issue.severity) == ("element.wrong-type", Severity.ERROR)


def test_a_digit_of_another_script_is_no_digit():
    assert [issue.code for issue in _issues(order("LIN+1'QTY+21:1\u00b2'UNS+S'"))] == ["element.wrong-type"]


def test_an_unlisted_code_is_a_finding_unless_its_list_is_someone_elses():
    (issue,) = _issues(order("FTX+ZQZ+++a'LIN+1'UNS+S'"))
    assert (issue.code, issue.severity) == ("element.code-unknown", Severity.FINDING)
    assert _issues(order("LIN+1++4711:ZQZ::9'UNS+S'")) == []


def test_an_unlisted_code_of_a_service_list_is_an_error():
    (issue,) = _issues(order("LIN+1'UNS+X'"))
    assert (issue.code, issue.element, issue.is_error) == ("element.code-unknown", "0081", True)


def test_every_error_of_a_message_is_collected_in_order():
    issues = _issues(order("MOA+86:x'LIN+A'QTY+:x'XYZ'UNS+S'"))
    assert [(issue.segment, issue.code) for issue in issues] == [
        (4, "structure.segment.unexpected"),
        (4, "element.wrong-type"),
        (5, "element.wrong-type"),
        (6, "element.missing"),
        (6, "element.wrong-type"),
        (7, "structure.segment.unexpected"),
    ]
    assert all(issue.code in ADVICE for issue in issues)


def test_repetitions_of_an_element_are_each_checked():
    head = "UNH+1+ORDERS:D:01B:UN'BGM+220+PO1+9'DTM+137:20240101:102'"
    text = message(f"{head}FTX+AAI+++a*b'LIN+1'UNS+S'UNT+7+1'", syntax="4")
    assert [_place(issue) for issue in _issues(text, "4")] == [("too-many", "C108", 4, None)]


def test_a_fixed_length_that_is_not_reached_is_too_short():
    text = message("UNH+1+CONTRL:D:3:UN'UCI+1+A+B+4+13+UN'UNT+3+1'")
    assert [_place(issue) for issue in _issues(text)] == [("too-short", "0013", 6, None)]


def test_a_type_without_a_table_keeps_its_segments_in_the_root():
    text = message("UNH+1+INVOIC:D:96A:UN'BGM+380+1+9'UNT+3+1'")
    directory = load("D", "96A")
    assert directory is not None
    root, issues = validate(text, directory)
    assert (root.segments, issues) == ({"UNH": [0], "BGM": [1], "UNT": [2]}, [])
