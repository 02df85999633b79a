from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.edifact.charset import codec_of, missing_characters
from gateway.edifact.envelope import InterchangeHeader
from gateway.edifact.reader import read
from gateway.edifact.syntax import DEFAULT_SERVICE, Element, Repeated, Segment, ServiceCharacters
from gateway.edifact.writer import Outgoing, write_interchange, write_segment
from gateway.issues import Severity

HEADER = InterchangeHeader(
    sender="S", sender_qualifier="14", recipient="R", date="240101", time="1200", control_reference="IC1"
)


def order(*segments: Segment) -> Outgoing:
    return Outgoing(
        reference="M1", type="ORDERS", version="D", release="96A", association="EAN008", segments=list(segments)
    )


def test_an_interchange_is_written_with_counts_and_references():
    content, issues = write_interchange(HEADER, [order([["BGM"], ["220"], ["PO1"], ["9"]])] * 2)
    message = b"UNH+M1+ORDERS:D:96A:UN:EAN008'BGM+220+PO1+9'UNT+3+M1'"
    assert content == b"UNB+UNOC:3+S:14+R+240101:1200+IC1'" + message * 2 + b"UNZ+2+IC1'"
    assert issues == []


def test_empty_tails_are_trimmed_and_gaps_kept():
    segment = [["NAD"], ["BY"], ["1", "", "9", ""], [""], ["", "", ""], ["X"], [], ["", ""]]
    assert write_segment(segment) == "NAD+BY+1::9+++X'"


def test_service_characters_in_data_are_released():
    assert write_segment([["FTX"], ["A+B:C'D?E", "*"]]) == "FTX+A?+B?:C?'D??E:*'"


def test_trimming_comes_before_releasing():
    assert write_segment([["FTX"], ["?", ""], [""]]) == "FTX+??'"


def test_una_is_written_for_other_characters_or_on_demand():
    usual, _ = write_interchange(HEADER, [], with_una=True)
    assert usual.startswith(b"UNA:+.? 'UNB+")
    other, _ = write_interchange(HEADER, [], service=ServiceCharacters("!", "^", ",", "\\", "", "~"))
    assert other.startswith(b"UNA!^,\\ ~UNB^UNOC!3^")


def test_repetitions_are_written_in_syntax_4_and_an_error_before():
    pia = [["PIA"], ["5"], Repeated([["1", "SA"], ["2*", "IN"]])]
    content, issues = write_interchange(InterchangeHeader(**_fields(HEADER) | {"syntax_version": "4"}), [order(pia)])
    assert b"PIA+5+1:SA*2?*:IN'" in content
    assert issues == []
    content, issues = write_interchange(HEADER, [order(pia)])
    assert b"PIA+5+1:SA'" in content
    assert [(issue.segment, issue.tag, issue.element_position) for issue in issues] == [(2, "PIA", 2)]
    assert issues[0].severity is Severity.ERROR


def _fields(header: InterchangeHeader) -> dict:
    return {name: getattr(header, name) for name in header.__struct_fields__}


def test_what_the_charset_lacks_is_an_issue_with_its_place():
    content, [issue] = write_interchange(HEADER, [order([["FTX"], ["AAI"], [""], [""], ["ok", "5 €"]])])
    assert b"FTX+AAI+++ok:5'" in content or b"FTX+AAI+++ok:5  '" in content
    assert (issue.code, issue.severity) == ("charset.invalid", Severity.ERROR)
    assert (issue.segment, issue.tag, issue.element_position, issue.component_position) == (2, "FTX", 4, 2)


def test_places_count_from_the_header_of_each_message():
    lacking = order([["BGM"], ["220"]], [["FTX"], ["€"]])
    header = InterchangeHeader(**_fields(HEADER) | {"sender": "S€"})
    _, issues = write_interchange(header, [lacking, lacking])
    assert [(issue.tag, issue.segment) for issue in issues] == [("UNB", None), ("FTX", 3), ("FTX", 3)]


def test_transliteration_writes_it_out_with_a_finding():
    content, [issue] = write_interchange(HEADER, [order([["FTX"], ["’s 5 €"]])], transliterate=True)
    assert b"FTX+?'s 5 EUR'" in content
    assert issue.severity is Severity.FINDING


def test_transliteration_keeps_an_error_for_what_cannot_be_written_out():
    content, [issue] = write_interchange(HEADER, [order([["FTX"], ["東 x"]])], transliterate=True)
    assert issue.severity is Severity.ERROR
    assert b"FTX+  x'" in content


