from __future__ import annotations

import hashlib
import io
import itertools
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from gateway.edifact.envelope import Envelope
from gateway.edifact.interchange import Interchange
from gateway.edifact.message import Message
from gateway.edifact.reader import Reading, parse_message, read
from gateway.edifact.syntax import Limits, Repeated
from gateway.errors import GatewayError

UNB = b"UNB+UNOC:3+SENDER:14+RECIPIENT:14+240101:1200+IC1'"
ORDER = b"UNH+M1+ORDERS:D:96A:UN:EAN008'BGM+220+PO1+9'UNT+3+M1'"
UNZ = b"UNZ+1+IC1'"


def whole(source: bytes, limits: Limits | None = None) -> tuple[Reading, list[tuple[Interchange, list[Message]]]]:
    reading = read(source, limits)
    return reading, [(interchange, list(interchange.messages())) for interchange in reading]


def one(source: bytes, limits: Limits | None = None) -> tuple[Interchange, list[Message]]:
    _, interchanges = whole(source, limits)
    assert len(interchanges) == 1
    return interchanges[0]


def message_with(body: bytes, una: bytes = b"", unb: bytes = UNB) -> Message:
    count = body.count(b"'") - body.count(b"?'") + 2
    interchange, messages = one(una + unb + b"UNH+M1+ORDERS:D:96A:UN'" + body + b"UNT+%d+M1'" % count + UNZ)
    assert interchange.complete
    return messages[0]


def codes(issues: list) -> list[str]:
    return [issue.code for issue in issues]


def test_a_message_has_its_segments_header_and_place():
    interchange, [message] = one(UNB + ORDER + UNZ)
    assert message.segments == [
        [["UNH"], ["M1"], ["ORDERS", "D", "96A", "UN", "EAN008"]],
        [["BGM"], ["220"], ["PO1"], ["9"]],
        [["UNT"], ["3"], ["M1"]],
    ]
    assert (message.reference, message.type, message.version, message.release) == ("M1", "ORDERS", "D", "96A")
    assert (message.agency, message.association, message.group) == ("UN", "EAN008", None)
    assert (message.offset, message.length) == (len(UNB), len(ORDER))
    assert message.tags() == ["UNH", "BGM", "UNT"]
    assert [message.offset_of(index) for index in range(3)] == [len(UNB), len(UNB) + 30, len(UNB) + 44]
    assert interchange.complete
    assert message.issues == interchange.issues == []


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1000])
def test_the_size_of_the_pieces_changes_nothing(size: int):
    second = b"UNA:+.?*~UNB+UNOC:4+S+R+20240101:1200+2~UNZ+0+2~"
    source = b"\xef\xbb\xbfUNA:+.? '" + UNB + ORDER * 30 + b"UNZ+30+IC1'\r\n" + second
    pieces: Iterator[bytes] = (source[at : at + size] for at in range(0, len(source), size))
    expected, expected_interchanges = whole(source)
    reading = read(pieces)
    found = [(interchange, [m.segments for m in interchange.messages()]) for interchange in reading]
    assert [segments for _, segments in found] == [
        [m.segments for m in messages] for _, messages in expected_interchanges
    ]
    for (interchange, _), (other, _) in zip(found, expected_interchanges, strict=True):
        assert (interchange.digest, interchange.offset, interchange.length) == (
            other.digest,
            other.offset,
            other.length,
        )
        assert interchange.complete
    assert reading.issues == expected.issues


def test_a_stream_is_read_like_bytes():
    [interchange] = list(read(io.BytesIO(UNB + ORDER + UNZ)))
    assert interchange.complete
    assert interchange.message_count == 1


def test_offset_length_and_digest_are_those_of_the_interchange_bytes():
    source = b"VAN HEADER\r\nUNA:+.? '\r\n" + UNB + b"\r\n" + ORDER + b"\r\n" + UNZ + b"\r\n\x1a"
    interchange, _ = one(source)
    raw = source[interchange.offset : interchange.offset + interchange.length]
    assert raw.startswith(b"UNA")
    assert raw.endswith(UNZ)
    assert interchange.digest == hashlib.sha256(raw).hexdigest()


def test_a_stored_window_reads_like_the_message_in_its_interchange():
    source = b"UNA;#,! ~" + (UNB + ORDER + UNZ).replace(b":", b";").replace(b"+", b"#").replace(b"'", b"~")
    interchange, [message] = one(source)
    raw = source[message.offset : message.offset + message.length]
    again = parse_message(raw, Envelope(interchange.header, interchange.service), message.offset)
    assert again.segments == message.segments
    assert again.offset_of(1) == message.offset_of(1)
    assert again.issues == []
    assert again.decimal_mark == ","


def test_a_released_quote_is_data():
    assert message_with(b"FTX+AAI+++L?'UNION'").segments[1] == [["FTX"], ["AAI"], [""], [""], ["L'UNION"]]


