"""`gateway connection test` says of each way to configure a connection wrongly what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.bundle import bundled
from gateway.testing.ports import held_port
from gateway.testing.sftp_servers import SftpServer, asyncssh_server
from gateway.workspace.template import make_workspace
from tests.outbound.servers import Authority, Other, answered, other_side
from tests.workspaces import run

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    with asyncssh_server(tmp_path_factory.mktemp("sftp")) as running:
        running.folder("/out")
        running.folder("/in")
        yield running


class Trial:
    """A workspace in which connections are written down and tested."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def says(self, text: str) -> tuple[bool, str]:
        """Whether the other side was reached by a connection of this file, and what was said."""
        (self.root / "connections" / "tried.toml").write_text(text, "utf-8")
        ran = run("--workspace", self.root, "connection", "test", "tried")
        assert "Traceback" not in ran.err
        return ran.status == 0, ran.out + ran.err


@pytest.fixture
def trial(tmp_path: Path, server: SftpServer, monkeypatch: pytest.MonkeyPatch) -> Trial:
    monkeypatch.setenv("TRIED_PASSWORD", server.password)
    monkeypatch.setenv("TRIED_WRONG", "canary")
    make_workspace(tmp_path / "here")
    return Trial(tmp_path / "here")


def sftp(server: SftpServer, **changed: object) -> str:
    """The file of a connection to the server, with what is changed in it; None leaves a key out."""
    said: dict[str, object] = {
        "host": server.host, "port": server.port, "user": server.user, "password": "env:TRIED_PASSWORD",
        "host_keys": [server.host_key],
    }  # fmt: skip
    tables = {"receive": "/out", "send": "/in"} | {
        name: changed.pop(name) for name in ("receive", "send") if name in changed
    }
    lines = [f"{key} = {value!r}" for key, value in (said | changed).items() if value is not None]
    lines += [f"{name} = {{ folder = {folder!r} }}" for name, folder in tables.items()]
    return "\n".join(['kind = "sftp"', *lines])


def test_what_is_configured_well_is_reached(trial: Trial, server: SftpServer) -> None:
    reached, told = trial.says(sftp(server))
    assert reached, told
    assert told.splitlines() == [
        f"supplier@127.0.0.1:{server.port} lets us in, with the key it is pinned to",
        "0 files wait in /out",
        "files can be put into /in",
    ]
    assert not [path for folder in ("out", "in") for path in (server.root / folder).iterdir()]


Changed = Callable[[SftpServer], dict[str, object]]
SFTP: dict[str, tuple[Changed, str]] = {
    "wrong port": (lambda _: {"port": 0}, "nobody listens at 127.0.0.1:"),
    "port of something else": (lambda _: {"port": 0}, "is no SSH server; see that `port` is the one of SFTP"),
    "unknown host": (lambda _: {"host": "no-such-host.invalid"}, "the host name no-such-host.invalid is not known"),
    "wrong host key": (lambda _: {"host_keys": [OTHER_KEY]}, "Ask the partner whether the key was changed"),
    "no host key": (lambda _: {"host_keys": None}, "compare it with what the partner says, then take"),
    "wrong password": (lambda _: {"password": "env:TRIED_WRONG"}, "refuses the password; see that `user` and the"),
    "wrong user": (lambda _: {"user": "nobody"}, "nobody@127.0.0.1"),
    "secret not set": (lambda _: {"password": "env:TRIED_UNSET"}, "Set the environment variable it names"),
    "folder missing": (lambda _: {"receive": "/nowhere"}, "no folder /nowhere on the server; see that it is spelled"),
    "folder of sending missing": (lambda _: {"send": "/nowhere"}, "ask the partner to make it"),
    "no right to write": (lambda _: {}, "does not let us write into /in"),
    "no right to archive": (lambda _: {}, 'ask the partner for the right to, or set after = "leave"'),
}


@pytest.mark.parametrize("way", SFTP)
def test_an_sftp_server_that_cannot_be_used_says_why(trial: Trial, server: SftpServer, way: str) -> None:
    changed, said = SFTP[way]
    server.faults.clear()
    server.faults.denied = {"no right to write": {"open"}, "no right to archive": {"mkdir"}}.get(way, set())
    with other_side() as other, held_port() as unused:
        other.respond = answered(400)
        ports = {"wrong port": {"port": unused}, "port of something else": {"port": other.port, "timeout": "3s"}}
        reached, told = trial.says(sftp(server, **(ports.get(way) or changed(server))))
    server.faults.clear()
    assert (reached, said in told) == (False, True), told
    assert "canary" not in told


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def http(other: Other, authority: Authority) -> str:
    return f"""kind = "http"
url = "{other.url("/orders")}"
private = true
ca = "{authority.file}"
"""


@pytest.mark.parametrize(
    ("names", "days", "said"),
    [(("other.example",), 1, "127.0.0.1"), (("127.0.0.1",), -1, "expired")],
    ids=["another name", "expired"],
)
def test_a_certificate_that_is_not_taken_says_why(
    trial: Trial, authority: Authority, names: tuple[str, ...], days: int, said: str
) -> None:
    with other_side(authority.certificate(*names, days=days)) as other:
        reached, told = trial.says(http(other, authority))
    assert (reached, "certificate" in told, said in told) == (False, True, True), told
    assert not other.taken


def test_a_service_that_does_not_let_us_in_says_so(trial: Trial, authority: Authority) -> None:
    with other_side() as other:
        other.respond = answered(401)
        reached, told = trial.says(http(other, authority))
    assert (reached, "401" in told) == (False, True), told


def test_an_operation_that_the_wsdl_does_not_have_is_named_with_those_it_has(trial: Trial) -> None:
    [wsdl] = bundled("sample_messages").rglob("erp.wsdl")
    (trial.root / "erp.wsdl").write_bytes(wsdl.read_bytes())
    reached, told = trial.says(
        'kind = "soap"\nendpoint = "http://127.0.0.1:9/soap"\nprivate = true\nwsdl = "erp.wsdl"\n'
        '[[send]]\noperation = "MakeOrder"\n'
    )
    assert (reached, "MakeOrder" in told, "CreateOrder" in told) == (False, True, True), told


def test_a_folder_that_is_none_says_so(trial: Trial) -> None:
    (trial.root / "plain").write_text("no folder")
    reached, told = trial.says('kind = "folder"\npath = "plain/inbox"\n')
    assert (reached, "mend the path" in told) == (False, True), told
