"""Whatever happens, and wherever the process dies: each document has its effect once, in its lane's order."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.connector import Delivery
from gateway.errors import PermanentError, TransientError, UnknownOutcomeError
from gateway.pipeline.resend import resend
from gateway.store.engine import open_store
from gateway.store.migrate import upgrade
from gateway.store.sending import heads, lease
from tests.deliveries import AskableSide, OtherSide, Post, outlet

TYPES = ("CONTRL", "ORDRSP", "PRICAT")
FAULTS = {
    "away": TransientError("away"),
    "refuses": PermanentError("refused"),
    "is cut off": UnknownOutcomeError("lost"),
    "has a defect": RuntimeError("a defect"),
}


@cache
def _template() -> Path:
    path = Path(tempfile.mkdtemp()) / "empty.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        upgrade(store)
    return path


class Deliveries(RuleBasedStateMachine):
    """One outbox, one other side; the documents of a lane are numbered in their order."""

    repeatable = False
    make_side: Callable[[], OtherSide] = OtherSide

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "store.db"
        shutil.copy(_template(), path)
        self.store = open_store(f"sqlite:///{path}")
        self.post = Post(self.store)
        self.side = type(self).make_side()
        self.box = outlet(self.side, self.repeatable, deadline=timedelta(hours=2))
        self.made = 0
        self.out_of_turn: set[str] = set()
        self.sent_again: dict[str, int] = {}

    @rule(type_=st.sampled_from(TYPES), many=st.integers(1, 4))
    def is_made(self, type_: str, many: int) -> None:
        keys = [f"{type_}-{self.made + n:03}" for n in range(many)]
        self.made += many
        self.post.enqueue(*keys, type_=type_)

    @rule(hours=st.sampled_from([0.01, 0.5, 1.5]))
    def time_passes(self, hours: float) -> None:
        self.post.now += timedelta(hours=hours)

    @rule()
    def is_delivered(self) -> None:
        self.post.deliver(box=self.box)
        self._note_passed_over()

    @rule(fault=st.sampled_from(list(FAULTS)))
    def fails_before_it_is_taken(self, fault: str) -> None:
        self.side.down = FAULTS[fault]
        self.post.deliver(box=self.box)
        self.side.down = None
        self._note_passed_over()

    @rule(which=st.integers(0, 9))
    def one_is_taken_and_its_answer_lost(self, which: int) -> None:
        waiting = [key for key, state in self.post.states().items() if state in ("queued", "failed")]
        if waiting:
            self.side.after[waiting[which % len(waiting)]] = FAULTS["is cut off"]
        self.post.deliver(box=self.box)
        self.side.after.clear()
        self._note_passed_over()

    @rule(which=st.integers(0, 2), sends=st.integers(0, 3))
    def dies_while_it_sends(self, which: int, sends: int) -> None:
        """The process leased, sent some of it, and died before it could record anything."""
        with self.store.write() as db:
            due = [head for head in heads(db) if head.state in ("queued", "failed") and head.next_try is None]
            if not due:
                return
            leased = lease(db, due[which % len(due)], self.post.line.now(), 32 if self.repeatable else 1)
        for output in leased[:sends]:
            self.side.send(Delivery("name", output.key.encode(), output.key))
        self.post.now += timedelta(seconds=1)

    @rule(which=st.integers(0, 9))
    def a_person_sends_it_again(self, which: int) -> None:
        stuck = [output for output in self.post.outputs().values() if output.state in ("unknown", "dead")]
        if stuck:
            chosen = stuck[which % len(stuck)]
            self.sent_again[chosen.key] = self.sent_again.get(chosen.key, 0) + 1
            with self.store.write() as db:
                resend(self.post.line, db, chosen)
            self._note_passed_over()

    def _note_passed_over(self) -> None:
        """What a person has to look at lost its place: others went past it."""
        for key, output in self.post.outputs().items():
            if output.state in ("dead", "unknown") or key in self.sent_again:
                self.out_of_turn.add(key)

    @invariant()
    def nothing_is_sent_twice_where_that_does_harm(self) -> None:
        if not self.repeatable:
            for key, times in self.side.times.items():
                assert times <= 1 + self.sent_again.get(key, 0), key

    @invariant()
    def what_is_in_a_lane_arrived_in_its_order(self) -> None:
        for type_ in TYPES:
            arrived = [key for key in self.side.order if key.startswith(type_) and key not in self.out_of_turn]
            assert arrived == sorted(arrived)

    @invariant()
    def what_is_sent_is_there(self) -> None:
        for key, state in self.post.states().items():
            assert state != "sent" or key in self.side.taken

    def teardown(self) -> None:
        for _ in range(12):
            self.post.now += timedelta(hours=1)
            self.post.deliver(box=self.box)
        self.nothing_is_sent_twice_where_that_does_harm()
        self.what_is_in_a_lane_arrived_in_its_order()
        self.what_is_sent_is_there()
        left = {key: state for key, state in self.post.states().items() if state not in ("sent", "dead")}
        assert not left or (set(left.values()) == {"unknown"} and not self.repeatable and not self._can_be_asked())
        self.store.close()
        self.folder.cleanup()

    def _can_be_asked(self) -> bool:
        return isinstance(self.side, AskableSide)


class RepeatableDeliveries(Deliveries):
    """The other side honours keys: it may be sent to again."""

    repeatable = True


class AskableDeliveries(Deliveries):
    """The other side says what it has."""

    make_side = AskableSide


_SETTINGS = settings(max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
TestDeliveries = Deliveries.TestCase
TestRepeatableDeliveries = RepeatableDeliveries.TestCase
TestAskableDeliveries = AskableDeliveries.TestCase
for _case in (TestDeliveries, TestRepeatableDeliveries, TestAskableDeliveries):
    _case.settings = _SETTINGS
