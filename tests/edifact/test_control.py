"""CONTRL from issues; CONTRL and APERAK read."""

from __future__ import annotations

import re

import pytest

from gateway.edifact.compile_directory import read_texts
from gateway.edifact.control import (
    _CLOSER_CODES,
    ERROR_CODES,
    GroupReport,
    InterchangeReport,
    MessageReport,
    acknowledge,
    contrl_release,
)
from gateway.edifact.control_answers import read_aperak, read_contrl
from gateway.edifact.directory import load
from gateway.edifact.directory_text import code_lists
from gateway.edifact.envelope import InterchangeHeader
from gateway.edifact.syntax import Segment
from gateway.edifact.validation import validate
from gateway.issues import ADVICE, Issue, Severity
from tests.edifact.corpus import zip_file
from tests.edifact.messages import message, order

_HEADER = InterchangeHeader(sender="BUYER", sender_qualifier="14", recipient="SELLER", control_reference="4711")
_HEAD = "UCI+4711+BUYER:14+SELLER"


def _text(segments: list[Segment]) -> str:
    """The segments as text, empty tails cut."""
    elements = [[":".join(element).rstrip(":") for element in segment] for segment in segments]
    return "".join("+".join(one).rstrip("+") + "'" for one in elements)


def _report(*issues: Issue, reference: str = "1", group: str | None = None) -> MessageReport:
    return MessageReport(reference=reference, type="ORDERS", version="D", release="96A", group=group, issues=issues)


def _contrl(body: str, version: str = "D:3") -> str:
    return f"UNH+1+CONTRL:{version}:UN'{body}UNT+9+1'"


def test_a_sound_interchange_is_acknowledged_with_one_segment():
    finding = Issue(code="element.code-unknown", text="", severity=Severity.FINDING, segment=4, tag="FTX")
    report = InterchangeReport(header=_HEADER, messages=[_report(), _report(finding, reference="2")])
    assert _text(acknowledge(report)) == f"{_HEAD}+7'"


def test_a_refused_message_shows_which_element_was_wrong():
    text = order("LIN+1'QTY+21:many:PCE'XYZ'UNS+S'")
    directory = load("D", "96A")
    assert directory is not None
    refused = _report(*validate(text, directory)[1], reference="2")
    body = acknowledge(InterchangeReport(header=_HEADER, messages=[_report(), refused]))
    assert _text(body) == f"{_HEAD}+7'UCM+2+ORDERS:D:96A:UN+4'UCS+5'UCD+37+2:2'UCS+6+15'"


def test_a_wrong_trailer_is_told_at_the_message():
    issue = Issue(code="envelope.count.mismatch", text="", segment=9, tag="UNT", element="0074", element_position=1)
    body = acknowledge(InterchangeReport(header=_HEADER, messages=[_report(issue)]))
    assert _text(body) == f"{_HEAD}+7'UCM+1+ORDERS:D:96A:UN+4+29+UNT+2'"


def test_an_interchange_refused_whole_says_why_and_still_lists_its_messages():
    issue = Issue(code="envelope.count.mismatch", text="", tag="UNZ", element="0036", element_position=1)
    wrong = Issue(code="structure.segment.missing", text="", segment=2, tag="DTM")
    report = InterchangeReport(header=_HEADER, issues=[issue], messages=[_report(wrong)], refused=True)
    assert _text(acknowledge(report)) == f"{_HEAD}+4+29+UNZ+2'UCM+1+ORDERS:D:96A:UN+4'UCS+2+13'"


def test_a_refusal_without_a_syntax_fault_has_an_unspecified_error():
    assert _text(acknowledge(InterchangeReport(header=_HEADER, refused=True))) == f"{_HEAD}+4+18'"


def test_an_unknown_sender_is_refused_as_such():
    issue = Issue(code="envelope.sender.unknown", text="", tag="UNB", element_position=2, component_position=1)
    report = InterchangeReport(header=_HEADER, issues=[issue], refused=True)
    assert _text(acknowledge(report)) == f"{_HEAD}+4+23+UNB+3:1'"