def test_separators_in_data_without_a_release_character_are_an_error():
    service = ServiceCharacters(release="")
    content, [issue] = write_interchange(HEADER, [order([["FTX"], ["A+B?"]])], service=service)
    assert content.startswith(b"UNA:+.  '")
    assert b"FTX+A B?'" in content
    assert issue.severity is Severity.ERROR


SERVICES = [
    DEFAULT_SERVICE,
    ServiceCharacters(decimal=","),
    ServiceCharacters("!", "^", ".", "\\", "", "~"),
    ServiceCharacters("\x1f", "\x1d", ".", "?", "", "\x1c"),
]
SERVICES_4 = [ServiceCharacters(repetition="*"), ServiceCharacters("|", "#", ".", "?", "^", "~")]
IDENTIFIERS = ["UNOB", "UNOC", "UNOE", "UNOW", "UNOY"]


@cache
def values(identifier: str) -> st.SearchStrategy[str]:
    letters = "AB1+:?'*.,!^\\~|# " * 4 + "".join(map(chr, range(0xA0, 0x500))) + "€東\U0001d11e"
    held = "".join(c for c in letters if not missing_characters(c, identifier))
    return st.text(st.sampled_from(held), max_size=8).filter(lambda value: not looks_like_utf_8(value, identifier))


def looks_like_utf_8(value: str, identifier: str) -> bool:
    """Whether the value alone would be taken for UTF-8 (`Âº` under UNOC); reading it says so with a finding."""
    codec = codec_of(identifier) or ""
    return codec == "iso8859-1" and re.search(rb"[\xc2-\xf4][\x80-\xbf]", value.encode(codec)) is not None


def elements(identifier: str, repeats: bool) -> st.SearchStrategy[Element]:
    composite = st.lists(values(identifier), min_size=1, max_size=4).map(trimmed)
    if not repeats:
        return composite
    return st.one_of(composite, st.lists(composite, min_size=2, max_size=3).map(Repeated))


def trimmed(components: list[str]) -> list[str]:
    while len(components) > 1 and not components[-1]:
        components = components[:-1]
    return components


@st.composite
def interchanges(draw: st.DrawFn) -> tuple[InterchangeHeader, ServiceCharacters, list[Outgoing]]:
    version = draw(st.sampled_from("1234"))
    service = draw(st.sampled_from(SERVICES_4 if version == "4" else SERVICES))
    identifier = draw(st.sampled_from(IDENTIFIERS))
    header = InterchangeHeader(**_fields(HEADER) | {"syntax_identifier": identifier, "syntax_version": version})
    tags = st.sampled_from(["BGM", "LIN", "FTX", "UNS"]).map(lambda tag: [tag])
    tail = elements(identifier, version == "4").filter(any)
    body = st.builds(
        lambda tag, some, last: [tag, *some, last],
        tags,
        st.lists(elements(identifier, version == "4"), max_size=4),
        tail,
    )
    messages = draw(st.lists(st.lists(body, max_size=6).map(lambda segments: order(*segments)), max_size=4))
    return header, service, messages


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(interchanges(), st.integers(1, 400))
def test_what_is_written_is_read_again(written: tuple, size: int):
    header, service, messages = written
    content, issues = write_interchange(header, messages, service)
    assert issues == []
    reading = read(content[at : at + size] for at in range(0, len(content), size))
    for interchange in reading:
        found = list(interchange.messages())
        assert [message.segments[1:-1] for message in found] == [list(message.segments) for message in messages]
        assert [message.issues for message in found] == [[]] * len(messages)
        assert [message.tags() for message in found] == [[s[0][0] for s in message.segments] for message in found]
        assert interchange.header == header
        assert interchange.service == service
        assert interchange.complete
        assert interchange.issues == []
        for message in found:
            for index, tag in enumerate(message.tags()):
                assert content[message.offset_of(index) :].startswith(tag.encode())
    assert reading.issues == []


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_every_character_of_a_repertoire_survives(identifier: str):
    codec = codec_of(identifier) or ""
    letters = [chr(c) for c in range(0x20, 0x500) if not missing_characters(chr(c), identifier)]
    segments = [[["FTX"], ["AAI"], letters[at : at + 5]] for at in range(0, len(letters), 5)]
    header = InterchangeHeader(**_fields(HEADER) | {"syntax_identifier": identifier})
    content, issues = write_interchange(header, [order(*segments)])
    assert issues == []
    assert content.decode(codec)
    [(message,)] = [tuple(interchange.messages()) for interchange in read(content)]
    assert [s[2] for s in message.segments[1:-1]] == [s[2] for s in segments]
