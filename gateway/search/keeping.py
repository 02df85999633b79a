"""Keeping the index: what changed in the store since it was last changed is put into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from gateway.model.product import PartNumber, Product
from gateway.search.entries import Entry, article_entry, article_key, number_entry, number_key
from gateway.search.index import SearchIndex
from gateway.store import Connection
from gateway.store.data_sequence import numbers
from gateway.store.engine import Store
from gateway.store.row_changes import RowChange, changed_since, gone_since

V = TypeVar("V", Product, PartNumber)


def keep(store: Store, index: SearchIndex) -> int:
    """How many entries were changed; none where the index is as the store, or another process is changing it."""
    with store.read() as db:
        now, before = numbers(db).trade, index.sequence
        if before > now:  # of another store, or of this one before it was put back
            index.clear()
            before = -1
        if before == now:
            return 0
        return index.change(_entries(db, before), _gone(db, before), now) or 0


def _entries(db: Connection, after: int) -> Iterator[Entry]:
    yield from map(article_entry, _values(Product, changed_since(db, Product, after)))
    yield from map(number_entry, _values(PartNumber, changed_since(db, PartNumber, after)))


def _gone(db: Connection, after: int) -> Iterator[str]:
    """The keys of what was taken away; of an index without entries nothing is."""
    if after >= 0:
        yield from map(number_key, _values(PartNumber, gone_since(db, PartNumber, after)))
        yield from (article_key(each.sku) for each in _values(Product, gone_since(db, Product, after)))


def _values(kind: type[V], changes: Iterable[RowChange]) -> Iterator[V]:
    return (change.value for change in changes if isinstance(change.value, kind))
