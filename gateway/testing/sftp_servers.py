"""SFTP servers for tests, each on a free port of the loopback: OpenSSH's where it is installed, and asyncssh's."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import asyncssh

from gateway.testing.ports import held_port
from gateway.testing.sftp_faults import Faults, FaultyServer

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
PATIENCE_S = 60.0

# What the server says is none of the gateway's log, in whose process it runs.
logging.getLogger("asyncssh").addHandler(logging.NullHandler())
logging.getLogger("asyncssh").propagate = False


@dataclass(slots=True)
class SftpServer:
    """A running server: `root` is what lies there as `/`; `host_key` as connection files pin it, `key` opens it.

    asyncssh's takes those `ways` to log in, which may be keyboard-interactive with these `prompts` too, and wants the
    password changed first where it `is_expired`. `drops` says how many log-ins more it ends without an answer.
    """

    port: int
    root: Path
    user: str
    host_key: str
    key: str
    password: str
    host: str = "127.0.0.1"
    faults: Faults = field(default_factory=Faults)
    owner: int | None = None
    sees_all: bool = False
    trusted: list[str] = field(default_factory=list)
    ways: tuple[str, ...] = ("publickey", "password")
    prompts: tuple[str, ...] = ("Password: ",)
    is_expired: bool = False
    drops: int = 0

    def trust(self, key: asyncssh.SSHKey) -> None:
        """Whoever has this key may come in as well, at asyncssh's server."""
        self.trusted.append(_public(key))

    def path(self, name: str) -> str:
        """What the server calls a path below its root: the same, unless it could not be shut up in it."""
        return str(self.root / name.strip("/")) if self.sees_all else name

    def folder(self, name: str) -> Path:
        """A folder of the server, here, made where it is missing; the user may do everything there."""
        path = self.root / name.strip("/")
        path.mkdir(parents=True, exist_ok=True)
        if self.owner is not None:
            os.chown(path, self.owner, self.owner)
        return path


def has_sshd() -> bool:
    """Whether OpenSSH's server can be started."""
    return Path(SSHD).exists()


