"""The dispatcher: what is due in order, what fails alone, what waits and what is given up."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from gateway.connector import Delivery, Receipt
from gateway.errors import PermanentError, TransientError
from gateway.pipeline.outlets import Outlet
from gateway.pipeline.receive import receive
from gateway.queue import files, retry
from gateway.queue.dispatch import is_waiting, recover, sweep, work_off, work_through
from gateway.queue.leases import Leases
from gateway.queue.lock import dispatching
from gateway.store.lanes import take_items
from gateway.store.outbox import list_outputs
from gateway.wiring import Gateway, open_gateway
from tests import sent
from tests.workspaces import SAMPLES, Place

pytestmark = pytest.mark.both_stores


def later(hours: float) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + timedelta(hours=hours)


def standing() -> Callable[[], datetime]:
    """A clock that stands still: nothing that is to be tried again later is, however slow the machine."""
    now = datetime.now(UTC)
    return lambda: now


def taken(gateway: Gateway, sample: int) -> str:
    """The transmission of a sample, received and nothing more."""
    (file,) = SAMPLES.glob(f"{sample:02}_*.edi")
    return receive(gateway.line, file.name, iter([file.read_bytes()])).id


class FakeSender:
    """Takes every delivery, or raises what it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.taken: list[Delivery] = []
        self.tries = 0

    def send(self, delivery: Delivery) -> Receipt:
        self.tries += 1
        if self.error:
            raise self.error
        self.taken.append(delivery)
        return Receipt(delivery.name)


def senders(acme: FakeSender) -> dict[str, Outlet]:
    fakes = {
        "acme_outbox": acme, "erp": FakeSender(), "nordwind_outbox": FakeSender(), "castle_outbox": FakeSender(),
    }  # fmt: skip
    return {name: Outlet(lambda sender=fake: sender, repeatable=True) for name, fake in fakes.items()}  # type: ignore[misc]


def states(gateway: Gateway, connection: str) -> list[str]:
    with gateway.store.read() as db:
        return [each.state for each in list_outputs(db) if each.connection == connection]


def test_what_was_received_is_worked_off_and_sent_in_order(demo: Place) -> None:
    acme = FakeSender()
    with demo.opened() as gateway:
        for sample in (1, 4, 6):
            taken(gateway, sample)
        assert work_off(gateway.line, senders(acme)) > 0
        assert work_off(gateway.line, senders(acme)) == 0
    assert [delivery.name.split("_")[1] for delivery in acme.taken if delivery.name.startswith("ORDRSP")] == [
        "4500017801", "4500017802", "4500017804",
    ]  # fmt: skip
    assert len({delivery.idempotency_key for delivery in acme.taken}) == len(acme.taken) == 6


def test_a_file_that_decode_fails_at_is_dead_and_those_behind_it_go_on(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = files.decode

    def failing(line: object, received: object, held: object) -> None:
        if received.name.startswith("01"):  # type: ignore[attr-defined]
            raise RuntimeError("a defect")
        real(line, received, held)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "decode", failing)
    dead, after = demo.ingest(SAMPLES / "01_acme_order.edi", SAMPLES / "02_nordwind_order.edi", status=1)
    assert (dead["state"], after["state"]) == ("dead", "processed")
    (shown,) = demo.run("messages", "show", dead["message"], "--json").lines
    assert shown["events"][-1]["text"] == "RuntimeError: a defect"
    assert demo.run("messages", "raw", dead["message"]).raw == (SAMPLES / "01_acme_order.edi").read_bytes()


