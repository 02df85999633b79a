"""The store when its file is damaged, its disk full or failing, its lock held, or its process killed in a migration."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from gateway.errors import PermanentError, TransientError
from gateway.store import embedded_file, engine
from gateway.store.engine import Store, open_store, savepoint
from gateway.store.events import events_of, note_event
from gateway.store.migrate import status, upgrade
from gateway.store.verify import verify
from tests.disk import failing_disk
from tests.processes import ROOT, environment

AT = "2026-11-24T08:00:00.000000+00:00"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a store that was closed, with something in it."""
    path = tmp_path / "gateway.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        upgrade(store)
        with store.write() as db:
            for number in range(200):
                note_event(db, f"M{number}", "noted", "x" * 200, AT)
    return path


def beside(file: Path, end: str) -> Path:
    return file.with_name(file.name + end)


def refused(file: Path) -> str:
    """What is said of the file; nothing in it, and nothing beside it, is touched."""
    before = {each.name: each.read_bytes() for each in file.parent.iterdir()}
    with pytest.raises(PermanentError) as reason, closing(open_store(f"sqlite:///{file}")) as store:
        verify(store)
    left = {each.name: each.read_bytes() for each in file.parent.iterdir()}
    assert {name: left.get(name) for name in before} == before
    assert "backup" in str(reason.value)
    return str(reason.value)


# A damaged file -------------------------------------------------------------------------------------------------------


def test_an_empty_file_is_no_new_database(file: Path) -> None:
    file.write_bytes(b"")
    assert "it is empty" in refused(file)


@pytest.mark.parametrize("garbage", [b"x", b"this is no database, and it is long" * 100, b"SQLite format 3\0"])
def test_a_file_that_begins_as_no_database_is_named(file: Path, garbage: bytes) -> None:
    file.write_bytes(garbage)
    assert "does not begin as one" in refused(file)


def test_a_file_that_was_cut_off_is_named_with_its_size(file: Path) -> None:
    whole = file.stat().st_size
    os.truncate(file, whole - 4096)
    assert f"{whole - 4096} bytes of {whole}" in refused(file)


def test_a_page_that_was_overwritten_is_found(file: Path) -> None:
    content = file.read_bytes()
    with closing(open_store(f"sqlite:///{file}")) as store:
        assert store.faults() == []
        store.look_through()
    middle = content.index(b"x" * 200)
    start = middle - middle % 4096
    file.write_bytes(content[:start] + b"\xff" * 4096 + content[start + 4096 :])
    with closing(open_store(f"sqlite:///{file}")) as store:
        assert store.faults() != []
        with pytest.raises(PermanentError, match="Restore it from a backup"):
            store.look_through()
    assert "no usable SQLite database" in refused(file)


def test_a_journal_that_is_gone_is_missed(file: Path, tmp_path: Path) -> None:
    crashed = _crashed(file, tmp_path)
    beside(crashed, "-wal").rename(tmp_path / "elsewhere")
    assert "The journal" in refused(crashed)
    (tmp_path / "elsewhere").rename(beside(crashed, "-wal"))
    with closing(open_store(f"sqlite:///{crashed}")) as store:
        assert verify(store).head.number == 2  # with the journal, all is there


def test_a_journal_without_its_database_is_no_new_database(file: Path, tmp_path: Path) -> None:
    crashed = _crashed(file, tmp_path)
    crashed.unlink()
    with pytest.raises(PermanentError, match=r"gateway\.db is gone"):
        open_store(f"sqlite:///{crashed}")
    assert not crashed.exists()


@pytest.mark.parametrize("in_its_place", [None, b""])
def test_a_file_that_is_away_for_a_while_is_not_made_anew_and_keeps_its_journal(
    file: Path, in_its_place: bytes | None
) -> None:
    away = beside(file, ".away")
    with closing(open_store(f"sqlite:///{file}")) as store:
        with store.write() as db:
            note_event(db, "M", "last", "", AT)
        file.rename(away)
        if in_its_place is not None:
            file.write_bytes(in_its_place)
        for use in (store.read, store.write):
            with pytest.raises(TransientError, match="unable to open"), use():
                pass
        assert (file.read_bytes() if file.exists() else None) == in_its_place
        away.replace(file)
        assert beside(file, "-wal").stat().st_size > 0
        with store.write() as db:
            note_event(db, "M", "behind it", "", AT)
    with closing(open_store(f"sqlite:///{file}")) as store, store.read() as db:
        assert [each["type"] for each in events_of(db, "M")] == ["last", "behind it"]