@contextmanager
def asyncssh_server(root: Path, **algorithms: Sequence[str]) -> Iterator[SftpServer]:
    """asyncssh's server in a thread of this process while the block runs; its faults may be set at any time.

    `algorithms` are what it offers, as `encryption_algs`.
    """
    host_key, key = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    server = SftpServer(
        port=0, root=root, user="supplier", host_key=_public(host_key), key=key.export_private_key().decode(),
        password=secrets.token_urlsafe(12),
    )  # fmt: skip
    server.trust(key)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="asyncssh", daemon=True)
    thread.start()

    connected: list[asyncssh.SSHServerConnection] = []

    def ready() -> asyncssh.SSHServer:
        server.faults.logins += 1
        return _Door(server, connected)

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_factory=ready, server_host_keys=[host_key], allow_scp=False,
            **algorithms,
            sftp_factory=lambda channel: FaultyServer(channel, os.fsencode(root), server.faults),
        )  # fmt: skip

    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result(PATIENCE_S)
    server.port = acceptor.get_port()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_shut(acceptor, connected), loop).result(PATIENCE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        server.faults.close()
        loop.close()


@contextmanager
def openssh_server(*settings: str) -> Iterator[SftpServer]:
    """OpenSSH's server while the block runs, with these lines first in its settings.

    By root it shuts a user of its own up in its folder, as hosts do.
    """
    is_root = os.geteuid() == 0
    # A folder that a user is shut up in must not lie below one that anybody may write to, as /tmp is.
    place = Path(tempfile.mkdtemp(prefix="gateway-sshd-", dir="/run" if is_root else None))
    root = place / "root"
    root.mkdir(mode=0o755)
    place.chmod(0o755)
    user, password = (f"gwsftp_{place.name[-8:]}", secrets.token_urlsafe(12)) if is_root else (_myself(), "")
    try:
        owner = _made_user(user, password, root) if is_root else None
        with held_port() as port:
            server = _told_sshd(place, port, user, password)
            told = place / "sshd_config"
            told.write_text("\n".join((*settings, told.read_text())))
            server.owner, server.sees_all = owner, not is_root
            with _listening(told, port):
                yield server
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if is_root:
            subprocess.run(["userdel", user], capture_output=True, check=False)


@contextmanager
def _listening(told: Path, port: int) -> Iterator[None]:
    """sshd, as it is told, while the block runs."""
    with subprocess.Popen([SSHD, "-D", "-e", "-f", str(told)], stderr=subprocess.DEVNULL) as process:
        try:
            _await_banner(port)
            yield
        finally:
            process.terminate()


class _Door(asyncssh.SSHServer):
    def __init__(self, server: SftpServer, connected: list[asyncssh.SSHServerConnection]) -> None:
        self._server = server
        self._connected = connected

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connected.append(conn)

    def begin_auth(self, _: str) -> bool:
        if self._server.drops:
            self._server.drops -= 1
            self._connection.abort()
        return True

    def public_key_auth_supported(self) -> bool:
        return "publickey" in self._server.ways

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == self._server.user and _public(key) in self._server.trusted

    def password_auth_supported(self) -> bool:
        return "password" in self._server.ways

    def kbdint_auth_supported(self) -> bool:
        return "keyboard-interactive" in self._server.ways

    def get_kbdint_challenge(self, *_: str) -> tuple[str, str, str, list[tuple[str, bool]]]:
        return "", "", "", [(prompt, False) for prompt in self._server.prompts]

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
        return (username, *responses) == (self._server.user, self._server.password)

    def validate_password(self, username: str, password: str) -> bool:
        if self._server.is_expired:
            raise asyncssh.PasswordChangeRequired("it is too old")
        return (username, password) == (self._server.user, self._server.password)


async def _shut(acceptor: asyncssh.SSHAcceptor, connected: list[asyncssh.SSHServerConnection]) -> None:
    acceptor.close()
    for connection in connected:
        connection.abort()
    await acceptor.wait_closed()
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def _public(key: asyncssh.SSHKey) -> str:
    return " ".join(key.export_public_key().decode().split()[:2])


def _myself() -> str:
    return subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()


def _made_user(user: str, password: str, home: Path) -> int:
    """The number of a new user, who is also a group of its own."""
    crypted = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True, check=True
    ).stdout.strip()
    command = ["useradd", "-M", "-U", "-d", str(home), "-s", "/usr/sbin/nologin", "-p", crypted, user]
    subprocess.run(command, capture_output=True, check=True)
    return int(subprocess.run(["id", "-u", user], capture_output=True, text=True, check=True).stdout)


def _told_sshd(place: Path, port: int, user: str, password: str) -> SftpServer:
    """The server as its configuration, written into `place`, makes it."""
    host_key, key = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    (place / "host_key").write_bytes(host_key.export_private_key())
    (place / "host_key").chmod(0o600)
    (place / "keys").write_text(_public(key) + "\n")
    root = place / "root"
    lines = [
        f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {place}/host_key", "PidFile none", "UsePAM no",
        f"AuthorizedKeysFile {place}/keys", "StrictModes no", "Subsystem sftp internal-sftp", "LogLevel ERROR",
        "ForceCommand internal-sftp", "MaxStartups 100", "MaxAuthTries 20",
    ]  # fmt: skip
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        lines += [f"ChrootDirectory {root}", "PasswordAuthentication yes"]
    (place / "sshd_config").write_text("\n".join(lines) + "\n")
    return SftpServer(port, root, user, _public(host_key), key.export_private_key().decode(), password)


def _await_banner(port: int) -> None:
    ends = monotonic() + PATIENCE_S
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as looked:
                if looked.recv(4).startswith(b"SSH"):
                    return
        except OSError:
            pass
        if monotonic() > ends:
            raise TimeoutError("sshd does not come up")
        threading.Event().wait(0.02)
