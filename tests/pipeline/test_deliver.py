"""Delivery: in order within a lane, side by side between connections, once, and nothing sent again blindly."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import pytest

from gateway.connector import Delivery, Receipt
from gateway.errors import ConfigError, PermanentError, TransientError, UnknownOutcomeError
from gateway.fields import Rate
from gateway.pipeline import deliver, outcomes, outlets
from gateway.pipeline.deliver import Deliverer, Outlets
from gateway.pipeline.outcomes import MOST_CRASHES
from gateway.pipeline.outlets import Outlet
from gateway.pipeline.resend import resend
from gateway.pipeline.work import Line
from gateway.store import Connection, outbox
from gateway.store.engine import Store
from gateway.store.identity import IdentityMint
from gateway.store.outbox import settle
from gateway.store.records import Output, OutputState
from gateway.store.sending import heads, is_leaving, lease, lease_look_up
from tests.deliveries import HOUR, MINUTE, AskableSide, OtherSide, Post, outlet
from tests.processes import eventually

LOST = UnknownOutcomeError("The answer was lost.")
AWAY = TransientError("away")


@pytest.fixture
def post(store: Store) -> Post:
    return Post(store)


def died_while_sending(post: Post, *keys: str, most: int = 1, until: timedelta = timedelta()) -> list[Output]:
    """The documents as a process left them that died with their lease."""
    with post.store.write() as db:
        (head,) = [each for each in heads(db) if each.key == keys[0]]
        leased = lease(db, head, (post.now + until).isoformat(timespec="microseconds"), most)
    post.now += timedelta(seconds=1)
    assert [each.key for each in leased] == list(keys)
    return leased


# In order, and side by side -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("repeatable", [True, False])
def test_what_is_in_a_lane_leaves_first_in_first_out(post: Post, repeatable: bool) -> None:
    keys = [f"K{n:03}" for n in range(100)]
    post.enqueue(*keys)
    side = OtherSide()
    post.deliver(box=outlet(side, repeatable))
    assert side.order == keys
    assert set(post.states().values()) == {"sent"}


def test_what_a_process_queues_whose_clock_is_behind_leaves_after_what_was_queued_before(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.enqueue("first")
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now - 10**10)
    monkeypatch.setattr(outbox, "new_id", IdentityMint().mint)
    post.enqueue("second", "third")
    side = OtherSide()
    post.deliver(box=outlet(side))
    assert side.order == ["first", "second", "third"]


def test_a_document_that_fails_keeps_those_behind_it_and_no_other_lane(post: Post) -> None:
    post.enqueue("first", "second")
    post.enqueue("contrl", type_="CONTRL")
    post.enqueue("pricat", type_="PRICAT")
    side = OtherSide()
    side.before["first"] = AWAY
    post.deliver(box=outlet(side))
    assert post.states() == {"first": "failed", "second": "queued", "contrl": "sent", "pricat": "sent"}
    assert side.tries == 3
    side.before.clear()
    post.deliver(box=outlet(side))
    assert side.tries == 3
    post.now += MINUTE
    post.deliver(box=outlet(side))
    assert side.order[-2:] == ["first", "second"]


@pytest.mark.parametrize("repeatable", [True, False])
def test_what_is_refused_for_good_is_dead_at_once_and_the_next_one_goes(post: Post, repeatable: bool) -> None:
    post.enqueue("first", "second", "third")
    side = OtherSide()
    side.before["second"] = PermanentError("the name is taken")
    post.deliver(box=outlet(side, repeatable))
    assert post.states() == {"first": "sent", "second": "dead", "third": "sent"}
    assert post.outputs()["second"].reason == "the name is taken"


def test_of_a_run_only_what_failed_counts_as_tried(post: Post) -> None:
    post.enqueue("first", "second", "third", "fourth")
    side = OtherSide()
    side.before["second"] = AWAY
    post.deliver(box=outlet(side, repeatable=True))
    outputs = post.outputs()
    assert [(each.state, each.tries, each.token) for each in outputs.values()] == [
        ("sent", 1, None), ("failed", 1, None), ("queued", 0, None), ("queued", 0, None),
    ]  # fmt: skip


def test_nothing_of_a_connection_that_is_not_there_is_touched(post: Post) -> None:
    post.enqueue("lost", connection="gone")
    post.enqueue("here")
    assert post.deliver(box=outlet(OtherSide())) > 0
    assert post.states() == {"lost": "queued", "here": "sent"}
    assert post.deliver(box=outlet(OtherSide())) == 0


def test_twenty_slow_partners_delay_no_fast_one(post: Post) -> None:
    slow = {f"slow{n:02}": OtherSide() for n in range(20)}
    for name, side in slow.items():
        side.gate.clear()
        post.enqueue(f"{name}/1", f"{name}/2", connection=name)
    fast = OtherSide()
    keys = [f"F{n}" for n in range(10)]
    post.enqueue(*keys, connection="fast")
    boxes = {name: outlet(side) for name, side in slow.items()} | {"fast": outlet(fast)}
    deliverer = Deliverer(post.waits)

    def delivered() -> bool:
        deliverer.round(post.line, boxes)
        return len(fast.order) == len(keys) and all(post.states()[key] == "sent" for key in keys)

    eventually(delivered)
    assert (fast.order, [len(side.order) for side in slow.values()]) == (keys, [0] * 20)
    for side in slow.values():
        side.gate.set()
    deliverer.stop(post.line)
    post.deliver(**boxes)
    assert set(post.states().values()) == {"sent"}
    assert all(side.order == [f"{name}/1", f"{name}/2"] for name, side in slow.items())


def test_more_partners_than_can_be_served_at_once_are_all_served_in_turn(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "MOST_AT_ONCE", 2)
    sides = {f"c{n}": OtherSide() for n in range(7)}
    for name in sides:
        post.enqueue(*(f"{name}/{n}" for n in range(3)), connection=name)
    post.deliver(**{name: outlet(side) for name, side in sides.items()})
    assert all(side.order == [f"{name}/{n}" for n in range(3)] for name, side in sides.items())


def test_a_connection_with_much_to_send_lets_others_have_their_turn(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "MOST_AT_ONCE", 1)
    much, little = OtherSide(), OtherSide()
    little.order = much.order
    post.enqueue("M1", "M2", "M3", "M4")
    post.enqueue("L1", "L2", connection="other")
    post.deliver(box=outlet(much), other=outlet(little))
    assert much.order == ["M1", "L1", "M2", "L2", "M3", "M4"]


@pytest.mark.parametrize(("concurrency", "most"), [(1, 1), (2, 2)])
def test_a_connection_has_no_more_on_their_way_than_is_said(post: Post, concurrency: int, most: int) -> None:
    for type_ in ("CONTRL", "ORDRSP", "PRICAT"):
        post.enqueue(f"{type_}/1", f"{type_}/2", type_=type_)
    side = OtherSide()
    side.gate.clear()
    deliverer = Deliverer(post.waits)
    boxes = {"box": outlet(side, concurrency=concurrency)}
    other_node = Deliverer(post.waits)
    for _ in range(3):
        deliverer.round(post.line, boxes)
        other_node._is_first = False
        other_node.round(post.line, boxes)
    eventually(lambda: side.at_once == most)
    side.gate.set()
    deliverer.stop(post.line)
    other_node.stop(post.line)
    post.deliver(**boxes)
    assert (side.most_at_once, len(side.order)) == (most, 6)


def test_each_sender_serves_one_thread_at_a_time_and_none_that_raised_is_used_again(post: Post) -> None:
    opened: list[OtherSide] = []

    def open_() -> OtherSide:
        opened.append(OtherSide())
        if len(opened) == 1:
            opened[0].down = AWAY
        return opened[-1]

    post.enqueue("first", "second", "third")
    boxes = {"box": Outlet(open_)}
    post.deliver(**boxes)
    post.now += MINUTE
    post.deliver(**boxes)
    assert [side.order for side in opened] == [[], ["first", "second", "third"]]


def test_a_sender_that_was_long_idle_is_opened_anew(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[OtherSide] = []

    def open_() -> OtherSide:
        opened.append(OtherSide())
        return opened[-1]

    box = Outlet(open_)
    for key in ("first", "second", "third"):
        monkeypatch.setattr(outlets, "IDLE_S", -1.0 if key == "third" else outlets.IDLE_S)
        post.enqueue(key)
        post.deliver(box=box)
    assert [side.order for side in opened] == [["first", "second"], ["third"]]


def test_a_connection_that_cannot_be_opened_waits_and_stops_no_other(post: Post) -> None:
    def closed() -> OtherSide:
        raise ConfigError("The secret env:KEY is not set.")

    post.enqueue("shut")
    post.enqueue("open", connection="other")
    post.deliver(box=Outlet(closed), other=outlet(OtherSide()))
    assert post.states() == {"shut": "failed", "open": "sent"}
    post.now += MINUTE
    post.deliver(box=outlet(OtherSide()))
    assert post.states()["shut"] == "sent"


def test_two_nodes_send_everything_once_and_in_order(post: Post) -> None:
    sides = {f"c{n}": OtherSide() for n in range(4)}
    keys = {name: [f"{name}/{n:02}" for n in range(15)] for name in sides}
    for name, each in keys.items():
        post.enqueue(*each, connection=name)

    def node() -> None:
        deliverer = Deliverer(post.waits)
        deliverer._is_first = False
        boxes = {name: outlet(side) for name, side in sides.items()}
        while "queued" in post.states().values() or deliverer.is_sending:
            deliverer.round(post.line, boxes)
            deliverer.rest(0.01)

    nodes = [threading.Thread(target=node) for _ in range(2)]
    for each in nodes:
        each.start()
    for each in nodes:
        each.join(60)
    assert {name: side.order for name, side in sides.items()} == keys
    assert {times for side in sides.values() for times in side.times.values()} == {1}


# At the pace that is said ---------------------------------------------------------------------------------------------


def test_no_more_leaves_than_the_rate_allows_by_any_node(post: Post) -> None:
    post.enqueue(*(f"K{n:02}" for n in range(10)))
    post.enqueue("contrl", type_="CONTRL")
    side = OtherSide()
    slow = {"box": outlet(side, repeatable=True, rate=Rate(6, MINUTE), concurrency=2)}
    sent = []
    for _ in range(12):
        post.deliver(**slow)
        sent.append(len(side.order))
        post.now += timedelta(seconds=10)
    assert sent == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11]


def test_a_rate_booked_before_the_clock_was_set_back_does_not_stop_anything(post: Post) -> None:
    post.enqueue("first", "second")
    side = OtherSide()
    slow = {"box": outlet(side, rate=Rate(1, MINUTE))}
    post.deliver(**slow)
    post.now -= HOUR
    post.deliver(**slow)
    assert side.order == ["first", "second"]


def test_what_is_fast_enough_is_sent_in_one_go_at_its_pace(post: Post) -> None:
    post.enqueue(*(f"K{n}" for n in range(5)))
    side = OtherSide()
    post.deliver(box=outlet(side, rate=Rate(1000, timedelta(seconds=1))))
    assert len(side.order) == 5


# A partner who is away ------------------------------------------------------------------------------------------------


def test_a_partner_down_for_a_day_gets_everything_in_order_and_is_asked_by_one_only(post: Post) -> None:
    keys = [f"K{n:02}" for n in range(48)]
    side = OtherSide()
    side.down = AWAY
    for key in keys:
        post.enqueue(key)
        post.deliver(box=outlet(side))
        post.now += HOUR / 2
    assert side.tries < 60
    assert set(list(post.states().values())[1:]) == {"queued"}
    side.down = None
    post.now += HOUR
    post.deliver(box=outlet(side))
    assert side.order == keys
    assert set(post.states().values()) == {"sent"}


def test_what_fails_until_its_deadline_is_dead_and_the_next_has_a_try_of_its_own(post: Post) -> None:
    post.enqueue("first", "second", "third")
    side = OtherSide()
    side.down = AWAY
    box = outlet(side, deadline=2 * HOUR)
    while post.states()["first"] != "dead":
        post.deliver(box=box)
        post.now += 10 * MINUTE
    assert post.outputs()["first"].reason == "Given up after 2 h: away"
    assert post.states() == {"first": "dead", "second": "queued", "third": "queued"}
    post.enqueue("late")
    side.down = None
    side.before = {"second": AWAY, "late": AWAY}
    post.deliver(box=box)
    post.now += MINUTE
    post.deliver(box=box)
    # It waited as long as the first and had its try; what came later has all its time before it.
    assert post.states() == {"first": "dead", "second": "dead", "third": "sent", "late": "failed"}


def test_a_stop_of_the_gateway_does_not_use_up_the_deadline(post: Post) -> None:
    post.enqueue("first")
    side = OtherSide()
    side.down = AWAY
    post.now += 100 * HOUR
    post.deliver(box=outlet(side))
    assert post.states() == {"first": "failed"}


def test_a_partner_who_is_away_is_not_tried_with_all_that_is_given_up_at_once(post: Post) -> None:
    post.enqueue(*(f"K{n}" for n in range(20)))
    side = OtherSide()
    side.down = AWAY
    box = outlet(side, deadline=HOUR)
    post.deliver(box=box)
    post.now += 2 * HOUR
    before = side.tries
    post.deliver(box=box)
    assert side.tries - before == 1


def test_a_clock_set_back_stops_nothing_that_was_not_tried(post: Post) -> None:
    post.enqueue("first")
    post.now -= 5 * HOUR
    post.deliver(box=outlet(OtherSide()))
    assert post.states() == {"first": "sent"}


@pytest.mark.parametrize("tries", [1, 4])
def test_a_clock_set_back_makes_what_failed_wait_no_longer_than_before(post: Post, tries: int) -> None:
    post.enqueue("first", "second")
    side = OtherSide()
    side.down = AWAY
    for _ in range(tries):
        post.deliver(box=outlet(side))
        post.now += HOUR
    side.down = None
    post.now -= HOUR
    post.deliver(box=outlet(side))
    assert post.states() == {"first": "failed", "second": "queued"}
    post.now -= HOUR
    post.deliver(box=outlet(side))
    assert post.states() == {"first": "sent", "second": "sent"}


# When it is not known -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [LOST, RuntimeError("a defect"), ConnectionResetError("reset by the other side")])
def test_what_was_sent_and_not_answered_waits_for_a_person_and_stops_no_other(post: Post, error: Exception) -> None:
    post.enqueue("first", "second")
    side = OtherSide()
    side.after["first"] = error
    post.deliver(box=outlet(side))
    post.now += 100 * HOUR
    post.deliver(box=outlet(side))
    assert post.states() == {"first": "unknown", "second": "sent"}
    assert side.times == {"first": 1, "second": 1}
    assert "outbox resend" in (post.outputs()["first"].reason or "")


@pytest.mark.parametrize("error", [LOST, RuntimeError("a defect")])
def test_it_is_sent_again_where_the_connector_says_that_this_does_no_harm(post: Post, error: Exception) -> None:
    post.enqueue("first", "second")
    side = OtherSide()
    side.after["first"] = error
    box = outlet(side, repeatable=True)
    post.deliver(box=box)
    assert post.states() == {"first": "failed", "second": "queued"}
    post.now += MINUTE
    post.deliver(box=box)
    assert post.states() == {"first": "sent", "second": "sent"}
    assert (side.order, side.times["first"]) == (["first", "second"], 2)


def test_what_the_other_side_says_it_has_is_sent_with_its_receipt(post: Post) -> None:
    post.enqueue("first", "second")
    side = AskableSide()
    side.after["first"] = LOST
    post.deliver(box=outlet(side))
    assert post.states() == {"first": "unknown", "second": "queued"}
    post.now += MINUTE
    post.deliver(box=outlet(side))
    assert post.states() == {"first": "sent", "second": "sent"}
    assert (post.outputs()["first"].receipt, side.times["first"], side.asked) == ("R-first", 1, 1)
    assert post.events("first") == ["unknown", "sent"]


def test_what_the_other_side_has_not_is_sent_again_under_the_same_key(post: Post) -> None:
    post.enqueue("first")
    side = AskableSide()
    side.before["first"] = LOST
    post.deliver(box=outlet(side))
    side.before.clear()
    post.now += MINUTE
    post.deliver(box=outlet(side))
    assert (post.states(), side.times) == ({"first": "sent"}, {"first": 1})


def test_an_other_side_that_cannot_be_asked_now_is_asked_later(post: Post) -> None:
    post.enqueue("first", "second")
    side = AskableSide()
    side.after["first"] = LOST
    side.answers = AWAY
    for _ in range(20):
        post.deliver(box=outlet(side))
        post.now += 10 * MINUTE
    assert (post.states(), side.tries) == ({"first": "unknown", "second": "queued"}, 1)
    assert side.asked > 3
    side.answers = None
    post.now += HOUR
    post.deliver(box=outlet(side))
    assert post.states() == {"first": "sent", "second": "sent"}


def test_a_person_who_decides_is_told_what_was_lost_and_what_was_found_when_it_was_asked_for(post: Post) -> None:
    post.enqueue("first")
    side = AskableSide()
    side.after["first"] = LOST
    side.answers = PermanentError("It tells of another.")
    post.deliver(box=outlet(side))
    post.now += MINUTE
    post.deliver(box=outlet(side))
    told = post.outputs()["first"]
    assert (told.state, told.next_try) == ("unknown", None)
    assert (told.reason or "").startswith(f"{LOST} It tells of another. Ask the other side, then")


def test_after_the_deadline_a_person_decides_what_could_not_be_asked(post: Post) -> None:
    post.enqueue("first", "second")
    side = AskableSide()
    side.after["first"] = LOST
    side.answers = AWAY
    for _ in range(20):
        post.deliver(box=outlet(side, deadline=HOUR))
        post.now += 10 * MINUTE
    assert post.states() == {"first": "unknown", "second": "sent"}
    assert (post.outputs()["first"].next_try, side.times["first"]) == (None, 1)


def test_an_answer_that_is_always_lost_of_what_is_never_there_ends(post: Post) -> None:
    post.enqueue("first")
    side = AskableSide()
    side.before["first"] = LOST
    for _ in range(60):
        post.deliver(box=outlet(side, deadline=HOUR))
        post.now += 5 * MINUTE
    assert post.states() == {"first": "dead"}
    assert side.tries < 20


def test_an_acknowledgement_settles_what_was_unknown(post: Post) -> None:
    post.enqueue("first")
    side = OtherSide()
    side.after["first"] = LOST
    post.deliver(box=outlet(side))
    with post.store.write() as db:
        db.exec_driver_sql("UPDATE outbox SET control_reference = '7'")
        assert len(settle(db, "acme", "7", False, OutputState.ACKNOWLEDGED)) == 1
    post.now += 100 * HOUR
    post.deliver(box=outlet(side))
    assert (post.states(), side.times) == ({"first": "acknowledged"}, {"first": 1})


@pytest.mark.parametrize("error", [None, AWAY, PermanentError("no")])
def test_what_was_acknowledged_while_it_was_sent_stays_so(post: Post, error: Exception | None) -> None:
    class Quick(OtherSide):
        def send(self, delivery: Delivery) -> Receipt:
            with post.store.write() as db:
                db.exec_driver_sql("UPDATE outbox SET state = 'acknowledged'")
            if error:
                raise error
            return Receipt(delivery.name)

    post.enqueue("first")
    post.deliver(box=outlet(Quick()))
    post.now += HOUR
    assert post.deliver(box=outlet(OtherSide())) == 0
    assert post.states() == {"first": "acknowledged"}


# Processes that die ---------------------------------------------------------------------------------------------------


def test_what_a_dead_process_was_sending_is_sent_again_where_that_does_no_harm(post: Post) -> None:
    post.enqueue("first", "second", "third")
    died_while_sending(post, "first", "second", most=2)
    side = OtherSide()
    post.deliver(box=outlet(side, repeatable=True))
    assert side.order == ["first", "second", "third"]
    assert [each.crashes for each in post.outputs().values()] == [1, 1, 0]


def test_delivered_and_the_record_lost_is_there_once(post: Post) -> None:
    post.enqueue("first")
    side = OtherSide()
    (leased,) = died_while_sending(post, "first")
    side.send(Delivery("first", b"first", leased.key))
    post.deliver(box=outlet(side, repeatable=True))
    assert (post.states(), side.order, side.times) == ({"first": "sent"}, ["first"], {"first": 2})


def test_what_a_dead_process_was_sending_is_asked_about_or_left_to_a_person(post: Post) -> None:
    post.enqueue("first")
    post.enqueue("other", connection="askable")
    for key in ("first", "other"):
        died_while_sending(post, key)
    side, askable = OtherSide(), AskableSide()
    post.deliver(box=outlet(side), askable=outlet(askable))
    assert post.states() == {"first": "unknown", "other": "sent"}
    assert (side.tries, askable.asked, askable.times) == (0, 1, {"other": 1})


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_lease_that_ends_in_the_middle_of_a_round_is_taken_over_like_any_other(
    post: Post, monkeypatch: pytest.MonkeyPatch, repeatable: bool
) -> None:
    side = OtherSide()
    outlets = {"box": outlet(side, repeatable), "another": outlet(OtherSide())}
    deliverer = Deliverer(post.waits)
    post.enqueue("before", connection="another")
    deliverer.round(post.line, outlets)
    post.enqueue("first", "second", "third")
    keys = ["first", "second"] if repeatable else ["first"]
    died_while_sending(post, *keys, most=len(keys), until=MINUTE)
    post.enqueue("beside", connection="another")
    deliverer.rest()
    take_over = deliverer._take_over

    def slowly(line: Line, db: Connection, by: Outlets) -> int:
        done = take_over(line, db, by)
        post.now += HOUR
        return done

    with monkeypatch.context() as patched:
        patched.setattr(deliverer, "_take_over", slowly)
        deliverer.round(post.line, outlets)
    deliverer.stop(post.line)
    assert side.order == []
    post.deliver(**outlets)
    assert side.order == (["first", "second", "third"] if repeatable else ["second", "third"])
    assert (post.outputs()["first"].state, post.outputs()["first"].crashes) == ("sent" if repeatable else "unknown", 1)


def test_a_document_that_kills_the_process_is_not_sent_for_ever(post: Post) -> None:
    post.enqueue("poison", "good")
    side = OtherSide()
    box = outlet(side, repeatable=True)
    for times in range(1, MOST_CRASHES + 1):
        # The first time it takes the good one along; after that it is sent alone.
        died_while_sending(post, *(["poison", "good"] if times == 1 else ["poison"]), most=32)
        if times < MOST_CRASHES:
            with post.store.write() as db:
                assert Deliverer(post.waits)._take_over(post.line, db, {"box": box}) > 0
    post.deliver(box=box)
    assert post.states() == {"poison": "dead", "good": "sent"}
    assert side.order == ["good"]


def test_a_document_that_kills_the_process_is_dead_only_where_it_has_surely_not_arrived(post: Post) -> None:
    post.enqueue("poison", "good")
    side = AskableSide()
    box = outlet(side)
    for times in range(1, MOST_CRASHES + 1):
        died_while_sending(post, "poison")
        with post.store.write() as db:
            deliverer = Deliverer(post.waits)
            assert deliverer._take_over(post.line, db, {"box": box}) == 1
            (head,) = heads(db)
            assert (head.state, head.crashes) == ("unknown", times)
            if times < MOST_CRASHES:
                # The other side has been asked, and has nothing.
                looked_up = lease_look_up(db, head, post.line.now())
                run = outlets.Run([looked_up], box, look_up=True)
                assert outcomes.Outcomes(post.line, db, post.waits).record(outlets.Ended(looked_up, run, begun=True))
    post.deliver(box=box)
    assert (post.states(), side.order) == ({"poison": "dead", "good": "sent"}, ["good"])


def test_a_document_that_kills_the_process_when_it_is_asked_about_is_left_to_a_person(post: Post) -> None:
    post.enqueue("poison", "good")
    side = AskableSide()
    side.after["poison"] = LOST
    box = outlet(side)
    post.deliver(box=box)
    for _ in range(MOST_CRASHES):
        post.now += HOUR
        with post.store.write() as db:
            (head,) = heads(db)
            lease_look_up(db, head, post.line.now())
        post.now += timedelta(seconds=1)
        with post.store.write() as db:
            assert Deliverer(post.waits)._take_over(post.line, db, {"box": box}) == 1
    post.deliver(box=box)
    assert post.states() == {"poison": "unknown", "good": "sent"}
    assert (post.outputs()["poison"].next_try, side.asked) == (None, 0)


def test_what_was_there_when_a_process_died_is_sent_alone(post: Post) -> None:
    post.enqueue("first", "second", "third")
    box = outlet(OtherSide(), repeatable=True)
    died_while_sending(post, "first")
    with post.store.write() as db:
        assert Deliverer(post.waits)._take_over(post.line, db, {"box": box}) == 1
        assert [each.key for each in lease(db, heads(db)[0], post.line.now(), 32)] == ["first"]


def test_what_is_sent_together_ends_before_what_was_there_when_a_process_died(post: Post) -> None:
    post.enqueue("first", "second", "third", "fourth")
    with post.store.write() as db:
        db.exec_driver_sql("UPDATE outbox SET crashes = 1 WHERE key = 'third'")
        assert [each.key for each in lease(db, heads(db)[0], post.line.now(), 32)] == ["first", "second"]


def test_what_a_person_sends_again_waits_for_what_is_being_sent_in_its_lane(post: Post) -> None:
    post.enqueue("first", "second")
    side = OtherSide()
    side.before["first"] = PermanentError("no")
    side.gate.clear()
    deliverer = Deliverer(post.waits)
    boxes = {"box": outlet(side, concurrency=2)}
    deliverer.round(post.line, boxes)
    side.gate.set()
    eventually(lambda: deliverer.round(post.line, boxes) and post.states()["first"] == "dead")
    side.gate.clear()
    eventually(lambda: deliverer.round(post.line, boxes) or side.at_once == 1)
    with post.store.write() as db:
        resend(post.line, db, post.outputs()["first"])
    side.before.clear()
    other = Deliverer(post.waits)
    other._is_first = False
    assert other.round(post.line, {"box": outlet(OtherSide(), concurrency=2)}) == 0
    side.gate.set()
    while deliverer.round(post.line, boxes) or deliverer.is_sending:
        deliverer.rest()
    assert side.order == ["second", "first"]


def test_a_late_finisher_whose_lease_went_to_another_records_nothing(post: Post) -> None:
    post.enqueue("first")
    side = OtherSide()
    side.gate.clear()
    late = Deliverer(post.waits)
    late.round(post.line, {"box": outlet(side, repeatable=True)})
    eventually(lambda: side.at_once == 1)
    post.now += HOUR
    other = OtherSide()
    post.deliver(box=outlet(other, repeatable=True))
    sent = post.outputs()["first"]
    side.down = PermanentError("too late")
    side.gate.set()
    late.stop(post.line)
    assert (post.outputs()["first"], other.order) == (sent, ["first"])
    assert post.events("first") == ["queued", "sent"]


def test_on_one_process_what_the_last_one_was_sending_does_not_wait_for_its_lease(post: Post) -> None:
    post.enqueue("first")
    died_while_sending(post, "first", until=HOUR)
    side = OtherSide()
    post.deliver(box=outlet(side, repeatable=True))
    embedded = post.store.url.startswith("sqlite")
    assert len(side.order) == (1 if embedded else 0)
    post.now += 2 * HOUR
    post.deliver(box=outlet(side, repeatable=True))
    assert post.states() == {"first": "sent"}


# Stopping -------------------------------------------------------------------------------------------------------------


def test_a_stop_lets_end_what_is_being_sent_and_releases_what_is_not(post: Post) -> None:
    post.enqueue("first", "second", "third")
    side = OtherSide()
    side.gate.clear()
    deliverer = Deliverer(post.waits)
    deliverer.round(post.line, {"box": outlet(side, repeatable=True)})
    eventually(lambda: side.at_once == 1)
    stopping = threading.Thread(target=deliverer.stop, args=(post.line,))
    stopping.start()
    eventually(lambda: deliverer._stopping.is_set())
    side.gate.set()
    stopping.join(30)
    assert post.states() == {"first": "sent", "second": "queued", "third": "queued"}
    assert [each.tries for each in post.outputs().values()] == [1, 0, 0]


def test_a_stop_waits_no_longer_than_it_may(post: Post) -> None:
    post.enqueue("first")
    side = OtherSide()
    side.gate.clear()
    deliverer = Deliverer(post.waits)
    deliverer.round(post.line, {"box": outlet(side)})
    deliverer.stop(post.line, within_s=0.1)
    assert post.states() == {"first": "sending"}
    side.gate.set()


def test_a_connection_that_is_stuck_is_told_and_stops_no_other(post: Post) -> None:
    post.enqueue("stuck")
    post.enqueue("fine", connection="other")
    side = OtherSide()
    side.gate.clear()
    deliverer = Deliverer(post.waits, margin=timedelta(seconds=-deliver.RUN_S))
    boxes = {"box": outlet(side, timeout=timedelta(seconds=-1)), "other": outlet(OtherSide())}
    with pytest.raises(TransientError, match="longer than its timeout"):
        deliverer.round(post.line, boxes)

    def others_are_sent() -> bool:
        with pytest.raises(TransientError):
            deliverer.round(post.line, boxes)
        return post.states()["fine"] == "sent"

    eventually(others_are_sent)
    side.gate.set()


# Faults of our own ----------------------------------------------------------------------------------------------------


@pytest.fixture
def unrecordable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    real = outcomes.finish_output

    def failing(db: object, leased: Output, *args: object, **values: object) -> bool:
        if leased.key == "first":
            raise RuntimeError("a defect")
        return real(db, leased, *args, **values)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(outcomes, "finish_output", failing)
        yield


@pytest.mark.usefixtures("unrecordable")
def test_what_cannot_be_recorded_keeps_nothing_else_from_being_recorded(post: Post) -> None:
    post.enqueue("first")
    post.enqueue("second", connection="other")
    post.deliver(box=outlet(OtherSide()), other=outlet(OtherSide()))
    assert post.states() == {"first": "sending", "second": "sent"}


def test_a_store_that_is_away_when_it_is_recorded_is_told_later(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.enqueue("first", "second")
    side = OtherSide()
    deliverer = Deliverer(post.waits)
    boxes = {"box": outlet(side)}
    deliverer.round(post.line, boxes)
    deliverer.rest(30)

    def away(*_: object, **__: object) -> bool:
        raise TransientError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(outcomes, "finish_output", away)
        with pytest.raises(TransientError):
            deliverer.round(post.line, boxes)
    assert post.states() == {"first": "sending", "second": "queued"}
    while deliverer.round(post.line, boxes) or deliverer.is_sending:
        deliverer.rest()
    assert (post.states(), side.times) == ({"first": "sent", "second": "sent"}, {"first": 1, "second": 1})


@pytest.mark.parametrize("at", range(1, 6))
def test_a_commit_whose_answer_is_lost_loses_and_doubles_nothing(
    post: Post, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    post.enqueue("first", "second")
    real, times = Store.write, count(1)

    @contextmanager
    def write(store: Store) -> Iterator[object]:
        with real(store) as db:
            yield db
        if next(times) == at:
            raise TransientError("the connection was lost")

    side = OtherSide()
    deliverer = Deliverer(post.waits)
    monkeypatch.setattr(Store, "write", write)
    lost = 0

    def is_sent() -> bool:
        nonlocal lost
        try:
            deliverer.round(post.line, {"box": outlet(side)})
        except TransientError:
            lost += 1
        return set(post.states().values()) == {"sent"} and not deliverer.is_sending

    eventually(is_sent)
    assert (post.states(), side.times) == ({"first": "sent", "second": "sent"}, {"first": 1, "second": 1})
    assert [(each.tries, each.crashes) for each in post.outputs().values()] == [(1, 0), (1, 0)]
    assert lost == (1 if at < next(times) else 0)


def test_a_store_that_is_away_when_the_documents_are_read_loses_none(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.enqueue("first", "second")

    def away(*_: object) -> dict[str, bytes]:
        raise TransientError("the database is away")

    deliverer = Deliverer(post.waits)
    side = OtherSide()
    with monkeypatch.context() as patch:
        patch.setattr(deliver, "contents_of", away)
        with pytest.raises(TransientError):
            deliverer.round(post.line, {"box": outlet(side)})
    while deliverer.round(post.line, {"box": outlet(side)}) or deliverer.is_sending:
        deliverer.rest()
    assert (side.order, [each.tries for each in post.outputs().values()]) == (["first", "second"], [1, 1])


def test_a_document_whose_content_is_gone_is_dead_and_the_others_go(post: Post) -> None:
    post.enqueue("first", "second")
    side = OtherSide()
    contents = deliver.contents_of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            deliver, "contents_of", lambda db, outputs: contents(db, [each for each in outputs if each.key != "first"])
        )
        post.deliver(box=outlet(side))
    assert post.states() == {"first": "dead", "second": "sent"}


def test_a_thread_that_dies_leaves_it_open_whether_it_sent(post: Post) -> None:
    class Dying(OtherSide):
        def send(self, delivery: Delivery) -> Receipt:
            raise SystemExit(delivery.name)

    post.enqueue("first", "second")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", lambda _: None)
        post.deliver(box=outlet(Dying()))
    assert set(post.states().values()) == {"unknown"}


# Waiting for it -------------------------------------------------------------------------------------------------------


def test_only_what_leaves_by_itself_now_is_waited_for(post: Post) -> None:
    post.enqueue("first", "second")

    def leaving() -> list[bool]:
        with post.store.read() as db:
            return [is_leaving(db, each) for each in post.outputs().values()]

    assert leaving() == [True, True]
    side = OtherSide()
    side.before["first"] = AWAY
    post.deliver(box=outlet(side))
    assert leaving() == [False, False]
    side.before["first"] = LOST
    post.now += MINUTE
    post.deliver(box=outlet(side))
    assert (leaving(), post.states()) == ([False, False], {"first": "unknown", "second": "sent"})
