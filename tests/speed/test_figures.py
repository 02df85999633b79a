"""The measurements themselves: what they read is sound, and what they say is said right."""

from __future__ import annotations

import json

import pytest

from gateway.edifact.directory import load
from gateway.edifact.reader import read
from gateway.edifact.validation import validate
from tests.speed import __main__ as speed
from tests.speed import edifact
from tests.speed.figures import Figure, cpu_seconds
from tests.speed.interchanges import interchange


def test_a_figure_is_met_or_missed_by_its_ratio():
    assert Figure("a", 10, "MB/s", "peer", 5, at_least=2).verdict == "met"
    assert Figure("a", 10, "MB/s", "peer", 6, at_least=2).verdict == "missed"
    assert Figure("a", 10, "us", "peer", 9, at_most=1.15).verdict == "met"
    assert Figure("a", 10, "us", "peer", 8, at_most=1.15).verdict == "missed"


def test_a_figure_without_a_peer_is_measured_itself():
    figure = Figure("memory", 3, "MB", at_most=4)
    assert (figure.ratio, figure.target, figure.verdict) == (None, "<= 4 MB", "met")
    assert Figure("memory", 3, "MB").verdict == ""


def test_works_take_turns_and_each_has_its_median():
    done: list[str] = []
    medians = cpu_seconds(lambda: done.append("a"), lambda: sum(range(100_000)), runs=3)
    assert len(medians) == 2
    assert 0 <= medians[0] < medians[1]


def test_every_result_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(edifact, "measure", lambda: iter([Figure("x", 10, "MB/s", "peer", 6, at_least=2)]))
    assert speed.main(["edifact", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["module"], shown["name"], shown["target"], shown["verdict"]) == ("edifact", "x", ">= 2 x", "missed")
    speed.main(["edifact"])
    heading, line = capsys.readouterr().out.splitlines()
    assert heading.startswith("CPU time; wall time where others are waited for")
    assert line.split() == ["edifact:", "x", "10", "MB/s", "peer", "6", "1.67", ">=", "2", "x", "missed"]


@pytest.mark.parametrize(("share", "fewest", "most"), [(0.0, 0.0, 0.0), (0.28, 0.045, 0.055)])
def test_what_is_measured_is_sound_and_has_its_share_of_released_characters(share: float, fewest: float, most: float):
    content = interchange(200_000, released_share=share)
    directory = load("D", "96A")
    assert directory is not None
    released = count = 0
    for found in read(content):
        for message in found.messages():
            assert message.issues == validate(message, directory)[1] == []
            assert edifact.bare_split(message.raw) == len(message.segments)
            released += sum("?" in piece for piece in message.pieces)
            count += len(message.pieces)
        assert found.complete
        assert found.issues == []
    assert fewest <= released / count <= most
    assert interchange(1, released_share=share) == interchange(1, released_share=share)
