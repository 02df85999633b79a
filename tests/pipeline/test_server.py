"""The server's parts: one that fails is told and stops no other, and a round that broke off is taken up again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from gateway import polling
from gateway.connector import Arrival, Poller
from gateway.errors import PermanentError, TransientError
from gateway.health import Health
from gateway.in_force import Watch
from gateway.server import Server
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
        eventually(lambda: "polling acme_inbox" not in [each.name for each in threading.enumerate()])
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
    monkeypatch.setattr(polling, "receive_among", busy)
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
        with pytest.raises(TransientError, match="half"):
            taking._visit(watch)
        monkeypatch.undo()
        with gateway.store.read() as db:
            names = [name for (name,) in db.exec_driver_sql("SELECT name FROM transmission ORDER BY name")]
    assert (names, acme.released, list(acme.waiting)) == (["k0.edi", "k2.edi"], ["k1"], ["k1"])
    assert len(commits) == 1


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


def test_a_server_that_stops_lets_end_what_is_being_sent(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    side = OtherSide()
    side.gate.clear()
    monkeypatch.setattr(Gateway, "senders", lambda _: {"acme_outbox": outlet(side)})
    demo.sample(1, options=("--no-deliver",))
    with demo.opened() as gateway:
        server = Server(gateway, "127.0.0.1", 0)
        (delivery,) = (part for part in server.parts if part.name == "delivery")

        def stop() -> None:
            eventually(lambda: side.at_once == 1)
            server.stop()
            eventually(delivery._stopped.is_set)
            side.gate.set()

        stopping = threading.Thread(target=stop)
        stopping.start()
        server.run(lambda _: None)
        stopping.join()
    states = {row["type"]: row["state"] for row in demo.run("outbox", "list", "--json").lines}
    assert (states, len(side.order)) == ({"CONTRL": "sent", "ORDRSP": "queued", "order": "queued"}, 1)
