"""Claims: a file that is ours until it is stored, by a rename where the server lets us, else by a note of our own."""

from __future__ import annotations

import errno
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol

import paramiko

from connectors.sftp.asking import Asking
from connectors.sftp.config import After, Inbox, shown, within
from connectors.sftp.listing import Entry, Look, files_in, look_at, look_of
from gateway.connector import safe_name

_KEPT = "kept:"
_FILE = "file:"
_CLAIMED, _STORED = "claimed", "stored"
_NAME_BYTES = 180


class Claims(Protocol):
    """How files are claimed: by key, which survives the process."""

    def claim(self, entry: Entry) -> str | None:
        """The key of the claim; None where the file is gone or was changed."""

    def path(self, key: str) -> bytes:
        """Where a claimed file lies; raises KeyError where it is there no more."""

    def name(self, key: str) -> str:
        """What it was called, fit for people and file systems."""

    def put_away(self, key: str) -> bool:
        """Whether a stored file is archived, deleted or noted as wanted; it never comes back in either case."""

    def left(self) -> list[str]:
        """The keys of what was claimed and not put away."""

    def kept(self) -> list[str]:
        """The names of stored files that the server did not let us put away."""


Client = Callable[[], paramiko.SFTPClient]


class RenamedClaims:
    """A claim is a rename into .claimed/ under a name that only it has, which only one can do.

    `strays` are claims of files that changed meanwhile and could not be given back: they are taken as they are now.
    `touched` are those that have another time since they were renamed, as where an object store is behind the server:
    they are fetched anew.
    """

    def __init__(self, inbox: Inbox, client: Client) -> None:
        self._inbox = inbox
        self._client = client
        self.strays: list[str] = []
        self.touched: list[str] = []

    def prepare(self) -> bool:
        """Whether the server lets us have a folder for claims."""
        if self._inbox.after is After.LEAVE:
            return False
        try:
            self._client().stat(self._inbox.claims)
        except FileNotFoundError:
            try:
                self._client().mkdir(self._inbox.claims)
            except OSError:
                return False
        return True

    def claim(self, entry: Entry) -> str | None:
        """The key of the claim; None where the file is gone or changed.

        Raises PermissionError where it must not be renamed, or the server knows no rename.
        """
        plain = safe_name(entry.name.decode("utf-8", "replace")).encode()[:_NAME_BYTES].decode("utf-8", "ignore")
        key, place = f"{uuid.uuid4().hex}.{plain}", within(self._inbox.folder, entry.name)
        asking = Asking(self._client())
        renamed, looked = asking.rename(place, self.path(key)), asking.lstat(self.path(key))
        try:
            asking.done(renamed)
            look = look_of(asking.attributes(looked))
            if look == entry.look:
                return key
            if look is not None and look.size == entry.look.size:
                self.touched.append(key)
                return None
        except FileNotFoundError:
            self.prepare()  # what is gone may be the folder of the claims
            return None
        except OSError as error:
            if error.errno == errno.ENOTSUP:
                raise PermissionError(*error.args) from error
            raise
        try:
            self._client().rename(self.path(key), place)
        except OSError:
            self.strays.append(key)  # the name is taken again
        return None

    def path(self, key: str) -> bytes:
        """Where a claimed file lies."""
        return within(self._inbox.claims, key.encode())

    def name(self, key: str) -> str:
        """What it was called."""
        return key.partition(".")[2]

    def put_away(self, key: str) -> bool:
        """Whether it is archived or deleted; what the server keeps is noted, and not taken again."""
        try:
            if self._inbox.after is After.ARCHIVE:
                self._archive(key)
            else:
                self._client().remove(self.path(key))
        except FileNotFoundError:
            return True
        except OSError:
            self._inbox.memory.remember(f"{_KEPT}{key}", _STORED)
            return False
        return True

    def left(self) -> list[str]:
        """The keys of what lies in .claimed/ and is not stored; what is stored is put away now, where that goes."""
        try:
            keys = sorted(
                entry.name.decode("utf-8", "replace") for entry in files_in(self._client(), self._inbox.claims)
            )
        except (FileNotFoundError, PermissionError):
            keys = []
        stored = {note.removeprefix(_KEPT) for note in self._inbox.memory.recalled(_KEPT)}
        for key in stored:
            if key not in keys or self.put_away(key):
                self._inbox.memory.forget(f"{_KEPT}{key}")
        return [key for key in keys if key not in stored]

    def kept(self) -> list[str]:
        """The names of stored files that the server did not let us put away."""
        return [self.name(note.removeprefix(_KEPT)) for note in self._inbox.memory.recalled(_KEPT)]

    def _archive(self, key: str) -> None:
        """Moves the file to its day's folder, which is made at its first file; a name that is taken gets the key."""
        day = within(self._inbox.archive, datetime.now(UTC).date().isoformat().encode())
        target = within(day, self.name(key).encode())
        try:
            self._client().rename(self.path(key), target)
        except FileNotFoundError:
            self._client().stat(self.path(key))
            for folder in (self._inbox.archive, day):
                with suppress(OSError):
                    self._client().mkdir(folder)
            try:
                self._client().rename(self.path(key), target)
            except FileNotFoundError as error:
                raise PermissionError(errno.EACCES, "no folder of the day can be made") from error
        except PermissionError:
            raise
        except OSError:
            # The same name came before on this day: the claim's key makes it another.
            self._client().rename(self.path(key), within(day, key.encode()))


