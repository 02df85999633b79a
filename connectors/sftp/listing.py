"""What lies in a folder on the server, whatever the names are."""

from __future__ import annotations

import stat
from typing import NamedTuple

import paramiko

from connectors.sftp.asking import Asking

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
    """The regular files of a folder; links, folders and names that would lead out of it are left out."""
    asking = Asking(client)
    handle = asking.handle(asking.open_folder(folder))
    found: list[Entry] = []
    while len(found) < MOST_ENTRIES and (entries := asking.entries(handle)):
        for name, attributes in entries:
            look = look_of(attributes)
            if look is not None and name and not {0, ord("/")} & set(name):
                found.append(Entry(name, look))
    asking.close(handle)
    return found


def look_at(client: paramiko.SFTPClient, path: bytes) -> Look | None:
    """The look of a regular file; None where it is something else."""
    return look_of(client.lstat(path))


def look_of(attributes: paramiko.SFTPAttributes) -> Look | None:
    """The look of what has these attributes; None where it is no regular file."""
    if attributes.st_mode is None or not stat.S_ISREG(attributes.st_mode):
        return None
    return Look(attributes.st_mtime or 0, attributes.st_size or 0)
