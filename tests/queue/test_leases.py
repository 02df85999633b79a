"""Lanes held by one process at a time: what a holder that lost its lease computed is written by nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import TransientError
from gateway.pipeline.receive import receive
from gateway.queue import drain, turn
from gateway.queue.dispatch import work_off, work_through
from gateway.queue.drain import drain_lane
from gateway.queue.leases import LEASE, Leases
from gateway.store import Connection, lanes
from gateway.store.lanes import Lease, LostLeaseError, file_item, items_of, list_lanes, take_items
from gateway.store.messages import MessageQuery, list_messages
from gateway.wiring import Gateway, open_gateway
from tests import sent
from tests.processes import PATIENCE_S
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores
FILES, LANE = "direct/decode", "direct/in/acme"


def later(time: timedelta) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + time


def standing() -> Callable[[], datetime]:
    """A clock that stands still: nothing that is to be tried again later is, however slow the machine."""
    now = datetime.now(UTC)
    return lambda: now


def received(gateway: Gateway, *numbers: str) -> str:
    """The transmission of a file with an order of each number."""
    orders = [
        sent.order(number, sent.line(1, sent.SEALANT, "12"), reference=str(at)) for at, number in enumerate(numbers, 1)
    ]
    return receive(gateway.line, "orders.edi", iter([sent.interchange(numbers[0], *orders)])).id


def states(gateway: Gateway) -> list[tuple[str | None, str]]:
    with gateway.store.read() as db:
        return [(each.reference, each.state) for each in list_messages(db, MessageQuery())]


def lane(gateway: Gateway, name: str) -> dict[str, object]:
    with gateway.store.read() as db:
        return next(row for row in list_lanes(db) if row["name"] == name)


def test_what_another_thread_cannot_give_back_meanwhile_is_given_back_too(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases = Leases()
    with demo.opened() as gateway:
        with gateway.store.write() as db:
            for name in ("one", "other"):
                lanes.open_lane(db, name)
            held = [lease for name in ("one", "other") if (lease := leases.take(gateway.line, db, name))]

        def away(*_: object) -> None:
            raise TransientError

        def released(db: Connection, lease: Lease) -> None:
            release(db, lease)
            leases._unreturned.add(held[1])  # as by another thread

        release = lanes.release
        monkeypatch.setattr(lanes, "release", away)
        leases.give_back(gateway.line, held[0])
        monkeypatch.setattr(lanes, "release", released)
        leases.settle(gateway.line)
        monkeypatch.setattr(lanes, "release", release)
        leases.settle(gateway.line)
        assert [lane(gateway, name)["holder"] for name in ("one", "other")] == [None, None]


def test_a_lane_that_is_held_is_left_alone_and_shows_its_holder(demo: Place) -> None:
    with demo.opened() as gateway:
        received(gateway, "PO-1")
        with gateway.store.write() as db:
            lease = Leases().take(gateway.line, db, FILES)
            assert lease
            assert Leases().take(gateway.line, db, FILES) is None
        assert work_through(gateway.line, Leases()) == 0
        assert lane(gateway, FILES)["holder"]
        with gateway.store.write() as db:
            Leases().release(db, lease)
        assert work_through(gateway.line, Leases()) == 1
        assert lane(gateway, FILES)["holder"] is None


def test_what_a_lost_holder_had_running_is_ready_with_its_counted_try(demo_on: Callable[[str], Place]) -> None:
    demo = demo_on("postgresql")
    with demo.opened() as gateway, open_gateway(demo.root, clock=later(2 * LEASE)) as other:
        identity = received(gateway, "PO-1")
        leases = Leases()
        with gateway.store.write() as db:
            lost = leases.take(gateway.line, db, FILES)
            assert lost
            take_items(db, FILES, gateway.line.now(), 1)
        with other.store.write() as db:
            assert Leases().take(other.line, db, FILES)
            item = file_item(db, identity)
            assert item
            assert (item.state, item.tries, item.failures) == ("ready", 1, 1)
        with gateway.store.write() as db, pytest.raises(LostLeaseError):
            leases.prove(gateway.line, db, lost)


@pytest.mark.parametrize("place", [FILES, LANE])
def test_a_holder_that_lost_its_lane_while_it_computed_writes_nothing(
    demo_on: Callable[[str], Place], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = demo_on("postgresql")
    with demo.opened() as gateway, open_gateway(demo.root, clock=later(2 * LEASE)) as other:
        received(gateway, "PO-1", "PO-2")
        if place == LANE:
            work_through(gateway.line, Leases())
        slow = Leases()

        def before_the_lock(line: object, *given: object) -> object:
            if line is gateway.line:
                work_through(other.line, Leases())
            return compute(line, *given)  # type: ignore[arg-type]

        compute = drain._compute
        monkeypatch.setattr(drain, "_compute", before_the_lock)
        if place == FILES:
            import gateway.queue.files as files

            decode = files.decode

            def decoded(line: object, *given: object) -> None:
                if line is gateway.line:
                    work_through(other.line, Leases())
                decode(line, *given)  # type: ignore[arg-type]

            monkeypatch.setattr(files, "decode", decoded)
        assert drain_lane(gateway.line, slow, place) == 0
        work_off(other.line, {})
        assert states(gateway) == [("PO-1", "processed"), ("PO-2", "processed")]
    assert [order["number"] for order in demo.orders()] == ["PO-1", "PO-2"]


def test_a_lease_is_kept_while_its_holder_lives(demo_on: Callable[[str], Place]) -> None:
    demo = demo_on("postgresql")
    leases = Leases()
    with demo.opened() as gateway, open_gateway(demo.root, clock=later(2 * LEASE)) as other:
        received(gateway, "PO-1")
        with gateway.store.write() as db:
            assert leases.take(gateway.line, db, FILES)
        assert leases.keep(other.line) == 1
        assert work_through(other.line, Leases()) == 0


def test_a_message_that_waits_for_what_is_away_keeps_those_behind_it_in_order(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, settle = {"PO-2"}, drain.settle

    def settled(line: object, db: object, work: object) -> object:
        if work.message.reference in away:  # type: ignore[attr-defined]
            raise TransientError("the ERP is away")
        return settle(line, db, work)  # type: ignore[arg-type]

    monkeypatch.setattr(drain, "settle", settled)
    with open_gateway(demo.root, clock=standing()) as gateway:
        received(gateway, "PO-1", "PO-2", "PO-3")
        work_off(gateway.line, {})
        assert states(gateway) == [("PO-1", "processed"), ("PO-2", "failed"), ("PO-3", "ready")]
        shown = lane(gateway, LANE)
        assert (shown["ready"], shown["tries"], shown["reason"]) == (2, 1, "the ERP is away")
        with gateway.store.read() as db:
            waiting = [item for message in list_messages(db, MessageQuery()) for item in items_of(db, message.id)]
        assert [(item.tries, item.failures) for item in waiting] == [(1, 0), (0, 0)]
    away.clear()
    with open_gateway(demo.root, clock=later(timedelta(minutes=1))) as gateway:
        work_off(gateway.line, {})
        assert {state for _, state in states(gateway)} == {"processed"}
    assert [order["number"] for order in demo.orders()] == ["PO-1", "PO-2", "PO-3"]


def test_a_message_with_a_defect_does_not_keep_those_behind_it(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    compute = drain.compute

    def computed(line: object, snapshot: object, message: object, stage: object) -> object:
        if message.reference == "PO-1":  # type: ignore[attr-defined]
            raise RuntimeError("a defect")
        return compute(line, snapshot, message, stage)  # type: ignore[arg-type]

    monkeypatch.setattr(drain, "compute", computed)
    with open_gateway(demo.root, clock=standing()) as gateway:
        received(gateway, "PO-1", "PO-2", "PO-3")
        work_off(gateway.line, {})
        assert states(gateway) == [("PO-1", "failed"), ("PO-2", "processed"), ("PO-3", "processed")]


def test_lanes_take_turns_so_that_a_full_one_delays_no_other(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "DRAIN_ITEMS", 2)
    monkeypatch.setattr(turn, "DRAIN_S", PATIENCE_S)
    with demo.opened() as gateway:
        received(gateway, *(f"PO-{number}" for number in range(5)))
        leases = Leases()
        assert [work_through(gateway.line, leases) for _ in range(5)] == [1, 2, 2, 1, 0]


def test_a_process_that_is_told_to_end_gives_back_what_it_has_not_begun(demo: Place) -> None:
    with demo.opened() as gateway:
        received(gateway, "PO-1")
        second = received(gateway, "PO-2")
        going = iter([True, True])
        assert drain_lane(gateway.line, Leases(), FILES, lambda: next(going, False)) == 1
        with gateway.store.read() as db:
            item = file_item(db, second)
        assert item
        assert (item.state, item.tries) == ("ready", 0)
        assert lane(gateway, FILES)["holder"] is None
        work_off(gateway.line, {})
    assert [order["number"] for order in demo.orders()] == ["PO-1", "PO-2"]


def test_what_could_not_be_given_back_is_given_back_by_the_next_round(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise TransientError("away")

    leases = Leases()
    with demo.opened() as gateway:
        received(gateway, "PO-1")
        with monkeypatch.context() as broken:
            broken.setattr("gateway.queue.files.decode", away)
            broken.setattr("gateway.store.lanes.release", away)
            with pytest.raises(TransientError):
                work_through(gateway.line, leases)
        assert lane(gateway, FILES)["running"] == 1
        assert work_through(gateway.line, leases) == 1
        with gateway.store.read() as db:
            assert [
                item.tries for message in list_messages(db, MessageQuery()) for item in items_of(db, message.id)
            ] == [0]
