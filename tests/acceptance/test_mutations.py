"""Damaged files through the whole line: each has a state and a reason, and what comes after it passes."""

from __future__ import annotations

import itertools
import os
import random
import time

import pytest

from tests import sent
from tests.workspaces import SAMPLES, Place

SEEDS = [file.read_bytes() for file in sorted(SAMPLES.glob("*.edi"))]
BATCH = 10
ENDED = {"processed", "held", "rejected", "duplicate"}


def _flip(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.randrange(1, 4)):
        changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def _drop(content: bytes, draw: random.Random) -> bytes:
    segments = content.split(b"'")
    del segments[draw.randrange(len(segments))]
    return b"'".join(segments)


def _double(content: bytes, draw: random.Random) -> bytes:
    segments = content.split(b"'")
    segments.insert(draw.randrange(len(segments)), draw.choice(segments))
    return b"'".join(segments)


def _swap(content: bytes, draw: random.Random) -> bytes:
    segments = content.split(b"'")
    one, other = draw.randrange(len(segments)), draw.randrange(len(segments))
    segments[one], segments[other] = segments[other], segments[one]
    return b"'".join(segments)


def _cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content))]


def damaged(draw: random.Random) -> bytes:
    """A sample with one or two things wrong, under a control reference that may be new or not."""
    content = draw.choice(SEEDS)
    for _ in range(draw.randrange(1, 3)):
        content = draw.choice((_flip, _drop, _double, _swap, _cut))(content, draw)
    return content


def batch(place: Place, number: int, draw: random.Random) -> None:
    """A batch of damaged files and a sound one behind them: all have a state, and the sound one is an order."""
    contents = [damaged(draw) for _ in range(BATCH)]
    folder = place.root.parent / "damaged"
    folder.mkdir(exist_ok=True)
    files = []
    for at, content in enumerate(contents):
        files.append(folder / f"{number:04}-{at}.edi")
        files[-1].write_bytes(content)
    sound = folder / f"{number:04}-sound.edi"
    sound.write_bytes(sent.interchange(f"OK{number:06}", sent.order(f"OK-{number}", sent.line(1, sent.SEALANT, "12"))))
    lines = place.ingest(*files, sound)
    for file, content in zip(files, contents, strict=True):
        found = [line for line in lines if line["file"] == file.name]
        assert found, content
        for line in found:
            assert line["state"] in ENDED, (line, content)
            reasons = [issue for issue in line["issues"] if issue["severity"] == "error"]
            assert reasons or line["state"] in ("processed", "duplicate") or line["decision"] == "held", (line, content)
    assert [(line["state"], line["decision"]) for line in lines if line["file"] == sound.name] == [
        ("processed", "accepted")
    ]


def test_sixty_damaged_files_have_a_state_and_a_reason_each_and_stop_nobody(demo: Place) -> None:
    draw = random.Random(1)  # noqa: S311 - a seed, not a secret
    for number in range(60 // BATCH):
        batch(demo, number, draw)


@pytest.mark.soak
@pytest.mark.skipif("SOAK_S" not in os.environ, reason="SOAK_S says how long; `make soak` sets it")
def test_three_hundred_damaged_files_and_more_while_there_is_time_stop_nobody(demo: Place) -> None:
    until = time.monotonic() + float(os.environ["SOAK_S"])
    draw = random.Random(2)  # noqa: S311 - a seed, not a secret
    for number in itertools.count():
        batch(demo, number, draw)
        if (number + 1) * BATCH >= 300 and time.monotonic() >= until:
            break
