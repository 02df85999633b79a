"""The other side's own list: the newest is taken once, nothing else is, and what was not used is there again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.folder.config import FolderConfig
from connectors.folder.poll import FolderPoller
from gateway.errors import ConflictError, UsageError
from gateway.pipeline.work import Line
from gateway.store.engine import Store, open_store
from gateway.store.lanes import list_lanes
from gateway.store.migrate import upgrade
from gateway.sync.asking import Lister, asked
from tests.processes import ROOT, environment, eventually

from .test_outbound import line_of

ERP = 'flows = { stock = "in" }\nowner = { stock = "erp" }'


@pytest.fixture
def line(store: Store) -> Line:
    """A line; who has the list is told by each test."""
    return line_of(store, erp=ERP)


def lister(folder: Path, pattern: str = "stock*") -> Lister:
    """A folder with lists, looked at as by a process begun anew."""
    return Lister("lists", FolderPoller(FolderConfig(folder, pattern)), asks=False, look_again_s=0)


def names(line: Line, folder: Path, *, keep: bool = False) -> list[tuple[str, str]]:
    """What the list is called and what stands in it, taken as by a process begun anew."""
    with asked(line, lister(folder), keep=keep, wait=lambda _: None) as listed:
        return [(name, file.read_text()) for name, file in zip(listed.names, listed.files, strict=True)]


def left(folder: Path) -> list[str]:
    """The files that lie in the folder itself."""
    return sorted(each.name for each in folder.iterdir() if each.is_file())


def archived(folder: Path) -> list[str]:
    """The files that were put away."""
    return sorted(each.name for each in folder.glob("archive/*/*"))


def lay(folder: Path, name: str, text: str, age_s: int = 0) -> None:
    """A file in the folder, older than others."""
    (folder / name).write_text(text)
    status = (folder / name).stat()
    os.utime(folder / name, (status.st_atime - age_s, status.st_mtime - age_s))


def test_the_newest_list_is_taken_once_and_what_else_lies_there_stays(line: Line, tmp_path: Path) -> None:
    lay(tmp_path, "stock_1.csv", "old", age_s=60)
    lay(tmp_path, "stock_2.csv", "new")
    lay(tmp_path, "orders.edi", "UNB")
    assert names(line, tmp_path) == [("stock_2.csv", "new")]
    assert (left(tmp_path), archived(tmp_path)) == (["orders.edi"], ["stock_1.csv", "stock_2.csv"])
    with pytest.raises(UsageError, match="lists has no list yet"):
        names(line, tmp_path)


def test_a_list_that_was_only_looked_at_is_there_again_until_a_newer_one_is(line: Line, tmp_path: Path) -> None:
    lay(tmp_path, "stock_1.csv", "old", age_s=60)
    assert names(line, tmp_path, keep=True) == names(line, tmp_path, keep=True) == [("stock_1.csv", "old")]
    lay(tmp_path, "stock_2.csv", "new")
    assert names(line, tmp_path, keep=True) == [("stock_2.csv", "new")]
    assert archived(tmp_path) == ["stock_1.csv"]


def test_a_list_that_could_not_be_used_is_there_again(line: Line, tmp_path: Path) -> None:
    lay(tmp_path, "stock_1.csv", "what nobody can read")
    with pytest.raises(ZeroDivisionError), asked(line, lister(tmp_path), wait=lambda _: None):
        raise ZeroDivisionError
    assert archived(tmp_path) == []
    assert names(line, tmp_path) == [("stock_1.csv", "what nobody can read")]


def test_a_file_that_is_still_written_is_no_list(line: Line, tmp_path: Path) -> None:
    lay(tmp_path, "stock_1.csv", "beg")

    def grow(_: float) -> None:
        lay(tmp_path, "stock_1.csv", "begun and gone on with")

    with pytest.raises(UsageError, match="no list yet"), asked(line, lister(tmp_path), wait=grow):
        pass
    assert left(tmp_path) == ["stock_1.csv"]


def test_only_one_run_asks_a_connection_at_a_time(line: Line, tmp_path: Path) -> None:
    lay(tmp_path, "stock_1.csv", "list")
    held = pytest.raises(ConflictError, match="lists/poll is held")
    with asked(line, lister(tmp_path), wait=lambda _: None), held:
        names(line, tmp_path)
    assert archived(tmp_path) == ["stock_1.csv"]


def test_a_run_keeps_its_lease_however_long_it_takes(line: Line, tmp_path: Path) -> None:
    lay(tmp_path, "stock_1.csv", "list")
    now = replace(line, clock=lambda: datetime.now(UTC))

    def lease() -> str:
        with line.store.read() as db:
            return next(str(each["lease_until"]) for each in list_lanes(db) if each["name"] == "lists/poll")

    with asked(now, lister(tmp_path), wait=lambda _: None, term=timedelta(seconds=0.2)):
        first = lease()
        assert eventually(lambda: lease() > first)


def test_what_a_killed_run_had_asked_is_asked_again_a_minute_later(database_url: str, tmp_path: Path) -> None:
    lay(tmp_path, "stock_1.csv", "list")
    with closing(open_store(database_url)) as store:
        upgrade(store)
        line = replace(line_of(store, erp=ERP), clock=lambda: datetime.now(UTC))
        with asking(database_url, tmp_path) as run:
            with pytest.raises(ConflictError, match="lists/poll is held"):
                names(line, tmp_path)
            run.kill()
        later = replace(line, clock=lambda: datetime.now(UTC) + timedelta(minutes=1))
        assert names(later, tmp_path) == [("stock_1.csv", "list")]


@contextmanager
def asking(url: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that asks, once it has the list."""
    command = [sys.executable, "-m", "tests.sync.asking_run", url, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment(), text=True) as run:
        try:
            assert run.stdout is not None
            assert run.stdout.readline() == "asked\n"
            yield run
        finally:
            run.kill()
