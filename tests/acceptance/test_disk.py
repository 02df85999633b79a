"""The gateway on a disk that is full, a store that is locked or damaged, and a backup made while it works."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.disk import failing_disk
from tests.processes import GATEWAY, PATIENCE_S, Serving, call, environment, eventually, serving
from tests.workspaces import SAMPLES, Place

FIRST = SAMPLES / "01_acme_order.edi"
COMMANDS = [("serve", "--port", "0"), ("messages", "list"), ("ingest", FIRST), ("db", "verify")]


@pytest.fixture
def quick(demo: Place) -> Place:
    """The demo's workspace, its folder looked at often."""
    demo.change("connections/acme_inbox.toml", 'poll = "2s"', 'poll = "1s"')
    return demo


def drop(place: Place, file: Path) -> None:
    folder = place.root / "inbox" / "acme"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, folder / f".{file.name}")
    (folder / f".{file.name}").rename(folder / file.name)


def another(number: int) -> bytes:
    """The first order again, under a number and a control reference of its own."""
    order = FIRST.read_bytes().replace(b"17801", b"%05d" % (90_000 + number))
    return order.replace(b"M0000101", b"M%07d" % (9_000 + number))


def processed(place: Place) -> int:
    """How many messages came through."""
    with closing(sqlite3.connect(place.root / "var" / "gateway.db", timeout=PATIENCE_S)) as db:
        return int(db.execute("SELECT count(*) FROM message WHERE state = 'processed'").fetchone()[0])


def readiness(server: Serving) -> int:
    return server.get("/readyz").status_code


def failing(server: Serving) -> str:
    """What it says where it is not ready."""
    answer = server.get("/readyz")
    return answer.text if answer.status_code == 503 else ""


def test_on_a_full_disk_nothing_is_lost_and_the_same_process_goes_on_when_there_is_room(
    quick: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = tmp_path / "full"
    monkeypatch.setenv("LD_PRELOAD", str(failing_disk(tmp_path)))
    monkeypatch.setenv("FULL_WHILE", str(full))
    with serving(quick.root) as server:
        eventually(lambda: readiness(server) == 200)
        full.touch()
        drop(quick, FIRST)
        eventually(lambda: "room" in failing(server))
        assert processed(quick) == 0
        full.unlink()
        eventually(lambda: processed(quick) == 1)
        eventually(lambda: readiness(server) == 200)
        eventually(lambda: len(quick.outbox("acme")) == 2)
        assert server.end() == 0
    assert quick.run("audit", "verify").status == 0
    assert quick.run("db", "verify").status == 0


def test_a_store_that_another_process_has_locked_is_waited_for(quick: Place) -> None:
    file = quick.root / "var" / "gateway.db"
    with serving(quick.root) as server, closing(sqlite3.connect(file, timeout=PATIENCE_S)) as other:
        eventually(lambda: readiness(server) == 200)
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        drop(quick, FIRST)
        eventually(lambda: readiness(server) == 503)
        other.execute("ROLLBACK")
        eventually(lambda: processed(quick) == 1)
        eventually(lambda: readiness(server) == 200)
        assert server.end() == 0


@pytest.mark.parametrize(
    "command", [("serve", "--port", "0"), ("messages", "list"), ("ingest", FIRST), ("db", "verify")]
)
def test_no_command_works_on_a_damaged_store_or_makes_a_new_one(demo: Place, command: tuple[object, ...]) -> None:
    file = demo.root / "var" / "gateway.db"
    whole = file.read_bytes()
    for damaged, named in ((b"", "it is empty"), (b"x" * 9_000, "does not begin"), (whole[:-4_096], "bytes of")):
        file.write_bytes(damaged)
        ran = call("--workspace", demo.root, *command)
        assert (ran.returncode, named in ran.stderr, "Restore it from a backup" in ran.stderr) == (2, True, True), ran
        assert "Traceback" not in ran.stderr
        assert file.read_bytes() == damaged


def test_serve_does_not_start_on_a_damaged_page(demo: Place) -> None:
    demo.ingest(FIRST)
    file = demo.root / "var" / "gateway.db"
    whole = file.read_bytes()
    start = whole.index(b"ACME Hamburg") // 4_096 * 4_096
    file.write_bytes(whole[:start] + b"\xff" * 4_096 + whole[start + 4_096 :])
    ran = call("--workspace", demo.root, "serve", "--port", "0")
    assert (ran.returncode, "Restore it from a backup" in ran.stderr, "Traceback" in ran.stderr) == (2, True, False)


def test_a_backup_made_under_load_is_restored_verified_and_goes_on(quick: Place, tmp_path: Path) -> None:
    backup, dropped = tmp_path / "backup.db", 12
    done = threading.Event()

    def load() -> None:
        for number in range(dropped):
            file = tmp_path / f"{number}.edi"
            file.write_bytes(another(number))
            drop(quick, file)
            done.wait(0.2)

    with serving(quick.root) as server:
        loading = threading.Thread(target=load)
        loading.start()
        eventually(lambda: processed(quick) > 0)
        command = [*GATEWAY, "--workspace", str(quick.root), "db", "backup", str(backup)]
        subprocess.run(command, env=environment(), check=True, capture_output=True, timeout=PATIENCE_S)
        loading.join()
        eventually(lambda: processed(quick) == dropped)
        assert server.end() == 0
    assert quick.run("audit", "verify").status == 0
    twin = Place(tmp_path / "twin")
    shutil.copytree(quick.root, twin.root, ignore=shutil.ignore_patterns("var", "inbox", "outbox"))
    (twin.root / "var").mkdir()
    shutil.copy(backup, twin.root / "var" / "gateway.db")
    assert (twin.run("db", "verify").status, twin.run("audit", "verify").status) == (0, 0)
    assert 0 < processed(twin) <= dropped
    (line,) = twin.ingest(another(dropped))
    assert line["state"] == "processed"
    # What was received and not worked off when the backup was made is worked off now.
    assert processed(twin) == len(twin.orders()) == len(twin.run("messages", "list", "--json").lines)
    assert twin.run("audit", "verify").status == 0
