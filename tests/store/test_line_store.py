"""The line's repositories: what is stored is found again, claimed once and numbered without gaps."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.store import claims, counters, lanes, messages, transmissions
from gateway.store.engine import Store
from gateway.store.records import Message, Transmission

AT = "2026-11-24T08:00:00.000000+00:00"


def received(identity: str) -> Transmission:
    return Transmission(
        id=identity, connection=None, name="orders.edi", digest="", size=0, received_at=AT, state="received",
        issues="[]",
    )  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.binary(max_size=3 * transmissions.CHUNK_BYTES // 2), max_size=4), data=st.data())
def test_bytes_come_back_as_received_whole_and_in_windows(
    store: Store, pieces: list[bytes], data: st.DataObject
) -> None:
    whole = b"".join(pieces)
    with store.write() as db:
        db.exec_driver_sql("DELETE FROM transmission_chunk")
        db.exec_driver_sql("DELETE FROM transmission")
        stored = transmissions.store_transmission(db, received("T1"), iter(pieces))
    start = data.draw(st.integers(0, len(whole)))
    length = data.draw(st.integers(0, len(whole) - start))
    with store.read() as db:
        assert b"".join(transmissions.read_chunks(db, "T1")) == whole
        assert transmissions.read_window(db, "T1", start, length) == whole[start : start + length]
        assert transmissions.transmission(db, "T1") == stored
    assert stored.digest == hashlib.sha256(whole).hexdigest()
    assert stored.size == len(whole)


def test_a_key_is_claimed_by_the_first_and_told_to_the_second(store: Store) -> None:
    first = claims.Claim("envelope", "acme", "IC1", "I1", "d1", AT)
    second = first._replace(holder="I2", digest="d2")
    with store.write() as db:
        assert claims.claim(db, first) == first
        assert claims.claim(db, second) == first
        claims.release(db, "envelope", "acme", "IC1")
        assert claims.claim(db, second) == second


def test_numbers_have_no_gap_when_a_transaction_fails(store: Store) -> None:
    def failing() -> None:
        with store.write() as db:
            counters.next_number(db, "interchange", "acme", test=False)
            raise RuntimeError

    with store.write() as db:
        assert counters.next_number(db, "interchange", "acme", test=False) == 1
    with pytest.raises(RuntimeError):
        failing()
    with store.write() as db:
        assert counters.next_number(db, "interchange", "acme", test=False) == 2
        assert counters.next_number(db, "interchange", "acme", test=True) == 1


@pytest.fixture
def queued(store: Store) -> Store:
    with store.write() as db:
        transmissions.store_transmission(db, received("T1"), iter(()))
        rows = [message(f"M{number}") for number in range(4)]
        messages.insert_messages(db, rows)
        lanes.add_items(db, "in/acme", [row.id for row in rows], "translate")
    return store


def message(identity: str) -> Message:
    return Message(
        id=identity, transmission="T1", interchange=None, start=0, length=0, file="orders.edi", syntax="edifact",
        state="ready", received_at=AT, changed_at=AT,
    )  # fmt: skip


def test_a_lane_gives_its_items_in_order_and_counts_the_try_before_the_work(queued: Store) -> None:
    with queued.write() as db:
        items = lanes.take_items(db, "in/acme", AT, 3)
        assert [item.message for item in items] == ["M0", "M1", "M2"]
    with queued.read() as db:
        assert [item.tries for item in lanes.items_of(db, "M0")] == [1]
        assert lanes.due_lanes(db, AT) == ["in/acme"]


def test_after_a_crash_the_group_comes_back_one_by_one(queued: Store) -> None:
    with queued.write() as db:
        lanes.take_items(db, "in/acme", AT, 3)
    with queued.write() as db:
        assert lanes.end_leases(db) == 3
        assert [item.message for item in lanes.take_items(db, "in/acme", AT, 3)] == ["M0"]


def test_a_paused_lane_gives_nothing_and_keeps_everything(queued: Store) -> None:
    with queued.write() as db:
        assert lanes.set_lane(db, "in/acme", "paused")
        assert lanes.due_lanes(db, AT) == []
        assert lanes.list_lanes(db)[0]["ready"] == 4
        assert not lanes.set_lane(db, "nowhere", "paused")
