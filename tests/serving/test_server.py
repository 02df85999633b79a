"""The server's parts: one that fails is told and stops no other, and a round that broke off is taken up again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from gateway.connector import Arrival, Poller
from gateway.errors import PermanentError, TransientError
from gateway.health import Health
from gateway.pipeline.deliver import Deliverer
from gateway.queue.leases import Leases
from gateway.serving import polling, rounds
from gateway.serving.in_force import Watch
from gateway.serving.server import Server
from gateway.store.lanes import LostLeaseError
from gateway.wiring import Gateway
from tests.deliveries import OtherSide, outlet
from tests.processes import eventually
from tests.workspaces import SAMPLES, Place


class FakePoller:
    """Yields what it is given, until it is done."""

    def __init__(self, *arrivals: bytes, error: Exception | None = None) -> None:
        self.waiting = {f"k{place}": content for place, content in enumerate(arrivals)}
        self.error = error
        self.released: list[str] = []
        self.recovered = 0

    def poll(self) -> Iterator[Arrival]:
        if self.error:
            raise self.error
        for key, content in list(self.waiting.items()):
            yield Arrival(key, f"{key}.edi", len(content), lambda content=content: iter([content]))

    def done(self, arrival: Arrival) -> None:
        del self.waiting[arrival.key]

    def release(self, arrival: Arrival) -> None:
        self.released.append(arrival.key)

    def recover(self) -> int:
        self.recovered += 1
        return 0


def serve_rounds(gateway: Gateway, pollers: dict[str, Poller], rounds: int, monkeypatch: pytest.MonkeyPatch) -> Health:
    """The server's health after some rounds of each of its parts with these pollers."""
    monkeypatch.setattr(Gateway, "pollers", lambda _: pollers)
    server = Server(gateway, "127.0.0.1", 0)
    for _ in range(rounds):
        for watch in server._served.watches:
            watch.due = 0.0
        for part in server.parts:
            part.once(server._health)
            visited()
    for part in server.parts:
        part._end()
    server._lock.release()
    return server._health


def visited() -> None:
    """Every visit to a connection has ended."""
    for thread in threading.enumerate():
        if thread.name.startswith("polling "):
            thread.join(30)
            assert not thread.is_alive()


def order(number: int) -> bytes:
    (file,) = SAMPLES.glob(f"{number:02}_*.edi")
    return file.read_bytes()


