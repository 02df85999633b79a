"""A run of a schedule: a command of the gateway in a process of its own, ended when it takes too long."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from gateway.store.fires import FireState
from gateway.workspace.schedules import Schedule

LAST_WORDS_BYTES = 2_000
_GRACE = timedelta(seconds=10)
"""How long a run that was asked to end may take to do so."""
_BY_CODE = {0: FireState.DONE, 1: FireState.REFUSED}


class Run:
    """The process of a run, from `now` on; its output is kept until it ends."""

    def __init__(self, schedule: Schedule, workspace: Path, now: datetime) -> None:
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        # What a person put into his own workspace's schedule; no shell reads it.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "gateway", "--workspace", str(workspace.absolute()), *schedule.words],
            stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._deadline = now + schedule.timeout
        self._timeout = schedule.timeout

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended; what takes longer than it may is asked to end, then made to."""
        if self._process.poll() is not None:
            return True
        if now > self._deadline + _GRACE:
            self._process.kill()
        elif now > self._deadline:
            self._process.terminate()
        return False

    def end(self) -> None:
        """Make it end, and wait for that."""
        self._process.terminate()
        try:
            self._process.wait(_GRACE.total_seconds())
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait(self) -> int:
        """Its exit status, when it has ended or took too long."""
        try:
            return self._process.wait(self._timeout.total_seconds())
        except subprocess.TimeoutExpired:
            self.end()
            return self._process.returncode

    @property
    def code(self) -> int | None:
        """Its exit status; negative where a signal ended it."""
        return self._process.returncode

    @property
    def state(self) -> FireState:
        """How it ended."""
        return _BY_CODE.get(self._process.returncode, FireState.FAILED)

    def last_words(self) -> str:
        """The end of what it wrote."""
        size = self._output.seek(0, 2)
        self._output.seek(max(0, size - LAST_WORDS_BYTES))
        text = self._output.read().decode("utf-8", "replace").strip()
        signalled = f"ended by signal {-self.code}" if self.code is not None and self.code < 0 else ""
        return "\n".join(part for part in (text, signalled) if part)

    def close(self) -> None:
        """Its output is kept no more."""
        self._output.close()