def test_a_released_quote_before_una_or_unh_does_not_begin_an_interchange_or_message():
    message = message_with(b"FTX+AAI+++L?'UNA?:?+.?? ?'UNB?+UNOC?:3 ?'UNH+1'")
    assert message.segments[1][4] == ["L'UNA:+.? 'UNB+UNOC:3 'UNH"]
    assert message.issues == []


def test_a_released_release_character_does_not_release_the_terminator():
    assert message_with(b"FTX+WHAT NOW??'BGM+1'").segments[1:3] == [[["FTX"], ["WHAT NOW?"]], [["BGM"], ["1"]]]
    assert message_with(b"FTX+A???'B'").segments[1] == [["FTX"], ["A?'B"]]


def test_each_separator_can_be_released():
    assert message_with(b"FTX+A?+B?:C??D:E?+'").segments[1] == [["FTX"], ["A+B:C?D", "E+"]]


def test_a_blank_release_character_means_there_is_none():
    message = message_with(b"FTX+WHAT? A B C+?+D'", una=b"UNA:+.  '")
    assert message.segments[1] == [["FTX"], ["WHAT? A B C"], ["?"], ["D"]]


def test_repetition_is_read_in_syntax_4_only():
    body = b"PIA+5+1:SA*2:IN+X?*Y'"
    of_4 = message_with(body, unb=UNB.replace(b"UNOC:3", b"UNOC:4")).segments[1]
    assert of_4[2] == Repeated([["1", "SA"], ["2", "IN"]])
    assert of_4[3] == ["X*Y"]
    assert message_with(body).segments[1][2] == ["1", "SA*2", "IN"]
    assert message_with(body, b"UNA:+.? '", UNB.replace(b"UNOC:3", b"UNOC:4")).segments[1][2] == ["1", "SA*2", "IN"]


@pytest.mark.parametrize("una", [b"UNA::.? '", b"UNA:+.+ '", b"UNAA+.? '", b"UNA:+.?1'"[:8] + b"1", b"UNA:+.? ?"])
def test_service_characters_that_are_the_same_or_alphanumeric_are_refused(una: bytes):
    interchange, _ = one(una + UNB + ORDER + UNZ)
    assert "envelope.una.invalid" in codes(interchange.issues)


def test_each_interchange_of_a_file_has_its_own_service_characters():
    second = b"UNA!^.\\ ~" + UNB.replace(b":", b"!").replace(b"+", b"^").replace(b"'", b"~") + b"UNZ^0^IC1~"
    reading, [(first, _), (other, _)] = whole(UNB + ORDER + UNZ + second)
    assert reading.issues == []
    assert first.complete
    assert other.complete
    assert (other.service.element, other.header.sender) == ("^", "SENDER")


@pytest.mark.parametrize(
    ("before", "after"), [(b"\xef\xbb\xbf", b""), (b"", b"\x1a"), (b"", b"\x00\x00\x00"), (b"//VAN 0123 X\r\n", b"")]
)
def test_what_stands_around_an_interchange_is_a_finding(before: bytes, after: bytes):
    reading, [(interchange, messages)] = whole(before + UNB + ORDER + UNZ + after)
    assert codes(reading.issues) == ["envelope.noise"]
    assert not reading.issues[0].is_error
    assert interchange.complete
    assert len(messages[0].segments) == 3


def test_lines_blank_lines_and_tabs_between_segments_are_skipped():
    source = (UNB + ORDER + UNZ).replace(b"'", b"'\r\n\r\n\t  ")
    interchange, [message] = one(source)
    assert interchange.complete
    assert message.tags() == ["UNH", "BGM", "UNT"]
    assert [source[message.offset_of(i) :][:3] for i in range(3)] == [b"UNH", b"BGM", b"UNT"]
    assert set(codes(message.issues)) == {"envelope.noise"}
    assert not any(issue.is_error for issue in message.issues)


@pytest.mark.parametrize("width", [7, 11, 13, 20, 80])
def test_a_file_wrapped_at_a_fixed_width_is_read_as_if_it_were_not(width: int):
    plain = UNB + ORDER * 3 + b"UNZ+3+IC1'"
    wrapped = b"\r\n".join(plain[at : at + width] for at in range(0, len(plain), width)) + b"\r\n"
    interchange, messages = one(wrapped)
    assert interchange.complete
    assert [m.segments for m in messages] == [one(UNB + ORDER + UNZ)[1][0].segments] * 3
    assert not any(issue.is_error for m in messages for issue in m.issues)


def test_data_that_is_no_edifact_is_one_issue():
    for source in (b"", b"\x00" * 500, b"hello", b"UNH+1+ORDERS:D:96A:UN'UNT+2+1'", b"UNB  INTERCHANGE HEADER\n"):
        reading, interchanges = whole(source)
        assert interchanges == []
        assert codes([i for i in reading.issues if i.is_error]) == ["envelope.missing"]


