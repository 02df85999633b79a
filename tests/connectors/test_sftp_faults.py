"""What becomes of files when the server, or the line to it, does what it likes: nothing lost, nothing half, an end."""

from __future__ import annotations

import os
from collections import Counter
from itertools import count
from time import monotonic

import pytest
from paramiko import Channel
from paramiko.sftp import CMD_RENAME

from gateway.connector import Delivery, Finder, Poller, Receipt
from gateway.errors import GatewayError, PermanentError, TransientError, UnknownOutcomeError
from gateway.testing.connector_suite import content_of, take
from gateway.testing.sftp_servers import SftpServer
from tests.connectors.sftp_places import SftpOutside, impatient, quietly

MOST_OPERATIONS = 60


@pytest.fixture
def box(faulty: SftpServer) -> SftpOutside:
    return SftpOutside(faulty)


# Files that are not what they seem ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [3, 40_000, 3 << 20])
@pytest.mark.parametrize("fault", ["short", "endless"])
def test_a_file_of_another_length_than_stated_is_not_taken_and_stops_no_other(
    box: SftpOutside, size: int, fault: str
) -> None:
    box.leave("a.csv", b"0" * size)
    os.utime(box.folder / "a.csv", (1, 1))
    box.leave("b.csv", b"whole")
    if fault == "short":
        box.server.faults.delivers = {"a.csv": size - 1}
    else:
        box.server.faults.endless = {"a.csv"}
    with box.polling() as poller:
        assert not list(poller.poll())
        assert [content_of(each) for each in quietly(poller)] == [b"whole"]
        with pytest.raises(TransientError, match=rf"a\.csv: the server gives more or fewer bytes than the {size}"):
            list(poller.poll())
        box.server.faults.clear()
        assert [each.size for each in poller.poll()] == [size]


def test_a_file_that_vanishes_is_passed_over(box: SftpOutside) -> None:
    box.leave("a.csv", b"1")
    box.leave("b.csv", b"2")
    box.server.faults.vanishing = {"a.csv"}
    with box.polling() as poller:
        assert [content_of(each) for each in take(poller)] == [b"2"]


@pytest.mark.parametrize("operation", ["scandir", "open", "read", "rename"])
def test_a_server_that_answers_no_more_is_left_in_time_and_the_file_is_taken_later(
    box: SftpOutside, operation: str
) -> None:
    box.leave("a.csv", b"1")
    with box.polling() as poller:
        list(poller.poll())
        box.server.faults.hanging = {operation}
        began = monotonic()
        with impatient(), pytest.raises(TransientError, match="gave no whole answer within 1 s"):
            list(poller.poll())
        assert monotonic() - began < 3
        box.server.faults.clear()
    assert taken_in_the_end(box) == [b"1"]


def test_a_drip_of_single_bytes_comes_to_an_end_and_the_others_are_first_next_time(box: SftpOutside) -> None:
    box.leave("a.csv", b"1" * 50_000)
    os.utime(box.folder / "a.csv", (1, 1))
    box.leave("b.csv", b"2")
    with box.polling() as poller:
        list(poller.poll())
        box.server.faults.drip_s = 0.1
        with impatient(), pytest.raises(TransientError, match="no whole answer"):
            list(poller.poll())
        box.server.faults.drip_s = 0.0
        assert [content_of(each) for each in poller.poll()] == [b"2", b"1" * 50_000]


def taken_in_the_end(box: SftpOutside) -> list[bytes]:
    """What a run that follows takes."""
    with box.polling() as poller:
        poller.recover()
        return sorted(content_of(each) for each in [*poller.poll(), *poller.poll()])


# A line that breaks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut_bytes", [0, 1, 32_767, 32_768, 65_536, 99_999])
def test_a_file_that_breaks_off_anywhere_is_taken_whole_later(box: SftpOutside, cut_bytes: int) -> None:
    content = os.urandom(50_000).hex().encode()
    box.leave("a.csv", content)
    with box.polling() as poller:
        list(poller.poll())
        box.server.faults.cut_bytes = cut_bytes
        with pytest.raises(TransientError, match="broke off"):
            list(poller.poll())
        box.server.faults.clear()
        assert [content_of(each) for each in poller.poll()] == [content]


@pytest.mark.parametrize(
    ("after", "cut_after", "step"),
    [("archive", True, 2), ("archive", False, 3), ("delete", True, 3), ("leave", False, 3)],
)
def test_wherever_a_look_breaks_off_each_file_is_stored_and_none_twice_unasked(
    faulty: SftpServer, after: str, cut_after: bool, step: int
) -> None:
    for cut_at in range(1, MOST_OPERATIONS, step):
        box = SftpOutside(faulty, receive={"after": after})
        for content in (b"1", b"2"):
            box.leave(f"{content.decode()}.csv", content)
        stored: Counter[bytes] = Counter()
        faulty.faults.clear()
        faulty.faults.cut_at, faulty.faults.cut_after = cut_at, cut_after
        with box.polling() as poller:
            undone = gone_round(poller, stored, rounds=2)
        was_cut = faulty.faults.operations >= cut_at
        faulty.faults.clear()
        with box.polling() as poller:
            poller.recover()
            gone_round(poller, stored, rounds=3)
        assert set(stored) == {b"1", b"2"}, f"{stored} at {cut_at}"
        # Taken twice is only what was stored when the other side could not be told any more.
        assert sum(stored.values()) <= 2 + undone, f"{stored} at {cut_at}"
        assert set(box.finds()) == ({"1.csv", "2.csv"} if after == "leave" else set()), f"at {cut_at}"
        if not was_cut:
            return
    pytest.fail("it never came to an end")


