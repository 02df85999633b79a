"""SFTP: files polled, stored and archived, and one large file, against a bare loop of paramiko in the same run."""

from __future__ import annotations

import io
import os
import socket
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import paramiko

from gateway.health import Health
from gateway.pipeline.outlets import close
from gateway.queue.leases import Leases
from gateway.serving.in_force import Watch
from gateway.serving.polling import Polling
from gateway.testing.sftp_servers import SftpServer, has_sshd, openssh_server
from gateway.wiring import Gateway, open_gateway
from gateway.workspace.template import make_workspace
from tests.speed.figures import Figure

FILES, FILE_BYTES = 500, 2_016
LARGE_BYTES = 64 << 20
RUNS = 5
_NAME = "example_sftp"


def measure() -> Iterator[Figure]:
    """Files a second and seconds a file, wall time, medians of runs that take turns; the server is OpenSSH's."""
    if not has_sshd():
        return
    with openssh_server() as server, TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        _make(root, server)
        with open_gateway(root) as gateway:
            yield from _many(gateway, server)
            yield from _large(gateway, server)


def _make(root: Path, server: SftpServer) -> None:
    make_workspace(root)
    os.environ["SPEED_SFTP_KEY"] = server.key
    (root / "connections" / f"{_NAME}.toml").write_text(
        f'kind = "sftp"\nhost = "{server.host}"\nport = {server.port}\nuser = "{server.user}"\n'
        f'key = "env:SPEED_SFTP_KEY"\n'
        f'host_keys = ["{server.host_key}"]\nreceive = {{ folder = "{server.path("/box")}" }}\n',
        "utf-8",
    )
    partner = root / "partners" / "example.toml"
    via = '"example_inbox"'
    partner.write_text(partner.read_text("utf-8").replace(via, f'[{via}, "{_NAME}"]'), "utf-8")


def _many(gateway: Gateway, server: SftpServer) -> Iterator[Figure]:
    ours, bare = [], []
    for run in range(RUNS):
        _leave(server, "/bare", FILES, FILE_BYTES)
        bare.append(FILES / _bare_loop(server, f"/bare/archive-{run}"))
        _leave(server, "/box", FILES, FILE_BYTES)
        ours.append(FILES / _polled(gateway, server, FILES))
    name = f"{FILES} files of {FILE_BYTES / 1_000:.0f} kB polled, stored and archived"
    yield Figure(name, statistics.median(ours), "a second", "bare paramiko", statistics.median(bare), at_least=0.6)


def _large(gateway: Gateway, server: SftpServer) -> Iterator[Figure]:
    ours, bare, grown = [], [], 0
    for run in range(RUNS):
        _leave(server, "/bare", 1, LARGE_BYTES)
        bare.append(_bare_loop(server, f"/bare/large-{run}", sink="/dev/null"))
        _leave(server, "/box", 1, LARGE_BYTES)
        # Else what the peer needed at most, or the files before, would hide what is needed here.
        Path("/proc/self/clear_refs").write_text("5")
        before = _most_kib()
        ours.append(_fetched(gateway))
        grown = max(grown, _most_kib() - before)
    yield Figure(
        f"a file of {LARGE_BYTES >> 20} MiB, fetched whole", statistics.median(ours), "s", "bare paramiko",
        statistics.median(bare), at_most=1.3,
    )  # fmt: skip
    yield Figure("memory it adds", grown / 1024, "MiB", at_most=32)


def _leave(server: SftpServer, folder: str, files: int, size: int) -> None:
    place = server.folder(folder)
    for number in range(files):
        path = place / f"{number:04}.csv"
        path.write_bytes(os.urandom(16).hex().encode() * (size // 32))
        if server.owner is not None:
            os.chown(path, server.owner, server.owner)


def _most_kib() -> int:
    """The most memory that this process had at once, since it was last told to forget."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def _bare_loop(server: SftpServer, archive: str, sink: str = "") -> float:
    """Seconds for listing, fetching and moving away, without a check of anything; ciphers and socket as ours."""
    line = socket.create_connection((server.host, server.port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with paramiko.Transport(line) as transport:
        transport.connect(username=server.user, pkey=paramiko.Ed25519Key.from_private_key(io.StringIO(server.key)))
        client = paramiko.SFTPClient.from_transport(transport)
        assert client
        place, away = server.path("/bare"), server.path(archive)
        client.mkdir(away)
        began = time.perf_counter()
        for entry in client.listdir_attr(place):
            if entry.filename.endswith(".csv"):
                with open(sink, "wb") if sink else io.BytesIO() as target:  # noqa: PTH123
                    client.getfo(f"{place}/{entry.filename}", target)
                client.rename(f"{place}/{entry.filename}", f"{away}/{entry.filename}")
        return time.perf_counter() - began


def _polled(gateway: Gateway, server: SftpServer, files: int) -> float:
    """Seconds of the look that takes the files."""
    watch = Watch(_NAME, gateway.pollers()[_NAME], timedelta())
    served = SimpleNamespace(line=gateway.line, watches=[watch], renewed=lambda: gateway.line)
    polling = Polling(served, Health(gateway.store, gateway.clock), Leases(), lambda: None)  # type: ignore[arg-type]
    polling._visit(watch)
    began = time.perf_counter()
    polling._visit(watch)
    took = time.perf_counter() - began
    with gateway.store.read() as db:
        (taken,) = db.exec_driver_sql("SELECT count(*) FROM transmission WHERE size = ?", (FILE_BYTES,)).one()
    assert taken % files == 0, taken
    assert not [path for path in server.folder("/box").iterdir() if path.is_file()]
    polling.end()
    close(watch.poller)
    return took


def _fetched(gateway: Gateway) -> float:
    """Seconds of the look that fetches a file, checks and claims it."""
    poller = gateway.pollers()[_NAME]
    assert not list(poller.poll())
    began = time.perf_counter()
    [arrival] = poller.poll()
    took = time.perf_counter() - began
    assert sum(map(len, arrival.chunks())) == LARGE_BYTES
    poller.done(arrival)
    close(poller)
    return took
