"""The door on a real socket: bodies that come in pieces, too slowly, not at all, or with a head that lies."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gateway.http.serving
from gateway.health import Health
from gateway.http import application, patience
from gateway.http.calls import Api
from gateway.http.door import Door
from gateway.http.serving import serving
from gateway.http.uploads import Pace
from gateway.search.index import SearchIndex
from gateway.settings import ApiSettings, ReceiveSettings
from gateway.store.transmissions import read_chunks
from gateway.wiring import Gateway
from tests.http.faults import impatient, locked, without_room
from tests.http.posts import ADDRESS, ORDER, SCOPE, listen, order
from tests.http.test_served import new_key
from tests.processes import PATIENCE_S, eventually
from tests.processes import serving as serving_process
from tests.workspaces import Place

SIZE_MB = 160
PATIENT = ReceiveSettings(posts_per_second=1e6, burst=10**6, grace=timedelta(seconds=PATIENCE_S))
QUICK = Pace(grace_s=0.3, bytes_per_second=10**6, most_s=60)
"""How fast a body has to come where a test is about one that does not."""


@dataclass
class Wire:
    """A served door: what is sent to it byte by byte, and what it has stored."""

    gateway: Gateway
    door: Door
    health: Health
    address: str
    key: str

    @contextlib.contextmanager
    def connected(self) -> Iterator[socket.socket]:
        """A connection."""
        host, port = self.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), PATIENCE_S) as connection:
            yield connection

    @property
    def url(self) -> str:
        """Where the store is."""
        return self.gateway.settings.url

    def head(self, *fields: str, key: str | None = None, last: bool = True) -> bytes:
        """The head of a post with these fields, the last one on its connection."""
        lines = [f"POST {ADDRESS} HTTP/1.1", "Host: gateway", f"Authorization: Bearer {key or self.key}", *fields]
        lines += ["Connection: close"] if last else []
        return "\r\n".join([*lines, "", ""]).encode()

    def told(self, *parts: bytes) -> list[int]:
        """The statuses of all that is answered until the other side closes, to parts sent one after the other."""
        with self.connected() as connection:
            with contextlib.suppress(ConnectionError):
                for part in parts:
                    connection.sendall(part)
            return statuses(read_all(connection))

    def stored(self) -> list[bytes]:
        """Everything stored, oldest first; no part of anything is there beside it."""
        with self.gateway.store.read() as db:
            ids = [row[0] for row in db.exec_driver_sql("SELECT id FROM transmission ORDER BY id")]
            chunks = db.exec_driver_sql("SELECT DISTINCT transmission FROM transmission_chunk").all()
            assert {row[0] for row in chunks} == set(ids)
            return [b"".join(read_chunks(db, each)) for each in ids]

    def hurry(self, pace: Pace = QUICK) -> None:
        """Each piece of a body has to come so fast from now on."""
        self.door._uploads._pace = pace

    def post(self, raw: bytes = ORDER) -> httpx.Response:
        """A document posted as it should be."""
        head = {"Authorization": f"Bearer {self.key}"}
        return httpx.post(self.address + ADDRESS, content=raw, headers=head, timeout=PATIENCE_S)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    pieces = []
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    return b"".join(pieces)


def read_answer(connection: socket.socket, until: bytes = b"}") -> bytes:
    """What comes until an answer's end."""
    got = b""
    while until not in got:
        piece = connection.recv(1 << 16)
        assert piece, got
        got += piece
    return got


def statuses(raw: bytes) -> list[int]:
    """The status of each answer."""
    return [int(part.split()[0]) for part in raw.split(b"HTTP/1.1 ")[1:]]


@pytest.fixture
def wire(demo: Place) -> Iterator[Wire]:
    """A door."""
    with wired(demo) as served:
        yield served


@contextlib.contextmanager
def wired(demo: Place) -> Iterator[Wire]:
    """The door of the demo, served."""
    key = new_key(listen(demo), SCOPE)
    with demo.opened() as gateway:
        health = Health(gateway.store, gateway.clock)
        api = Api(lambda: gateway.line, ApiSettings(), lambda: None, SearchIndex(gateway.workspace))
        door = Door(api, gateway.listeners, PATIENT, demo.root / "var", health)
        with serving(health, api, door, ("127.0.0.1", 0)) as address:
            yield Wire(gateway, door, health, address, key)


