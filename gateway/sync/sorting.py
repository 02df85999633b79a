"""Rows sorted by their keys however many there are: in memory up to a size, beyond it merged from files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import IO, TypeAlias

import msgspec

AT_ONCE = 50_000
"""Rows that are sorted in memory."""
MOST_FILES = 64
_BUFFER_BYTES = 1 << 16

Keyed: TypeAlias = tuple[str, int, dict[str, str]]
"""A row with its key before it and the line it stands on, 0 where it stands on none."""

_decode = msgspec.json.Decoder(Keyed).decode
_encode = msgspec.json.Encoder().encode
_KEY = itemgetter(0, 1)


def sorted_rows(rows: Iterable[Keyed]) -> Iterator[Keyed]:
    """The rows by key and line; temporary files that it needs are gone when it ends."""
    left = iter(rows)
    runs: list[IO[bytes]] = []
    try:
        while chunk := sorted(islice(left, AT_ONCE), key=_KEY):
            if not runs and len(chunk) < AT_ONCE:
                yield from chunk
                return
            runs.append(_kept(chunk))
            if len(runs) == MOST_FILES:
                runs = [_merged(runs)]
        yield from merge(*map(_read, runs), key=_KEY)
    finally:
        for run in runs:
            run.close()


def _merged(runs: list[IO[bytes]]) -> IO[bytes]:
    together = _kept(merge(*map(_read, runs), key=_KEY))
    for run in runs:
        run.close()
    return together


def _kept(rows: Iterable[Keyed]) -> IO[bytes]:
    run = tempfile.TemporaryFile(buffering=_BUFFER_BYTES)  # noqa: SIM115 closed by `sorted_rows`, which reads it
    run.writelines(_encode(row) + b"\n" for row in rows)
    run.seek(0)
    return run


def _read(run: IO[bytes]) -> Iterator[Keyed]:
    return map(_decode, run)
