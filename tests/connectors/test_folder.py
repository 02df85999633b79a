"""A folder keeps the connector contract, and what only a folder has to care about."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from connectors.folder import CONNECTOR
from connectors.folder import files as folder_files
from gateway.connector import Connection, ConnectionConfig, Delivery
from gateway.errors import PermanentError, TransientError
from gateway.fields import Reader
from gateway.testing.connector_suite import (
    KeepingSuite,
    PollerSuite,
    QuietSuite,
    RepeatableSuite,
    SenderSuite,
    content_of,
    take,
)
from gateway.testing.memory import Notes


def open_folder(workspace: Path, **data: object) -> Connection:
    reader = Reader("connections/box.toml", lambda _: (1, 1))
    values = reader.read({"path": "box", **data}, CONNECTOR.fields)
    assert not reader.problems
    return CONNECTOR.open(ConnectionConfig("box", workspace, values, lambda reference: reference, Notes()))


class FolderOutside:
    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._folder = workspace / "box"

    def open(self) -> Connection:
        return open_folder(self._workspace)

    def leave(self, name: str, content: bytes) -> None:
        self._folder.mkdir(exist_ok=True)
        (self._folder / name).write_bytes(content)

    def begin(self, name: str, content: bytes) -> None:
        self.leave(f"{name}.part", content)

    def finds(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self._folder.iterdir()}


class TestFolderPoller(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, tmp_path: Path) -> None:
        self.outside = FolderOutside(tmp_path)


class TestFolderSender(SenderSuite, KeepingSuite, RepeatableSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, tmp_path: Path) -> None:
        self.outside = FolderOutside(tmp_path)


class TestFolderIsQuiet(QuietSuite):
    secrets = ()

    @pytest.fixture(autouse=True)
    def _outside(self, tmp_path: Path) -> None:
        self.outside = FolderOutside(tmp_path)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir()
    return folder


def test_a_file_that_grows_between_two_looks_waits(box: Path) -> None:
    poller = open_folder(box.parent).poller()
    file = box / "orders.edi"
    file.write_bytes(b"UNB")
    assert not list(poller.poll())
    file.write_bytes(b"UNB+UNOC:3")
    assert not list(poller.poll())
    assert [each.name for each in poller.poll()] == ["orders.edi"]


def test_a_file_touched_between_two_looks_waits(box: Path) -> None:
    poller = open_folder(box.parent).poller()
    file = box / "orders.edi"
    file.write_bytes(b"UNB")
    assert not list(poller.poll())
    os.utime(file, ns=(1, 1))
    assert not list(poller.poll())
    assert len(list(poller.poll())) == 1


def test_a_file_that_grows_after_the_second_look_keeps_its_name(box: Path) -> None:
    poller = open_folder(box.parent).poller()
    first, second = box / "a.edi", box / "b.edi"
    first.write_bytes(b"UNB")
    second.write_bytes(b"UNB")
    os.utime(first, ns=(1, 1))
    assert not list(poller.poll())
    names = []
    for arrival in poller.poll():
        names.append(arrival.name)
        second.write_bytes(b"UNB+UNOC:3")
    assert names == ["a.edi"]
    assert second.read_bytes() == b"UNB+UNOC:3"
    assert poller.recover() == 1


def test_the_oldest_file_comes_first(box: Path) -> None:
    for name, age in (("a.edi", 3), ("b.edi", 1), ("c.edi", 2)):
        (box / name).write_bytes(b"UNB")
        os.utime(box / name, ns=(age, age))
    assert [each.name for each in take(open_folder(box.parent).poller())] == ["b.edi", "c.edi", "a.edi"]


def test_files_of_one_instant_come_by_their_names_however_large_they_are(box: Path) -> None:
    for name, content in (("stock_2.edi", b"UNB"), ("stock_1.edi", b"UNB+UNOC:3"), ("stock_3.edi", b"UNB+")):
        (box / name).write_bytes(content)
        os.utime(box / name, ns=(1, 1))
    names = [each.name for each in take(open_folder(box.parent).poller())]
    assert names == ["stock_1.edi", "stock_2.edi", "stock_3.edi"]


def test_a_file_that_cannot_be_moved_is_told_and_stops_no_other(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def refused(source: Path, target: Path) -> Path:
        if source.name == "foreign.edi":
            raise PermissionError(errno.EPERM, "Operation not permitted", str(source))
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", refused)
    poller = open_folder(box.parent).poller()
    for at, name in enumerate(("foreign.edi", "one.edi", "two.edi"), 1):
        (box / name).write_bytes(name.encode())
        os.utime(box / name, (at, at))
    assert list(poller.poll()) == []
    look = poller.poll()
    for name in ("one.edi", "two.edi"):
        arrival = next(look)
        assert arrival.name == name
        poller.done(arrival)
    with pytest.raises(TransientError, match=r"foreign\.edi: Operation not permitted"):
        next(look)
    assert list((box / ".claimed").iterdir()) == []


@pytest.mark.parametrize("name", ["orders.tmp", "orders.PART", ".orders.edi"])
def test_unfinished_and_hidden_files_are_not_taken(box: Path, name: str) -> None:
    (box / name).write_bytes(b"UNB")
    assert not take(open_folder(box.parent).poller())
    assert (box / name).exists()


def test_a_link_is_not_followed(box: Path) -> None:
    secret = box.parent / "secret"
    secret.write_bytes(b"not yours")
    (box / "orders.edi").symlink_to(secret)
    assert not take(open_folder(box.parent).poller())
    assert secret.read_bytes() == b"not yours"
    assert not (box / ".claimed").exists()


def test_a_link_put_in_the_place_of_a_claimed_file_is_not_read(box: Path) -> None:
    (box / "orders.edi").write_bytes(b"UNB")
    [arrival] = take(open_folder(box.parent).poller())
    [claimed] = (box / ".claimed").rglob("*.edi")
    claimed.unlink()
    claimed.symlink_to("/etc/hostname")
    with pytest.raises(PermanentError):
        content_of(arrival)


def test_only_files_of_the_pattern_are_taken(box: Path) -> None:
    (box / "orders.edi").write_bytes(b"UNB")
    (box / "readme.txt").write_bytes(b"hello")
    assert [each.name for each in take(open_folder(box.parent, pattern="*.edi").poller())] == ["orders.edi"]


def test_what_is_done_lies_in_the_archive_and_nothing_is_lost_there(box: Path) -> None:
    poller = open_folder(box.parent).poller()
    for content in (b"first", b"second"):
        (box / "orders.edi").write_bytes(content)
        [arrival] = take(poller)
        poller.done(arrival)
    archived = [path.read_bytes() for path in (box / "archive").rglob("*") if path.is_file()]
    assert sorted(archived) == [b"first", b"second"]
    assert not list((box / ".claimed").iterdir())


def test_after_delete_nothing_is_archived(box: Path) -> None:
    poller = open_folder(box.parent, after="delete").poller()
    (box / "orders.edi").write_bytes(b"UNB")
    [arrival] = take(poller)
    poller.done(arrival)
    assert not [path for path in box.rglob("*") if path.is_file()]


def test_what_a_caller_leaves_unread_in_a_poll_comes_with_the_next(box: Path) -> None:
    for name in ("a.edi", "b.edi"):
        (box / name).write_bytes(b"UNB")
    poller = open_folder(box.parent).poller()
    list(poller.poll())
    first = next(iter(poller.poll()))
    assert {first.name, *(each.name for each in poller.poll())} == {"a.edi", "b.edi"}


def test_a_file_of_the_same_name_left_while_one_is_claimed_overwrites_nothing_on_release(box: Path) -> None:
    poller = open_folder(box.parent).poller()
    (box / "orders.edi").write_bytes(b"first")
    [first] = take(poller)
    (box / "orders.edi").write_bytes(b"second")
    poller.release(first)
    assert sorted(content_of(each) for each in take(poller)) == [b"first", b"second"]


def test_a_file_system_without_links_overwrites_nothing_either(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*args: object, **options: object) -> None:
        raise OSError(errno.EPERM, "not here")

    monkeypatch.setattr(folder_files.os, "link", no_links)
    sender = open_folder(box.parent).sender()
    sender.send(Delivery("a.edi", b"UNB", "1"))
    assert (box / "a.edi").read_bytes() == b"UNB"
    (box / "source").write_bytes(b"other")
    with pytest.raises(FileExistsError):
        folder_files.move_without_overwriting(box / "source", box / "a.edi")
    assert (box / "a.edi").read_bytes() == b"UNB"


def test_a_full_disk_is_tried_again_and_leaves_nothing_behind(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TransientError, match="No space left"):
        open_folder(box.parent).sender().send(Delivery("a.edi", b"UNB", "1"))
    assert not list(box.iterdir())


def test_a_path_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(b"")
    connection = open_folder(tmp_path)
    for use in (connection.test, lambda: list(connection.poller().poll())):
        with pytest.raises(TransientError, match=r"box is no folder; mend the path"):
            use()


def test_the_connection_tells_what_it_sees(box: Path) -> None:
    (box / "a.edi").write_bytes(b"UNB")
    assert open_folder(box.parent).test() == [f"{box} can be read and written", "1 files wait in it"]


def test_only_what_would_be_taken_is_said_to_wait(box: Path) -> None:
    for name in ("a.edi", "b.edi.part", ".c.edi", "d.txt"):
        (box / name).write_bytes(b"UNB")
    assert open_folder(box.parent, pattern="*.edi").test()[1] == "1 files wait in it"


def test_what_is_told_of_a_name_in_another_encoding_can_be_written_down(box: Path) -> None:
    Path(os.fsdecode(os.fsencode(box) + b"/\xe4.edi")).write_bytes(b"UNB")
    poller = open_folder(box.parent).poller()
    [arrival] = take(poller)
    shutil.rmtree(box / ".claimed")
    with pytest.raises(TransientError) as refusal:
        content_of(arrival)
    assert "\\xe4.edi: No such file" in str(refusal.value).encode().decode()


def test_a_claim_that_a_killed_run_had_only_begun_is_forgotten(box: Path) -> None:
    (box / ".claimed" / "begun").mkdir(parents=True)
    poller = open_folder(box.parent).poller()
    poller.recover()
    assert not take(poller)
    assert open_folder(box.parent).poller().recover() == 0


def test_a_hidden_file_that_a_killed_run_left_goes_once_it_is_old(box: Path) -> None:
    old, young, other = box / f".{'a' * 32}.tmp", box / f".{'b' * 32}.tmp", box / ".keep"
    for file in (old, young, other):
        file.write_bytes(b"half")
    for file in (old, other):
        os.utime(file, (1, 1))
    open_folder(box.parent).sender().send(Delivery("order.json", b"{}", "key"))
    assert sorted(path.name for path in box.iterdir()) == sorted([young.name, other.name, "order.json"])
