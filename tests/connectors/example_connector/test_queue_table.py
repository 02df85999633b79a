"""The connector keeps the contract: run by `pytest` where the gateway and this package are installed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from gateway.connector import Connection, ConnectionConfig
from gateway.fields import Reader
from gateway.registry import connectors
from gateway.testing.connector_suite import KeepingSuite, PollerSuite, QuietSuite, RepeatableSuite, SenderSuite
from gateway.testing.manifests import manifest_faults
from gateway.testing.memory import Notes


class Program:
    """The other program, which shares the table with us."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self.open().test()

    def open(self) -> Connection:
        reader = Reader("connections/table.toml", lambda _: (1, 1))
        connector = connectors()["queue_table"].connector
        values = reader.read({"path": "queue.db"}, connector.fields)
        return connector.open(ConnectionConfig("table", self._workspace, values, str, Notes()))

    def leave(self, name: str, content: bytes) -> None:
        self._run("INSERT INTO document (way, name, content) VALUES ('in', ?, ?)", name, content)

    def begin(self, name: str, content: bytes) -> None:
        """A transaction that was never committed leaves nothing."""

    def finds(self) -> dict[str, bytes]:
        return dict(self._run("SELECT name, content FROM document WHERE way = 'out'"))

    def _run(self, statement: str, *values: object) -> list[tuple[str, bytes]]:
        db = sqlite3.connect(self._workspace / "queue.db")
        with db:
            rows = db.execute(statement, values).fetchall()
        db.close()
        return rows


class TestQueue(PollerSuite, SenderSuite, KeepingSuite, RepeatableSuite, QuietSuite):
    secrets = ()

    @pytest.fixture(autouse=True)
    def _outside(self, tmp_path: Path) -> None:
        self.outside = Program(tmp_path)


def test_it_is_what_it_says_of_itself() -> None:
    assert manifest_faults("queue_table") == []
