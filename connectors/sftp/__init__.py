"""A folder on an SFTP server as a connection: takes complete files once, puts files complete at first sight."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sftp.config import FIELDS
from gateway.connector import Connection, ConnectionConfig, Connector, Problem, Values

__all__ = ["CONNECTOR"]

# What speaks SSH is imported where there is such a connection alone: it takes 9 MB of every process else.


def _opened(config: ConnectionConfig) -> Connection:
    from connectors.sftp.connection import SftpConnection

    return SftpConnection(config)


def _problems(values: Values) -> Iterator[Problem]:
    from connectors.sftp.check import problems

    return problems(values)


CONNECTOR = Connector("sftp", FIELDS, _opened, needs={"poll": "receive", "send": "send"}, check=_problems)