def gone_round(poller: Poller, stored: Counter[bytes], rounds: int) -> int:
    """How often what was stored could not be told; files are taken as the gateway does it."""
    undone = 0
    for _ in range(rounds):
        try:
            for arrival in poller.poll():
                stored[content_of(arrival)] += 1
                try:
                    poller.done(arrival)
                except GatewayError:
                    undone += 1
                    raise
        except TransientError:
            continue
    return undone


@pytest.mark.parametrize("cut_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("unknown", [set(), {"rename", "posix_rename"}], ids=["renamed", "directly"])
def test_wherever_a_sending_breaks_off_the_partner_gets_the_file_once_and_whole(
    faulty: SftpServer, cut_after: bool, unknown: set[str]
) -> None:
    delivery = Delivery("a.csv", b"content" * 1000, "key")
    for cut_at in count(1):
        box = SftpOutside(faulty)
        faulty.faults.clear()
        faulty.faults.unknown = unknown
        faulty.faults.cut_at, faulty.faults.cut_after = cut_at, cut_after
        first = tried(box, delivery)
        was_cut = faulty.faults.operations >= cut_at
        if not unknown:
            assert box.finds().get("a.csv", delivery.content) == delivery.content, f"half there, at {cut_at}"
        faulty.faults.cut_at = None
        if not isinstance(first, Receipt):
            assert isinstance(tried(box, delivery, asks=isinstance(first, UnknownOutcomeError)), Receipt), f"{cut_at}"
        assert box.finds()["a.csv"] == delivery.content, f"{box.finds()} at {cut_at}"
        if not was_cut:
            return
    pytest.fail("it never came to an end")


def tried(box: SftpOutside, delivery: Delivery, asks: bool = False) -> Receipt | GatewayError:
    """What came of a sending, asked about before where it is not known, as the gateway does it."""
    with box.sending() as sender:
        try:
            found = sender.find(delivery) if asks and isinstance(sender, Finder) else None
            return found or sender.send(delivery)
        except (TransientError, UnknownOutcomeError) as error:
            return error


def test_a_line_that_is_closed_under_a_rename_leaves_open_whether_the_partner_has_the_file(
    box: SftpOutside, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Channel.send

    def renamed_and_taken(channel: Channel, data: bytes) -> int:
        if data[4] != CMD_RENAME:
            return send(channel, data)
        next(box.folder.glob(".*.tmp")).unlink()
        raise OSError("Socket is closed")

    monkeypatch.setattr(Channel, "send", renamed_and_taken)
    with box.sending() as sender, pytest.raises(UnknownOutcomeError, match=r"a\.csv may be there"):
        sender.send(Delivery("a.csv", b"1", "key"))
    assert box.finds() == {}


def test_a_file_that_cannot_be_put_away_because_the_line_is_closed_is_put_away_later(
    box: SftpOutside, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.leave("a.csv", b"1")
    with box.polling() as poller:
        [arrival] = take(poller)
        with monkeypatch.context() as patch:
            patch.setattr(Channel, "send", closed)
            with pytest.raises(TransientError):
                poller.done(arrival)
        assert not take(poller)
    assert [path.name for path in box.folder.rglob("*") if path.is_file()] == ["a.csv"]
    assert not list(box.folder.glob(".claimed/*"))


def closed(*_: object) -> int:
    raise OSError("Socket is closed")


def test_what_the_partner_may_have_taken_away_is_not_sent_twice_unasked(box: SftpOutside) -> None:
    delivery = Delivery("a.csv", b"1", "key")
    with box.sending() as sender:
        sender.send(delivery)
    (box.folder / "a.csv").unlink()
    with box.sending() as sender:
        assert isinstance(sender, Finder)
        with pytest.raises(PermanentError, match="whether the partner has taken it away, only he"):
            sender.find(delivery)


def test_notes_of_sendings_nobody_asks_about_any_more_are_forgotten(box: SftpOutside) -> None:
    box.memory.remember("placed:old", "2001-01-01")
    box.memory.remember("swept", "2001-01-01")
    with box.sending() as sender:
        sender.send(Delivery("a.csv", b"1", "key"))
    assert len(box.memory.recalled("placed:")) == 1


# The session ----------------------------------------------------------------------------------------------------------


def test_one_login_serves_every_look(box: SftpOutside) -> None:
    with box.polling() as poller:
        for name in ("a.csv", "b.csv", "c.csv"):
            box.leave(name, b"1")
            for arrival in take(poller):
                poller.done(arrival)
    assert box.server.faults.logins == 1


def test_a_session_that_the_server_ended_meanwhile_is_opened_again_without_a_word(box: SftpOutside) -> None:
    box.leave("a.csv", b"1")
    with box.polling() as poller:
        list(poller.poll())
        box.server.faults.cut_at = box.server.faults.operations + 1
        assert [content_of(each) for each in poller.poll()] == [b"1"]
    assert box.server.faults.logins == 2


def test_between_looks_that_are_far_apart_no_session_is_held(box: SftpOutside) -> None:
    with box.polling(poll="5m") as poller:
        list(poller.poll())
        list(poller.poll())
    assert box.server.faults.logins == 2
