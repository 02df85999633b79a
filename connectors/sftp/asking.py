"""Requests that are on their way together: each waited for alone, a file of 2 kB would cost seven trips to the server.

This is the one place that knows the insides of the library: what it has for it itself runs in threads of its own, which
die with a traceback, and its listing fails where a name is no UTF-8.
"""

from __future__ import annotations

import errno

import paramiko
from paramiko.sftp import (
    CMD_ATTRS,
    CMD_CLOSE,
    CMD_DATA,
    CMD_HANDLE,
    CMD_LSTAT,
    CMD_NAME,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_RENAME,
    CMD_STATUS,
    SFTP_FLAG_READ,
    SFTP_OP_UNSUPPORTED,
    SFTPError,
    int64,
)

Entry = tuple[bytes, paramiko.SFTPAttributes]


class Client(paramiko.SFTPClient):
    """The library's, of which an OSError is what the server says of a file; where the line is closed it is EOFError."""

    def _send_packet(self, kind: int, packet: object) -> None:
        try:
            super()._send_packet(kind, packet)  # type: ignore[misc]
        except OSError as closed:
            raise EOFError("the line is closed") from closed


class Asking:
    """Requests by number, and their answers, which are waited for when they are wanted.

    A refusal is raised: FileNotFoundError, PermissionError, EOFError, or OSError with what the server says, its errno
    ENOTSUP where the server knows no such request.
    """

    def __init__(self, client: paramiko.SFTPClient) -> None:
        self._client = client
        self._answers: dict[int, tuple[int, paramiko.Message]] = {}

    def open(self, path: bytes) -> int:
        """Asks for the handle of a file, to read it."""
        return self._ask(CMD_OPEN, path, SFTP_FLAG_READ, paramiko.SFTPAttributes())

    def handle(self, number: int) -> bytes:
        """The handle of a file or folder."""
        return self._answer(number, CMD_HANDLE).get_binary()

    def read(self, handle: bytes, offset: int, size: int) -> int:
        """Asks for so many bytes."""
        return self._ask(CMD_READ, handle, int64(offset), size)

    def content(self, number: int) -> bytes:
        """What came, which may be less than asked for; nothing behind the end of the file."""
        try:
            return self._answer(number, CMD_DATA).get_binary()
        except EOFError:
            return b""

    def close(self, handle: bytes) -> None:
        """The handle is used no more; the answer is not waited for."""
        self._ask(CMD_CLOSE, handle)

    def rename(self, source: bytes, target: bytes) -> int:
        """Asks for a rename that overwrites nothing."""
        return self._ask(CMD_RENAME, source, target)

    def done(self, number: int) -> None:
        """Returns when it is done."""
        self._answer(number, CMD_STATUS)

    def lstat(self, path: bytes) -> int:
        """Asks what lies there, links as links."""
        return self._ask(CMD_LSTAT, path)

    def attributes(self, number: int) -> paramiko.SFTPAttributes:
        """What lies there."""
        return _attributes(self._answer(number, CMD_ATTRS))

    def open_folder(self, path: bytes) -> int:
        """Asks for the handle of a folder."""
        return self._ask(CMD_OPENDIR, path)

    def entries(self, handle: bytes) -> list[Entry]:
        """The next entries of a folder by their names as the server spells them; none behind the last."""
        number = self._ask(CMD_READDIR, handle)
        try:
            answer = self._answer(number, CMD_NAME)
        except EOFError:
            return []
        found = []
        for _ in range(answer.get_int()):
            name = answer.get_binary()
            answer.get_binary()  # the line of `ls -l`
            found.append((name, _attributes(answer)))
        return found

    def _ask(self, kind: int, *said: object) -> int:
        number: int = self._client._async_request(self, kind, *said)  # type: ignore[attr-defined]  # noqa: SLF001
        return number

    def _answer(self, number: int, kind: int) -> paramiko.Message:
        while number not in self._answers:
            self._client._read_response()  # type: ignore[attr-defined]  # noqa: SLF001
        came, answer = self._answers.pop(number)
        if came == CMD_STATUS:
            _refuse_unknown(answer)
            self._client._convert_status(answer)  # type: ignore[attr-defined]  # noqa: SLF001
        if came != kind:
            raise SFTPError("an answer of another kind came")
        return answer

    def _async_response(self, kind: int, answer: paramiko.Message, number: int) -> None:
        """Called by the library with each answer, in whatever order they come."""
        self._answers[number] = kind, answer


def _refuse_unknown(status: paramiko.Message) -> None:
    """Raises OSError where the server knows no such request: the library tells that by a text only."""
    if status.get_int() == SFTP_OP_UNSUPPORTED:
        raise OSError(errno.ENOTSUP, status.get_text())
    status.rewind()
    status.get_int()  # the number of the request


def _attributes(answer: paramiko.Message) -> paramiko.SFTPAttributes:
    found: paramiko.SFTPAttributes = paramiko.SFTPAttributes._from_msg(answer)  # type: ignore[attr-defined]  # noqa: SLF001
    return found
