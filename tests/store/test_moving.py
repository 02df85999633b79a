"""A store moved to another database and back: the same rows and answers, the next numbers, all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from gateway.errors import PermanentError, UsageError
from gateway.queue.lock import FileLock
from gateway.store import moving
from gateway.store.engine import Store, open_store
from gateway.store.events import note_event
from gateway.store.migrate import upgrade
from gateway.store.verify import verify
from tests.workspaces import Place

AT = "2026-11-24T08:00:00.000000+00:00"
NewDatabase = Callable[..., str]


@pytest.fixture
def url(new_database: NewDatabase) -> str:
    return new_database("postgresql")


def asked(place: Place) -> dict[str, object]:
    """What the workspace answers about all that it holds."""
    words = (("orders", "list"), ("messages", "list"), ("outbox", "list"), ("quote", "list"), ("lane", "list"))
    answers: dict[str, object] = {" ".join(each): place.run(*each, "--json").out for each in words}
    for order in place.orders():
        answers[order["order"]] = json.dumps(place.order(order["order"], "--trace"))
    answers["head"] = place.run("audit", "verify", "--json").lines[0]
    return answers


def test_a_workspace_goes_on_elsewhere_and_back_as_if_it_had_never_moved(
    demo_on: Callable[[str], Place], url: str, tmp_path: Path
) -> None:
    place = demo_on("sqlite")
    place.sample(1)
    place.sample(5)
    before = asked(place)
    counted = {line["table"]: line["rows"] for line in place.run("db", "copy", url, "--dry-run", "--json").lines}
    ran = place.run("db", "copy", url, "--json")
    assert ran.status == 0, ran.err
    assert {line["table"]: line["rows"] for line in ran.lines} == counted
    assert counted["trade_order"] == 2
    place.move_to(url)
    assert asked(place) == before
    (third,) = place.sample(2)
    assert third["order"].endswith("3")
    back = f"sqlite:///{tmp_path}/back.db"
    assert place.run("db", "copy", back).status == 0
    now = asked(place)
    place.move_to(back)
    assert asked(place) == now
    assert place.run("db", "verify").status == 0


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[tuple[Store, Store]]:
    """A store with something in it, and an empty database of the other kind or of its own."""
    with (
        closing(open_store(new_database("sqlite"))) as source,
        closing(open_store(new_database(request.param))) as target,
    ):
        upgrade(source)
        with source.write() as db:
            for number in range(2_500):
                note_event(db, f"M{number}", "noted", "a\0b" if number == 7 else "ü\t\\N\n", AT)
        yield source, target


def ignore(_: int) -> None:
    """Told of progress."""


def test_what_arrives_is_what_left_and_the_numbers_go_on(pair: tuple[Store, Store]) -> None:
    source, target = pair
    told: list[int] = []
    moved = {each.table: each for each in moving.move(source, target, told.append)}
    assert moved["event"].rows == 2_500
    assert sum(told) == 2 * sum(each.rows for each in moved.values())
    assert verify(target) == verify(source)
    with target.write() as db:
        note_event(db, "M", "next", "", AT)
        assert db.execute(text("SELECT max(seq) FROM event")).scalar_one() == 2_501
    assert verify(target).findings == ()


def test_a_target_that_is_not_empty_is_refused_and_left_alone(pair: tuple[Store, Store]) -> None:
    source, target = pair
    upgrade(target)  # tables alone are no matter
    with target.write() as db:
        note_event(db, "M", "there", "", AT)
    before = verify(target)
    with pytest.raises(UsageError, match="is not empty"):
        moving.move(source, target, ignore)
    assert verify(target) == before


def test_a_move_that_is_broken_off_leaves_nothing_and_is_done_again(pair: tuple[Store, Store]) -> None:
    source, target = pair

    def break_off(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        moving.move(source, target, break_off)
    moving.refuse_filled(target)
    assert {each.table for each in moving.move(source, target, ignore)} > {"event", "audit"}


def test_a_row_that_arrives_as_another_one_stops_the_move(
    pair: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = pair
    put = moving._put

    def put_one_less(into: Connection, of: object, rows: Iterator[tuple[object, ...]]) -> None:
        put(into, of, (row for number, row in enumerate(rows) if number != 3))  # type: ignore[arg-type]

    monkeypatch.setattr(moving, "_put", put_one_less)
    with pytest.raises(PermanentError, match="2499 rows of 2500"):
        moving.move(source, target, ignore)
    monkeypatch.undo()
    moving.refuse_filled(target)


def test_a_workspace_that_is_served_is_not_moved(demo: Place, tmp_path: Path) -> None:
    lock = FileLock(demo.root / "var" / "dispatcher.lock")
    assert lock.take()
    ran = demo.run("db", "copy", f"sqlite:///{tmp_path}/other.db")
    lock.release()
    assert (ran.status, "Stop it first" in ran.err) == (2, True)
    same = demo.run("db", "copy", f"sqlite:///{demo.root.absolute()}/var/gateway.db")
    assert (same.status, "another database" in same.err) == (2, True)
