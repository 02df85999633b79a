"""Writes that share a commit: told after it, undone alone, and never done for who has given up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection

from gateway.errors import TransientError
from gateway.store import shared_commits
from gateway.store.claims import Claim, claim, held
from gateway.store.engine import Store
from gateway.store.shared_commits import SharedCommits
from tests.processes import PATIENCE_S, eventually


@pytest.fixture
def told() -> list[Exception | None]:
    """What was said after each commit."""
    return []


@pytest.fixture
def commits(store: Store, told: list[Exception | None]) -> Iterator[SharedCommits]:
    """Commits to a store."""
    made = SharedCommits(lambda: store, told.append)
    yield made
    made.close()


def taking(key: str) -> Callable[[Connection], str]:
    """Work that claims a key."""
    return lambda db: claim(db, Claim("transport", "p", key, "holder", "digest", "now")).holder


def taken(store: Store, key: str) -> bool:
    with store.read() as db:
        return held(db, "transport", "p", key) is not None


@contextmanager
def busy(store: Store, commits: SharedCommits) -> Iterator[None]:
    """Somebody else writes meanwhile, so that what is handed waits."""
    with store.write():
        first = commits.hand(lambda _: None)
        eventually(lambda: first.running())
        yield


def test_what_waited_is_written_in_one_commit_and_told_after_it(
    store: Store, commits: SharedCommits, told: list[Exception | None]
) -> None:
    with busy(store, commits):
        futures = [commits.hand(taking(str(number))) for number in range(20)]
        assert not any(each.done() for each in futures)
    assert [each.result(PATIENCE_S) for each in futures] == ["holder"] * 20
    assert all(taken(store, str(number)) for number in range(20))
    eventually(lambda: told == [None, None])


def test_what_fails_is_undone_alone_and_told_to_who_handed_it(store: Store, commits: SharedCommits) -> None:
    def broken(db: Connection) -> None:
        taking("broken")(db)
        raise KeyError("a defect")

    with busy(store, commits):
        before, failing, after = commits.hand(taking("1")), commits.hand(broken), commits.hand(taking("2"))
    assert (before.result(PATIENCE_S), after.result(PATIENCE_S)) == ("holder", "holder")
    with pytest.raises(KeyError):
        failing.result(PATIENCE_S)
    assert [taken(store, key) for key in ("1", "broken", "2")] == [True, False, True]


def test_what_keeps_the_store_from_one_keeps_it_from_all_of_the_group(
    store: Store, commits: SharedCommits, told: list[Exception | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_commits, "AGAIN_S", 0.01)

    def away(_: Connection) -> None:
        raise TransientError("the database is full")

    with busy(store, commits):
        futures: list[Future[object]] = [commits.hand(taking("1")), commits.hand(away), commits.hand(taking("2"))]
    for each in futures:
        with pytest.raises(TransientError):
            each.result(PATIENCE_S)
    assert not taken(store, "1")
    assert not taken(store, "2")
    eventually(lambda: len(told) == 3)
    assert [type(each) for each in told] == [type(None), TransientError, type(None)]  # and tried again by itself


def test_who_gives_up_before_its_turn_has_written_nothing(store: Store, commits: SharedCommits) -> None:
    with busy(store, commits):
        given_up = commits.hand(taking("1"))
        assert given_up.cancel()
    assert commits.hand(taking("2")).result(PATIENCE_S) == "holder"
    with pytest.raises(CancelledError):
        given_up.result(PATIENCE_S)
    assert not taken(store, "1")


def test_a_long_write_shares_its_commit_with_nobody(
    store: Store, commits: SharedCommits, told: list[Exception | None]
) -> None:
    with busy(store, commits):
        futures = [commits.hand(taking(str(number)), alone=number == 2) for number in range(5)]
    assert [each.result(PATIENCE_S) for each in futures] == ["holder"] * 5
    eventually(lambda: len(told) == 4)  # what kept it busy, two, the long one, two


def test_more_than_may_wait_is_refused_and_nothing_of_it_written(
    store: Store, commits: SharedCommits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_commits, "MOST_WAITING", 3)
    with busy(store, commits):
        futures = [commits.hand(taking(str(number))) for number in range(3)]
        with pytest.raises(TransientError):
            commits.hand(taking("more"))
    assert [each.result(PATIENCE_S) for each in futures] == ["holder"] * 3
    assert not taken(store, "more")


def test_at_the_end_what_waits_is_written_and_nothing_more_is_taken(store: Store) -> None:
    commits = SharedCommits(lambda: store, lambda _: None)
    with busy(store, commits):
        waiting = commits.hand(taking("1"))
        ending = threading.Thread(target=commits.close)
        ending.start()
    ending.join(PATIENCE_S)
    assert waiting.result(0) == "holder"
    assert not commits.is_alive()
    with pytest.raises(TransientError):
        commits.hand(taking("2"))
