"""The contract of connectors as tests: a connector's own tests subclass these and play the other side.

class TestFolderPoller(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, tmp_path):
        self.outside = MyOtherSide(tmp_path)
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from gateway.connector import Delivery, Finder, Receipt, Sender
from gateway.errors import PermanentError
from gateway.testing.line_suite import Breaking, Deaf, LimitSuite, LostAnswerSuite, ResumeSuite, Silent, SilentSuite
from gateway.testing.outside import LOOKS, Outside, Suite, content_of, expect, in_time, take
from gateway.testing.quiet_suite import QuietPollerSuite, QuietSenderSuite, QuietSuite

__all__ = [
    "LOOKS",
    "Breaking",
    "Deaf",
    "FinderSuite",
    "KeepingSuite",
    "LimitSuite",
    "LostAnswerSuite",
    "Outside",
    "PollerSuite",
    "QuietPollerSuite",
    "QuietSenderSuite",
    "QuietSuite",
    "RepeatableSuite",
    "ResumeSuite",
    "SenderSuite",
    "Silent",
    "SilentSuite",
    "content_of",
    "expect",
    "take",
]

MANY = 40


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

    def test_of_many_each_is_taken_once(self) -> None:
        """More than share a commit are there at once: each comes, and none twice."""
        left = {f"orders_{number:03}.edi": b"article;%d" % number for number in range(MANY)}
        for name, content in left.items():
            self.outside.leave(name, content)
        poller = self.poller()
        taken = take(poller)
        for arrival in taken:
            expect(content_of(arrival) == left[arrival.name], f"the content of {arrival.name} is of another")
            poller.done(arrival)
        names = sorted(each.name for each in taken)
        expect(names == sorted(left), f"of {len(left)} taken were {names}")
        expect(not take(poller), "some came back")

    def test_what_is_unfinished_waits(self) -> None:
        """What is still being written is not taken, its neighbours are."""
        self.outside.begin("half.edi", b"arti")
        self.outside.leave("whole.edi", b"article;10")
        names = [each.name for each in take(self.poller())]
        expect(names == ["whole.edi"], f"taken were {names}")

    def test_what_is_finished_later_is_taken_whole(self) -> None:
        """What was seen while it was written comes once, with all of its content, when it is finished."""
        self.outside.begin("orders.edi", b"arti")
        poller = self.poller()
        expect(not take(poller), "a part of it was taken")
        self.outside.leave("orders.edi", b"article;10")
        taken = [content_of(each) for each in take(poller)]
        expect(taken == [b"article;10"], f"taken was {taken}")

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
        content_of(arrival)
        poller.release(arrival)
        again = take(poller)
        expect([(each.name, content_of(each)) for each in again] == [("orders.edi", b"a;1")], f"again was {again}")

    def test_what_is_released_during_a_look_comes_with_the_next_one(self) -> None:
        """A look comes to an end though nothing of it could be taken."""
        self.outside.leave("a.edi", b"a;1")
        self.outside.leave("b.edi", b"b;1")
        poller, given = self.poller(), list[str]()
        while len(given) < 2:
            with in_time():
                for arrival in poller.poll():
                    given.append(arrival.name)
                    expect(len(given) <= 2, f"given in one look were {given}")
                    poller.release(arrival)
        expect(sorted(each.name for each in take(poller)) == ["a.edi", "b.edi"], "what was released was lost")

    def test_what_a_crashed_run_had_claimed_is_taken_again(self) -> None:
        """A claim without done survives the process and is given back by recover, also where all of it was read."""
        self.outside.leave("orders.edi", b"a;1")
        [arrival] = take(self.poller())
        content_of(arrival)
        poller = self.poller()
        expect(poller.recover() == 1, "the claim was not found")
        again = take(poller)
        expect([(each.name, content_of(each)) for each in again] == [("orders.edi", b"a;1")], f"again was {again}")

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

    def test_names_are_kept(self) -> None:
        """Capitals, blanks and letters beyond ASCII stay as they are: agreements tell files apart by their names."""
        self.outside.leave("Bestellung Köln 1.EDI", b"a;1")
        [arrival] = take(self.poller())
        expect(arrival.name == "Bestellung Köln 1.EDI", f"the name is {arrival.name!r}")

    def test_a_closed_poller_holds_nothing_open(self) -> None:
        """However often it is opened anew, no file, line or thread is left."""

        def use(number: int) -> None:
            self.outside.leave(f"orders_{number}.edi", b"a;1")
            poller = self.poller()
            for arrival in take(poller):
                content_of(arrival)
                poller.done(arrival)

        self._expect_nothing_held(use)


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

    def test_a_closed_sender_holds_nothing_open(self) -> None:
        """However often it is opened anew, no file, line or thread is left."""

        def use(number: int) -> None:
            self.sender().send(Delivery(f"CONTRL_{number}.edi", b"UNB", f"CONTRL/{number}"))

        self._expect_nothing_held(use)


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
