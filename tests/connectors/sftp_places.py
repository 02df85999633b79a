"""An SFTP server as the other side of the contract suite: a folder on it that tests look into from within."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from connectors.sftp import CONNECTOR
from connectors.sftp.session import Session
from gateway.connector import Arrival, Connection, ConnectionConfig, Poller, Sender
from gateway.errors import PermanentError, TransientError
from gateway.fields import Reader
from gateway.pipeline.outlets import close
from gateway.testing.memory import Notes
from gateway.testing.sftp_faults import COUNTED
from gateway.testing.sftp_servers import SftpServer, asyncssh_server, openssh_server
from gateway.workspace.connections import FIELDS

Said = dict[str, object] | None
IMPATIENT_S = 1.0
_numbers = count(1)


@contextmanager
def impatient() -> Iterator[None]:
    """Whatever is begun at a server meanwhile ends after a moment; what is not about that has the usual time."""
    within = Session.within
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "within", lambda session, _: within(session, IMPATIENT_S))
        yield


@contextmanager
def servers(root: Path) -> Iterator[dict[str, SftpServer]]:
    """asyncssh's server now, OpenSSH's when it is asked for first."""
    with ExitStack() as running:
        yield _Running(root, running)


class _Running(dict[str, SftpServer]):
    def __init__(self, root: Path, running: ExitStack) -> None:
        super().__init__()
        self._root = root
        self._running = running

    def __missing__(self, kind: str) -> SftpServer:
        made = asyncssh_server(self._root) if kind == "asyncssh" else openssh_server()
        self[kind] = self._running.enter_context(made)
        return self[kind]


class SftpOutside:
    """A fresh folder on a server; `said` is what the connection file says in it beside the usual."""

    def __init__(self, server: SftpServer, receive: Said = None, send: Said = None, **said: object) -> None:
        self.server = server
        place = f"/box{next(_numbers)}"
        self.name, self.folder = server.path(place), server.folder(place)
        self.memory = Notes()
        self._hushed = ExitStack()
        self.known = {"env:key": server.key, "env:password": server.password, "env:wrong": "not it"}
        self._said = said | {
            "receive": {"folder": self.name, **(receive or {})},
            "send": {"folder": self.name, **(send or {})},
        }

    def open(self, **said: object) -> Connection:
        """The connection, opened anew."""
        server = self.server
        usual: dict[str, object] = {
            "kind": "sftp",
            "host": server.host,
            "port": server.port,
            "user": server.user,
            "key": "env:key",
            "host_keys": [server.host_key],
        }
        data = {**usual, **self._said, **said}
        reader = Reader("connections/box.toml", lambda _: (1, 1))
        given = {key: value for key, value in data.items() if value is not None}
        values = reader.read(given, (*FIELDS, *CONNECTOR.fields))
        assert not reader.problems, reader.problems
        return CONNECTOR.open(ConnectionConfig("box", Path(), values, self.known.__getitem__, self.memory))

    @contextmanager
    def polling(self, **said: object) -> Iterator[Poller]:
        """A poller of the connection opened anew, closed after the block."""
        poller = self.open(**said).poller()
        try:
            yield poller
        finally:
            close(poller)

    @contextmanager
    def sending(self, **said: object) -> Iterator[Sender]:
        """A sender of the connection opened anew, closed after the block."""
        sender = self.open(**said).sender()
        try:
            yield sender
        finally:
            close(sender)

    def leave(self, name: str, content: bytes) -> None:
        """The partner puts a file there at once."""
        path = self.folder / name
        path.write_bytes(content)
        if self.server.owner is not None:
            os.chown(path, self.server.owner, self.server.owner)

    def begin(self, name: str, content: bytes) -> None:
        """The partner is still uploading."""
        self.leave(f"{name}.part", content)

    def break_after(self, count: int) -> None:
        """The server ends the connection then."""
        self.server.faults.read_bytes, self.server.faults.cut_bytes = 0, count

    def hush(self) -> None:
        """The server answers nothing any more."""
        self.server.faults.hanging = set(COUNTED)
        self._hushed.enter_context(impatient())

    def lose_answers(self) -> None:
        """The server ends the connection in place of the answer to a rename."""
        self.server.faults.deaf = True

    def mend(self) -> None:
        """The server behaves."""
        faults = self.server.faults
        faults.cut_bytes, faults.hanging, faults.deaf = None, set(), False
        self._hushed.close()

    def finds(self) -> dict[str, bytes]:
        """What lies there."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}


def quietly(poller: Poller) -> list[Arrival]:
    """What a look yields, whatever it tells at its end."""
    taken: list[Arrival] = []
    with suppress(TransientError, PermanentError):
        taken.extend(poller.poll())
    return taken
