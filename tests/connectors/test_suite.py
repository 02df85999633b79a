"""The contract suite tells who keeps to it from who does not."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from uuid import uuid4

import pytest

from gateway.connector import Arrival, Connection, Delivery, Receipt, safe_name
from gateway.errors import TransientError, UnknownOutcomeError
from gateway.testing import outside
from gateway.testing.connector_suite import (
    FinderSuite,
    LimitSuite,
    LostAnswerSuite,
    PollerSuite,
    QuietPollerSuite,
    RepeatableSuite,
    ResumeSuite,
    SenderSuite,
    SilentSuite,
)

MOST_BYTES = 1_000_000
WORD = "open sesame"


# Senders --------------------------------------------------------------------------------------------------------------


class Box:
    """Another side that keeps what it gets by key, or, where it does not honour keys, each thing anew."""

    def __init__(self, honours_keys: bool = True, always_finds: bool = False) -> None:
        self.lines: list[socket.socket] = []
        self._things: dict[str, tuple[str, bytes]] = {}
        self._honours_keys = honours_keys
        self._always_finds = always_finds

    def open(self) -> Connection:
        return SimpleNamespace(sender=lambda: self)  # type: ignore[return-value]

    def leave(self, name: str, content: bytes) -> None:
        raise NotImplementedError

    begin = leave

    def finds(self) -> Mapping[str, bytes]:
        return {f"{'' if self._honours_keys else key}{name}": each for key, (name, each) in self._things.items()}

    def send(self, delivery: Delivery) -> Receipt:
        key = delivery.idempotency_key if self._honours_keys else f"{uuid4()} "
        repeated = key in self._things
        self._things[key] = self._name(delivery), delivery.content
        return Receipt(delivery.idempotency_key, repeated=repeated)

    def find(self, delivery: Delivery) -> Receipt | None:
        known = self._always_finds or delivery.idempotency_key in self._things
        return Receipt(delivery.idempotency_key) if known else None

    def _name(self, delivery: Delivery) -> str:
        return safe_name(delivery.name)


class BoxThatNamesThingsByItself(Box):
    def _name(self, delivery: Delivery) -> str:
        return f"{delivery.idempotency_key}.edi"


class BoxThatTakesALostAnswerForAFailure(Box):
    is_deaf = False

    def lose_answers(self) -> None:
        self.is_deaf = True

    def mend(self) -> None:
        self.is_deaf = False

    def send(self, delivery: Delivery) -> Receipt:
        receipt = super().send(delivery)
        if self.is_deaf:
            raise TransientError("no answer; it is tried again")
        return receipt


class BoxThatSaysItDoesNotKnow(BoxThatTakesALostAnswerForAFailure):
    def send(self, delivery: Delivery) -> Receipt:
        try:
            return super().send(delivery)
        except TransientError as lost:
            raise UnknownOutcomeError("no answer") from lost


class TestDeafBox(LostAnswerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self) -> None:
        self.outside = BoxThatSaysItDoesNotKnow()


class BoxWithALineForEverySender(Box):
    def open(self) -> Connection:
        self.lines.append(socket.socket())
        return super().open()


class TestBox(SenderSuite, RepeatableSuite, FinderSuite):
    @pytest.fixture(autouse=True)
    def _outside(self) -> None:
        self.outside = Box()


@pytest.mark.parametrize(
    ("suite", "check", "box"),
    [
        (RepeatableSuite(), RepeatableSuite.test_sent_often_it_lies_there_once, Box(honours_keys=False)),
        (RepeatableSuite(), RepeatableSuite.test_sent_by_several_at_once_it_lies_there_once, Box(honours_keys=False)),
        (FinderSuite(), FinderSuite.test_what_was_never_sent_is_surely_not_there, Box(always_finds=True)),
        (SenderSuite(), SenderSuite.test_what_is_sent_lies_there_whole_and_alone, BoxThatNamesThingsByItself()),
        (
            LostAnswerSuite(),
            LostAnswerSuite.test_an_answer_that_is_lost_is_no_failure,
            BoxThatTakesALostAnswerForAFailure(),
        ),
        (SenderSuite(), SenderSuite.test_a_closed_sender_holds_nothing_open, BoxWithALineForEverySender()),
    ],
)
def test_a_sender_that_breaks_the_contract_is_told(
    suite: outside.Suite, check: Callable[[object], None], box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "SETTLED_S", 0.1)
    suite.outside = box
    with pytest.raises(AssertionError):
        check(suite)
    for line in box.lines:
        line.close()


# Pollers --------------------------------------------------------------------------------------------------------------


class Shelf:
    """Another side from which `kind` takes; what lies on it and what is claimed outlasts every poller."""

    def __init__(self, kind: type[Clerk]) -> None:
        self.lying: dict[str, bytes] = {}
        self.claimed: dict[str, tuple[str, bytes]] = {}
        self.most: int | None = None
        self.is_silent = False
        self.lines: list[socket.socket] = []
        self._kind = kind

    def open(self) -> Connection:
        return SimpleNamespace(poller=lambda: self._kind(self))  # type: ignore[return-value]

    def leave(self, name: str, content: bytes) -> None:
        self.lying.pop(f"{name}.part", None)
        self.lying[name] = content

    def begin(self, name: str, content: bytes) -> None:
        self.lying[f"{name}.part"] = content

    def finds(self) -> Mapping[str, bytes]:
        return self.lying

    def break_after(self, count: int) -> None:
        self.most = count

    def hush(self) -> None:
        self.is_silent = True

    def mend(self) -> None:
        self.most, self.is_silent = None, False


class Clerk:
    """A poller that keeps the contract; `most_bytes` is what its connection says."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.again: list[str] = []
        self.line = socket.socket()
        shelf.lines.append(self.line)

    def poll(self) -> Iterator[Arrival]:
        again, self.again = self.again, []
        for key in again:
            yield self.arrival(key)
        troubles = []
        for name in self.waiting():
            if len(self.shelf.lying[name]) > MOST_BYTES:
                troubles.append(f"{name} is too large")
                continue
            key, content = uuid4().hex, self.fetched(name)
            del self.shelf.lying[name]
            self.shelf.claimed[key] = name, content
            yield self.arrival(key)
        if troubles:
            raise TransientError("; ".join(troubles))

    def done(self, arrival: Arrival) -> None:
        self.shelf.claimed.pop(arrival.key, None)

    def release(self, arrival: Arrival) -> None:
        self.again.append(arrival.key)

    def recover(self) -> int:
        self.again = list(self.shelf.claimed)
        return len(self.again)

    def close(self) -> None:
        self.line.close()

    def waiting(self) -> list[str]:
        return [name for name in self.shelf.lying if not name.endswith(".part")]

    def fetched(self, name: str) -> bytes:
        content = self.shelf.lying[name]
        if self.shelf.is_silent:
            raise TransientError("it is silent; it is tried again")
        if self.shelf.most is not None and len(content) > self.shelf.most:
            raise TransientError("the line broke; it is tried again")
        return content

    def arrival(self, key: str) -> Arrival:
        name, content = self.shelf.claimed[key]
        return Arrival(key, safe_name(name), len(content), lambda: iter([content]))


