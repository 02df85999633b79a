"""The contract suite tells who keeps to it from who does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from uuid import uuid4

import pytest

from gateway.connector import Connection, Delivery, Receipt
from gateway.testing.connector_suite import FinderSuite, RepeatableSuite


class Box:
    """Another side that keeps what it gets by key, or, where it does not honour keys, each thing anew."""

    def __init__(self, honours_keys: bool = True, always_finds: bool = False) -> None:
        self._things: dict[str, tuple[str, bytes]] = {}
        self._honours_keys = honours_keys
        self._always_finds = always_finds

    def open(self) -> Connection:
        return SimpleNamespace(sender=lambda: self)  # type: ignore[return-value]

    def leave(self, name: str, content: bytes) -> None:
        raise NotImplementedError

    begin = leave

    def finds(self) -> Mapping[str, bytes]:
        return {f"{'' if self._honours_keys else key}{name}": each for key, (name, each) in self._things.items()}

    def send(self, delivery: Delivery) -> Receipt:
        key = delivery.idempotency_key if self._honours_keys else f"{uuid4()} "
        repeated = key in self._things
        self._things[key] = delivery.name, delivery.content
        return Receipt(delivery.idempotency_key, repeated=repeated)

    def find(self, delivery: Delivery) -> Receipt | None:
        known = self._always_finds or delivery.idempotency_key in self._things
        return Receipt(delivery.idempotency_key) if known else None


class TestBoxFinder(FinderSuite):
    outside = Box()


class TestBoxRepeatable(RepeatableSuite):
    @pytest.fixture(autouse=True)
    def _outside(self) -> None:
        self.outside = Box()


@pytest.mark.parametrize(
    ("suite", "check", "box"),
    [
        (RepeatableSuite(), RepeatableSuite.test_sent_often_it_lies_there_once, Box(honours_keys=False)),
        (RepeatableSuite(), RepeatableSuite.test_sent_by_several_at_once_it_lies_there_once, Box(honours_keys=False)),
        (FinderSuite(), FinderSuite.test_what_was_never_sent_is_surely_not_there, Box(always_finds=True)),
    ],
)
def test_who_breaks_the_contract_is_told(suite: object, check: Callable[[object], None], box: Box) -> None:
    suite.outside = box  # type: ignore[attr-defined]
    with pytest.raises(AssertionError):
        check(suite)
