"""Files that other projects hold for EDIFACT, read whole and compared with a naive splitting."""

from __future__ import annotations

from typing import TypeAlias

from gateway.edifact.reader import read
from gateway.edifact.syntax import Repeated, Segment
from tests.edifact.corpus import corpus_files

Naive: TypeAlias = list[list[list[list[str]]]]


def test_every_file_has_messages_or_says_why_not():
    files = corpus_files()
    assert len(files) == 79
    for path in files:
        reading = read(path.read_bytes())
        messages = [message for interchange in reading for message in interchange.messages()]
        faults = [issue for interchange in list(read(path.read_bytes())) for issue in interchange.issues]
        assert messages or reading.issues or faults, path.name


def test_what_is_read_is_what_a_naive_splitting_finds():
    compared = 0
    for path in corpus_files():
        content = path.read_bytes()
        for interchange in read(content):
            found = [[repeated(segment) for segment in message.segments] for message in interchange.messages()]
            raw = content[interchange.offset : interchange.offset + interchange.length]
            assert found == naive_messages(raw), path.name
            compared += len(found)
    assert compared > 70


def repeated(segment: Segment) -> list[list[list[str]]]:
    return [element.repetitions if isinstance(element, Repeated) else [element] for element in segment]


def test_every_offset_is_the_place_of_its_tag():
    for path in corpus_files():
        content = path.read_bytes()
        for interchange in read(content):
            for message in interchange.messages():
                offsets = message.offsets()
                assert len(offsets) == len(message.segments), path.name
                for offset, segment in zip(offsets, message.segments, strict=True):
                    assert content[offset : offset + 3].decode("latin-1") == segment[0][0][:3], path.name


def naive_messages(raw: bytes) -> list[Naive]:
    """The messages of an interchange, character by character; every element as the list of its repetitions."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1" if b"UNOC" in raw[:40] else "ascii", "replace")
    component, element, release, repetition, terminator = ":+?*'"
    if text.startswith("UNA"):
        component, element, _, release, repetition, terminator = text[3:9]
        text = text[9:]
    repetition = repetition.strip() if ":4+" in text[:20] else ""
    segments: Naive = []
    segment, released = [[[""]]], False
    for character in text:
        if character in "\r\n":
            continue
        if not released and character == release:
            released = True
            continue
        if released or character not in (component, element, repetition, terminator):
            segment[-1][-1][-1] += character
        elif character == component:
            segment[-1][-1].append("")
        elif character == repetition:
            segment[-1].append([""])
        elif character == element:
            segment.append([[""]])
        else:
            segments.append(segment)
            segment = [[[""]]]
        released = False
    return _messages([*segments, segment])


def _messages(segments: Naive) -> list[Naive]:
    messages: list[Naive] = []
    inside = False
    for segment in segments:
        tag = segment[0][0][0] = segment[0][0][0].lstrip(" \t")
        inside = (inside or tag == "UNH") and tag not in ("UNZ", "UNE", "UNG")
        if tag == "UNH":
            messages.append([])
        if inside and segment != [[[""]]]:
            messages[-1].append(segment)
        inside = inside and tag != "UNT"
    return messages
