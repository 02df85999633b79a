"""Which prices an import would change, noted while it is rehearsed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, TypeAlias, TypeVar, cast

from gateway.model.price import PriceCondition
from gateway.model.value import Value
from gateway.store import Connection
from gateway.store.trade_changes import Change, TradeChanges

V = TypeVar("V", bound=Value)


class Changed(NamedTuple):
    """A price condition before and after: none before where it is new, none after where it is deleted."""

    old: PriceCondition | None
    new: PriceCondition | None


Look: TypeAlias = Callable[[Connection, int, Sequence[Changed]], None]
"""Looks at a rehearsed import before it is undone, with the number that the data had before."""


class PriceWatch:
    """Notes the prices that are changed, the first `limit` of them in full; `count` is the number of all."""

    def __init__(self, limit: int, look: Look) -> None:
        self.count = 0
        self._limit = limit
        self._look = look
        self._before = 0
        self._changed: dict[str, Changed] = {}

    def begin(self, db: Connection) -> TradeChanges:
        """What changes trade data on the connection, and tells it here."""
        changes = _WatchedChanges(db, self)
        self._before = changes.trade.data_seq()
        return changes

    def look(self, db: Connection) -> None:
        """Everything is changed now, and is about to be undone."""
        found = [each for each in self._changed.values() if each.old != each.new]
        self._look(db, self._before, found)

    def note(self, old: PriceCondition | None, new: PriceCondition | None) -> None:
        """A condition is changed; where that happens twice, what it was first and what it is last counts."""
        stated = new or old
        if stated is None:
            return
        key = stated.key
        known = self._changed.get(key)
        if known is not None:
            self._changed[key] = Changed(known.old, new)
            return
        self.count += 1
        if len(self._changed) < self._limit:
            self._changed[key] = Changed(old, new)


class _WatchedChanges(TradeChanges):
    def __init__(self, db: Connection, watch: PriceWatch) -> None:
        super().__init__(db)
        self._watch = watch

    def put(self, kind: type[V], wanted: Sequence[V]) -> list[Change]:
        """What became of each value, told to the watch where it is a price."""
        if kind is not PriceCondition:
            return super().put(kind, wanted)
        prices = cast("Sequence[PriceCondition]", wanted)
        standing = self.conditions_by_key({each.key for each in prices})
        changes = super().put(kind, wanted)
        for price, change in zip(prices, changes, strict=True):
            if change is not Change.UNCHANGED:
                self._watch.note(standing.get(price.key), price)
        return changes

    def delete_conditions(self, keys: Collection[str]) -> None:
        """Without the prices of these keys, told to the watch."""
        for price in self.conditions_by_key(keys).values():
            self._watch.note(price, None)
        super().delete_conditions(keys)