@pytest.mark.parametrize("error", [TransientError("away"), PermanentError("no"), RuntimeError("a defect")])
def test_a_poller_that_fails_is_told_and_the_others_are_polled(
    demo: Place, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = FakePoller(order(1))
    with demo.opened() as gateway:
        pollers = {"castle_inbox": FakePoller(error=error), "acme_inbox": acme}
        health = serve_rounds(gateway, pollers, 2, monkeypatch)
        assert list(health.report()["failing"]) == ["castle_inbox"]  # type: ignore[call-overload]
    assert acme.waiting == {}
    assert [each["number"] for each in demo.orders()] == ["4500017801"]


def test_a_connection_that_does_not_answer_delays_no_other_and_is_not_visited_twice_meanwhile(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits, answers = [], threading.Event()

    class Silent(FakePoller):
        def poll(self) -> Iterator[Arrival]:
            visits.append(1)
            assert answers.wait(60)
            yield from super().poll()

    acme, castle = FakePoller(order(1)), Silent(order(3))
    with demo.opened() as gateway:
        monkeypatch.setattr(Gateway, "pollers", lambda _: {"castle_inbox": castle, "acme_inbox": acme})
        server = Server(gateway, "127.0.0.1", 0)
        part = next(each for each in server.parts if each.name == "polling")
        part.once(server._health)
        eventually(lambda: visits and "polling acme_inbox" not in [each.name for each in threading.enumerate()])
        assert not acme.waiting
        for watch in server._served.watches:
            watch.due = 0.0
        acme.waiting["k9"] = order(2)
        part.once(server._health)
        eventually(lambda: not acme.waiting)
        assert (len(visits), list(castle.waiting)) == (1, ["k0"])
        answers.set()
        visited()
        assert not castle.waiting
        part._end()
        server._lock.release()


def test_what_could_not_be_stored_is_given_back_and_not_called_done(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise TransientError("busy")

    acme = FakePoller(order(1))
    monkeypatch.setattr(polling, "receive_arrival", busy)
    with demo.opened() as gateway:
        health = serve_rounds(gateway, {"acme_inbox": acme}, 1, monkeypatch)
        assert health.report()["failing"] == {"acme_inbox": "busy"}
    assert (acme.released, list(acme.waiting)) == (["k0"], ["k0"])


def test_what_arrives_together_shares_a_commit_and_one_that_fails_stops_no_other(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Breaking(FakePoller):
        def poll(self) -> Iterator[Arrival]:
            for arrival in super().poll():
                yield replace(arrival, chunks=self.broken) if arrival.key == "k1" else arrival
            raise TransientError("the line broke")

        def broken(self) -> Iterator[bytes]:
            yield b"half"
            raise TransientError("half")

    commits = []
    acme = Breaking(order(1), order(2), order(3))
    with demo.opened() as gateway:
        write = gateway.store.write
        monkeypatch.setattr(type(gateway.store), "write", lambda _: commits.append(1) or write())
        watch = Watch("acme_inbox", acme, timedelta())
        taking = polling.Polling(SimpleNamespace(line=gateway.line), None, None, lambda: None)  # type: ignore[arg-type]
        monkeypatch.setattr(taking._holding, "hold", lambda *_: polling.Hold.KEPT)
        monkeypatch.setattr(taking._holding, "prove", lambda *_: None)
        with pytest.raises(TransientError, match="half"):
            taking._visit(watch)
        monkeypatch.undo()
        with gateway.store.read() as db:
            names = [name for (name,) in db.exec_driver_sql("SELECT name FROM transmission ORDER BY name")]
    assert (names, acme.released, list(acme.waiting)) == (["k0.edi", "k2.edi"], ["k1"], ["k1"])
    assert len(commits) == 1


def test_what_cannot_be_read_keeps_nothing_behind_it_from_being_taken(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unreadable(FakePoller):
        def poll(self) -> Iterator[Arrival]:
            for arrival in super().poll():
                yield replace(arrival, chunks=self.denied) if arrival.key == "k0" else arrival

        def denied(self) -> Iterator[bytes]:
            raise TransientError("permission denied")

    monkeypatch.setattr(polling, "TOGETHER", 1)
    acme = Unreadable(order(1), order(1), order(2))
    with demo.opened() as gateway:
        health = serve_rounds(gateway, {"acme_inbox": acme}, 1, monkeypatch)
        assert health.report()["failing"] == {"acme_inbox": "permission denied"}
    assert (acme.released, list(acme.waiting)) == (["k0"], ["k0"])


class Dying(FakePoller):
    """Its process dies, or the other side fails, while it says done: what it had claimed comes again after that."""

    failing: Exception | None = RuntimeError("killed")

    def done(self, arrival: Arrival) -> None:
        if self.failing:
            raise self.failing
        super().done(arrival)


@contextmanager
def looking(gateway: Gateway, poller: FakePoller) -> Iterator[Callable[[], None]]:
    """A process that looks at the connection whenever it is called, and ends with the block."""
    watch = Watch("acme_inbox", poller, timedelta())
    taking = polling.Polling(SimpleNamespace(line=gateway.line), None, Leases(), lambda: None)  # type: ignore[arg-type]
    try:
        yield lambda: taking._visit(watch)
    finally:
        taking._holding.end(gateway.line)


def looked(gateway: Gateway, poller: FakePoller, looks: int = 1) -> None:
    """A process has looked at the connection so often; raises what kept it from it."""
    with looking(gateway, poller) as look:
        for _ in range(looks):
            look()


def stored(gateway: Gateway) -> list[str]:
    """The names of all that was received, in its order."""
    with gateway.store.read() as db:
        return [name for (name,) in db.exec_driver_sql("SELECT name FROM transmission ORDER BY id")]


@pytest.mark.both_stores
def test_what_was_stored_and_not_called_done_when_the_process_died_is_not_stored_again(demo: Place) -> None:
    acme = Dying(order(1))
    with demo.opened() as gateway:
        with pytest.raises(RuntimeError):
            looked(gateway, acme)
        acme.failing = None
        acme.waiting["k1"] = order(2)
        looked(gateway, acme, 2)
        assert (acme.waiting, stored(gateway)) == ({}, ["k0.edi", "k1.edi"])
        # From now on the other side may call the same once more so.
        acme.waiting["k0"] = order(1)
        looked(gateway, acme)
        assert (acme.waiting, stored(gateway)) == ({}, ["k0.edi", "k1.edi", "k0.edi"])


def test_another_thing_under_the_key_of_one_that_was_not_called_done_is_stored(demo: Place) -> None:
    acme = Dying(order(1))
    with demo.opened() as gateway:
        with pytest.raises(RuntimeError):
            looked(gateway, acme)
        acme.failing, acme.waiting = None, {"k0": order(2)}
        looked(gateway, acme)
        assert (acme.waiting, stored(gateway)) == ({}, ["k0.edi", "k0.edi"])


def test_what_is_gone_when_the_process_comes_back_does_not_stand_for_what_comes_later(demo: Place) -> None:
    acme = Dying(order(1))
    with demo.opened() as gateway:
        with pytest.raises(RuntimeError):
            looked(gateway, acme)
        acme.failing, acme.waiting = None, {}
        looked(gateway, acme, 2)
        acme.waiting = {"k0": order(1)}
        looked(gateway, acme)
        assert (acme.waiting, stored(gateway)) == ({}, ["k0.edi", "k0.edi"])


def test_what_cannot_be_called_done_is_called_so_at_each_look_and_stored_once(demo: Place) -> None:
    class Mended(Dying):
        """It yields what it has claimed once, and can be told at the third look."""

        def poll(self) -> Iterator[Arrival]:
            yield from () if told else super().poll()

        def done(self, arrival: Arrival) -> None:
            self.failing = TransientError("read-only") if len(told) < 2 else None
            told.append(arrival.key)
            super().done(arrival)

    told: list[str] = []
    acme = Mended(order(1))
    with demo.opened() as gateway:
        with looking(gateway, acme) as look:
            for _ in range(2):
                with pytest.raises(TransientError, match="read-only"):
                    look()
            look()
        assert (acme.waiting, told, stored(gateway)) == ({}, ["k0"] * 3, ["k0.edi"])


def test_who_lost_a_connection_to_another_process_stores_nothing_of_it(demo: Place) -> None:
    class Overtaken(FakePoller):
        def poll(self) -> Iterator[Arrival]:
            with gateway.store.write() as db:
                db.exec_driver_sql("UPDATE lane SET token = 'another' WHERE name = 'acme_inbox/poll'")
            yield from super().poll()

    acme = Overtaken(order(1))
    with demo.opened() as gateway:
        with pytest.raises(LostLeaseError):
            looked(gateway, acme)
        assert (acme.released, stored(gateway)) == (["k0"], [])


def test_a_round_that_broke_off_is_taken_up_by_the_next(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.queue import drain

    real, broken = drain._settle, iter([True])

    def breaking(*given: object) -> None:
        if next(broken, False):
            raise KeyError from None
        real(*given)  # type: ignore[arg-type]

    def away(*_: object) -> None:
        raise TransientError("the store is away")

    with demo.opened() as gateway:
        with monkeypatch.context() as patch:
            patch.setattr(drain, "_settle", breaking)
            patch.setattr(drain, "_record_failure", away)
            health = serve_rounds(gateway, {"acme_inbox": FakePoller(order(1))}, 2, patch)
            assert health.report()["failing"] == {"line": "the store is away"}
        health = serve_rounds(gateway, {"acme_inbox": FakePoller()}, 2, monkeypatch)
        assert health.report() == {"ready": True, "failing": {}}
    assert demo.orders()[0]["number"] == "4500017801"


def test_claims_of_a_crashed_run_are_given_back_once_before_the_first_poll(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = FakePoller()
    with demo.opened() as gateway:
        serve_rounds(gateway, {"acme_inbox": acme}, 3, monkeypatch)
    assert acme.recovered == 1


def test_nothing_is_taken_while_the_store_is_away(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = FakePoller(order(1))
    with demo.opened() as gateway:
        monkeypatch.setattr(Health, "is_store_away", lambda _: True)
        health = serve_rounds(gateway, {"acme_inbox": acme}, 3, monkeypatch)
        assert list(health.report()["failing"]) == ["store"]  # type: ignore[call-overload]
    assert list(acme.waiting) == ["k0"]


def test_what_an_account_ordered_counts_after_the_round(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with demo.opened() as gateway:
        poller = FakePoller((SAMPLES / "01_acme_order.edi").read_bytes())
        serve_rounds(gateway, {"acme_inbox": poller}, 2, monkeypatch)
    rows = demo.run("export", "metrics", "--format", "json").lines
    assert {row["account"]: row["order_count"] for row in rows if row["order_count"] != "0"} == {"10011": "1"}


def test_of_a_server_that_begins_nobody_is_told_that_a_part_has_died(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives: dict[str, bool] = {}

    def watch(_: Health, part: str, is_alive: Callable[[], bool], __: timedelta) -> None:
        lives[part] = is_alive()

    with demo.opened() as gateway:
        server = Server(gateway, "127.0.0.1", 0)
        monkeypatch.setattr(Health, "watch", watch)
        server.stop()
        server._serve()
        server._lock.release()
    assert lives == {part.name: True for part in server.parts}


def test_a_server_that_stops_lets_end_what_is_being_sent(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    side = OtherSide()
    side.gate.clear()
    monkeypatch.setattr(Gateway, "senders", lambda _: {"acme_outbox": outlet(side)})
    demo.sample(1, options=("--no-deliver",))
    with demo.opened() as gateway:
        server = Server(gateway, "127.0.0.1", 0)
        # From then on no round begins anything; one that had begun before the stop still might.
        ending = threading.Event()
        end = Deliverer.stop
        monkeypatch.setattr(Deliverer, "stop", lambda *given: ending.set() or end(*given))

        def stop() -> None:
            eventually(lambda: side.at_once == 1)
            server.stop()
            eventually(ending.is_set)
            side.gate.set()

        stopping = threading.Thread(target=stop)
        stopping.start()
        server.run(lambda _: None)
        stopping.join()
    states = {row["type"]: row["state"] for row in demo.run("outbox", "list", "--json").lines}
    assert (states, len(side.order)) == ({"CONTRL": "sent", "ORDRSP": "queued", "order": "queued"}, 1)


def test_a_part_that_seldom_goes_round_tries_again_soon_after_it_failed(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "AGAIN_S", 0.01)
    tries: list[int] = []

    def work() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise TransientError
        return 1

    with demo.opened() as gateway:
        health = Health(gateway.store, gateway.clock)
        part = rounds.Rounds("seldom", timedelta(hours=1), work)
        part.begin(health)
        eventually(lambda: len(tries) == 2)
        eventually(lambda: "seldom" not in health.failing())
        part.stop()
        part.join(10)
    assert len(tries) == 2