INTERACTIVE = b"UIB+UNOC:4+1'UIH+A'UIT+1'UIZ+1'"


@pytest.mark.parametrize(
    "source", [INTERACTIVE, b"UNA:+.?*'" + INTERACTIVE, b"UNA:^.?*'" + INTERACTIVE.replace(b"+", b"^")]
)
def test_interactive_interchanges_are_refused(source: bytes):
    reading, interchanges = whole(source)
    assert interchanges == []
    assert [(issue.code, issue.offset) for issue in reading.issues] == [("envelope.interactive", 0)]


def test_an_interchange_after_an_interactive_one_is_read():
    for between in (b"", b"\r\n", b"UNA:+.? '"):
        reading, [(interchange, messages)] = whole(INTERACTIVE + between + UNB + ORDER + UNZ)
        assert codes(reading.issues) == ["envelope.interactive"]
        assert interchange.complete
        assert len(messages) == 1


def test_an_interactive_interchange_ends_one_without_unz():
    reading, [(interchange, messages)] = whole(UNB + ORDER + b"UNA:+.?*'" + INTERACTIVE)
    assert (interchange.complete, len(messages)) == (False, 1)
    assert codes(reading.issues) == ["envelope.interactive"]


def test_a_header_of_a_network_may_name_a_tag():
    source = b"$$ADD ID=UNB BATCHID='UNB + UNH'\r\nUNA:+.? '\r\n" + UNB + ORDER + UNZ
    reading, [(interchange, messages)] = whole(source)
    assert codes(reading.issues) == ["envelope.noise"]
    assert interchange.offset == source.index(b"UNA")
    assert interchange.complete
    assert messages[0].issues == []


def test_empty_segments_are_a_finding():
    interchange, [message] = one(UNB + b"'\r\n'" + ORDER.replace(b"'", b"''") + UNZ)
    assert interchange.complete
    assert message.tags() == ["UNH", "BGM", "UNT"]
    assert set(codes(interchange.issues)) == {"envelope.noise"}
    assert not any(issue.is_error for issue in interchange.issues + message.issues)


@pytest.mark.parametrize("mark", [b".", b","])
def test_the_decimal_mark_is_that_of_una(mark: bytes):
    assert message_with(b"QTY+21:1'", una=b"UNA:+" + mark + b"? '").decimal_mark == mark.decode()


def test_an_interchange_not_asked_for_its_messages_is_passed_over():
    interchanges = list(read((UNB + ORDER + UNZ) * 3))
    assert [interchange.message_count for interchange in interchanges] == [1, 1, 1]
    assert all(interchange.complete for interchange in interchanges)


def test_messages_asked_for_too_late_are_an_error_and_no_silence():
    (interchange,) = read(UNB + ORDER + UNZ)
    with pytest.raises(GatewayError, match="take its messages before the next one"):
        interchange.messages()


def test_messages_already_taken_are_not_given_again():
    interchange, messages = one(UNB + ORDER + UNZ)
    assert len(messages) == 1
    assert list(interchange.messages()) == []


def peak_of(source: Iterator[bytes], limits: Limits) -> tuple[int, float, list[str]]:
    tracemalloc.start()
    started = time.process_time()
    reading = read(source, limits)
    found = [issue.code for interchange in reading for m in interchange.messages() for issue in m.issues]
    found += codes(reading.issues)
    seconds = time.process_time() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, seconds, found


MEGABYTE = 1 << 20
OPEN = UNB + b"UNH+M1+ORDERS:D:96A:UN'"
RUBBISH = {
    "letters": (b"", b"A", ["envelope.missing"]),
    "NULs": (b"", b"\x00", ["envelope.missing", "envelope.noise"]),
    "blank lines": (b"", b"\r\n", ["envelope.missing"]),
    "byte order marks": (b"", b"\xef\xbb\xbf", ["envelope.missing", "envelope.noise"]),
    "headers": (b"", b"UNB+UNOC:3", ["limit.exceeded"]),
    "headers with a terminator": (b"", b"UNB+'", ["envelope.truncated", "limit.exceeded"]),
    "interactive headers": (b"", b"UIB+'", ["envelope.interactive", "limit.exceeded"]),
    "NULs in an interchange": (UNB, b"\x00", ["envelope.truncated"]),
    "terminators in an interchange": (UNB, b"'", ["envelope.noise", "envelope.truncated"]),
    "release characters in an interchange": (UNB, b"?", ["envelope.noise", "envelope.truncated"]),
    "NULs in a message": (OPEN, b"\x00", ["envelope.truncated", "limit.exceeded"]),
    "letters in a message": (OPEN, b"A", ["envelope.truncated", "limit.exceeded"]),
    "release characters in a message": (OPEN, b"?", ["envelope.truncated", "limit.exceeded"]),
    "released terminators in a message": (OPEN, b"?'", ["envelope.truncated", "limit.exceeded"]),
    "segments in a message": (OPEN, b"FTX+AAI+++X'", ["envelope.truncated", "limit.exceeded"]),
}  # fmt: skip


