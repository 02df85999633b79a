"""SFTP keeps the connector contract at both servers, whatever they let us do."""

from __future__ import annotations

import os
import resource
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.connector import Delivery
from gateway.errors import PermanentError, TransientError
from gateway.testing.connector_suite import (
    FinderSuite,
    KeepingSuite,
    LimitSuite,
    LostAnswerSuite,
    PollerSuite,
    QuietSuite,
    ResumeSuite,
    SenderSuite,
    SilentSuite,
    content_of,
    take,
)
from gateway.testing.sftp_servers import SftpServer
from tests.connectors.sftp_places import SftpOutside, quietly

WHOLE = b"UNB+UNOC:3+A+B'UNZ+0+1'"


class TestSftpPoller(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, sftp: SftpServer) -> None:
        self.outside = SftpOutside(sftp)


class TestSftpPollerThatLeaves(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, faulty: SftpServer) -> None:
        self.outside = SftpOutside(faulty, receive={"after": "leave"})


class TestSftpPollerWithoutRenames(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, faulty: SftpServer) -> None:
        self.outside = SftpOutside(faulty, receive={"after": "delete"})
        faulty.faults.denied = {"mkdir", "rename", "posix_rename"}


class TestSftpPollerAtAServerThatKnowsNoRename(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, faulty: SftpServer) -> None:
        self.outside = SftpOutside(faulty, receive={"after": "delete"})
        faulty.faults.unknown = {"rename", "posix_rename"}


class TestSftpPollerAtAServerWhoseListingsAreMute(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, faulty: SftpServer) -> None:
        self.outside = SftpOutside(faulty)
        faulty.faults.mute = {"scandir"}


class TestSftpPollerAtAServerWhoseRenamesTouch(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, faulty: SftpServer) -> None:
        self.outside = SftpOutside(faulty)
        faulty.faults.touches = True


class TestSftpSender(SenderSuite, KeepingSuite, FinderSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, sftp: SftpServer) -> None:
        self.outside = SftpOutside(sftp)


class TestSftpLineThatBreaks(ResumeSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, faulty: SftpServer) -> None:
        self.outside = SftpOutside(faulty)


class TestSftpServerThatFallsSilent(SilentSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, faulty: SftpServer) -> Iterator[None]:
        self.outside = SftpOutside(faulty)
        yield
        self.outside.mend()


class TestSftpAnswersThatAreLost(LostAnswerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, faulty: SftpServer) -> None:
        self.outside = SftpOutside(faulty)


class TestSftpTakesWhatIsNotTooLarge(LimitSuite):
    most_bytes = 1000

    @pytest.fixture(autouse=True)
    def _outside(self, faulty: SftpServer) -> None:
        self.outside = SftpOutside(faulty, receive={"max_bytes": self.most_bytes})


class TestSftpIsQuiet(QuietSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, sftp: SftpServer) -> None:
        self.outside = SftpOutside(sftp, password="env:password" if sftp.password else None)
        self.secrets = (sftp.key[60:100], sftp.password or "no password")


class TestSftpSenderWithoutRenames(SenderSuite, KeepingSuite, FinderSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, faulty: SftpServer) -> None:
        self.outside = SftpOutside(faulty)
        faulty.faults.unknown = {"rename", "posix_rename"}


@pytest.fixture
def box(faulty: SftpServer) -> SftpOutside:
    return SftpOutside(faulty)


def lying_in(box: SftpOutside) -> dict[str, bytes]:
    """Every file below the folder by its path there."""
    found = [path for path in box.folder.rglob("*") if path.is_file()]
    return {path.relative_to(box.folder).as_posix(): path.read_bytes() for path in found}


# What is complete -----------------------------------------------------------------------------------------------------


def test_a_file_that_grows_or_is_touched_between_two_looks_waits(box: SftpOutside) -> None:
    with box.polling() as poller:
        box.leave("a.csv", b"1")
        assert not list(poller.poll())
        box.leave("a.csv", b"12")
        assert not list(poller.poll())
        os.utime(box.folder / "a.csv", (1, 1))
        assert not list(poller.poll())
        assert [content_of(each) for each in poller.poll()] == [b"12"]


