"""Files that were read, kept in memory while their messages are translated, so that a file is read once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar, cast

MOST_BYTES = 8 << 20
"""So much of what was received is kept, in the form it was read into, and the last file whatever its size."""

_T = TypeVar("_T")


class OpenedFiles:
    """What is kept, the least lately asked for given up first; nothing depends on its being there."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, ...], tuple[int, object]] = OrderedDict()

    def once(self, key: tuple[str, ...], size: int, read: Callable[[], _T]) -> _T:
        """What `read` makes of so many bytes, read where it is not kept."""
        if key not in self._kept:
            self._kept[key] = size, read()
            while len(self._kept) > 1 and sum(each for each, _ in self._kept.values()) > MOST_BYTES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return cast("_T", self._kept[key][1])

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