@pytest.mark.parametrize("name", RUBBISH)
def test_64_megabytes_of_rubbish_are_refused_in_seconds_and_little_memory(name: str):
    head, piece, expected = RUBBISH[name]
    tracemalloc.start()
    started = time.process_time()
    reading = read(itertools.chain([head], itertools.repeat(piece * (MEGABYTE // len(piece)), 64)))
    found: set[str] = set()
    for interchange in reading:
        for message in interchange.messages():
            found.update(codes(message.issues))
        found.update(codes(interchange.issues))
    found.update(codes(reading.issues))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found >= set(expected)
    assert peak < (3 * Limits().max_message_bytes if head == OPEN else 8 * MEGABYTE)
    assert time.process_time() - started < 10


def test_many_groups_are_refused():
    interchange, _ = one(UNB + b"UNG+'" * 20_000 + UNZ)
    assert "limit.exceeded" in codes(interchange.issues)
    assert len(interchange.groups) == Limits().max_groups_per_interchange


def test_memory_stays_flat_whatever_the_size_of_an_interchange():
    lines = b"".join(b"LIN+%d++4000862141404:EN'QTY+21:%d:PCE'" % (number, number) for number in range(1, 30))
    order = b"UNH+M1+ORDERS:D:96A:UN'BGM+220+PO1+9'" + lines + b"UNT+61+M1'"

    def peak(count: int) -> int:
        tracemalloc.start()
        for interchange in read(itertools.chain([UNB], itertools.repeat(order, count), [b"UNZ+%d+IC1'" % count])):
            assert all(len(message.segments) == 61 for message in interchange.messages())
            assert interchange.complete
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(5_000) < peak(500) + MEGABYTE // 4


def test_service_tags_without_end_take_constant_memory_and_seconds():
    peak, seconds, found = peak_of((b"UNBUNAx?'" * (MEGABYTE // 9) for _ in range(64)), Limits())
    assert peak < 8 * MEGABYTE
    assert seconds < 20
    assert found == ["envelope.missing"]


def test_a_header_without_terminator_is_refused_in_constant_memory():
    def source() -> Iterator[bytes]:
        yield b"UNB+UNOC:3+"
        for _ in range(32):
            yield b"A" * MEGABYTE

    peak, _, _ = peak_of(source(), Limits())
    assert peak < 8 * MEGABYTE
    interchange = next(iter(read(source())))
    assert "limit.exceeded" in codes(interchange.issues)
    assert not interchange.complete


def test_a_message_of_two_million_segments_is_refused_and_the_next_one_read():
    def source() -> Iterator[bytes]:
        yield UNB + b"UNH+M0+ORDERS:D:96A:UN'"
        for _ in range(200):
            yield b"FTX+AAI+++SOME TEXT OF NO USE'" * 10_000
        yield b"UNT+2000002+M0'" + ORDER + b"UNZ+2+IC1'"

    started = time.process_time()
    [interchange] = list(read(source()))
    assert interchange.complete
    peak, _, found = peak_of(source(), Limits(max_message_bytes=4 * MEGABYTE))
    assert found == ["limit.exceeded"]
    assert peak < 24 * MEGABYTE
    assert time.process_time() - started < 60


@pytest.mark.parametrize(
    "limits",
    [Limits(max_segments_per_message=50), Limits(max_message_bytes=300), Limits(max_segment_bytes=60)],
)
def test_a_message_past_a_limit_is_refused_and_its_neighbours_are_read(limits: Limits):
    big = b"UNH+M2+ORDERS:D:96A:UN'" + b"FTX+AAI'" * 60 + b"FTX+" + b"A" * 61 + b"'UNT+63+M2'"
    interchange, messages = one(UNB + ORDER + big + ORDER + b"UNZ+3+IC1'", limits)
    assert [codes(message.issues) for message in messages] == [[], ["limit.exceeded"], []]
    assert messages[1].reference == "M2"
    assert messages[1].length == len(big)
    assert interchange.complete


def test_an_interchange_past_its_limits_is_refused_whole():
    source = UNB + ORDER * 9 + b"UNZ+9+IC1'"
    for limits in (Limits(max_messages_per_interchange=3), Limits(max_interchange_bytes=200)):
        interchange, messages = one(source, limits)
        assert codes(interchange.issues) == ["limit.exceeded"]
        assert len(messages) <= 3
        assert interchange.message_count == 9