def chunked(*pieces: bytes) -> bytes:
    """A body in chunks."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


@pytest.mark.both_stores
def test_a_body_in_chunks_is_stored_whole(wire: Wire) -> None:
    pieces = [ORDER[start : start + 7] for start in range(0, len(ORDER), 7)]
    assert wire.told(wire.head("Transfer-Encoding: chunked"), chunked(*pieces)) == [202]
    assert wire.stored() == [ORDER]


@pytest.mark.both_stores
@pytest.mark.parametrize("fields", [(f"Content-Length: {len(ORDER)}",), ("Transfer-Encoding: chunked",)])
def test_of_a_body_that_breaks_off_nothing_is_stored(wire: Wire, fields: tuple[str, ...]) -> None:
    half = ORDER[:-1] if "Length" in fields[0] else chunked(ORDER)[:-2]
    with wire.connected() as connection:
        connection.sendall(wire.head(*fields) + half)
        eventually(lambda: wire.door._open.total() == 1)
    assert wire.post(order(2)).status_code == 202
    eventually(lambda: wire.door._open.total() == 0)
    assert wire.stored() == [order(2)]


@pytest.mark.parametrize(
    ("fields", "body", "told"),
    [
        ((), b"", [400]),
        (("Content-Length: 0",), b"", [400]),
        (("Transfer-Encoding: chunked",), chunked(), [400]),
        (("Content-Length: 5", "Transfer-Encoding: chunked"), chunked(ORDER), [400]),
        (("Content-Length: 5", "Content-Length: 6"), b"UNB+UNOC", [400]),
        (("Content-Length: -1",), ORDER, [400]),
        (("Content-Length: 1e3",), ORDER, [400]),
        (("Content-Length: ٣",), ORDER, [400]),
        ((f"Content-Length: {10**30}",), ORDER, [400]),
        ((f"Content-Length: {10**18}",), ORDER, [413]),
        (("Transfer-Encoding: gzip, chunked",), chunked(ORDER), [501, 400]),
        (("Transfer-Encoding: chunked",), b"zz\r\nUNB\r\n", [400]),
        ((f"X-Long: {'x' * 70_000}",), b"", [400]),
        (("No colon",), b"", [400]),
        ((f"Content-Length: {len(ORDER)}", "Idempotency-Key: a", "Idempotency-Key: b"), ORDER, [422]),
        ((f"Content-Length: {len(ORDER)}", "Content-Encoding: gzip"), ORDER, [415]),
    ],
)
@pytest.mark.one_store
def test_a_head_that_lies_stores_nothing(wire: Wire, fields: tuple[str, ...], body: bytes, told: list[int]) -> None:
    seen = wire.told(wire.head(*fields), body)
    assert not seen or seen[0] in told, seen
    assert wire.stored() == []
    assert wire.post().status_code == 202


def test_only_what_the_length_says_is_the_body(wire: Wire) -> None:
    seen = wire.told(wire.head(f"Content-Length: {len(ORDER)}"), ORDER + b"UNB+more that was not announced\r\n\r\n")
    assert seen[0] == 202
    assert 202 not in seen[1:]
    assert wire.stored() == [ORDER]


def test_several_posts_on_one_connection_are_answered_in_their_order(wire: Wire) -> None:
    bodies = [order(number) for number in range(5)]
    sent = [wire.head(f"Content-Length: {len(body)}", last=body is bodies[-1]) + body for body in bodies]
    assert wire.told(b"".join(sent)) == [202] * 5
    assert wire.stored() == bodies


def test_who_asks_whether_to_send_is_told_before_he_sends(wire: Wire) -> None:
    fields = (f"Content-Length: {len(ORDER)}", "Expect: 100-continue")
    with wire.connected() as connection:
        connection.sendall(wire.head(*fields))
        assert statuses(read_answer(connection, b"\r\n\r\n")) == [100]
        connection.sendall(ORDER)
        assert statuses(read_answer(connection)) == [202]
    for refused in (wire.head(*fields, key="gwk_none"), wire.head(*fields, "Content-Type: image/png")):
        with wire.connected() as connection:
            connection.sendall(refused)
            assert statuses(read_answer(connection))[0] in (401, 415)
    assert wire.stored() == [ORDER]


@pytest.mark.both_stores
def test_a_body_that_comes_drop_by_drop_is_cut_off_and_holds_nobody_up(wire: Wire) -> None:
    with contextlib.ExitStack() as drops:
        dripping = [drops.enter_context(wire.connected()) for _ in range(8)]
        for number, connection in enumerate(dripping):
            connection.sendall(wire.head(f"Content-Length: {len(ORDER)}") + ORDER[: 10 + number])
        eventually(lambda: wire.door._open.total() == 8)
        assert wire.post().status_code == 202
        with wire.gateway.store.write():  # the lock is free while they drip
            pass
        wire.hurry()
        for connection in dripping:
            connection.sendall(b"1")
            assert statuses(read_answer(connection)) == [408]
    assert wire.stored() == [ORDER]
    assert wire.door._open.total() == 0


def test_a_body_that_does_not_come_is_not_waited_for(wire: Wire) -> None:
    wire.hurry()
    assert wire.told(wire.head(f"Content-Length: {len(ORDER)}")) == [408]
    assert wire.stored() == []


def test_who_is_still_sending_when_the_gateway_stops_is_told_to_come_again(
    demo: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(gateway.http.serving, "_FINISH_S", 0)
    with contextlib.ExitStack() as ends:
        with wired(demo) as wire:
            connection = ends.enter_context(wire.connected())
            connection.sendall(wire.head("Content-Length: 1000", "Expect: 100-continue"))
            assert statuses(read_answer(connection, b"\r\n\r\n")) == [100]
        answer = read_all(connection)
    assert statuses(answer) == [503]
    assert b"retry-after" in answer
    assert not [each for each in caplog.records if each.exc_info]


def test_a_body_that_keeps_its_pace_is_waited_for(wire: Wire) -> None:
    wire.hurry(QUICK._replace(bytes_per_second=50))
    with wire.connected() as connection:
        began = time.monotonic()
        connection.sendall(wire.head(f"Content-Length: {len(ORDER)}") + ORDER[:200])
        for start in range(200, len(ORDER), 200):
            time.sleep(0.1)  # slower than the grace alone would bear
            connection.sendall(ORDER[start : start + 200])
        assert time.monotonic() - began > QUICK.grace_s
        assert statuses(read_answer(connection)) == [202]


@pytest.mark.parametrize("first", [b"", b"P", b"POST /in/acme_http HTTP/1.1\r\nHost: x\r\nX: "])
def test_a_head_that_comes_drop_by_drop_is_cut_off(wire: Wire, monkeypatch: pytest.MonkeyPatch, first: bytes) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(patience, "HEAD_S", 0.3)
        with wire.connected() as connection:
            connection.sendall(first)
            cut_off(connection)
    assert wire.post().status_code == 202


def test_the_rest_of_a_refused_body_is_not_waited_for(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "REST_S", 0.3)
    with wire.connected() as connection:
        connection.sendall(wire.head(f"Content-Length: {len(ORDER)}", key="gwk_none", last=False))
        assert statuses(read_answer(connection)) == [401]
        cut_off(connection)


def cut_off(connection: socket.socket) -> None:
    """Drop by drop, until the other side closes."""
    ends = time.monotonic() + PATIENCE_S
    connection.settimeout(0.05)
    while time.monotonic() < ends:
        try:
            connection.sendall(b"x")
            if not connection.recv(1 << 16):
                return
        except TimeoutError:
            continue
        except ConnectionError:
            return
    raise AssertionError("it was not cut off in time")


def test_who_sends_much_before_he_is_refused_reads_why(wire: Wire) -> None:
    with wire.connected() as connection:
        connection.sendall(wire.head("Content-Length: 4000000", key="gwk_none", last=False) + b"x" * 4_000_000)
        assert statuses(read_answer(connection)) == [401]


def test_a_large_body_is_received_in_little_memory(demo: Place) -> None:
    key = new_key(listen(demo), SCOPE)
    head = {"Authorization": f"Bearer {key}"}

    def large() -> Iterator[bytes]:
        yield ORDER
        for _ in range(SIZE_MB):
            yield b"\r\n" * (1 << 19)

    with serving_process(demo.root) as server:
        httpx.post(server.address + ADDRESS, content=order(1), headers=head, timeout=PATIENCE_S)
        before = peak_kb(server.process.pid)
        answer = httpx.post(server.address + ADDRESS, content=large(), headers=head, timeout=PATIENCE_S)
        assert answer.status_code == 202
        assert peak_kb(server.process.pid) - before < (SIZE_MB << 10) * 2 // 3
        assert not [file for file in (demo.root / "var").iterdir() if file.name.startswith("tmp")]


def peak_kb(process: int) -> int:
    """The most memory a process has had."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


