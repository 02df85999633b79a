"""The contract of connectors as tests: a connector's own tests subclass these and play the other side.

class TestFolderPoller(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, tmp_path):
        self.outside = MyOtherSide(tmp_path)
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from gateway.connector import Arrival, Closing, Connection, Delivery, Finder, Poller, Receipt, Sender
from gateway.errors import PermanentError, TransientError

# A file is complete when two looks in a row found it the same.
LOOKS = 2
_T = TypeVar("_T")


class Outside(Protocol):
    """The other side, as a test plays it."""

    def open(self) -> Connection:
        """The connection, opened anew as after a restart."""

    def leave(self, name: str, content: bytes) -> None:
        """Something complete is left for the gateway."""

    def begin(self, name: str, content: bytes) -> None:
        """Something is begun for the gateway and not finished."""

    def finds(self) -> Mapping[str, bytes]:
        """What lies there for the other side, by name."""


def expect(holds: bool, sentence: str) -> None:
    """Fails the test with the sentence that does not hold."""
    if not holds:
        raise AssertionError(sentence)


def take(poller: Poller) -> list[Arrival]:
    """What a poller yields in as many looks as it may need."""
    return [arrival for _ in range(LOOKS) for arrival in poller.poll()]


def content_of(arrival: Arrival) -> bytes:
    """All of an arrival's content."""
    return b"".join(arrival.chunks())


class Suite:
    """Opens connections for a test, and closes at its end what was opened."""

    outside: Outside
    _opened: tuple[object, ...] = ()

    def poller(self) -> Poller:
        """A poller of the connection opened anew, as after a restart."""
        return self._kept(self.outside.open().poller())

    def sender(self) -> Sender:
        """A sender of the connection opened anew, as after a restart."""
        return self._kept(self.outside.open().sender())

    def teardown_method(self) -> None:
        """Closes what was opened, twice: that is harmless."""
        for opened in (*self._opened, *self._opened):
            if isinstance(opened, Closing):
                opened.close()
        self._opened = ()

    def _kept(self, opened: _T) -> _T:
        self._opened = (*self._opened, opened)
        return opened


class PollerSuite(Suite):
    """What a poller does, whatever it polls."""

    def test_nothing_there_is_nothing_taken(self) -> None:
        """A poller of an empty place yields nothing and raises nothing."""
        expect(not take(self.poller()), "something was taken where nothing is")

    def test_what_is_complete_is_taken_with_its_name_and_content(self) -> None:
        """Name, size and content are those of what was left."""
        self.outside.leave("orders.edi", b"article;10")
        taken = take(self.poller())
        expect([(each.name, each.size) for each in taken] == [("orders.edi", 10)], f"taken was {taken}")
        expect(content_of(taken[0]) == b"article;10", "the content differs")

    def test_what_is_unfinished_waits(self) -> None:
        """What is still being written is not taken, its neighbours are."""
        self.outside.begin("half.edi", b"arti")
        self.outside.leave("whole.edi", b"article;10")
        names = [each.name for each in take(self.poller())]
        expect(names == ["whole.edi"], f"taken were {names}")

    def test_what_is_claimed_is_taken_once(self) -> None:
        """Neither the same poller nor another takes what is claimed."""
        self.outside.leave("orders.edi", b"a;1")
        poller = self.poller()
        expect(len(take(poller)) == 1, "it was not taken")
        expect(not take(poller), "the same poller took it twice")
        expect(not take(self.poller()), "another poller took it too")

    def test_what_is_done_never_comes_back(self) -> None:
        """Done is for good, after a restart too, and saying so twice is harmless."""
        self.outside.leave("orders.edi", b"a;1")
        poller = self.poller()
        [arrival] = take(poller)
        poller.done(arrival)
        poller.done(arrival)
        again = self.poller()
        expect(again.recover() == 0, "a claim was left")
        expect(not take(poller) and not take(again), "it came back")

    def test_what_is_released_is_taken_again(self) -> None:
        """What the gateway could not take is yielded by the next poll, whole."""
        self.outside.leave("orders.edi", b"a;1")
        poller = self.poller()
        [arrival] = take(poller)
        poller.release(arrival)
        [again] = take(poller)
        expect((again.name, content_of(again)) == ("orders.edi", b"a;1"), "it came back changed")

    def test_what_a_crashed_run_had_claimed_is_taken_again(self) -> None:
        """A claim without done survives the process and is given back by recover."""
        self.outside.leave("orders.edi", b"a;1")
        take(self.poller())
        poller = self.poller()
        expect(poller.recover() == 1, "the claim was not found")
        [again] = take(poller)
        expect((again.name, content_of(again)) == ("orders.edi", b"a;1"), "it came back changed")

    def test_the_same_name_again_is_another_arrival(self) -> None:
        """A name used before is taken anew, also while its first is claimed."""
        self.outside.leave("orders.edi", b"first")
        poller = self.poller()
        [first] = take(poller)
        self.outside.leave("orders.edi", b"second")
        [second] = take(poller)
        expect((content_of(first), content_of(second)) == (b"first", b"second"), "the two were mixed up")
        poller.done(first)
        poller.done(second)

    def test_what_is_large_arrives_whole(self) -> None:
        """Content of many pieces is the same after as before, and of the size that is stated."""
        content = b"".join(b"%06d;1;PCE\n" % line for line in range(25_000))
        self.outside.leave("large.csv", content)
        [arrival] = take(self.poller())
        expect(arrival.size == len(content), f"the size is {arrival.size}")
        expect(content_of(arrival) == content, "the content differs")
        expect(content_of(arrival) == content, "the content differs when it is read again")

    def test_names_are_printable(self) -> None:
        """A name with control characters arrives without them."""
        self.outside.leave("or\nders\x1b.edi", b"a;1")
        [arrival] = take(self.poller())
        expect(arrival.name == "or_ders_.edi", f"the name is {arrival.name!r}")