def test_a_file_that_grows_after_the_second_look_keeps_its_name_and_stops_no_other(box: SftpOutside) -> None:
    for name, age in (("a.csv", 1), ("b.csv", 2), ("c.csv", 3)):
        box.leave(name, b"123")
        os.utime(box.folder / name, (age, age))
    names = []
    with box.polling() as poller:
        assert not list(poller.poll())
        look = poller.poll()
        names.append(next(look).name)
        box.leave("b.csv", b"123456")
        names.append(next(look).name)
        assert next(look, None) is None
        assert names == ["a.csv", "c.csv"]
        assert box.finds() == {"b.csv": b"123456"}
        assert [content_of(each) for each in take(poller)] == [b"123456"]


def test_the_oldest_file_comes_first(box: SftpOutside) -> None:
    for name, age in (("a.csv", 3), ("b.csv", 1), ("c.csv", 2)):
        box.leave(name, b"1")
        os.utime(box.folder / name, (age, age))
    with box.polling() as poller:
        assert [each.name for each in take(poller)] == ["b.csv", "c.csv", "a.csv"]


def test_files_of_one_second_come_by_their_names_however_large_they_are(box: SftpOutside) -> None:
    for name, content in (("stock_2.csv", b"1"), ("stock_1.csv", b"1234"), ("stock_3.csv", b"12")):
        box.leave(name, content)
        os.utime(box.folder / name, (1, 1))
    with box.polling() as poller:
        assert [each.name for each in take(poller)] == ["stock_1.csv", "stock_2.csv", "stock_3.csv"]


@pytest.mark.parametrize("name", ["a.tmp", "a.PART", "a.csv.filepart", ".a.csv", "readme.txt"])
def test_unfinished_and_hidden_files_and_those_of_another_pattern_stay(faulty: SftpServer, name: str) -> None:
    box = SftpOutside(faulty, receive={"pattern": "*[a-zA-Z]*.[!t]*"})
    box.leave(name, b"1")
    with box.polling() as poller:
        assert not take(poller)
    assert name in box.finds()


def test_links_and_folders_are_not_taken(sftp: SftpServer) -> None:
    box = SftpOutside(sftp)
    (sftp.root / "secret").write_bytes(b"not yours")
    (box.folder / "a.csv").symlink_to("/secret")
    (box.folder / "b.csv").mkdir()
    with box.polling() as poller:
        assert not take(poller)


@pytest.mark.parametrize("half", [b"UNB+UNOC:3+A+B'UNH+1'", b"<order><line/>", b'{"order": 1', b"[1, 2"])
def test_a_file_whose_end_is_missing_is_waited_for(box: SftpOutside, half: bytes) -> None:
    box.leave("order", half)
    with box.polling() as poller:
        assert not take(poller)
        assert not take(poller)
        whole = {b"U": WHOLE, b"<": half + b"</order>", b"{": half + b"}", b"[": half + b"]"}[half[:1]]
        box.leave("order", whole)
        assert [content_of(each) for each in take(poller)] == [whole]


def test_what_stands_in_a_comment_is_not_the_root(box: SftpOutside) -> None:
    box.leave("order.xml", b"<?xml version='1.0'?>\n<!-- as <invoice> but -->\n<order><line/></order>\n<!-- end -->")
    with box.polling() as poller:
        assert len(take(poller)) == 1


def test_a_large_file_whose_end_is_missing_is_waited_for_without_being_fetched(box: SftpOutside) -> None:
    size = 3 << 20
    box.leave("order.xml", b"<order>" + b" " * size)
    with box.polling() as poller:
        assert not take(poller)
    assert box.server.faults.read_bytes < 1 << 17
    box.leave("order.xml", b"<order>" + b" " * size + b"</order>\n")
    with box.polling() as poller:
        assert [each.size for each in take(poller)] == [size + 16]


def test_what_was_waited_for_in_vain_is_taken_so_that_somebody_sees_it(faulty: SftpServer) -> None:
    box = SftpOutside(faulty, receive={"patience": "0s"})
    box.leave("half.edi", b"UNB+UNOC:3+A+B'UNH+1'")
    with box.polling() as poller:
        assert not take(poller)
        assert [each.name for each in poller.poll()] == ["half.edi"]


