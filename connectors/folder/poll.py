"""Takes complete files from a folder, each once."""

from __future__ import annotations

import fnmatch
import os
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from connectors.folder.config import FolderConfig
from connectors.folder.files import file_errors, make_folder, move_without_overwriting, sync_folder
from gateway.connector import Arrival, safe_name
from gateway.errors import GatewayError

UNFINISHED = (".tmp", ".part")
CHUNK_BYTES = 1 << 20


class _Look(NamedTuple):
    """What tells whether a file is still being written."""

    mtime_ns: int
    size: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> _Look:
        """What the file's status tells."""
        return cls(status.st_mtime_ns, status.st_size, status.st_ino)


class FolderPoller:
    """Takes a file that two looks in a row found the same; hidden and unfinished files and links stay where they are.

    A claim is a rename into a folder of its own below .claimed/, which only one can do.
    """

    def __init__(self, config: FolderConfig) -> None:
        self._config = config
        self._seen: dict[str, _Look] = {}
        self._waiting: list[str] = []

    def waiting(self) -> int:
        """How many files are there that are taken once they are complete."""
        with file_errors(self._config.path):
            return len(self._look())

    def poll(self) -> Iterator[Arrival]:
        """What was given back, then what is complete, oldest first; of one instant by name.

        Raises at its end what was wrong with the first that could not be taken.
        """
        with file_errors(self._config.path):
            found = self._look()
        complete = [(name, look) for name, look in found.items() if self._seen.get(name) == look]
        complete.sort(key=lambda each: (each[1].mtime_ns, each[0]))
        self._seen = found
        for key in tuple(self._waiting):
            yield from self._take(key)
        failed: list[GatewayError] = []
        for name, look in complete:
            try:
                claimed = self._claim(name, look)
            except GatewayError as error:
                failed.append(error)
                continue
            if claimed:
                yield from self._take(claimed)
        if failed:
            raise failed[0]

    def done(self, arrival: Arrival) -> None:
        """Archive or delete the claimed file."""
        with file_errors(self._config.path):
            claim = self._config.claims / arrival.key
            file = _only_file(claim)
            if file is not None:
                self._put_away(file)
            if claim.is_dir():
                claim.rmdir()

    def release(self, arrival: Arrival) -> None:
        """The next poll yields it again."""
        self._waiting.append(arrival.key)

    def recover(self) -> int:
        """How many claimed files a crashed run left; the next poll yields them."""
        claims = self._config.claims
        with file_errors(claims):
            left = sorted(entry.name for entry in claims.iterdir()) if claims.is_dir() else []
        self._waiting = left
        return len(left)

    def _look(self) -> dict[str, _Look]:
        make_folder(self._config.path)
        found: dict[str, _Look] = {}
        with os.scandir(self._config.path) as entries:
            for entry in entries:
                look = self._wanted(entry)
                if look is not None:
                    found[entry.name] = look
        return found

    def _wanted(self, entry: os.DirEntry[str]) -> _Look | None:
        name = entry.name
        if name.startswith(".") or name.lower().endswith(UNFINISHED) or not fnmatch.fnmatch(name, self._config.pattern):
            return None
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        return _Look.of(status)

    def _claim(self, name: str, look: _Look) -> str | None:
        """The key of the claim the file was moved into; None where another was faster or it is still written."""
        source, key = self._config.path / name, uuid.uuid4().hex
        claim = self._config.claims / key
        with file_errors(source):
            claim.mkdir(parents=True)
            try:
                source.rename(claim / name)
            except OSError as error:
                claim.rmdir()
                if isinstance(error, FileNotFoundError):
                    return None
                raise
            self._waiting.append(key)
            sync_folder(claim)
            if _Look.of((claim / name).lstat()) != look and self._give_back(key, claim / name, source):
                return None
        return key

    def _give_back(self, key: str, file: Path, source: Path) -> bool:
        """Whether a file that changed after the second look has its name back; not where the name is taken again."""
        try:
            move_without_overwriting(file, source)
        except FileExistsError:
            return False
        file.parent.rmdir()
        self._waiting.remove(key)
        return True

    def _take(self, key: str) -> Iterator[Arrival]:
        """The claimed file; nothing where it is gone, or something else lies in its place."""
        claim = self._config.claims / key
        with file_errors(claim):
            file = _only_file(claim)
            size = file.lstat().st_size if file else 0
        if file is None:
            with suppress(OSError):  # what else may lie there is not ours
                claim.rmdir()
        self._waiting.remove(key)
        if file is not None:
            yield Arrival(key, safe_name(file.name), size, partial(_chunks, file))

    def _put_away(self, file: Path) -> None:
        if not self._config.archive:
            file.unlink()
            return
        folder = self._config.archived / datetime.now(UTC).date().isoformat()
        make_folder(folder)
        try:
            move_without_overwriting(file, folder / file.name)
        except FileExistsError:
            # The same name came before on this day: the claim's key makes it another.
            move_without_overwriting(file, folder / f"{file.parent.name}_{safe_name(file.name)}")


def _only_file(claim: Path) -> Path | None:
    """The regular file in a claim; None where it is gone, or is a link put in its place."""
    if not claim.is_dir():
        return None
    return next((file for file in claim.iterdir() if stat.S_ISREG(file.lstat().st_mode)), None)


def _chunks(file: Path) -> Iterator[bytes]:
    with file_errors(file), os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
        read: Callable[[], bytes] = partial(stream.read, CHUNK_BYTES)
        yield from iter(read, b"")
