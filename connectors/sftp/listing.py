"""What lies in a folder on the server, whatever the names are."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from typing import NamedTuple

import paramiko

from connectors.sftp.asking import Asking
from connectors.sftp.asking import Entry as Listed
from connectors.sftp.config import shown, within
from gateway.errors import PermanentError

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

    Raises PermanentError where the server tells of nothing what it is.
    """
    asking = Asking(client)
    handle = asking.handle(asking.open_folder(folder))
    found: list[Entry] = []
    while len(found) < MOST_ENTRIES and (entries := asking.entries(handle)):
        inside = [entry for entry in entries if _is_inside(entry[0])]
        for name, attributes in _told(asking, folder, inside):
            look = look_of(attributes)
            if look is not None:
                found.append(Entry(name, look))
    asking.close(handle)
    return found


def _is_inside(name: bytes) -> bool:
    return name not in (b"", b".", b"..") and not {0, ord("/")} & set(name)


def _told(asking: Asking, folder: bytes, entries: list[Listed]) -> Iterator[Listed]:
    """The entries with what they are and how large: some servers say that only to who asks for each."""
    mute = [name for name, attributes in entries if attributes.st_mode is None or attributes.st_size is None]
    asked = {name: asking.lstat(within(folder, name)) for name in mute}
    for name, attributes in entries:
        if name not in asked:
            yield name, attributes
            continue
        try:
            told = asking.attributes(asked[name])
        except (FileNotFoundError, PermissionError):
            continue  # gone meanwhile, or not for us
        if told.st_mode is None:
            text = f"the server does not say whether {shown(name)} is a file or a folder"
            raise PermanentError(f"{text}; ask the partner that it states permissions in its listings")
        yield name, told


def look_at(client: paramiko.SFTPClient, path: bytes) -> Look | None:
    """The look of a regular file; None where it is something else."""
    return look_of(client.lstat(path))


def look_of(attributes: paramiko.SFTPAttributes) -> Look | None:
    """The look of what has these attributes; None where it is no regular file."""
    if attributes.st_mode is None or not stat.S_ISREG(attributes.st_mode):
        return None
    return Look(attributes.st_mtime or 0, attributes.st_size or 0)
