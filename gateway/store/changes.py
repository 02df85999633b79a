"""Changes: whether anybody, in whatever process, has written to an embedded store since it was last asked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.errors import TransientError


class Changes:
    """Asks SQLite itself, at the price of a look into its shared memory; for the use of one thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._db: sqlite3.Connection | None = None
        self._seen = 0

    def is_new(self) -> bool:
        """Whether something was written; raises TransientError where the store is away."""
        before = self._seen
        try:
            if self._db is None:
                self._db = sqlite3.connect(f"{self._file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
            with closing(self._db.execute("PRAGMA data_version")) as told:
                self._seen = told.fetchone()[0]
        except sqlite3.Error as reason:
            self.close()
            raise TransientError(f"The database {self._file} is busy or away: {reason}") from reason
        return self._seen != before

    def close(self) -> None:
        """Give the connection back."""
        if self._db is not None:
            self._db.close()
            self._db = None
