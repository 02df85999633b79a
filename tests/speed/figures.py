"""What a measurement says: medians of CPU time, a ratio to a peer in the same run, and whether a target is met."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

RUNS = 7
_SHORTEST_RUN_S = 0.1


class Figure(NamedTuple):
    """One result: `value` in `unit`, the peer's in the same unit, and the bound on their ratio.

    `ratio` is value / peer_value. The target is `at_least` or `at_most`; a figure without either only informs.
    Without a peer the bounds are on `value` itself.
    """

    name: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the peer's value this is."""
        return None if self.peer_value is None else self.value / self.peer_value

    @property
    def target(self) -> str:
        """The target in words, empty without one."""
        unit = " x" if self.peer_value is not None else f" {self.unit}"
        bounds = ((">=", self.at_least), ("<=", self.at_most))
        return " and ".join(f"{sign} {bound:g}{unit}" for sign, bound in bounds if bound is not None)

    @property
    def verdict(self) -> str:
        """`met` or `missed`, empty without a target."""
        measured = self.value if self.ratio is None else self.ratio
        if self.at_least is None and self.at_most is None:
            return ""
        missed = (self.at_least is not None and measured < self.at_least) or (
            self.at_most is not None and measured > self.at_most
        )
        return "missed" if missed else "met"

    def as_object(self) -> dict[str, object]:
        """The figure as a JSON object."""
        return {**self._asdict(), "ratio": self.ratio, "target": self.target, "verdict": self.verdict}


def cpu_seconds(*works: Callable[[], object], runs: int = RUNS) -> list[float]:
    """The median CPU seconds of each work; they take turns, so that a busy machine slows all of them alike."""
    repeats = [_repeats(work) for work in works]
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for number, work in enumerate(works):
            taken[number].append(_run(work, repeats[number]))
    return [statistics.median(times) for times in taken]


def _repeats(work: Callable[[], object]) -> int:
    """How often a work is done so that a run is long enough to be measured; the first time only warms up."""
    work()
    return max(1, round(_SHORTEST_RUN_S / max(_run(work, 1), 1e-6)))


def _run(work: Callable[[], object], repeats: int) -> float:
    started = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - started) / repeats