# Names, sizes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [b"\xe4\xf6\xfc.csv", b"a\x1b[2J\nb.csv", b"x" * 251 + b".csv", b"..csv", b"-rf *.csv"]
)
def test_any_name_a_server_may_hold_is_taken_and_archived(sftp: SftpServer, name: bytes) -> None:
    box = SftpOutside(sftp)
    path = Path(os.fsdecode(os.fsencode(box.folder) + b"/" + name))
    path.write_bytes(b"1")
    box.leave("neighbour.csv", b"2")
    with box.polling() as poller:
        taken = take(poller)
        for each in taken:
            poller.done(each)
    assert sorted(content_of_names(taken)) == ([b"2"] if name.startswith(b".") else [b"1", b"2"])
    assert all(each.name.isprintable() and len(each.name) <= 120 for each in taken)
    assert not [left for left in lying_in(box) if left.startswith(".claimed")]


def content_of_names(taken: list) -> list[bytes]:  # type: ignore[type-arg]
    return [b"1" if each.name != "neighbour.csv" else b"2" for each in taken]


def test_a_file_that_is_too_large_stays_and_is_told_and_stops_no_other(faulty: SftpServer) -> None:
    box = SftpOutside(faulty, receive={"max_bytes": 10})
    box.leave("large.csv", b"1" * 11)
    box.leave("small.csv", b"1" * 10)
    with box.polling() as poller:
        assert not list(poller.poll())
        look = poller.poll()
        assert next(look).name == "small.csv"
        with pytest.raises(TransientError, match=r"large\.csv: it has 11 bytes, more than max_bytes"):
            next(look)
    assert "large.csv" in box.finds()


# What becomes of a file -----------------------------------------------------------------------------------------------


def test_what_is_done_lies_in_the_archive_of_the_day_and_nothing_is_lost_there(sftp: SftpServer) -> None:
    box = SftpOutside(sftp)
    with box.polling() as poller:
        for content in (b"first", b"second"):
            box.leave("a.csv", content)
            [arrival] = take(poller)
            poller.done(arrival)
    found = lying_in(box)
    assert sorted(found.values()) == [b"first", b"second"]
    assert all(path.startswith("archive/") for path in found)
    assert len([path for path in found if path.endswith("/a.csv")]) == 1


def test_after_delete_nothing_is_left(sftp: SftpServer) -> None:
    box = SftpOutside(sftp, receive={"after": "delete"})
    box.leave("a.csv", b"1")
    with box.polling() as poller:
        [arrival] = take(poller)
        poller.done(arrival)
    assert lying_in(box) == {}


def test_what_is_left_there_comes_again_only_changed(faulty: SftpServer) -> None:
    box = SftpOutside(faulty, receive={"after": "leave"})
    box.leave("a.csv", b"1")
    for _ in range(2):
        with box.polling() as poller:
            for arrival in take(poller):
                assert content_of(arrival) == b"1"
                poller.done(arrival)
    box.leave("a.csv", b"1, and more")
    with box.polling() as poller:
        assert [content_of(each) for each in take(poller)] == [b"1, and more"]
    (box.folder / "a.csv").unlink()
    with box.polling() as poller:
        assert not take(poller)
    assert box.memory.recalled() == {}


@pytest.mark.parametrize(("after", "denied"), [("delete", "remove"), ("archive", "mkdir")])
def test_what_the_server_keeps_is_taken_once_and_told_until_it_is_gone(
    faulty: SftpServer, after: str, denied: str
) -> None:
    box = SftpOutside(faulty, receive={"after": after})
    box.server.faults.denied = {denied}
    box.leave("a.csv", b"1")
    with box.polling() as poller:
        [arrival] = take(poller)
        poller.done(arrival)
        box.leave("b.csv", b"2")
        assert not quietly(poller)
        [other] = quietly(poller)
        poller.done(other)
        with pytest.raises(PermanentError, match=r"a\.csv.*b\.csv.*stored, and the server lets us neither move nor"):
            list(poller.poll())
    box.server.faults.denied = set()
    with box.polling() as poller:
        assert poller.recover() == 0
        assert not quietly(poller)
        assert not quietly(poller)


def test_what_cannot_be_archived_is_taken_once_and_told(box: SftpOutside) -> None:
    box.leave("a.csv", b"1")
    with box.polling() as poller:
        [arrival] = take(poller)
        box.server.faults.denied = {"mkdir"}
        poller.done(arrival)
        with pytest.raises(PermanentError, match=r"a\.csv: stored, and the server lets us neither move nor delete it"):
            list(poller.poll())
    with box.polling() as poller:
        assert poller.recover() == 0