class SenderSuite(Suite):
    """What a sender does, wherever it sends."""

    def test_what_is_sent_lies_there_whole_and_alone(self) -> None:
        """The other side finds the content under its name and nothing else."""
        self.sender().send(Delivery("CONTRL_1.edi", b"UNB", "CONTRL/1"))
        expect(self.outside.finds() == {"CONTRL_1.edi": b"UNB"}, f"there lies {self.outside.finds()}")

    def test_what_is_large_leaves_whole(self) -> None:
        """A document of more than one packet is found as it was."""
        content = b"LIN+1++4098765001017:EN'\r\n" * 10_000
        self.sender().send(Delivery("PRICAT_1.edi", content, "PRICAT/1"))
        expect(self.outside.finds() == {"PRICAT_1.edi": content}, "it lies there changed")

    def test_a_name_never_leaves_its_place(self) -> None:
        """Paths and leading dots in a name are only characters."""
        self.sender().send(Delivery("../../.profile", b"UNB", "x"))
        expect(list(self.outside.finds()) == ["_._.._.profile"], f"there lies {list(self.outside.finds())}")


class KeepingSuite(Suite):
    """What a sender does where each document lies under its name and stays there."""

    def test_sent_again_it_lies_there_once(self) -> None:
        """The same delivery tried again, after a restart too, changes nothing and says so."""
        delivery = Delivery("CONTRL_1.edi", b"UNB", "CONTRL/1")
        first = self.sender().send(delivery)
        second = self.sender().send(delivery)
        expect(not first.repeated and second.repeated, "the receipts do not tell the two apart")
        expect(first.reference == second.reference, "the receipts name two things")
        expect(self.outside.finds() == {"CONTRL_1.edi": b"UNB"}, f"there lies {self.outside.finds()}")

    def test_other_content_is_never_overwritten(self) -> None:
        """A name that holds something else is refused for good, and what lay there still does."""
        sender = self.sender()
        sender.send(Delivery("CONTRL_1.edi", b"first", "CONTRL/1"))
        try:
            sender.send(Delivery("CONTRL_1.edi", b"second", "CONTRL/2"))
        except PermanentError:
            expect(self.outside.finds() == {"CONTRL_1.edi": b"first"}, f"there lies {self.outside.finds()}")
        else:
            expect(False, "other content was taken under a name in use")


class RepeatableSuite(Suite):
    """What a connector promises whose manifest says `repeatable = true`: the gateway sends again without asking."""

    def test_sent_often_it_lies_there_once(self) -> None:
        """However often a delivery is sent, after restarts and among others, the other side has it once."""
        for other in range(3):
            self.sender().send(Delivery("CONTRL_1.edi", b"UNB", "CONTRL/1"))
            self.sender().send(Delivery(f"ORDRSP_{other}.edi", b"UNB+", f"ORDRSP/{other}"))
        expect(len(self.outside.finds()) == 4, f"there lies {self.outside.finds()}")
        expect(self.outside.finds()["CONTRL_1.edi"] == b"UNB", "it lies there changed")

    def test_sent_by_several_at_once_it_lies_there_once(self) -> None:
        """Two processes that both believe it is theirs do no harm."""
        delivery = Delivery("CONTRL_1.edi", b"UNB" * 10_000, "CONTRL/1")
        senders = [self.sender() for _ in range(4)]
        with ThreadPoolExecutor(len(senders)) as pool:
            receipts = list(pool.map(lambda sender: sender.send(delivery), senders))
        expect(len({receipt.reference for receipt in receipts}) == 1, f"the receipts are {receipts}")
        expect(self.outside.finds() == {"CONTRL_1.edi": delivery.content}, "it lies there changed, or more than once")