def test_a_store_that_is_busy_at_decode_is_asked_again(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise TransientError("busy")

    with demo.opened() as gateway:
        identity = taken(gateway, 1)
        with monkeypatch.context() as patch:
            patch.setattr(files, "decode", busy)
            with pytest.raises(TransientError):
                work_off(gateway.line, {})
        assert is_waiting(gateway.line, identity, {})
        work_off(gateway.line, {})
    assert demo.run("messages", "list", "--json").lines[0]["state"] == "processed"


def test_a_delivery_that_cannot_succeed_is_not_tried_again(demo: Place) -> None:
    acme = FakeSender(PermanentError("the name holds other content"))
    with demo.opened() as gateway:
        taken(gateway, 1)
        work_off(gateway.line, senders(acme))
        assert (states(gateway, "acme_outbox"), acme.tries) == (["dead", "dead"], 2)


def test_a_failed_sending_does_not_use_its_number_for_another(demo: Place) -> None:
    with demo.opened() as gateway:
        taken(gateway, 1)
        work_off(gateway.line, senders(FakeSender(PermanentError("no"))))
        taken(gateway, 4)
        acme = FakeSender()
        work_off(gateway.line, senders(acme))
    assert [b"+0000000%d+" % n in each.content for n, each in zip((3, 4), acme.taken, strict=True)] == [True, True]


def test_what_a_dead_process_had_running_is_ready_again(demo: Place) -> None:
    with demo.opened() as gateway:
        taken(gateway, 1)
        with gateway.store.write() as db:
            assert Leases().take(gateway.line, db, "direct/decode")
            assert len(take_items(db, "direct/decode", gateway.line.now(), 32)) == 1
        assert work_through(gateway.line, Leases()) == 0
        assert recover(gateway.line) == 1
        work_off(gateway.line, {})
    assert demo.orders()[0]["number"] == "4500017801"


def test_only_changes_that_waited_too_long_are_swept(demo: Place) -> None:
    demo.sample(19)
    demo.sample(25)
    with open_gateway(demo.root, clock=later(24 * 8)) as gateway:
        assert (sweep(gateway.line), sweep(gateway.line)) == (1, 0)
    held = demo.run("messages", "list", "--state", "held", "--json").lines
    assert [line["reference"] for line in held] == ["4500017814"]


def test_a_change_swept_is_not_woken_by_its_order(demo: Place) -> None:
    demo.sample(19)
    with open_gateway(demo.root, clock=later(24 * 8)) as gateway:
        sweep(gateway.line)
    demo.sample(20)
    assert demo.order("B26-0930")["version"] == 1


def test_nothing_waits_where_nothing_can_be_done_now(demo: Place) -> None:
    with open_gateway(demo.root, clock=standing()) as gateway:
        identity = taken(gateway, 1)
        assert is_waiting(gateway.line, identity, {})
        work_off(gateway.line, {})
        assert not is_waiting(gateway.line, identity, {})
        assert is_waiting(gateway.line, identity, {"acme_outbox"})
        work_off(gateway.line, senders(FakeSender(TransientError("away"))))
        assert not is_waiting(gateway.line, identity, {"acme_outbox"})


def test_a_lane_is_drained_in_the_order_things_came(demo: Place) -> None:
    orders = [sent.order(f"PO-{n:02}", sent.line(1, sent.SEALANT, "12"), reference=str(n)) for n in range(1, 41)]
    lines = demo.ingest(sent.interchange("IC1", *orders), status=0)
    assert [line["order"] for line in lines] == [f"SO{n:08d}" for n in range(1, 41)]
    numbers = [each.having("RFF+ON")[0][7:] for each in demo.answers("acme", "ORDRSP")]
    assert numbers == [f"PO-{n:02}" for n in range(1, 41)]
    controls = [each.control for each in demo.answers("acme")]
    assert controls == [f"{n:08d}" for n in range(1, 42)]


def test_the_wait_grows_with_each_try_and_is_capped() -> None:
    waits = [retry.wait_after(tries) for tries in range(1, 100)]
    assert timedelta(seconds=4) <= waits[0] <= timedelta(seconds=6)
    assert all(wait <= timedelta(hours=1.2) for wait in waits)
    assert waits[-1] > 20 * waits[0]


def test_one_process_is_the_dispatcher(demo: Place) -> None:
    with demo.opened() as one, demo.opened() as other:
        with dispatching(one.dispatcher_lock()) as first, dispatching(other.dispatcher_lock()) as second:
            assert (first, second) == (True, False)
            assert str(os.getpid()) in other.dispatcher_lock().holder()
        with dispatching(other.dispatcher_lock()) as free:
            assert free
