from __future__ import annotations

from datetime import datetime

import pytest

from gateway.edifact.envelope import read_date
from gateway.issues import Severity
from tests.edifact.test_reader import ORDER, UNB, UNZ, codes, one, whole

SECOND = ORDER.replace(b"M1", b"M2")


def test_the_header_names_both_sides_and_what_was_agreed():
    unb = b"UNB+UNOC:3+SENDER:14:SR+RECIPIENT:ZZ:RR+20240131:1200+IC1+PW+APP+A+1+EANCOM+1'"
    interchange, _ = one(unb + UNZ.replace(b"+1+", b"+0+"))
    header = interchange.header
    assert (header.syntax_identifier, header.syntax_version) == ("UNOC", "3")
    assert (header.sender, header.sender_qualifier, header.sender_routing) == ("SENDER", "14", "SR")
    assert (header.recipient, header.recipient_qualifier, header.recipient_routing) == ("RECIPIENT", "ZZ", "RR")
    assert header.prepared_at == datetime(2024, 1, 31, 12, 0)  # noqa: DTZ001 - UNB names no zone
    assert (header.control_reference, header.application_reference, header.agreement) == ("IC1", "APP", "EANCOM")
    assert header.test
    assert header.acknowledgement_request
    assert interchange.complete


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        ("240131", "1200", (2024, 1, 31, 12, 0)),
        ("20240131", "1200", (2024, 1, 31, 12, 0)),
        ("240131", "", (2024, 1, 31, 0, 0)),
        ("240231", "1200", None),
        ("24013", "1200", None),
        ("20240131", "2500", None),
        ("", "", None),
        ("2401x1", "1200", None),
    ],
)
def test_dates_have_six_or_eight_digits(date: str, time: str, expected: tuple[int, ...] | None):
    assert read_date(date, time) == (datetime(*expected) if expected else None)  # noqa: DTZ001


def test_a_wrong_unt_count_refuses_the_message_only():
    interchange, messages = one(UNB + ORDER.replace(b"UNT+3", b"UNT+4") + SECOND + b"UNZ+2+IC1'")
    [issue] = messages[0].issues
    assert (issue.code, issue.tag, issue.segment, issue.element, issue.element_position) == (
        "envelope.count.mismatch", "UNT", 3, "0074", 1,
    )  # fmt: skip
    assert issue.offset == len(UNB) + 44
    assert messages[1].issues == []
    assert interchange.complete


def test_a_wrong_unt_reference_refuses_the_message_only():
    interchange, messages = one(UNB + ORDER.replace(b"+M1'", b"+M9'") + SECOND + b"UNZ+2+IC1'")
    assert codes(messages[0].issues) == ["envelope.reference.mismatch"]
    assert messages[0].issues[0].element == "0062"
    assert interchange.complete


@pytest.mark.parametrize(
    ("unz", "code"),
    [(b"UNZ+2+IC1'", "envelope.count.mismatch"), (b"UNZ+1+IC2'", "envelope.reference.mismatch"),
     (b"UNZ+x+IC1'", "envelope.count.mismatch"), (b"UNZ'", "envelope.count.mismatch")],
)  # fmt: skip
def test_a_wrong_unz_refuses_the_interchange(unz: bytes, code: str):
    interchange, [message] = one(UNB + ORDER + unz)
    assert not interchange.complete
    assert interchange.issues[0].code == code
    assert (interchange.issues[0].tag, interchange.issues[0].offset) == ("UNZ", len(UNB + ORDER))
    assert message.issues == []


@pytest.mark.parametrize("rest", [b"", b"UNH+M2+ORDERS:D:96A:UN'BGM+22", b"UNZ", SECOND[:-4]])
def test_a_file_that_ends_too_early_is_truncated(rest: bytes):
    interchange, messages = one(UNB + ORDER + rest)
    assert not interchange.complete
    assert "envelope.truncated" in codes(interchange.issues) or "envelope.count.mismatch" in codes(interchange.issues)
    assert interchange.length == len(UNB + ORDER + rest)
    assert messages[0].issues == []


def test_a_missing_last_terminator_is_a_finding():
    interchange, _ = one(UNB + ORDER + UNZ[:-1] + b"\r\n")
    assert [(issue.code, issue.severity) for issue in interchange.issues] == [
        ("envelope.terminator.missing", Severity.FINDING)
    ]
    assert interchange.complete