def test_another_database_put_in_its_place_is_what_is_read_and_written_from_then_on(file: Path) -> None:
    other, away = beside(file, ".other"), beside(file, ".away")
    with closing(open_store(f"sqlite:///{file}")) as store:
        store.copy_to(other)
        with store.write() as db:
            note_event(db, "M", "last", "", AT)
        for end in ("", "-wal", "-shm"):
            beside(file, end).rename(beside(away, end))
        other.rename(file)
        with store.write() as db:
            note_event(db, "M", "restored", "", AT)
    for path, types in ((file, ["restored"]), (away, ["last"])):
        with closing(open_store(f"sqlite:///{path}")) as store, store.read() as db:
            assert [each["type"] for each in events_of(db, "M")] == types


def _crashed(file: Path, tmp_path: Path) -> Path:
    """A copy of the files as a process that was killed leaves them: the last transaction lies in the journal."""
    folder = tmp_path / "crashed"
    folder.mkdir()
    with closing(open_store(f"sqlite:///{file}")) as store:
        with store.write() as db:
            note_event(db, "M", "last", "", AT)
        for end in ("", "-wal", "-shm"):
            shutil.copy(beside(file, end), folder)
    return folder / file.name


def test_a_new_database_is_never_an_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    link = os.link
    monkeypatch.setattr(os, "link", lambda source, path: (seen.append(Path(source).stat().st_size), link(source, path)))
    open_store(f"sqlite:///{tmp_path}/var/gateway.db").close()
    assert seen
    assert seen[0] > 0
    assert [each.name for each in (tmp_path / "var").iterdir()] == ["gateway.db"]


# A migration that was killed ------------------------------------------------------------------------------------------


_KILLED = """
import os, signal, sys
from gateway.store import audit
from gateway.store.engine import open_store
from gateway.store.migrate import upgrade
audit.seal_standing = lambda db: os.kill(os.getpid(), signal.SIGKILL)
upgrade(open_store(sys.argv[1]))
"""


def test_a_migration_that_was_killed_is_finished_by_the_next_start(database_url: str) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, database_url], cwd=ROOT, env=environment(), check=False, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with closing(open_store(database_url)) as store:
        assert status(store).current is None
        assert upgrade(store).is_current
        with store.write() as db:
            note_event(db, "M", "noted", "", AT)
        assert verify(store).findings == ()


# A full disk ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def small(file: Path) -> Iterator[Store]:
    """A store that may not grow by more than a few pages, as on a disk that is nearly full."""
    with closing(open_store(f"sqlite:///{file}")) as store:
        yield store


def _limit(db: Connection) -> None:
    pages = db.exec_driver_sql("PRAGMA page_count").scalar_one()
    db.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")


def test_a_full_disk_is_transient_and_leaves_nothing_half(small: Store) -> None:
    before = verify(small)

    def fill() -> None:
        with small.write() as db:
            _limit(db)
            for number in range(1_000):
                note_event(db, f"F{number}", "noted", "x" * 1_000, AT)

    with pytest.raises(TransientError, match="Make room"):
        fill()
    assert verify(small) == before


def test_nothing_is_written_after_a_full_disk_has_undone_the_transaction(small: Store) -> None:
    before = verify(small)

    def go_on_regardless() -> None:
        with small.write() as db:
            _limit(db)
            note_event(db, "M", "before", "", AT)
            with suppress(TransientError), savepoint(db):
                for number in range(1_000):
                    note_event(db, f"F{number}", "noted", "x" * 1_000, AT)
            note_event(db, "M", "after", "", AT)

    with pytest.raises(TransientError):
        go_on_regardless()
    assert verify(small) == before
    with small.write() as db:  # as soon as there is room
        note_event(db, "M", "then", "", AT)
    assert verify(small).findings == ()


def test_a_full_disk_of_the_server_is_transient(new_database: Callable[[str], str]) -> None:
    full = text("DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$")
    with (
        closing(open_store(new_database("postgresql"))) as store,
        pytest.raises(TransientError, match=r"could not extend file.*Make room"),
        store.write() as db,
    ):
        db.execute(full)


def test_a_store_that_cannot_be_written_to_is_named_with_what_to_do(file: Path) -> None:
    def attempt(store: Store) -> None:
        with store.write() as db:
            db.exec_driver_sql("PRAGMA query_only = on")  # what root runs finds no folder read-only
            note_event(db, "M", "noted", "", AT)

    with closing(open_store(f"sqlite:///{file}")) as store, pytest.raises(TransientError) as reason:
        attempt(store)
    words = f"{file} cannot be used: attempt to write a readonly database. See that its folder is there, writable"
    assert words in str(reason.value)


