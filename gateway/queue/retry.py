"""When a failed try is due again, and when there is no further one."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

MOST_TRIES = 8
_FIRST_S = 5.0
_MOST_S = 3600.0


def next_try(now: datetime, tries: int) -> str | None:
    """The instant of the next try after so many, exponential with jitter and capped; None where it was the last."""
    if tries >= MOST_TRIES:
        return None
    wait_s = min(_FIRST_S * 2 ** (tries - 1), _MOST_S)
    jittered = wait_s * random.uniform(0.8, 1.2)  # noqa: S311 - spreads retries, guards nothing
    return (now + timedelta(seconds=jittered)).isoformat(timespec="microseconds")
