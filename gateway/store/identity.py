"""Identifiers that sort by time of birth: ULIDs, 26 characters of Crockford's base 32."""

from __future__ import annotations

import secrets
import threading
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80


class IdentityMint:
    """Mints ULIDs that rise strictly within one process, even inside one millisecond or with the clock set back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def mint(self) -> str:
        """A new identifier, greater than every one minted before by this process."""
        with self._lock:
            fresh = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
            self._last = max(fresh, self._last + 1)
            number = self._last
        return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


new_id = IdentityMint().mint
