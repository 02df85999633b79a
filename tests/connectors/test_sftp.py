"""SFTP keeps the connector contract at both servers, and what only SFTP has to care about."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from gateway.testing.connector_suite import FinderSuite, PollerSuite, SenderSuite
from gateway.testing.sftp_servers import SftpServer, has_sshd
from tests.connectors.sftp_places import SftpOutside, servers


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SftpServer]]:
    with servers(tmp_path_factory.mktemp("asyncssh")) as each:
        yield each


@pytest.fixture(params=["asyncssh", "openssh"])
def server(request: pytest.FixtureRequest, running: dict[str, SftpServer]) -> SftpServer:
    if request.param == "openssh" and not has_sshd():
        # Where nobody watches, a run that looks whole must be whole.
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no sshd is installed")
    return running[request.param]


class TestSftpPoller(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, server: SftpServer) -> None:
        self.outside = SftpOutside(server)


class TestSftpPollerThatLeaves(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, server: SftpServer) -> None:
        self.outside = SftpOutside(server, receive={"after": "leave"})


class TestSftpPollerWithoutRenames(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, running: dict[str, SftpServer]) -> Iterator[None]:
        self.outside = SftpOutside(running["asyncssh"], receive={"after": "delete"})
        self.outside.server.faults.denied = {"mkdir", "rename", "posix_rename"}
        yield
        self.outside.server.faults.denied = set()


class TestSftpSender(SenderSuite, FinderSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, server: SftpServer) -> None:
        self.outside = SftpOutside(server)
