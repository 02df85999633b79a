"""What a table is told: its file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.connector import ConnectionConfig, Field
from gateway.errors import TransientError

FIELDS = (
    Field(name="path", required=True, help="The file with the table, relative to the workspace; made if missing."),
)
_TABLE = """CREATE TABLE IF NOT EXISTS document (
    number INTEGER PRIMARY KEY, way TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL,
    key TEXT UNIQUE, claimed INTEGER NOT NULL DEFAULT 0)"""


@dataclass(frozen=True, slots=True)
class QueueTable:
    """A table as configured."""

    path: Path

    @classmethod
    def of(cls, config: ConnectionConfig) -> QueueTable:
        """What the connection file says."""
        return cls(config.workspace / config.values.text("path"))

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """The table for one transaction, which holds once the block ends; raises TransientError where it is away."""
        try:
            with closing(sqlite3.connect(self.path, timeout=5)) as db, db:
                db.execute(_TABLE)
                db.execute("BEGIN IMMEDIATE")
                yield db
        except sqlite3.OperationalError as error:
            raise TransientError(f"{self.path}: {error}; see that the file is there and writable") from error