# A lock that is held, and a backup ------------------------------------------------------------------------------------


_HOLDER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_that_another_process_holds_is_transient_and_free_when_it_is_gone(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", 0.2)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    assert holder.stdin
    with closing(open_store(f"sqlite:///{file}")) as store, holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(TransientError, match="locked"), store.write():
            pass
        assert verify(store).findings == ()  # who reads does not wait
        holder.stdin.close()
        holder.wait()
        with store.write() as db:
            note_event(db, "M", "noted", "", AT)


def test_a_backup_is_of_one_moment_whatever_is_written_meanwhile(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_file, "_COPIED_AT_ONCE", 5)
    copy, told = tmp_path / "copy.db", []
    with closing(open_store(f"sqlite:///{file}")) as store:
        before = verify(store)

        def write_more(done: int, of: int) -> None:
            told.append((done, of))
            with store.write() as db:
                note_event(db, "M", "meanwhile", "x" * 5_000, AT)

        store.copy_to(copy, write_more)
        assert verify(store).head.number == before.head.number + len(told)
    assert len(told) > 3
    assert told[-1][0] == told[-1][1]
    assert sorted(each.name for each in tmp_path.glob("*copy*")) == ["copy.db"]
    with closing(open_store(f"sqlite:///{copy}")) as store:
        assert store.faults() == []
        assert verify(store) == before


def test_a_backup_that_fails_leaves_no_file(file: Path, tmp_path: Path) -> None:
    def interrupt(done: int, of: int) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with closing(open_store(f"sqlite:///{file}")) as store:
        with pytest.raises(PermanentError, match="has room"):
            store.copy_to(tmp_path / "copy.db", interrupt)
        assert list(tmp_path.glob("*copy*")) == []


# fsync ----------------------------------------------------------------------------------------------------------------


_WRITER = """
import sys
from contextlib import closing
from gateway.errors import TransientError
from gateway.store.engine import open_store
from gateway.store.events import events_of, note_event
with closing(open_store(sys.argv[1])) as store:
    for number in range(8):
        try:
            with store.write() as db:
                note_event(db, f"M{number}", "noted", "x" * 3_000, "2026-11-24T08:00:00.000000+00:00")
        except TransientError as reason:
            print("failed", number, str(reason).replace(chr(10), " "), flush=True)
        else:
            print("stored", number, flush=True)
"""


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that fails chosen calls of the disk, for processes that load it first."""
    return failing_disk(tmp_path_factory.mktemp("shim"))


def test_after_an_fsync_that_failed_nothing_is_acknowledged_that_is_not_there(file: Path, shim: Path) -> None:
    failures = 0
    for turn in range(1, 40):
        fresh = file.with_name(f"turn-{turn}.db")
        shutil.copy(file, fresh)
        told = _write(fresh, {"LD_PRELOAD": str(shim), "FAIL_SYNC": str(turn)})
        stored = [f"M{line.split()[1]}" for line in told if line.startswith("stored")]
        with closing(open_store(f"sqlite:///{fresh}")) as store:
            with store.read() as db:
                there = set(db.execute(text("SELECT subject FROM event WHERE length(text) = 3000")).scalars())
            assert set(stored) <= there
            assert (store.faults(), verify(store).findings) == ([], ())
        if len(stored) == 8 and turn > 12:
            break
        failures += len(stored) < 8
    assert failures >= 3, "no sync of a commit was made to fail"


def test_a_disk_without_room_is_told_and_the_writing_goes_on_when_there_is_room(file: Path, shim: Path) -> None:
    told = _write(file, {"LD_PRELOAD": str(shim), "FULL_AT": "2", "FULL_UNTIL": "6"})
    assert any("Make room" in line or "I/O" in line for line in told), told
    assert told[-1] == "stored 7"
    with closing(open_store(f"sqlite:///{file}")) as store:
        assert (store.faults(), verify(store).findings) == ([], ())
        with store.read() as db:
            there = set(db.execute(text("SELECT subject FROM event WHERE length(text) = 3000")).scalars())
    assert there == {f"M{line.split()[1]}" for line in told if line.startswith("stored")}


def _write(file: Path, variables: dict[str, str]) -> list[str]:
    command = [sys.executable, "-c", _WRITER, f"sqlite:///{file}"]
    done = subprocess.run(
        command, cwd=ROOT, env={**environment(), **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
