"""Cursors: where the next part of a list begins, as a text that tells when it was not made for this list."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from gateway.http.problems import RefusedError
from gateway.store.visible import Part

T = TypeVar("T")

_CHECK = 8


class Page(NamedTuple):
    """What is asked of a list: so many, after the place a cursor names; `of` is the list with its filters."""

    of: tuple[str | None, ...]
    limit: int
    cursor: str | None = None

    @property
    def part(self) -> Part:
        """The rows to read: one more than asked for, which tells whether the list goes on.

        Raises RefusedError for a cursor that is not one of this list.
        """
        return Part(self._after(), self.limit + 1)

    def taken(self, rows: Sequence[T], key: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
        """The rows of this page and the cursor of the next one, None at the end."""
        if len(rows) <= self.limit:
            return rows, None
        kept = rows[: self.limit]
        last = key(kept[-1]).encode()
        return kept, urlsafe_b64encode(self._check(last) + last).decode().rstrip("=")

    def _after(self) -> str:
        if self.cursor is None:
            return ""
        try:
            raw = urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4))
            check, last = raw[:_CHECK], raw[_CHECK:]
            if check == self._check(last):
                return last.decode()
        except ValueError:
            pass
        raise RefusedError("cursor-invalid", "Take the cursor from `next` of the same list with the same filters.")

    def _check(self, last: bytes) -> bytes:
        """Nothing is hidden behind a cursor that the key could not see: this finds mistakes, not attackers."""
        return hashlib.blake2s(repr((*self.of, last)).encode(), digest_size=_CHECK).digest()