def test_receipt_alone_says_nothing_of_the_messages():
    wrong = _report(Issue(code="element.missing", text="", segment=2, tag="BGM", element_position=1))
    report = InterchangeReport(header=_HEADER, messages=[wrong], received_only=True)
    assert _text(acknowledge(report)) == f"{_HEAD}+8'"


def test_messages_of_groups_are_told_below_their_group():
    wrong = Issue(code="structure.segment.too-many", text="", segment=3, tag="BGM")
    mismatch = Issue(code="envelope.group.mismatch", text="", tag="UNE", element="0048", element_position=2)
    groups = [
        GroupReport(reference="G1", sender="A", recipient="B"),
        GroupReport(reference="G2", sender="A", recipient="B", issues=[mismatch]),
        GroupReport(reference="G3", sender="A", recipient="B"),
    ]
    report = InterchangeReport(header=_HEADER, groups=groups, messages=[_report(wrong, group="G1")])
    expected = "UCF+G1+A+B+7'UCM+1+ORDERS:D:96A:UN+4'UCS+3+35'UCF+G2+A+B+4+28+UNE+3'"
    assert _text(acknowledge(report)) == f"{_HEAD}+7'{expected}"


def test_a_business_error_is_not_a_matter_of_contrl():
    issue = Issue(code="mapping.value.missing", text="", segment=4, tag="LIN", element_position=1)
    assert _text(acknowledge(InterchangeReport(header=_HEADER, messages=[_report(issue)]))) == f"{_HEAD}+7'"


_UNSL_NAMES = {
    "2": "Syntax version or level not supported",
    "3": "Message version/release not supported",
    "7": "Interchange recipient not actual recipient",
    "12": "Invalid value",
    "13": "Missing",
    "15": "Not supported in this position",
    "16": "Too many constituents",
    "17": "No agreement",
    "18": "Unspecified error",
    "20": "Character invalid as service character",
    "21": "Invalid character(s)",
    "23": "Unknown Interchange sender",
    "25": "Test indicator not supported",
    "26": "Duplicate detected",
    "28": "References do not match",
    "29": "Control count does not match number of instances received",
    "30": "Functional groups and messages mixed",
    "33": "Invalid occurrence outside message or functional group",
    "35": "Too many segment repetitions",
    "36": "Too many segment group repetitions",
    "37": "Invalid type of character(s)",
    "39": "Data element too long",
    "40": "Data element too short",
}


@pytest.mark.parametrize("release", ["96a", "96b", "97a", "98b"])
def test_every_error_code_means_in_unsl_what_it_means_here(release: str):
    texts = read_texts(zip_file(f"d{release}"))
    unsl = texts[f"UNSL.{release.upper()}"]
    entry = re.compile(r"^[X ] {3,8}(\d{1,2}) (\S.*?)\r?$", re.MULTILINE)
    names = dict(entry.findall(unsl[unsl.index("0085  Syntax") :]))
    assert {code: names[code] for code in _UNSL_NAMES} == _UNSL_NAMES
    assert set(ERROR_CODES.values()) | set(_CLOSER_CODES.values()) == set(_UNSL_NAMES)
    service = load("D", "3")
    assert service is not None
    for element in ("0073", "0081", "0083", "0085"):
        assert set(code_lists(unsl)[element]) <= (service.codes(element) or set())


def test_places_tell_more_than_the_code_of_an_issue():
    mixed = Issue(code="envelope.group.mismatch", text="")
    assert _text(acknowledge(InterchangeReport(header=_HEADER, issues=[mixed]))) == f"{_HEAD}+4+30'"
    release = Issue(
        code="agreement.missing",
        text="",
        segment=1,
        tag="UNH",
        element="0054",
        element_position=2,
        component_position=3,
    )
    body = acknowledge(InterchangeReport(header=_HEADER, messages=[_report(release)]))
    assert _text(body) == f"{_HEAD}+7'UCM+1+ORDERS:D:96A:UN+4+3+UNH+3:3'"


