"""Mutated files: whatever comes, reading ends, raises nothing and places every fault inside the file."""

from __future__ import annotations

import itertools
import os
import random
import time

import pytest

from gateway.edifact.presentation import as_json
from gateway.edifact.reader import parse_message, read
from gateway.edifact.syntax import Limits
from tests.edifact.test_reader import ORDER, UNB, UNZ

ESCAPED = b"UNH+M2+ORDERS:D:96A:UN'FTX+AAI+++L?'UNA?+?? ?:x'LIN+1++4711:EN'QTY+21:5,5:PCE'UNT+5+M2'"
SEEDS = [
    UNB + ORDER + UNZ,
    b"UNA:+.? '\r\n" + UNB + b"\r\n" + ORDER + ESCAPED + b"UNZ+2+IC1'\r\n\x1a",
    b"UNA:+,?*~" + (UNB + ORDER).replace(b"'", b"~").replace(b"UNOC:3", b"UNOY:4") + b"UNZ+1+IC1~",
    UNB + b"UNG+ORDERS+S+R+240101:1200+G1+UN+D:96A'" + ORDER + b"UNE+1+G1'" + UNZ + UNB + ESCAPED + UNZ,
    (UNB + ORDER + ESCAPED + b"UNZ+2+IC1'").replace(b"+", b"+\r\n"),
]
PIECES = [
    b"'", b"?", b"+", b":", b"*", b"UNA", b"UNB+", b"UNH+", b"UNT+", b"UNZ+", b"UNE+", b"UNG+", b"UIB+", b"\r\n", b"\n",
    b"\x00", b"\x1a", b"\xff", b"\xc3\xbc", b"\x1b$B", b"UNA:+.? '", b"??", b"?'", b" ", b"\t", b"UNOX", b"UNOE", b"''",
]  # fmt: skip
LIMITS = Limits(
    max_interchange_bytes=2000, max_message_bytes=400, max_segment_bytes=120, max_segments_per_message=40,
    max_messages_per_interchange=8,
)  # fmt: skip


def mutated(draw: random.Random) -> bytes:
    content = bytearray(draw.choice(SEEDS))
    for _ in range(draw.randrange(1, 8)):
        at = draw.randrange(len(content) + 1)
        kind = draw.randrange(5)
        if kind == 0:
            content[at:at] = draw.choice(PIECES)
        elif kind == 1:
            del content[at : at + draw.randrange(1, 12)]
        elif kind == 2:
            content[at : at + 1] = bytes([draw.randrange(256)])
        elif kind == 3:
            start = draw.randrange(len(content) + 1)
            content[at:at] = content[start : start + draw.randrange(1, 60)]
        else:
            content[at : at + 3] = draw.choice(PIECES)
    return bytes(content)


def check(content: bytes, limits: Limits, size: int) -> None:
    as_json(read(content, limits))
    reading = read((content[at : at + size] for at in range(0, len(content), size)), limits)
    end = count = 0
    for interchange in reading:
        count += 1
        assert interchange.offset >= end
        for message in interchange.messages():
            assert content[message.offset : message.offset + len(message.raw)] == message.raw
            assert message.tags() == [segment[0][0] for segment in message.segments]
            assert len(message.offsets()) == len(message.segments)
            assert all(0 <= (issue.offset or 0) <= len(content) for issue in message.issues)
            if message.length == len(message.raw):
                assert parse_message(message.raw, interchange, message.offset).segments == message.segments
        end = interchange.offset + interchange.length
        assert end <= len(content)
        assert interchange.complete or interchange.issues
        assert all(0 <= (issue.offset or 0) <= len(content) for issue in interchange.issues)
    assert count or reading.issues
    whole = read(content, limits)
    assert [(i.offset, i.length, i.digest, i.issues) for i in drained(whole)] == [
        (i.offset, i.length, i.digest, i.issues)
        for i in drained(read((content[at : at + size] for at in range(0, len(content), size)), limits))
    ]


def drained(reading: object) -> list:
    return list(reading)  # type: ignore[call-overload]


def fuzz(count: int, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - a seed, not a secret
    for number in range(count):
        content = mutated(draw)
        limits = LIMITS if number % 2 else Limits()
        try:
            check(content, limits, draw.choice((1, 3, 17, 1000)))
        except Exception as error:
            error.add_note(f"input {number} of seed {seed}: {content!r}")
            raise


def test_five_thousand_mutated_files_raise_nothing():
    fuzz(5_000, seed=1)


@pytest.mark.soak
@pytest.mark.skipif("SOAK_S" not in os.environ, reason="SOAK_S says how long; `make soak` sets it")
def test_a_hundred_thousand_mutated_files_and_more_while_there_is_time_raise_nothing():
    until = time.monotonic() + float(os.environ["SOAK_S"])
    for seed in itertools.count(2):
        fuzz(10_000, seed)
        if seed > 10 and time.monotonic() >= until:
            break