class FinderSuite(Suite):
    """What a sender does that can ask the other side what it has."""

    def test_what_was_sent_is_found(self) -> None:
        """After a restart it is found, by the receipt that sending it gave."""
        delivery = Delivery("CONTRL_1.edi", b"UNB", "CONTRL/1")
        sent = self.sender().send(delivery)
        found = _find(self.sender(), delivery)
        expect(found is not None and found.reference == sent.reference, f"found was {found}, sent {sent}")

    def test_what_was_never_sent_is_surely_not_there(self) -> None:
        """Nothing is found of it, whatever else was sent, and asking leaves nothing there."""
        self.sender().send(Delivery("CONTRL_1.edi", b"UNB", "CONTRL/1"))
        before = dict(self.outside.finds())
        found = _find(self.sender(), Delivery("CONTRL_2.edi", b"UNB", "CONTRL/2"))
        expect(found is None, f"found was {found}")
        expect(self.outside.finds() == before, "asking changed what lies there")


def _find(sender: Sender, delivery: Delivery) -> Receipt | None:
    if isinstance(sender, Finder):
        return sender.find(delivery)
    raise AssertionError("the sender has no find")


class Breaking(Outside, Protocol):
    """Another side to which the line can be cut."""

    def break_after(self, count: int) -> None:
        """The line breaks once so many bytes of content have come over it."""

    def mend(self) -> None:
        """The line holds again."""


class ResumeSuite(Suite):
    """What a poller does when the line breaks."""

    outside: Breaking

    def test_what_breaks_off_anywhere_is_taken_whole_later(self) -> None:
        """However much came before, nothing half is taken, and later all of it."""
        content = b"".join(b"%06d;1;PCE\n" % line for line in range(10_000))
        for cut in (0, 1, len(content) // 2, len(content) - 1):
            name = f"cut_{cut}.csv"
            self.outside.leave(name, content)
            poller = self.poller()
            taken = _as_far_as_it_goes(poller)
            self.outside.break_after(cut)
            taken += _as_far_as_it_goes(poller)
            self.outside.mend()
            expect(not taken or content_of(taken[0]) == content, f"half of it was taken at {cut}")
            taken = taken or take(poller)
            expect([(each.name, content_of(each)) for each in taken] == [(name, content)], f"it was lost at {cut}")
            poller.done(taken[0])


class QuietPollerSuite(Suite):
    """What a poller keeps to itself; `secrets` are those that the connection was given."""

    secrets: tuple[str, ...]

    def test_of_what_is_taken_neither_content_nor_secrets_are_logged(self, caplog: Log) -> None:
        """What is taken without trouble is not worth a word, and secrets never are."""
        caplog.set_level(logging.DEBUG)
        self.outside.leave("orders.csv", b"canary;1")
        poller = self.poller()
        for arrival in take(poller):
            expect(content_of(arrival) == b"canary;1", "the content differs")
            poller.done(arrival)
        _expect_quiet(caplog.records, self.secrets)


class QuietSenderSuite(Suite):
    """What a sender keeps to itself; `secrets` are those that the connection was given."""

    secrets: tuple[str, ...]

    def test_of_what_is_sent_neither_content_nor_secrets_are_logged(self, caplog: Log) -> None:
        """What is sent without trouble is not worth a word, and secrets never are."""
        caplog.set_level(logging.DEBUG)
        self.sender().send(Delivery("ORDRSP_1.csv", b"canary;2", "ORDRSP/1"))
        _expect_quiet(caplog.records, self.secrets)


class QuietSuite(QuietPollerSuite, QuietSenderSuite):
    """What a connector that polls and sends keeps to itself."""


class Log(Protocol):
    """What pytest's caplog is."""

    @property
    def records(self) -> list[logging.LogRecord]:
        """What was logged."""

    def set_level(self, level: int) -> None:
        """From which level on it is kept."""


def _expect_quiet(records: list[logging.LogRecord], secrets: tuple[str, ...]) -> None:
    heard = [record for record in records if _is_heard(record.name)]
    told = [record.getMessage() for record in heard]
    loud = [record.getMessage() for record in heard if record.levelno >= logging.INFO]
    expect(not loud, f"it logs {loud}")
    expect(not [each for each in ("canary", *secrets) for text in told if each in text], "it tells on us")


def _is_heard(name: str) -> bool:
    """Whether what a logger says comes to the log: no logger on the way keeps it to itself."""
    logger: logging.Logger | None = logging.getLogger(name)
    while logger is not None and logger.propagate:
        logger = logger.parent
    return logger is None


def _as_far_as_it_goes(poller: Poller) -> list[Arrival]:
    taken: list[Arrival] = []
    try:
        taken.extend(poller.poll())
    except (TransientError, PermanentError):
        return taken
    return taken
