"""The other side asked what it holds of a flow: its own list, taken by the connection that has it.

A list stays claimed until it is used, so that a run that broke off finds it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import NamedTuple

from gateway.connector import Arrival, Poller
from gateway.errors import ConflictError, TransientError, UsageError
from gateway.pipeline.outlets import close
from gateway.pipeline.work import Line
from gateway.store.lanes import Lease, extend, lane_of_polls, lease_lane, open_lane, prove, release, this_process
from gateway.store.types import instant_text

LEASE = timedelta(minutes=1)
"""So long nobody else asks a connection after a run that asked it was killed: one that lives keeps its lease."""


class Lister(NamedTuple):
    """A connection that has lists, and what takes from it.

    `asks`: what one look gives is one answer, which is given again when it is asked again. Else what lies there are
    files, of which the newest is the list, complete once two looks `look_again_s` apart found it the same.
    """

    connection: str
    poller: Poller
    asks: bool
    look_again_s: float


class Listed(NamedTuple):
    """The other side's list: its files in their order, here, and what it calls them."""

    files: Sequence[Path]
    names: Sequence[str]


@contextmanager
def asked(
    line: Line,
    lister: Lister,
    *,
    keep: bool = False,
    wait: Callable[[float], None] = time.sleep,
    term: timedelta = LEASE,
) -> Iterator[Listed]:
    """The list, while the block runs; it is put away when that ended well, with those that are older than it.

    `keep` leaves the newest for the next time; a block that raises leaves all.
    Raises UsageError where there is none, ConflictError while another run asks the connection, or was killed less than
    `term` ago.
    """
    with _leased(line, lister, term) as lease, TemporaryDirectory() as folder:
        arrivals: list[Arrival] = []
        used: list[Arrival] = []
        try:
            files = [_here(each, Path(folder), arrivals) for each in _arriving(lister, wait)]
            if not files:
                raise UsageError(f"{lister.connection} has no list yet. Name what the other side holds with --against.")
            since = 0 if lister.asks else len(files) - 1
            yield Listed(files[since:], [each.name for each in arrivals[since:]])
            with line.store.write() as db:
                prove(db, lease, _until(line, term))
            if not lister.asks:
                used = arrivals[:-1] if keep else arrivals
        finally:
            for each in arrivals:
                (lister.poller.done if each in used else lister.poller.release)(each)


def _arriving(lister: Lister, wait: Callable[[float], None]) -> Iterator[Arrival]:
    """What a run that broke off had claimed, and what is there now, the newest last."""
    lister.poller.recover()
    first = lister.poller.poll()
    if lister.asks:
        return first
    return chain(first, _second(lister, wait))


def _second(lister: Lister, wait: Callable[[float], None]) -> Iterator[Arrival]:
    wait(lister.look_again_s)
    yield from lister.poller.poll()


def _here(arrival: Arrival, folder: Path, arrivals: list[Arrival]) -> Path:
    """The file of what arrived, noted as such."""
    arrivals.append(arrival)
    path = folder / f"{len(arrivals):06d}"
    with path.open("wb") as file:
        file.writelines(arrival.chunks())
    return path


@contextmanager
def _leased(line: Line, lister: Lister, term: timedelta) -> Iterator[Lease]:
    """Nobody else takes from the connection while the block runs, however long; nothing of it is open afterwards."""
    lane = lane_of_polls(lister.connection)
    with line.store.write() as db:
        open_lane(db, lane)
        lease = lease_lane(db, lane, this_process(), line.now(), _until(line, term))
    if lease is None:
        text = f"{lane} is held by another run, or paused. Wait until it has ended, a minute where it was killed"
        raise ConflictError(f"{text}, or open it with `gateway lane resume {lane}`.")
    try:
        with _kept(line, lease, term):
            yield lease
    finally:
        close(lister.poller)
        with line.store.write() as db:
            release(db, lease)


@contextmanager
def _kept(line: Line, lease: Lease, term: timedelta) -> Iterator[None]:
    """The lease lasts while the block runs, unless it was lost: `prove` tells."""
    ended = Event()

    def keep() -> None:
        while not ended.wait(term.total_seconds() / 4):
            # The store may be away, or busy: what is left of the lease is for that.
            with suppress(TransientError), line.store.write() as db:
                extend(db, [lease], _until(line, term))

    keeper = Thread(target=keep, name=lease.lane, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def _until(line: Line, term: timedelta) -> str:
    return instant_text(line.clock() + term)
