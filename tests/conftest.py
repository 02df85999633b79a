"""A store and a workspace for each test: copies of ones that were made once.

Tests that ask for a store, and those marked `both_stores`, run on SQLite and on PostgreSQL, except for those that are
marked `one_store`.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from gateway.store.engine import Store
    from gateway.testing.erp import PlayedErp
    from tests.databases import Databases, PostgresDatabases, SqliteFiles
    from tests.outbound.servers import Other
    from tests.workspaces import Place

# The gateway is imported where it is needed only: the tests of a syntax need none of it.
BOTH_STORES = ("sqlite", "postgresql")
ASKING = frozenset({"database_url", "store"})


# A property holds however long the machine takes to show it. The rest is as Hypothesis has it, on CI or not.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

MakePlace: TypeAlias = Callable[[str, Path], Callable[[], None]]


class NewDatabase(Protocol):
    """Makes a database of the test's own."""

    def __call__(self, kind: str, name: str = "", fill: Callable[[str], None] | None = None, options: str = "") -> str:
        """Its URL: empty, or a copy of the one of this name, which is filled once in a test run."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On both stores, where a test asks for one or is marked so."""
    marked = metafunc.definition.get_closest_marker("both_stores")
    if metafunc.definition.get_closest_marker("one_store"):
        return
    if "kept_in" in metafunc.fixturenames and (marked or ASKING.intersection(metafunc.fixturenames)):
        metafunc.parametrize("kept_in", BOTH_STORES, indirect=True)


def pytest_collection_finish() -> None:
    """What was imported lives to the end of the run: it is not looked through for circles again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture
def kept_in(request: pytest.FixtureRequest) -> str:
    """The kind of store the test runs on."""
    return getattr(request, "param", BOTH_STORES[0])


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    from tests.databases import SqliteFiles

    # A folder may be called so; in a URL and in Alembic's options % means something.
    return SqliteFiles(tmp_path_factory.mktemp("50%"))


@pytest.fixture(scope="session")
def _postgresql() -> Iterator[PostgresDatabases]:
    from tests.databases import postgresql

    try:
        with postgresql() as made:
            yield made
    except ImportError as reason:
        # Where nobody watches, a run that looks whole must be whole.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no PostgreSQL: {reason}")


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Iterator[NewDatabase]:
    """Makes databases of either kind, which are gone after the test."""
    made: list[tuple[Databases, str]] = []

    def new(kind: str, name: str = "", fill: Callable[[str], None] | None = None, options: str = "") -> str:
        databases: Databases = request.getfixturevalue(f"_{kind}")
        url = databases.copy_of(name, fill) if fill else databases.make(options=options)
        made.append((databases, url))
        return url

    yield new
    for databases, url in made:
        databases.drop(url)


@pytest.fixture
def database_url(new_database: NewDatabase, kept_in: str) -> str:
    """The URL of an empty database."""
    return new_database(kept_in)


@pytest.fixture
def store(new_database: NewDatabase, kept_in: str) -> Iterator[Store]:
    """An open store with its tables, and nothing in them."""
    from gateway.store.engine import open_store
    from gateway.store.migrate import upgrade

    def fill(url: str) -> None:
        with closing(open_store(url)) as fresh:
            upgrade(fresh)

    with closing(open_store(new_database(kept_in, "store", fill))) as opened:
        yield opened


@pytest.fixture(scope="session")
def make_place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> MakePlace:
    """Makes the demo's workspace with its business data in a folder, on a kind of store; gives what drops its store."""
    from tests.workspaces import Place, make_demo

    filled = tmp_path_factory.mktemp("demos")

    def make(kind: str, root: Path) -> Callable[[], None]:
        if kind == BOTH_STORES[0]:
            if not (filled / kind).exists():
                make_demo(filled / kind)
            shutil.copytree(filled / kind, root)
            return lambda: None
        databases: Databases = request.getfixturevalue(f"_{kind}")
        url = databases.copy_of("demo", lambda url: make_demo(filled / kind, url))
        shutil.copytree(filled / kind, root)
        Place(root).move_to(url)
        return lambda: databases.drop(url)

    return make


@pytest.fixture
def demo_on(make_place: MakePlace, tmp_path: Path) -> Iterator[Callable[[str], Place]]:
    """Makes the demo's workspace with its business data, before any message, on either kind of store."""
    from tests.workspaces import Place

    made: list[Callable[[], None]] = []

    def demo_on(kind: str) -> Place:
        place = Place(tmp_path / (f"demo-{len(made) + 1}" if made else "demo"))
        made.append(make_place(kind, place.root))
        return place

    yield demo_on
    for drop in made:
        drop()


@pytest.fixture
def demo(demo_on: Callable[[str], Place], kept_in: str) -> Place:
    """The demo's workspace with its business data, before any message."""
    return demo_on(kept_in)


@pytest.fixture
def noon(demo: Place) -> Iterator[None]:  # the demo is copied from one that was made at its own time
    """It is noon of the day that the messages of `tests.sent` are of: what is shown ends on no other one."""
    import time_machine

    from gateway.store.identity import new_id
    from tests import sent

    mint = new_id.__self__
    last = mint._last
    with time_machine.travel(datetime.combine(sent.TODAY, time(12), UTC)):
        yield
    # What is minted next is of its own time again: another process may have minted before it.
    mint._last = last


@pytest.fixture(scope="session")
def played() -> Iterator[PlayedErp]:
    """The ERP, played in a process of its own."""
    from gateway.testing.erp import played_erp

    with played_erp() as erp:
        yield erp


@pytest.fixture
def erp(played: PlayedErp) -> PlayedErp:
    """The played ERP with empty books."""
    played.burn()
    return played


@pytest.fixture(scope="session")
def _listening() -> Iterator[Other]:
    from tests.outbound.servers import other_side

    with other_side() as other:
        yield other


@pytest.fixture
def other(_listening: Other) -> Other:
    """Whoever is posted to: it answers 204 and has taken nothing."""
    from tests.outbound.servers import answered

    _listening.taken.clear()
    _listening.respond = answered(204)
    return _listening
