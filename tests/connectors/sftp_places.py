"""An SFTP server as the other side of the contract suite: a folder on it that tests look into from within."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from connectors.sftp import CONNECTOR
from gateway.connector import Connection, ConnectionConfig
from gateway.fields import Reader
from gateway.testing.memory import Notes
from gateway.testing.sftp_servers import SftpServer, asyncssh_server, openssh_server
from gateway.workspace.connections import FIELDS

_numbers = count(1)


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

    def __init__(self, server: SftpServer, receive: dict[str, object] | None = None, **said: object) -> None:
        self.server = server
        self.name = f"/box{next(_numbers)}"
        self.folder = server.folder(self.name)
        self.memory = Notes()
        self._said = {"receive": {"folder": self.name, **(receive or {})}, **said}

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
            "send": {"folder": self.name},
        }
        data = {**usual, **self._said, **said}
        reader = Reader("connections/box.toml", lambda _: (1, 1))
        given = {key: value for key, value in data.items() if value is not None}
        values = reader.read(given, (*FIELDS, *CONNECTOR.fields))
        assert not reader.problems, reader.problems
        known = {"env:key": server.key, "env:password": server.password, "env:wrong": "not it"}
        return CONNECTOR.open(ConnectionConfig("box", Path(), values, known.__getitem__, self.memory))

    def leave(self, name: str, content: bytes) -> None:
        """The partner puts a file there at once."""
        path = self.folder / name
        path.write_bytes(content)
        if self.server.owner is not None:
            os.chown(path, self.server.owner, self.server.owner)

    def begin(self, name: str, content: bytes) -> None:
        """The partner is still uploading."""
        self.leave(f"{name}.part", content)

    def finds(self) -> dict[str, bytes]:
        """What lies there."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}
