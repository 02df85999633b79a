from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.errors import PermanentError
from gateway.store.engine import Store
from gateway.store.memory import ConnectionMemory


def memory(store: Store, connection: str = "acme_sftp") -> ConnectionMemory:
    return ConnectionMemory(store, connection, lambda: datetime(2026, 11, 25, tzinfo=UTC))


def test_what_a_connection_remembers_stands_after_a_restart_and_is_its_own(store: Store) -> None:
    memory(store).remember("seen/a.edi", "1")
    memory(store).remember("seen/b.edi", "2")
    memory(store).remember("cursor", "2026-11-25")
    memory(store).remember("seen/a.edi", "3")
    assert memory(store).recall("seen/a.edi") == "3"
    assert memory(store).recalled("seen/") == {"seen/a.edi": "3", "seen/b.edi": "2"}
    assert (memory(store).recall("seen/c.edi"), memory(store, "other").recalled()) == (None, {})


def test_what_is_forgotten_is_gone_and_forgetting_again_is_harmless(store: Store) -> None:
    memory(store).remember("cursor", "7")
    memory(store).forget("cursor")
    memory(store).forget("cursor")
    assert memory(store).recall("cursor") is None


def test_what_is_too_long_is_refused_and_the_note_before_it_stands(store: Store) -> None:
    memory(store).remember("cursor", "7")
    with pytest.raises(PermanentError, match="at most 1000 characters"):
        memory(store).remember("cursor", "7" * 1001)
    assert memory(store).recall("cursor") == "7"
