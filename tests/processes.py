"""The gateway as processes of their own: started, watched until something is so, ended."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import TypeVar

import httpx

ROOT = Path(__file__).resolve().parents[1]
GATEWAY = (sys.executable, "-m", "gateway")
PATIENCE_S = 120.0
"""What has not come by then never comes, however slow the machine is."""
_T = TypeVar("_T")


def environment() -> dict[str, str]:
    """The environment in which this checkout is the gateway, whatever is installed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


def eventually(look: Callable[[], _T]) -> _T:
    """What `look` gives as soon as it is something; fails when it is not in time."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        if found := look():
            return found
        assert time.monotonic() < ends, "it did not come in time"
        threading.Event().wait(0.05)


def call(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A gateway command run to its end."""
    command = [*GATEWAY, *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env=environment(), timeout=PATIENCE_S, check=False
    )


class Serving:
    """A running `gateway serve`; `address` is where it tells of its health."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: Queue[str] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.told: list[str] = []
        self.address = self._address()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def _address(self) -> str:
        while not self.told or "Stop with" not in self.told[-1]:
            line = self._lines.get(timeout=PATIENCE_S)
            if not line:
                assert self.process.stderr
                raise AssertionError(self.process.stderr.read())
            self.told.append(line)
        found = re.search(r"(http://\S+)/healthz", self.told[0])
        assert found
        return found[1]

    def get(self, path: str) -> httpx.Response:
        """What it answers to a GET, on however slow a machine."""
        return httpx.get(f"{self.address}{path}", timeout=PATIENCE_S)

    @property
    def stands_still(self) -> bool:
        """Whether a signal has stopped every thread of it; only Linux tells."""
        with contextlib.suppress(OSError):  # of a thread that has just ended
            stats = [each.read_text() for each in Path(f"/proc/{self.process.pid}/task").glob("*/stat")]
            return all(each.rpartition(")")[2].split()[0] == "T" for each in stats)
        return False

    def end(self, by: int = signal.SIGTERM) -> int:
        """The exit status after a signal."""
        self.process.send_signal(by)
        return self.process.wait(PATIENCE_S)


@contextlib.contextmanager
def serving(workspace: Path, *options: str) -> Iterator[Serving]:
    """A gateway serving the workspace on a free port while the block runs."""
    with _started([*GATEWAY, *_serve(workspace), *options]) as server:
        yield server


@contextlib.contextmanager
def driven(workspace: Path, driver: str, *words: str) -> Iterator[Serving]:
    """The same by another program, as one that ends itself at some moment; it is told these words before ours."""
    with _started([sys.executable, "-c", driver, *words, *_serve(workspace)]) as server:
        yield server


def _serve(workspace: Path) -> list[str]:
    return ["--workspace", str(workspace), "serve", "--port", "0"]


@contextlib.contextmanager
def _started(command: list[str]) -> Iterator[Serving]:
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        try:
            yield Serving(process)
        finally:
            if process.poll() is None:
                process.kill()
