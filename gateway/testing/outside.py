"""The other side as a test plays it, and what every suite asks of a connector: to come to an end, and to let go."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from gateway.connector import Arrival, Closing, Connection, Poller, Sender

# A file is complete when two looks in a row found it the same.
LOOKS = 2
PATIENCE_S = 60.0
"""What has not come to an end by then hangs."""
ROUNDS = 3
SETTLED_S = 10.0
_T = TypeVar("_T")


class Outside(Protocol):
    """The other side, as a test plays it."""

    def open(self) -> Connection:
        """The connection, opened anew as after a restart."""

    def leave(self, name: str, content: bytes) -> None:
        """Something complete is left for the gateway."""

    def begin(self, name: str, content: bytes) -> None:
        """Something is begun for the gateway and not finished."""

    def finds(self) -> Mapping[str, bytes]:
        """What lies there for the other side, by name."""


def expect(holds: bool, sentence: str) -> None:
    """Fails the test with the sentence that does not hold."""
    if not holds:
        raise AssertionError(sentence)


@contextmanager
def in_time() -> Iterator[None]:
    """Fails the test where the block has not come to an end in time, whatever it waits for; of the main thread only."""

    def late(*_: object) -> None:
        raise AssertionError(f"it has not come to an end in {PATIENCE_S:.3g} s")

    handler, rest = signal.signal(signal.SIGALRM, late), signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *rest)
        signal.signal(signal.SIGALRM, handler)


def take(poller: Poller) -> list[Arrival]:
    """What a poller yields in as many looks as it may need; fails the test where a look hangs."""
    with in_time():
        return [arrival for _ in range(LOOKS) for arrival in poller.poll()]


def content_of(arrival: Arrival) -> bytes:
    """All of an arrival's content."""
    return b"".join(arrival.chunks())


class Suite:
    """Opens connections for a test, and closes at its end what was opened."""

    outside: Outside
    _opened: tuple[object, ...] = ()

    def poller(self) -> Poller:
        """A poller of the connection opened anew, as after a restart."""
        return self._kept(self.outside.open().poller())

    def sender(self) -> Sender:
        """A sender of the connection opened anew, as after a restart."""
        return self._kept(self.outside.open().sender())

    def teardown_method(self) -> None:
        """Closes what was opened, twice: that is harmless."""
        self._close()
        self._close()
        self._opened = ()

    def _close(self) -> None:
        for opened in self._opened:
            if isinstance(opened, Closing):
                opened.close()

    def _expect_nothing_held(self, use: Callable[[int], None]) -> None:
        """What is used often, and closed each time though somebody still has it in hand, adds up to nothing."""
        use(0)  # what a library sets up for good
        self._close()
        before = _held_open()
        for number in range(1, ROUNDS + 1):
            use(number)
            self._close()
        ends = time.monotonic() + SETTLED_S
        while any(now > then for now, then in zip(_held_open(), before, strict=True)) and time.monotonic() < ends:
            time.sleep(0.02)  # the other side may be in this process, and lets go of its end a little later
        files, threads = (now - then for now, then in zip(_held_open(), before, strict=True))
        expect(
            files <= 0 and threads <= 0, f"after {ROUNDS} times {files} files or lines and {threads} threads are left"
        )

    def _kept(self, opened: _T) -> _T:
        self._opened = (*self._opened, opened)
        return opened


def _held_open() -> tuple[int, int]:
    """How many files and lines, where the system tells, and how many threads there are."""
    told = Path("/proc/self/fd")
    return len(list(told.iterdir())) if told.is_dir() else 0, threading.active_count()
