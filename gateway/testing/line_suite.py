"""The contract of connectors as tests, where the other side or the line to it fails, or gives too much."""

from __future__ import annotations

from typing import Protocol

from gateway.connector import Arrival, Delivery, Finder, Poller
from gateway.errors import PermanentError, TransientError, UnknownOutcomeError
from gateway.testing.outside import LOOKS, Outside, Suite, content_of, expect, in_time, take


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
            self.outside.break_after(cut)
            taken = [each for _ in range(LOOKS) for each in _as_far_as_it_goes(poller)]
            self.outside.mend()
            expect(not taken or content_of(taken[0]) == content, f"half of it was taken at {cut}")
            taken = taken or take(poller)
            expect([(each.name, content_of(each)) for each in taken] == [(name, content)], f"it was lost at {cut}")
            poller.done(taken[0])


class Silent(Outside, Protocol):
    """Another side that may fall silent."""

    def hush(self) -> None:
        """The line holds, and nothing comes over it any more."""

    def mend(self) -> None:
        """It answers again."""


class SilentSuite(Suite):
    """What a poller does when the other side answers no more."""

    outside: Silent

    def test_who_is_silent_is_left_in_time_and_asked_again_later(self) -> None:
        """A look comes to an end, says so by a TransientError, and what was there is taken whole later."""
        poller = self.poller()
        take(poller)
        self.outside.leave("orders.edi", b"a;1")
        self.outside.hush()
        try:
            taken = take(poller)
        except TransientError:
            taken = []
        else:
            expect(False, "it says nothing of the silence")
        self.outside.mend()
        taken = taken or take(poller)
        expect([content_of(each) for each in taken] == [b"a;1"], "it was lost")


class Deaf(Outside, Protocol):
    """Another side whose answers may be lost."""

    def lose_answers(self) -> None:
        """What is sent arrives from now on, and the answer to it does not."""

    def mend(self) -> None:
        """Answers come again."""


class LostAnswerSuite(Suite):
    """What a sender does that does not hear whether its document arrived."""

    outside: Deaf

    def test_an_answer_that_is_lost_is_no_failure(self) -> None:
        """Only an UnknownOutcomeError says so, or a receipt of who looked; who can ask finds it afterwards."""
        delivery = Delivery("CONTRL_1.edi", b"UNB", "CONTRL/1")
        self.outside.lose_answers()
        try:
            with in_time():
                self.sender().send(delivery)
        except UnknownOutcomeError:
            pass
        except (TransientError, PermanentError) as error:
            raise AssertionError(f"it calls what arrived a failure: {error!r}") from error
        self.outside.mend()
        expect(self.outside.finds() == {"CONTRL_1.edi": b"UNB"}, f"there lies {self.outside.finds()}")
        sender = self.sender()
        expect(not isinstance(sender, Finder) or sender.find(delivery) is not None, "asked for it, it finds nothing")


class LimitSuite(Suite):
    """What a poller does with what is larger than its connection takes: `most_bytes` as that was told."""

    most_bytes: int

    def test_what_is_too_large_is_told_by_its_name_and_stops_no_other(self) -> None:
        """It is not taken, what is just small enough is, and who looks at the connection reads why."""
        self.outside.leave("large.edi", b"1" * (self.most_bytes + 1))
        self.outside.leave("small.edi", b"1" * self.most_bytes)
        poller, names, told = self.poller(), list[str](), ""
        for _ in range(LOOKS):
            try:
                with in_time():
                    names.extend(each.name for each in poller.poll())
            except (TransientError, PermanentError) as error:
                told += str(error)
        expect(names == ["small.edi"], f"taken were {names}")
        expect("large.edi" in told, f"told was {told!r}")


def _as_far_as_it_goes(poller: Poller) -> list[Arrival]:
    taken: list[Arrival] = []
    try:
        taken.extend(poller.poll())
    except (TransientError, PermanentError):
        return taken
    return taken
