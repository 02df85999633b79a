from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.testing.erp import PlayedErp
from gateway.testing.sftp_servers import SftpServer, has_sshd
from tests.connectors.sftp_places import servers

# A package of its own: what runs its tests installs it first.
collect_ignore = ["example_connector"]


@pytest.fixture(scope="session")
def sftp_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SftpServer]]:
    """The running servers by kind, each started when it is asked for first."""
    with servers(tmp_path_factory.mktemp("asyncssh")) as each:
        yield each


@pytest.fixture(params=["asyncssh", "openssh"])
def sftp(request: pytest.FixtureRequest, sftp_servers: dict[str, SftpServer]) -> SftpServer:
    """Either server."""
    if request.param == "openssh" and not has_sshd():
        # Where nobody watches, a run that looks whole must be whole.
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no sshd is installed")
    return sftp_servers[request.param]


@pytest.fixture
def faulty(sftp_servers: dict[str, SftpServer]) -> Iterator[SftpServer]:
    """The server whose faults may be set; none is left after the test."""
    server = sftp_servers["asyncssh"]
    server.faults.clear()
    yield server
    server.faults.clear()


@pytest.fixture(scope="session")
def wsdls(played: PlayedErp) -> dict[str, bytes]:
    """What the played ERP says of itself, by the name of the file that an engineer puts it into."""
    return {"erp.wsdl": played.wsdl(), "erp12.wsdl": played.wsdl("soap12")}


@pytest.fixture
def workspace(tmp_path: Path, wsdls: dict[str, bytes]) -> Path:
    """A folder with the WSDL of the played ERP."""
    for name, content in wsdls.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path
