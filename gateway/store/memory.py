"""What connections remember: short notes by key, each committed by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import ModuleType

from sqlalchemy import Executable, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.errors import PermanentError
from gateway.store.engine import Store
from gateway.store.memory_tables import ConnectorMemoryRow
from gateway.store.tables import table
from gateway.store.types import instant_text

MOST_CHARACTERS = 1_000

_memory = table(ConnectorMemoryRow)


def _put(dialect: ModuleType) -> Executable:
    added = dialect.insert(_memory)
    statement: Executable = added.on_conflict_do_update(
        index_elements=["connection", "key"],
        set_={"value": added.excluded.value, "noted_at": added.excluded.noted_at},
    )
    return statement


_PUT = {"sqlite": _put(sqlite), "postgresql": _put(postgresql)}
_OF_CONNECTION = (
    select(_memory.c.key, _memory.c.value).where(_memory.c.connection == bindparam("named")).order_by(_memory.c.key)
)
_ONE = select(_memory.c.value).where(_memory.c.connection == bindparam("named"), _memory.c.key == bindparam("noted"))
_FORGET = delete(_memory).where(_memory.c.connection == bindparam("named"), _memory.c.key == bindparam("noted"))


class ConnectionMemory:
    """The memory of one connection, the same on every node of a store."""

    def __init__(self, store: Store, connection: str, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._connection = connection
        self._clock = clock

    def recall(self, key: str) -> str | None:
        """What was remembered under the key; None where nothing was."""
        with self._store.read() as db:
            found = db.execute(_ONE, {"named": self._connection, "noted": key}).scalar_one_or_none()
        return None if found is None else str(found)

    def recalled(self, prefix: str = "") -> dict[str, str]:
        """All that was remembered under keys that begin so."""
        with self._store.read() as db:
            rows = db.execute(_OF_CONNECTION, {"named": self._connection}).all()
        return {key: value for key, value in rows if key.startswith(prefix)}

    def remember(self, key: str, value: str) -> None:
        """From now on this stands under the key. Raises PermanentError where either is too long."""
        if max(len(key), len(value)) > MOST_CHARACTERS:
            text = f"{self._connection}: {key[:60]!r} or its value is too long to be remembered"
            raise PermanentError(f"{text}. Use at most {MOST_CHARACTERS} characters.")
        row = {
            "connection": self._connection, "key": key, "value": value,
            "noted_at": instant_text(self._clock()),
        }  # fmt: skip
        with self._store.write() as db:
            db.execute(_PUT[db.dialect.name], row)

    def forget(self, key: str) -> None:
        """Nothing stands under the key."""
        with self._store.write() as db:
            db.execute(_FORGET, {"named": self._connection, "noted": key})
