"""Guesses: wrong passwords and secrets, counted by where they come from, so that nobody finds one by trying."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from gateway.http.problems import RefusedError
from gateway.http.rates import Buckets, Rate

GUESSES = Rate(1 / 30, 20)
"""How often who names somebody may be wrong, from one address: a system that is set up wrongly seldom calls more."""
_MOST_LETTERS = 200
_log = logging.getLogger("gateway.http")


class Claim(NamedTuple):
    """Whom somebody says he is, and the address he calls from; `is_known` where there is such a one."""

    name: str
    address: str
    is_known: bool

    @property
    def key(self) -> str:
        """What its failures are counted under."""
        return f"{self.address} {self.name[:_MOST_LETTERS]}"


class Guesses:
    """The failures of each claim. Those of who is not known are counted as well: else the count would tell who is.

    They are counted apart, so that nobody has his own forgotten by naming thousands.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._buckets = {is_known: Buckets(GUESSES, now) for is_known in (True, False)}

    def check(self, claim: Claim) -> None:
        """Raises RefusedError where so many failed that what is shown is not even looked at."""
        left = self._buckets[claim.is_known].look(claim.key)
        if not left.granted:
            text = f"Too many wrong passwords or secrets came from your address. Try again in {left.wait_s} s."
            raise RefusedError("guesses-exceeded", text, headers={"Retry-After": str(left.wait_s)})

    def failed(self, claim: Claim) -> None:
        """One more was wrong."""
        left = self._buckets[claim.is_known].take(claim.key)
        if claim.is_known and left.granted and not left.remaining:
            _log.warning("%s: wrong passwords or secrets from %s, no more are looked at", claim.name, claim.address)
