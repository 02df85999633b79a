"""The gateway killed at random moments, and run again: every order once, every file with a state, no answer lost."""

from __future__ import annotations

import collections
import itertools
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import sent
from tests.processes import call, environment, eventually, serving
from tests.workspaces import Place

# A driver that kills itself so many seconds after the command began, wherever it is then.
DRIVER = """
import gc, os, signal, sys, threading
gc.disable()
from gateway.cli.app import main
delay, *words = sys.argv[1:]
timer = threading.Timer(float(delay), os.kill, (os.getpid(), signal.SIGKILL))
timer.daemon = True
timer.start()
sys.argv = ["gateway", *words]
main()
"""
LONGEST_S = 1.0


def killed_after(delay_s: float, *words: object) -> bool:
    """Whether the command was killed before its end."""
    command = [sys.executable, "-c", DRIVER, f"{delay_s:.3f}", *map(str, words)]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended.returncode == -signal.SIGKILL


class Sending:
    """What the partner sends, round by round: files with several orders, and half of them again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.orders: list[str] = []
        self.controls: list[str] = []
        self.names: set[str] = set()
        folder.mkdir()

    def files(self, number: int, draw: random.Random) -> list[Path]:
        """Three files of one to four orders each, one of them twice, and one order again in another envelope."""
        found = [self._file(f"R{number:03}F{at}", draw.randrange(1, 5), draw) for at in range(3)]
        again = draw.choice(found)
        copy = self.folder / f"again-{again.name}"
        copy.write_bytes(again.read_bytes())
        other = self.folder / f"other-{number:03}.edi"
        first = re.search(rb"UNH.*?UNT[^']*'\n", found[0].read_bytes(), re.DOTALL)
        assert first
        other.write_bytes(sent.interchange(f"R{number:03}A", first[0].decode()))
        self.controls.append(f"R{number:03}A")
        files = [*found, copy, other]
        draw.shuffle(files)
        self.names |= {file.name for file in files}
        return files

    def _file(self, control: str, count: int, draw: random.Random) -> Path:
        messages = []
        for at in range(1, count + 1):
            self.orders.append(f"{control}-{at}")
            lines = [sent.line(n, sent.SEALANT, str(draw.randrange(1, 90))) for n in range(1, draw.randrange(2, 5))]
            messages.append(sent.order(self.orders[-1], *lines, reference=str(at)))
        self.controls.append(control)
        file = self.folder / f"{control}.edi"
        file.write_bytes(sent.interchange(control, *messages))
        return file


def verify(place: Place, sending: Sending) -> None:
    """All that was sent had its effect once and is answered, under references without gaps."""
    messages = place.run("messages", "list", "--json").lines
    assert {message["state"] for message in messages} <= {"processed", "duplicate"}
    assert {message["control_reference"] for message in messages} == set(sending.controls)
    orders = place.orders()
    assert sorted(order["number"] for order in orders) == sorted(sending.orders)
    assert sorted(order["order"] for order in orders) == [f"SO{n:08d}" for n in range(1, len(orders) + 1)]
    assert {row["state"] for row in place.run("outbox", "list", "--json").lines} == {"sent"}
    answers = place.answers("acme")
    contents = collections.defaultdict(set)
    for answer in answers:
        contents[answer.control].add(answer.raw)
    assert all(len(each) == 1 for each in contents.values())
    assert sorted(contents) == [f"{n:08d}" for n in range(1, len(contents) + 1)]
    answered = [answer.having("RFF+ON")[0][7:] for answer in answers if answer.type == "ORDRSP"]
    assert set(answered) == set(sending.orders)
    acknowledged = {answer.having("UCI")[0].split("+")[1] for answer in answers if answer.type == "CONTRL"}
    assert acknowledged == set(sending.controls)
    assert len(place.outbox("erp")) == len(sending.orders)
    assert place.run("db", "verify").status == 0


def ingested(place: Place, rounds: range, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - a seed, not a secret
    sending = Sending(place.root.parent / "sending")
    for number in rounds:
        files = sending.files(number, draw)
        command = ("--workspace", place.root, "ingest", *files)
        while killed_after(draw.uniform(0, LONGEST_S), *command) and draw.random() < 0.3:
            pass
        ended = call(*command)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    verify(place, sending)


def test_ingest_killed_at_random_and_run_again_has_each_effect_once(demo: Place) -> None:
    ingested(demo, range(5), seed=1)


@pytest.mark.soak
@pytest.mark.skipif("SOAK_S" not in os.environ, reason="SOAK_S says how long; `make soak` sets it")
def test_ingest_killed_fifty_times_has_each_effect_once(demo: Place) -> None:
    ingested(demo, range(50), seed=2)


@pytest.mark.soak
@pytest.mark.skipif("SOAK_S" not in os.environ, reason="SOAK_S says how long; `make soak` sets it")
def test_serve_killed_at_random_has_each_effect_once(demo: Place) -> None:
    demo.change("connections/acme_inbox.toml", 'poll = "2s"', 'poll = "1s"')
    draw = random.Random(3)  # noqa: S311 - a seed, not a secret
    sending = Sending(demo.root.parent / "sending")
    inbox = demo.root / "inbox" / "acme"
    inbox.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + float(os.environ["SOAK_S"])
    for number in itertools.count():
        for file in sending.files(number, draw):
            file.rename(inbox / file.name)
        killed_after(draw.uniform(0, 4 * LONGEST_S), "--workspace", demo.root, "serve", "--port", "0")
        if number >= 10 and time.monotonic() >= until:
            break
    with serving(demo.root):
        eventually(lambda: settled(demo, sending))
    verify(demo, sending)


def settled(place: Place, sending: Sending) -> bool:
    """Whether every file has a state and every answer has left."""
    messages = place.run("messages", "list", "--json").lines
    outputs = place.run("outbox", "list", "--json").lines
    return (
        {message["file"] for message in messages} == sending.names
        and {message["state"] for message in messages} <= {"processed", "duplicate"}
        and {output["state"] for output in outputs} == {"sent"}
    )