def test_what_stands_between_messages_is_told_at_the_interchange():
    stray = Issue(code="envelope.noise", text="")
    assert _text(acknowledge(InterchangeReport(header=_HEADER, issues=[stray], refused=True))) == f"{_HEAD}+4+33'"


def test_every_error_code_is_one_of_unsl_and_every_issue_code_is_registered():
    directory = load("D", "3")
    assert directory is not None
    assert set(ERROR_CODES.values()) <= (directory.codes("0085") or set())
    assert set(ERROR_CODES) <= set(ADVICE)


def test_what_is_sent_is_itself_valid_in_both_syntaxes():
    many = [Issue(code="element.missing", text="", segment=2, tag="BGM", element_position=2) for _ in range(120)]
    more = [Issue(code="structure.segment.unexpected", text="", segment=n, tag="X") for n in range(3, 1200)]
    body = _text(acknowledge(InterchangeReport(header=_HEADER, messages=[_report(*many, *more)])))
    for syntax in ("3", "4"):
        version, release = contrl_release(syntax)
        text = message(_contrl(body, f"{version}:{release}"), syntax=syntax)
        directory = load(version, release)
        assert directory is not None
        assert validate(text, directory)[1] == []


def test_a_contrl_is_read_as_it_was_meant():
    issue = Issue(code="element.wrong-type", text="", segment=5, tag="QTY", element_position=1, component_position=2)
    body = _text(acknowledge(InterchangeReport(header=_HEADER, messages=[_report(issue, reference="2")])))
    contrl = read_contrl(message(_contrl(body)))
    assert (contrl.interchange, contrl.rejected, contrl.received_only) == ("4711", False, False)
    assert (contrl.rejects("1"), contrl.rejects("2")) == (False, True)
    (fault,) = contrl.messages[0].faults
    assert (fault.code, fault.segment, fault.element_position, fault.component_position) == ("37", 5, 1, 2)


def test_a_refused_interchange_refuses_every_message():
    contrl = read_contrl(message(_contrl("UCI+4711+A+B+4+29+UNZ+2'")))
    assert contrl.rejects("1")
    assert [(fault.code, fault.tag, fault.element_position) for fault in contrl.faults] == [("29", "UNZ", 1)]


def test_a_refused_group_refuses_the_messages_named_in_it():
    contrl = read_contrl(message(_contrl("UCI+1+A+B+7'UCF+G1+A+B+4+29'UCM+5+ORDERS:D:96A:UN+7'")))
    assert (contrl.groups[0].reference, contrl.messages[0].group) == ("G1", "G1")
    assert contrl.rejects("5")


def test_a_contrl_without_its_first_segment_settles_nothing():
    contrl = read_contrl(message(_contrl("UCS+1+13'UCD+13+x'")))
    assert (contrl.interchange, contrl.action, contrl.rejected, contrl.messages) == ("", "", False, ())


def test_an_aperak_with_an_error_refuses_what_it_refers_to():
    body = "BGM+313+A1+9'FTX+AAO+++General'RFF+ACW:4711'ERC+21'FTX+AAO+++Unknown:article'RFF+LI:3'"
    aperak = read_aperak(message(f"UNH+1+APERAK:D:96A:UN'{body}UNT+8+1'"))
    assert (aperak.number, aperak.rejected, aperak.text) == ("A1", True, "General")
    assert (aperak.reference("DM", "ACW"), aperak.reference("ON")) == ("4711", None)
    (error,) = aperak.errors
    assert (error.code, error.text, error.references) == ("21", "Unknown article", (("LI", "3"),))


def test_an_aperak_that_says_it_accepts_accepts():
    assert not read_aperak(message("UNH+1+APERAK:D:96A:UN'BGM+312+A1+9+AP'ERC+9'UNT+4+1'")).rejected
    assert read_aperak(message("UNH+1+APERAK:D:96A:UN'BGM+312+A1+27'UNT+3+1'")).rejected