class LosesAFile(Clerk):
    def waiting(self) -> list[str]:
        seen = super().waiting()
        for name in seen[32:]:
            self.shelf.lying[f"{name}.part"] = self.shelf.lying.pop(name)
        return seen[:32]


class GivesOneTwice(Clerk):
    def poll(self) -> Iterator[Arrival]:
        taken = list(super().poll())
        return iter([*taken, *taken[10:11]])


class DeletesWhatWasRead(Clerk):
    def arrival(self, key: str) -> Arrival:
        given = super().arrival(key)

        def chunks() -> Iterator[bytes]:
            yield from given.chunks()
            self.shelf.claimed.pop(key, None)

        return Arrival(given.key, given.name, given.size, chunks)


class LogsASecret(Clerk):
    def poll(self) -> Iterator[Arrival]:
        logging.getLogger("clerk").debug("logging in with %s", WORD)
        return super().poll()


class PrintsAWord(Clerk):
    def poll(self) -> Iterator[Arrival]:
        print("polling")
        return super().poll()


class IgnoresTheLimit(Clerk):
    def poll(self) -> Iterator[Arrival]:
        while waiting := self.waiting():
            key = uuid4().hex
            self.shelf.claimed[key] = waiting[0], self.shelf.lying.pop(waiting[0])
            yield self.arrival(key)


class Hangs(Clerk):
    def fetched(self, name: str) -> bytes:
        if self.shelf.is_silent:
            one, other = socket.socketpair()
            with one, other:
                one.recv(1)
        return super().fetched(name)


