"""An order that a partner leaves on his SFTP server is answered there, by a gateway that serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.testing.sftp_servers import SftpServer, asyncssh_server
from tests.processes import eventually, serving
from tests.workspaces import SAMPLES, Place


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    (tmp_path / "sftp").mkdir()
    with asyncssh_server(tmp_path / "sftp") as running:
        yield running


def test_an_order_left_on_the_server_is_answered_on_the_server(
    demo: Place, server: SftpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARTNER_KEY", server.key)
    out, back = server.folder("/out"), server.folder("/in")
    login = (
        f'kind = "sftp"\nhost = "{server.host}"\nport = {server.port}\nuser = "{server.user}"\n'
        f'key = "env:PARTNER_KEY"\n'
        f'host_keys = ["{server.host_key}"]\npoll = "1s"\n'
    )
    (demo.root / "connections" / "acme_inbox.toml").write_text(f'{login}receive = {{ folder = "/out" }}\n')
    (demo.root / "connections" / "acme_outbox.toml").write_text(
        f'{login}send = {{ folder = "/in", name = "{{type}}-{{reference}}.{{extension}}" }}\n'
    )
    [order] = SAMPLES.glob("01_*.edi")
    (out / "order.edi").write_bytes(order.read_bytes())
    (out / "order.tmp").write_bytes(b"UNB")
    with serving(demo.root):
        eventually(lambda: len([path for path in back.iterdir() if path.suffix == ".edi"]) == 2)
        eventually(lambda: list(out.glob("archive/*/order.edi")))
    assert sorted(path.name.partition("-")[0] for path in back.iterdir()) == ["CONTRL", "ORDRSP"]
    assert [path.name for path in out.iterdir() if path.is_file()] == ["order.tmp"]
    assert [each["number"] for each in demo.orders()] == ["4500017801"]
    assert not list((out / ".claimed").iterdir())
