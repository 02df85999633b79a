from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel

import gateway.store
import gateway.store.migrations
from gateway.errors import PermanentError
from gateway.store import bell
from gateway.store.engine import Store, open_store
from gateway.store.migrate import status, upgrade


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(open_store(database_url)) as opened:
        yield opened


def test_an_empty_database_is_brought_to_the_last_step_once(store: Store) -> None:
    before = status(store)
    assert before.current is None
    assert before.pending[:2] == ("0001", "0002")
    after = upgrade(store)
    assert (after.current, after.pending) == (before.pending[-1], ())
    assert upgrade(store) == status(store) == after


def test_the_steps_are_those_alembic_takes_in_its_order(store: Store) -> None:
    scripts = ScriptDirectory(str(Path(gateway.store.migrations.__file__).parent))
    newest_first = [step.revision for step in scripts.walk_revisions("base", "heads")]
    assert list(status(store).pending) == newest_first[::-1]


def test_where_every_step_was_taken_alembic_is_not_imported(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    with closing(open_store(url)) as store:
        upgrade(store)
    code = "import sys; from gateway.store.engine import open_store; from gateway.store.migrate import upgrade"
    code += "; print(upgrade(open_store(sys.argv[1])).is_current, 'alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_the_migrations_make_exactly_the_declared_tables(store: Store) -> None:
    for module in iter_modules(gateway.store.__path__, "gateway.store."):
        import_module(module.name)
    upgrade(store)
    with store.read() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True, "include_name": _is_ours})
        assert compare_metadata(context, SQLModel.metadata) == []


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table is one of the gateway's own: those of procrastinate are made by its own script."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def test_on_postgresql_the_queue_is_that_of_the_installed_library_or_work_is_refused(
    new_database: Callable[[str], str],
) -> None:
    with closing(open_store(new_database("postgresql"))) as store:
        upgrade(store)
        with store.write() as db:
            bell.check(db)
            db.execute(text("COMMENT ON TABLE procrastinate_jobs IS '02.00.00_01_old'"))
            with pytest.raises(PermanentError, match="Install the version of procrastinate"):
                bell.check(db)


def test_on_postgresql_texts_sort_by_their_bytes_whatever_the_language_of_the_database(
    new_database: Callable[[str], str],
) -> None:
    with closing(open_store(new_database("postgresql"))) as store:
        upgrade(store)
        with store.read() as db:
            assert set(db.execute(text(_COLLATIONS)).scalars()) == {"C"}


_COLLATIONS = """
    SELECT coalesce(collation_name, 'by language') FROM information_schema.columns
    WHERE table_schema = current_schema() AND data_type IN ('character varying', 'text')
"""


def test_a_database_of_a_newer_gateway_is_left_alone(store: Store) -> None:
    upgrade(store)
    with store.write() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not status(store).is_current
    with pytest.raises(PermanentError, match="9999 of a newer gateway"):
        upgrade(store)