@pytest.mark.both_stores
def test_while_the_store_is_locked_nobody_waits_long_and_afterwards_all_is_well(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with impatient(monkeypatch), wired(demo) as wire:
        with locked(wire.url):
            answers = [wire.post(order(number)) for number in range(3)]
            assert [(each.status_code, each.json()["code"]) for each in answers] == [(503, "store-away")] * 3
            assert all(int(each.headers["retry-after"]) > 0 for each in answers)
            assert "receiving" in wire.health.report()["failing"]
        assert [wire.post(order(number)).status_code for number in range(3)] == [202] * 3
        assert wire.stored() == [order(number) for number in range(3)]
        eventually(lambda: wire.health.report()["ready"])


def test_what_finds_no_room_is_not_acknowledged_and_takes_nothing_with_it(wire: Wire) -> None:
    bodies = [order(number) for number in range(60)]
    with without_room(wire.gateway.store, 24), ThreadPoolExecutor(12) as threads:
        statuses = list(threads.map(lambda body: wire.post(body).status_code, bodies))
        assert set(statuses) <= {202, 503}
        assert 503 in statuses
        acknowledged = {body for body, status in zip(bodies, statuses, strict=True) if status == 202}
        assert acknowledged == set(wire.stored())
    again = {wire.post(body).status_code for body in bodies}
    assert again <= {200, 202}
    assert sorted(wire.stored()) == sorted(bodies)


def test_a_connection_too_many_is_closed_at_once(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "MOST_CONNECTIONS", 3)
    with contextlib.ExitStack() as open_ones:
        for _ in range(3):
            connection = open_ones.enter_context(wire.connected())
            connection.sendall(wire.head(f"Content-Length: {len(ORDER)}", last=False) + ORDER)
            assert statuses(read_answer(connection))[0] in (200, 202)
        with wire.connected() as further:
            assert read_all(further) == b""
    eventually(lambda: _answered(wire))


def _answered(wire: Wire) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return wire.post().status_code == 200
    return False


def test_who_watches_is_answered_however_much_is_being_answered(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "MOST_REQUESTS", 0)
    answer = wire.post()
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "busy", "1")
    for path in ("healthz", "readyz"):
        assert httpx.get(f"{wire.address}/{path}", timeout=PATIENCE_S).status_code == 200


FIELDS = st.lists(
    st.sampled_from(
        [
            "Content-Length: 0", "Content-Length: 10", f"Content-Length: {len(ORDER)}", "Content-Length: x",
            "Transfer-Encoding: chunked", "Transfer-Encoding: identity", "Expect: 100-continue", "Expect: tea",
            "Content-Type: text/csv", "Content-Type: ", "Content-Type: application/edifact", "Content-Encoding: br",
            "Idempotency-Key: a", "Idempotency-Key: ", "Connection: close", "Connection: upgrade", "Upgrade: websocket",
            "Authorization: Bearer x",
        ]
    ),
    max_size=5,
)  # fmt: skip
BODIES = st.sampled_from([b"", ORDER, ORDER[:40], chunked(ORDER), chunked(ORDER)[:300], b"a;b", b"\x00" * 50])


def test_whatever_is_sent_a_body_is_stored_whole_or_not_at_all(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    wire.hurry()

    @settings(max_examples=80, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(FIELDS, BODIES)
    def run(fields: list[str], body: bytes) -> None:
        for status in wire.told(wire.head(*fields), body):
            assert status < 500
        assert set(wire.stored()) <= {ORDER, ORDER[:10], ORDER[:40]}

    run()
    assert "Traceback" not in caplog.text
