"""What lies in a folder on the server, whatever the names are."""

from __future__ import annotations

import stat
from typing import NamedTuple

import paramiko
from paramiko.sftp import CMD_CLOSE, CMD_NAME, CMD_OPENDIR, CMD_READDIR, SFTPError

MOST_ENTRIES = 200_000


class Look(NamedTuple):
    """What tells whether a file is still being written: whole seconds since 1970, and bytes."""

    mtime: int
    size: int


class Entry(NamedTuple):
    """A regular file by its name, as the server spells it."""

    name: bytes
    look: Look


def files_in(client: paramiko.SFTPClient, folder: bytes) -> list[Entry]:
    """The regular files of a folder; links, folders and names that would lead out of it are left out.

    The library's own listing fails where a name is no UTF-8, which would keep every other file from being taken.
    """
    _, answer = client._request(CMD_OPENDIR, folder)  # type: ignore[attr-defined]  # noqa: SLF001
    handle = answer.get_binary()
    found: list[Entry] = []
    try:
        while len(found) <= MOST_ENTRIES:
            kind, answer = client._request(CMD_READDIR, handle)  # type: ignore[attr-defined]  # noqa: SLF001
            if kind != CMD_NAME:
                raise SFTPError("a list of names was expected")
            found += _entries(answer)
    except EOFError:
        pass
    client._request(CMD_CLOSE, handle)  # type: ignore[attr-defined]  # noqa: SLF001
    return found


def look_at(client: paramiko.SFTPClient, path: bytes) -> Look | None:
    """The look of a regular file; None where it is something else."""
    return _look(client.lstat(path))


def _entries(answer: paramiko.Message) -> list[Entry]:
    found = []
    for _ in range(answer.get_int()):
        name = answer.get_binary()
        answer.get_binary()
        look = _look(paramiko.SFTPAttributes._from_msg(answer))  # type: ignore[attr-defined]  # noqa: SLF001
        if look is not None and name not in (b"", b".", b"..") and not {0, 0x2F} & set(name):
            found.append(Entry(name, look))
    return found


def _look(attributes: paramiko.SFTPAttributes) -> Look | None:
    if attributes.st_mode is None or not stat.S_ISREG(attributes.st_mode):
        return None
    return Look(attributes.st_mtime or 0, attributes.st_size or 0)