class RememberedClaims:
    """A claim is a note by name, size and time: the file stays where it is until it is stored, or for good."""

    def __init__(self, inbox: Inbox, client: Client) -> None:
        self._inbox = inbox
        self._client = client
        self._entries: dict[str, Entry] = {}

    def seen(self, entries: list[Entry]) -> list[Entry]:
        """Those that are not noted yet; notes of files that are gone are forgotten."""
        keys = {self._key(entry): entry for entry in entries}
        self._entries = keys
        notes = self._inbox.memory.recalled(_FILE)
        for note in notes:
            if note.removeprefix(_FILE) not in keys:
                self._inbox.memory.forget(note)
        return [entry for key, entry in keys.items() if f"{_FILE}{key}" not in notes]

    def claim(self, entry: Entry) -> str | None:
        """The key of the claim; None where the file changed."""
        key = self._key(entry)
        if look_at(self._client(), self.path(key)) != entry.look:
            return None
        self._inbox.memory.remember(f"{_FILE}{key}", _CLAIMED)
        return key

    def path(self, key: str) -> bytes:
        """Where a claimed file lies: where it always lay."""
        return within(self._inbox.folder, self._entries[key].name)

    def name(self, key: str) -> str:
        """What it is called."""
        return safe_name(self._entries[key].name.decode("utf-8", "replace"))

    def put_away(self, key: str) -> bool:
        """Whether it is deleted, or left as wanted; what the server keeps is noted, and not taken again."""
        if self._inbox.memory.recall(f"{_FILE}{key}") is None:
            return True
        self._inbox.memory.remember(f"{_FILE}{key}", _STORED)
        if self._inbox.after is not After.DELETE:
            return self._inbox.after is After.LEAVE
        try:
            # What lies there under the same name since then was not stored.
            if look_at(self._client(), self.path(key)) == self._entries[key].look:
                self._client().remove(self.path(key))
        except FileNotFoundError:
            pass
        except OSError:
            return False
        self._inbox.memory.forget(f"{_FILE}{key}")
        return True

    def left(self) -> list[str]:
        """The keys of what was claimed and not stored, which `seen` has to have been asked for before they are used."""
        notes = self._inbox.memory.recalled(_FILE)
        return [note.removeprefix(_FILE) for note, state in notes.items() if state == _CLAIMED]

    def kept(self) -> list[str]:
        """The names of stored files that the server did not let us put away."""
        if self._inbox.after is After.LEAVE:
            return []
        notes = self._inbox.memory.recalled(_FILE)
        stored = [note.removeprefix(_FILE) for note, state in notes.items() if state == _STORED]
        return [shown(self._entries[key].name) for key in stored if key in self._entries]

    @staticmethod
    def _key(entry: Entry) -> str:
        look: Look = entry.look
        return sha256(b"%d %d %s" % (look.mtime, look.size, entry.name)).hexdigest()