def test_a_missing_terminator_between_two_interchanges_is_a_finding():
    reading, interchanges = whole(UNB + ORDER + UNZ[:-1] + b"\r\nUNA:+.? '" + UNB + ORDER + UNZ)
    assert [interchange.complete for interchange, _ in interchanges] == [True, True]
    assert codes(interchanges[0][0].issues) == ["envelope.terminator.missing"]
    assert reading.issues == []


def test_a_message_without_unt_is_refused_and_the_next_one_read():
    interchange, messages = one(UNB + ORDER[:44] + SECOND + b"UNZ+2+IC1'")
    assert codes(messages[0].issues) == ["envelope.truncated"]
    assert messages[0].tags() == ["UNH", "BGM"]
    assert (messages[1].reference, messages[1].issues) == ("M2", [])
    assert interchange.complete


def test_an_interchange_without_unz_ends_before_the_next_unb():
    _, interchanges = whole(UNB + ORDER + UNB.replace(b"IC1", b"IC2") + SECOND + b"UNZ+1+IC2'")
    assert [interchange.complete for interchange, _ in interchanges] == [False, True]
    assert codes(interchanges[0][0].issues) == ["envelope.truncated"]
    assert interchanges[1][1][0].reference == "M2"


def test_segments_outside_messages_are_an_error_of_the_interchange():
    interchange, messages = one(UNB + b"BGM+1'" + ORDER + b"UNT+3+M1'" + UNZ)
    assert codes(interchange.issues) == ["envelope.noise", "envelope.noise"]
    assert len(messages) == 1


def test_groups_hold_their_messages_and_unz_counts_groups():
    ung = b"UNG+ORDERS+S:14+R:14+240101:1200+G1+UN+D:96A:EAN008'"
    source = UNB + ung + ORDER + SECOND + b"UNE+2+G1'" + ung.replace(b"G1", b"G2") + ORDER + b"UNE+1+G2'UNZ+2+IC1'"
    interchange, messages = one(source)
    assert interchange.complete
    assert [message.group for message in messages] == ["G1", "G1", "G2"]
    first = interchange.groups[0]
    assert (first.reference, first.type, first.sender, first.recipient) == ("G1", "ORDERS", "S", "R")
    assert (first.agency, first.version, first.release, first.association) == ("UN", "D", "96A", "EAN008")
    assert [(group.message_count, group.issues) for group in interchange.groups] == [(2, []), (1, [])]


@pytest.mark.parametrize("une", [b"UNE+2+G1'", b"UNE+1+G9'", b""])
def test_a_wrong_or_missing_une_is_an_issue_of_its_group(une: bytes):
    interchange, _ = one(UNB + b"UNG+ORDERS+S+R+240101:1200+G1+UN+D:96A'" + ORDER + une + UNZ)
    assert codes(interchange.groups[0].issues) == ["envelope.group.mismatch"]


def test_messages_in_and_outside_of_groups_are_an_error_of_the_interchange():
    ung = b"UNG+ORDERS+S+R+240101:1200+G1+UN+D:96A'"
    interchange, messages = one(UNB + ung + ORDER + b"UNE+1+G1'" + SECOND + UNZ)
    assert [message.group for message in messages] == ["G1", None]
    assert [(issue.code, issue.tag, issue.is_error) for issue in interchange.issues] == [
        ("envelope.group.mismatch", None, True)
    ]


def test_a_une_without_ung_is_an_issue():
    interchange, _ = one(UNB + ORDER + b"UNE+1+G1'" + UNZ)
    assert codes(interchange.issues) == ["envelope.group.mismatch"]


@pytest.mark.parametrize(
    ("unb", "code"),
    [
        (b"UNB+UNOC:3++R+240101:1200+IC1'", "element.missing"),
        (b"UNB+UNOC:3+S+R+240101:1200+'", "element.missing"),
        (b"UNB+UNOZ:3+S+R+240101:1200+IC1'", "envelope.syntax.unsupported"),
        (b"UNB+UNOC:5+S+R+240101:1200+IC1'", "envelope.syntax.unsupported"),
        (b"UNB+UNOC:3+S+R+249901:1200+IC1'", "date.invalid"),
    ],
)
def test_a_header_that_cannot_be_used_says_why(unb: bytes, code: str):
    interchange, _ = one(unb + ORDER + UNZ)
    assert interchange.issues[0].code == code
    assert (interchange.issues[0].tag, interchange.issues[0].offset) == ("UNB", 0)


def test_faults_have_a_bound():
    interchange, _ = one(UNB + (ORDER + b"XYZ+1'") * 1000 + b"UNZ+1000+IC1'")
    assert len(interchange.issues) <= 101
