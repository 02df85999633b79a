"""Puts files into a folder on the server, complete at first sight."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import monotonic

import paramiko

from connectors.sftp.config import Outbox, shown, within
from connectors.sftp.fetch import Fetched, fetch
from connectors.sftp.listing import look_at
from connectors.sftp.session import Session
from gateway.connector import Delivery, Receipt, safe_name
from gateway.errors import PermanentError, TransientError, UnknownOutcomeError

_PLACED = "placed:"
_DIRECTLY = "directly "
_SWEPT = "swept"
_BLOCK_BYTES = 1 << 15


class SftpSender:
    """Writes under a hidden name, then gives the file its name; other content is never overwritten.

    Before a file gets its name that is noted: where the answer is lost and the file is gone, the partner may have taken
    it, and only who knows that it never had its name may say that he surely has nothing.
    """

    def __init__(self, outbox: Outbox, session: Session) -> None:
        self._outbox = outbox
        self._session = session
        self._swept = ""

    def send(self, delivery: Delivery) -> Receipt:
        """The file's path on the server; raises PermanentError where the name holds other content."""
        ends = monotonic() + self._outbox.timeout_s
        target = self._target(delivery)
        self._sweep()
        with self._session.within(self._outbox.timeout_s), self._reaching():
            if self._stands(delivery, target):
                return Receipt(shown(target), repeated=True)
            self._write(self._hidden(delivery), delivery.content)
        self._outbox.memory.remember(_note(delivery), _today())
        try:
            with self._session.within(max(ends - monotonic(), 1)), self._reaching():
                return self._placed(delivery, target)
        except TransientError as error:
            if self._session.is_open:
                raise
            raise UnknownOutcomeError(f"{error}; {shown(target)} may be there") from error

    def find(self, delivery: Delivery) -> Receipt | None:
        """The file's path on the server, None where it never got there; raises PermanentError where it may be gone."""
        target = self._target(delivery)
        with self._session.within(self._outbox.timeout_s), self._reaching():
            if self._stands(delivery, target):
                return Receipt(shown(target), repeated=True)
            if self._outbox.memory.recall(_note(delivery)) is None or self._is_there(self._hidden(delivery)):
                return None
        raise PermanentError(f"{shown(target)} is not there; whether the partner has taken it away, only he knows")

    def close(self) -> None:
        """No session is held."""
        self._session.close()

    def _sweep(self) -> None:
        """Forgets, once a day, the notes of files that nobody asks about any more."""
        memory, today = self._outbox.memory, _today()
        if self._swept == today or memory.recall(_SWEPT) == today:
            return
        oldest = (datetime.now(UTC) - self._outbox.deadline - timedelta(days=1)).date().isoformat()
        for note, day in memory.recalled(_PLACED).items():
            if day.removeprefix(_DIRECTLY) < oldest:
                memory.forget(note)
        memory.remember(_SWEPT, today)
        self._swept = today

    def _write(self, hidden: bytes, content: bytes) -> None:
        """The content under the hidden name, whole."""
        client = self._session.client
        _fill(client, hidden, content, "wb")
        look = look_at(client, hidden)
        if look is None or look.size != len(content):
            has = look.size if look else 0
            with suppress(OSError):
                client.remove(hidden)
            raise TransientError(
                f"the server kept {has} of {len(content)} bytes; its disk may be full, it is tried again"
            )

    def _placed(self, delivery: Delivery, target: bytes) -> Receipt:
        """The file under its name: by a rename that fails where the name is taken, else as the server lets us."""
        client, hidden = self._session.client, self._hidden(delivery)
        try:
            client.rename(hidden, target)
        except OSError:
            if self._stands(delivery, target):
                client.remove(hidden)
                return Receipt(shown(target), repeated=True)
            try:
                # It would overwrite, but nothing is there.
                client.posix_rename(hidden, target)
            except OSError:
                self._place_directly(delivery, target)
        return Receipt(shown(target))

    def _place_directly(self, delivery: Delivery, target: bytes) -> None:
        """The file written under its name, on a server that renames nothing: it is seen while it grows."""
        self._outbox.memory.remember(_note(delivery), _DIRECTLY + _today())
        client = self._session.client
        _fill(client, target, delivery.content, "wbx")
        look = look_at(client, target)
        if look is None or look.size != len(delivery.content):
            client.remove(target)
            raise TransientError(
                f"the server did not keep all of {shown(target)}; its disk may be full, it is tried again"
            )
        with suppress(OSError):
            client.remove(self._hidden(delivery))

    def _stands(self, delivery: Delivery, target: bytes) -> bool:
        """Whether the file is there with this content; raises PermanentError where it is something else."""
        client, content = self._session.client, delivery.content
        try:
            look = look_at(client, target)
        except FileNotFoundError:
            return False
        if look is not None and look.size == len(content) and _holds(fetch(client, target, look.size), content):
            return True
        noted = self._outbox.memory.recall(_note(delivery)) or ""
        if look is not None and look.size < len(content) and noted.startswith(_DIRECTLY):
            client.remove(target)  # ours, broken off
            return False
        raise PermanentError(f"{shown(target)} is there with other content; have it taken away, then resend")

    def _is_there(self, path: bytes) -> bool:
        try:
            self._session.client.lstat(path)
        except FileNotFoundError:
            return False
        return True

    def _target(self, delivery: Delivery) -> bytes:
        return within(self._outbox.folder, _name(self._outbox.name, delivery).encode())

    def _hidden(self, delivery: Delivery) -> bytes:
        return within(self._outbox.folder, f".{_digest(delivery)}.tmp".encode())

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Turns what the server says about a file into what the gateway does about it."""
        folder = shown(self._outbox.folder)
        try:
            yield
        except FileNotFoundError as error:
            text = f"there is no folder {folder} on the server; see that it is spelled right"
            raise PermanentError(f"{text} and ask the partner to make it, then resend") from error
        except PermissionError as error:
            text = f"the server does not let us write into {folder}"
            raise PermanentError(f"{text}; ask the partner for the right to, then resend") from error
        except OSError as error:
            text = f"the server refuses a file in {folder}: {error}"
            raise TransientError(f"{text}; see that it is not full") from error


def _name(form: str, delivery: Delivery) -> str:
    """The file's name by the form, as the gateway calls it where there is none; never a path."""
    if not form:
        return safe_name(delivery.name)
    said = {
        "type": delivery.type, "reference": delivery.reference, "id": delivery.id,
        "extension": delivery.name.rpartition(".")[2],
    }  # fmt: skip
    for word, value in said.items():
        form = form.replace(f"{{{word}}}", safe_name(value))
    return safe_name(form)


def _fill(client: paramiko.SFTPClient, path: bytes, content: bytes, mode: str) -> None:
    with client.open(path, mode) as file:
        file.set_pipelined(True)
        for begin in range(0, len(content), _BLOCK_BYTES):
            file.write(content[begin : begin + _BLOCK_BYTES])


def _holds(fetched: Fetched | None, content: bytes) -> bool:
    if fetched is None:
        return False
    with closing(fetched):
        return b"".join(fetched.chunks()) == content


def _digest(delivery: Delivery) -> str:
    return sha256(delivery.idempotency_key.encode()).hexdigest()[:32]


def _note(delivery: Delivery) -> str:
    return f"{_PLACED}{_digest(delivery)}"


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
