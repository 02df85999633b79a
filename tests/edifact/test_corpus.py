"""Files that other projects hold for EDIFACT, read whole and compared with a naive splitting."""

from __future__ import annotations

from typing import TypeAlias

from gateway.edifact.control import GroupReport, InterchangeReport, MessageReport, acknowledge, contrl_release
from gateway.edifact.directory import Directory, load
from gateway.edifact.envelope import InterchangeHeader
from gateway.edifact.reader import Message, read
from gateway.edifact.syntax import Repeated, Segment
from gateway.edifact.validation import validate
from gateway.edifact.writer import Outgoing, write_interchange
from gateway.issues import Issue
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


def test_every_file_is_validated_and_answered_by_a_sound_contrl():
    answered = 0
    for path in corpus_files():
        for interchange in read(path.read_bytes()):
            reports = [report_of(message, interchange.header.syntax_version) for message in interchange.messages()]
            groups = [GroupReport(reference=group.reference, issues=group.issues) for group in interchange.groups]
            report = InterchangeReport(
                header=interchange.header, issues=interchange.issues, messages=reports, groups=groups,
                refused=not interchange.complete,
            )  # fmt: skip
            version, release = contrl_release(interchange.header.syntax_version)
            outgoing = Outgoing(
                reference="1", type="CONTRL", version=version, release=release, segments=acknowledge(report)
            )
            content, _ = write_interchange(
                InterchangeHeader(sender="R", recipient="S", control_reference="1"), [outgoing]
            )
            (message,) = [message for found in read(content) for message in found.messages()]
            directory = load(version, release)
            assert directory is not None
            assert message.issues == []
            named = interchange.header.control_reference and interchange.header.sender and interchange.header.recipient
            assert not named or faults_of(message, directory) == [], path.name
            answered += 1
    assert answered > 60


def report_of(message: Message, syntax_version: str) -> MessageReport:
    directory = load(message.version, message.release, syntax_version)
    issues = [*message.issues, *(validate(message, directory)[1] if directory else [])]
    return MessageReport(
        reference=message.reference, type=message.type, version=message.version, release=message.release,
        group=message.group, issues=issues,
    )  # fmt: skip


def faults_of(message: Message, directory: Directory) -> list[Issue]:
    """What is wrong apart from a reference or type of the partner's that is itself too long or empty."""
    issues = validate(message, directory)[1]
    return [issue for issue in issues if issue.tag not in ("UCI", "UCM", "UCF")]


def test_what_is_read_is_read_again_when_it_is_written():
    compared = 0
    for path in corpus_files():
        for interchange in read(path.read_bytes()):
            for message in interchange.messages():
                body = [segment for segment in message.segments if segment[0][0] not in ("UNH", "UNT")]
                outgoing = Outgoing(
                    reference="1", type=message.type, version=message.version, release=message.release, segments=body
                )
                header = InterchangeHeader(
                    syntax_identifier="UNOY", syntax_version=interchange.header.syntax_version, sender="S",
                    recipient="R", date="240101", time="1200", control_reference="1",
                )  # fmt: skip
                content, issues = write_interchange(header, [outgoing], interchange.service)
                if issues:
                    # No repertoire has tabs.
                    assert any("\t" in value for segment in body for part in segment for value in part), path.name
                    continue
                (again,) = [message for found in read(content) for message in found.messages()]
                assert without_tails(again.segments[1:-1]) == without_tails(body), path.name
                compared += 1
    assert compared > 70


def without_tails(segments: list[Segment]) -> list[Naive]:
    """The segments with empty components and elements at the ends cut: a writer leaves them out."""
    cut = [[[trimmed(repetition) for repetition in part] for part in repeated(segment)] for segment in segments]
    return [element[: max(at for at, part in enumerate(element, 1) if part != [[]])] for element in cut]


def trimmed(components: list[str]) -> list[str]:
    return components[: max((at for at, text in enumerate(components, 1) if text), default=0)]
