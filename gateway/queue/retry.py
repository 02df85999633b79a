"""When a failed try is due again, and when there is no further one."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

MOST_TRIES = 8
_FIRST_S = 5.0
_MOST_S = 3600.0


def next_try(now: datetime, tries: int) -> str | None:
    """The instant of the next try after so many, exponential with jitter and capped; None where it was the last."""
    return None if tries >= MOST_TRIES else (now + wait_after(tries)).isoformat(timespec="microseconds")


def wait_after(tries: int) -> timedelta:
    """The time to the next try after so many, exponential with jitter and capped."""
    wait_s = min(_FIRST_S * 2 ** min(tries - 1, 20), _MOST_S)
    return timedelta(seconds=wait_s * random.uniform(0.8, 1.2))  # noqa: S311 - spreads retries, guards nothing