def test_a_server_that_never_says_what_is_a_file_is_told(box: SftpOutside) -> None:
    box.leave("a.csv", b"1")
    box.server.faults.mute = {"scandir", "lstat"}
    with box.polling() as poller, pytest.raises(PermanentError, match=r"say whether .* is a file.*ask the partner"):
        list(poller.poll())


# Sending --------------------------------------------------------------------------------------------------------------


def test_a_file_is_called_by_the_form_of_its_connection_and_stays_in_its_folder(faulty: SftpServer) -> None:
    box = SftpOutside(faulty, send={"name": "{reference}-{type}.{extension}"})
    delivery = Delivery("ORDRSP_PO_1.edi", WHOLE, "key", type="ORDRSP", reference="../../PO 1", id="01J")
    with box.sending() as sender:
        assert sender.send(delivery).reference == f"{box.name}/_._.._PO 1-ORDRSP.edi"
    assert box.finds() == {"_._.._PO 1-ORDRSP.edi": WHOLE}


def test_a_server_that_knows_no_rename_by_the_standard_gets_the_one_of_openssh(box: SftpOutside) -> None:
    box.server.faults.unknown = {"rename"}
    with box.sending() as sender:
        sender.send(Delivery("a.csv", b"1", "key"))
    assert box.finds() == {"a.csv": b"1"}


def test_a_large_file_is_sent_whole(sftp: SftpServer) -> None:
    box, content = SftpOutside(sftp), os.urandom(1 << 20) * 3
    with box.sending() as sender:
        sender.send(Delivery("a.bin", content, "key"))
        assert sender.send(Delivery("a.bin", content, "key")).repeated
    assert box.finds() == {"a.bin": content}


def test_a_folder_that_is_missing_or_closed_to_us_is_told_with_what_to_do(sftp: SftpServer) -> None:
    box = SftpOutside(sftp)
    box.folder.chmod(0o555)
    if sftp.owner is not None:
        os.chown(box.folder, 0, 0)
        with box.sending() as sender, pytest.raises(PermanentError, match=r"does not let us write.*ask the partner"):
            sender.send(Delivery("a.csv", b"1", "key"))
    with box.sending(send={"folder": "/nowhere"}) as sender, pytest.raises(PermanentError, match="no folder /nowhere"):
        sender.send(Delivery("a.csv", b"1", "key"))


def test_a_disk_that_is_full_is_tried_again_and_leaves_nothing_behind(box: SftpOutside) -> None:
    box.server.faults.delivers = {"*": 10}
    with box.sending() as sender, pytest.raises(TransientError, match="kept 10 of 11 bytes"):
        sender.send(Delivery("a.csv", b"1" * 11, "key"))
    assert box.finds() == {}
    box.server.faults.delivers = {}
    with box.sending() as sender:
        assert not sender.send(Delivery("a.csv", b"1" * 11, "key")).repeated


def test_no_request_waits_until_the_one_before_it_is_acknowledged(
    box: SftpOutside, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, lines = socket.create_connection, list[socket.socket]()
    monkeypatch.setattr(socket, "create_connection", lambda *said: lines.append(connect(*said)) or lines[-1])
    box.leave("a.csv", b"1")
    with box.polling() as poller:
        assert len(take(poller)) == 1
        assert [line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for line in lines] == [1]


@pytest.mark.parametrize("more", [1 << 20, 100])
def test_where_there_is_no_room_for_a_large_file_it_stays_and_that_is_told(box: SftpOutside, more: int) -> None:
    box.leave("a.csv", content := bytes((2 << 20) + more))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with box.polling() as poller:
        assert not list(poller.poll())
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, hard))
        try:
            with pytest.raises(TransientError, match=r"cannot be kept while it is fetched.*make room in TMPDIR"):
                list(poller.poll())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert box.finds() == {"a.csv": content}
        assert [content_of(each) for each in take(poller)] == [content]


@pytest.mark.parametrize("gives", [1 << 15, 10_000])
def test_a_server_that_gives_little_at_a_time_is_asked_for_little_and_its_file_is_whole(
    box: SftpOutside, gives: int
) -> None:
    box.leave("a.csv", content := os.urandom(1 << 20) + b"12345")
    box.server.faults.gives = gives
    with box.polling() as poller:
        assert [content_of(each) for each in take(poller)] == [content]
    asked = Counter(box.server.faults.asked)
    assert max(asked) == 1 << 16
    assert asked[1 << 16] < asked[1 << 15]
