"""Identifiers that sort by time of birth: ULIDs, 26 characters of Crockford's base 32."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import UTC, datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80


class IdentityMint:
    """Mints ULIDs that rise strictly within one process, even inside one millisecond or with the clock set back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def mint(self, after: str = "") -> str:
        """A new identifier, greater than `after` and than every one minted before by this process without it."""
        with self._lock:
            fresh = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
            self._last = max(fresh, self._last + 1)
            number = max(self._last, _number_of(after) + 1)
        return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


new_id = IdentityMint().mint


def born_at(identity: str) -> datetime:
    """The instant an identifier was minted at, to the millisecond; raises ValueError for what is none."""
    return datetime.fromtimestamp((_number_of(identity) >> _RANDOM_BITS) / 1_000, UTC)


def _number_of(identity: str) -> int:
    number = 0
    for sign in identity:
        number = number << 5 | _ALPHABET.index(sign)
    return number