class SaysNothingOfSilence(Clerk):
    def poll(self) -> Iterator[Arrival]:
        return iter([]) if self.shelf.is_silent else super().poll()


class GivesWhatCameSoFar(Clerk):
    def fetched(self, name: str) -> bytes:
        content = self.shelf.lying[name]
        return content[: self.shelf.most] if self.shelf.most else super().fetched(name)


class GivesTheRestOfWhatItSaw(Clerk):
    def waiting(self) -> list[str]:
        self.seen = {**getattr(self, "seen", {}), **{name: len(each) for name, each in self.shelf.lying.items()}}
        return super().waiting()

    def fetched(self, name: str) -> bytes:
        return super().fetched(name)[self.seen.get(f"{name}.part", 0) :]


class GivesAtOnceWhatWasReleased(Clerk):
    def release(self, arrival: Arrival) -> None:
        name, content = self.shelf.claimed.pop(arrival.key)
        self.shelf.lying[name] = content

    def poll(self) -> Iterator[Arrival]:
        while self.waiting():
            yield from super().poll()


class WritesNamesSmall(Clerk):
    def arrival(self, key: str) -> Arrival:
        given = super().arrival(key)
        return Arrival(given.key, given.name.lower(), given.size, given.chunks)


class NeverCloses(Clerk):
    def close(self) -> None:
        pass


class GivesUpWhatBrokeOff(Clerk):
    def fetched(self, name: str) -> bytes:
        try:
            return super().fetched(name)
        except TransientError:
            del self.shelf.lying[name]
            raise


class TestClerk(PollerSuite, ResumeSuite, SilentSuite, LimitSuite, QuietPollerSuite):
    secrets = (WORD,)
    most_bytes = MOST_BYTES

    @pytest.fixture(autouse=True)
    def _outside(self) -> None:
        self.outside = Shelf(Clerk)


PLAYED = {"most_bytes": MOST_BYTES, "secrets": (WORD,)}


@pytest.mark.parametrize(
    ("kind", "suite", "sentence"),
    [
        (LosesAFile, PollerSuite, "test_of_many_each_is_taken_once"),
        (GivesOneTwice, PollerSuite, "test_of_many_each_is_taken_once"),
        (DeletesWhatWasRead, PollerSuite, "test_what_a_crashed_run_had_claimed_is_taken_again"),
        (LogsASecret, QuietPollerSuite, "test_of_what_is_taken_neither_content_nor_secrets_are_logged"),
        (PrintsAWord, QuietPollerSuite, "test_of_what_is_taken_neither_content_nor_secrets_are_logged"),
        (IgnoresTheLimit, LimitSuite, "test_what_is_too_large_is_told_by_its_name_and_stops_no_other"),
        (Hangs, SilentSuite, "test_who_is_silent_is_left_in_time_and_asked_again_later"),
        (SaysNothingOfSilence, SilentSuite, "test_who_is_silent_is_left_in_time_and_asked_again_later"),
        (GivesWhatCameSoFar, ResumeSuite, "test_what_breaks_off_anywhere_is_taken_whole_later"),
        (GivesTheRestOfWhatItSaw, PollerSuite, "test_what_is_finished_later_is_taken_whole"),
        (GivesAtOnceWhatWasReleased, PollerSuite, "test_what_is_released_during_a_look_comes_with_the_next_one"),
        (WritesNamesSmall, PollerSuite, "test_names_are_kept"),
        (NeverCloses, PollerSuite, "test_a_closed_poller_holds_nothing_open"),
        (GivesUpWhatBrokeOff, ResumeSuite, "test_what_breaks_off_anywhere_is_taken_whole_later"),
    ],
)
def test_a_poller_that_breaks_the_contract_is_told(
    kind: type[Clerk], suite: type[outside.Suite], sentence: str, request: pytest.FixtureRequest
) -> None:
    patch = request.getfixturevalue("monkeypatch")
    patch.setattr(outside, "SETTLED_S", 0.1)
    patch.setattr(outside, "PATIENCE_S", 0.3)
    played = type("Played", (suite,), PLAYED)()
    played.outside = Shelf(kind)
    check = getattr(played, sentence)
    wanted = check.__code__.co_varnames[1 : check.__code__.co_argcount]
    with pytest.raises((AssertionError, ValueError)):
        check(*(request.getfixturevalue(name) for name in wanted))
    played.teardown_method()
    for line in played.outside.lines:
        line.close()
