"""When a failed try is due again, and how many there are."""

from __future__ import annotations

import random
from datetime import timedelta

MOST_TRIES = 8
"""Tries of what the gateway died at each time: it may have been killed for another reason."""
TRIES_OF_A_DEFECT = 3
AWAY_FOR = timedelta(days=7)
"""How long something outside may be away before what waits for it is given up."""
_FIRST_S = 5.0
_MOST_S = 3600.0


def wait_after(tries: int) -> timedelta:
    """The time to the next try after so many, exponential with jitter and capped."""
    wait_s = min(_FIRST_S * 2 ** min(tries - 1, 20), _MOST_S)
    return timedelta(seconds=wait_s * random.uniform(0.8, 1.2))  # noqa: S311 - spreads retries, guards nothing
