"""An SFTP server that misbehaves as told: for tests of what a connector does about it. Needs asyncssh."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, fields
from typing import BinaryIO, cast

import asyncssh

COUNTED = ("open", "close", "read", "write", "lstat", "stat", "scandir", "rename", "posix_rename", "remove", "mkdir")


@dataclass(slots=True)
class Faults:
    """What goes wrong; operations are named as in COUNTED, files by their last name.

    `denied` are refused for want of rights, `unknown` as not supported, in `hanging` nothing is ever answered.
    `delivers` cuts a file to so many bytes, and under `*` what is written, `endless` never end, `drip_s` is the time a
    single byte takes. `mute`, of scandir and lstat, do not say what an entry is. `vanishing` files are gone when they
    are opened. `cut_at` ends the connection at that operation, counted from 1: before it is done, or with `cut_after`
    in place of its answer; with `deaf` it ends in place of that to every rename. `cut_bytes` ends it when so many bytes
    were read. A rename `touches` the file, which has another time then. `gives` is the most that one reading gets, and
    `asked` what each reading wanted.
    """

    denied: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    hanging: set[str] = field(default_factory=set)
    delivers: dict[str, int] = field(default_factory=dict)
    endless: set[str] = field(default_factory=set)
    mute: set[str] = field(default_factory=set)
    vanishing: set[str] = field(default_factory=set)
    drip_s: float = 0.0
    cut_at: int | None = None
    cut_after: bool = False
    deaf: bool = False
    touches: bool = False
    cut_bytes: int | None = None
    operations: int = 0
    read_bytes: int = 0
    gives: int | None = None
    asked: list[int] = field(default_factory=list)
    logins: int = 0
    files: dict[int, BinaryIO] = field(default_factory=dict)

    def clear(self) -> None:
        """Nothing goes wrong any more, and nothing is counted yet."""
        for each in fields(self):
            if each.name != "files":
                setattr(self, each.name, getattr(Faults(), each.name))

    def close(self) -> None:
        """Closes what clients that were cut off left open."""
        while self.files:
            self.files.popitem()[1].close()


class FaultyServer(asyncssh.SFTPServer):
    """Serves the files below `root`, with faults."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], root: bytes, faults: Faults) -> None:
        super().__init__(channel, chroot=root)
        self._faults = faults
        self._names: dict[int, str] = {}

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """The file, unless it has just vanished."""
        name = path.rpartition(b"/")[2].decode("utf-8", "replace")
        await self._begin("open")
        if name in self._faults.vanishing:
            raise asyncssh.SFTPNoSuchFile("it is gone")
        opened = super().open(path, pflags, attrs)
        self._names[id(opened)] = name
        self._faults.files[id(opened)] = cast("BinaryIO", opened)
        try:
            self._end()
        except asyncssh.SFTPError:
            await self.close(opened)
            raise
        return opened

    async def close(self, file_obj: object) -> None:
        """Closed in any case: a client that is gone closes nothing itself."""
        self._names.pop(id(file_obj), None)
        self._faults.files.pop(id(file_obj), None)
        super().close(file_obj)
        await self._begin("close")
        self._end()

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """What is read, or is said to be."""
        await self._begin("read")
        name, faults = self._names.get(id(file_obj), ""), self._faults
        if faults.drip_s:
            await asyncio.sleep(faults.drip_s)
            size = 1
        faults.asked.append(size)
        size = min(size, faults.gives or size)
        if name in faults.delivers:
            size = max(min(size, faults.delivers[name] - offset), 0)
        content = b"0" * size if name in faults.endless else bytes(super().read(file_obj, offset, size))  # type: ignore[arg-type]
        faults.read_bytes += len(content)
        if faults.cut_bytes is not None and faults.read_bytes > faults.cut_bytes:
            self._cut()
        self._end()
        return content

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """How much was kept."""
        await self._begin("write")
        room = self._faults.delivers.get("*", offset + len(data))
        super().write(file_obj, offset, data[: max(room - offset, 0)])
        self._end()
        return len(data)

    async def lstat(self, path: bytes) -> object:  # type: ignore[override]
        """What lies there, links as links."""
        await self._begin("lstat")
        result = super().lstat(path)
        self._end()
        if "lstat" in self._faults.mute:
            result = asyncssh.SFTPAttrs(size=cast("os.stat_result", result).st_size)
        return result

    async def stat(self, path: bytes) -> object:  # type: ignore[override]
        """What lies there."""
        await self._begin("stat")
        result = super().stat(path)
        self._end()
        return result

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """The entries of a folder."""
        await self._begin("scandir")
        async for entry in super().scandir(path):
            yield asyncssh.SFTPName(entry.filename) if "scandir" in self._faults.mute else entry
        self._end()

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Renamed, nothing overwritten."""
        await self._begin("rename")
        super().rename(oldpath, newpath)
        if self._faults.touches:
            os.utime(os.fsdecode(self.map_path(newpath)), (2_000_000_000 + self._faults.operations,) * 2)
        if self._faults.deaf:
            self._cut()
        self._end()

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Renamed."""
        await self._begin("posix_rename")
        super().posix_rename(oldpath, newpath)
        self._end()

    async def remove(self, path: bytes) -> None:
        """Gone."""
        await self._begin("remove")
        super().remove(path)
        self._end()

    async def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """A new folder."""
        await self._begin("mkdir")
        super().mkdir(path, attrs)
        self._end()

    async def _begin(self, operation: str) -> None:
        faults = self._faults
        faults.operations += 1
        if operation in faults.hanging:
            await asyncio.Event().wait()
        if operation in faults.denied:
            raise asyncssh.SFTPPermissionDenied(f"{operation} is not allowed")
        if operation in faults.unknown:
            raise asyncssh.SFTPOpUnsupported(f"{operation} is not supported")
        if faults.cut_at == faults.operations and not faults.cut_after:
            self._cut()

    def _end(self) -> None:
        if self._faults.cut_at == self._faults.operations and self._faults.cut_after:
            self._cut()

    def _cut(self) -> None:
        self.connection.abort()
        raise asyncssh.SFTPConnectionLost("cut")
