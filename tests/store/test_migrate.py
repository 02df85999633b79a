from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.errors import PermanentError
from gateway.store.engine import Store, open_store
from gateway.store.migrate import status, upgrade


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    # Alembic reads % in its options as its own; a folder may be called so.
    opened = open_store(f"sqlite:///{tmp_path}/50%/gateway.db")
    yield opened
    opened.close()


def test_an_empty_database_is_brought_to_the_last_step_once(store: Store) -> None:
    before = status(store)
    assert before.current is None
    assert before.pending[:2] == ("0001", "0002")
    after = upgrade(store)
    assert (after.current, after.pending) == (before.pending[-1], ())
    assert upgrade(store) == status(store) == after


def test_a_database_of_a_newer_gateway_is_left_alone(store: Store) -> None:
    upgrade(store)
    with store.write() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not status(store).is_current
    with pytest.raises(PermanentError, match="9999 of a newer gateway"):
        upgrade(store)
