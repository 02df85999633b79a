"""Channels: what changed in the trade data, given to each system that gets it; one that fails stops no other.

One process sends to a channel: it holds the lane CHANNEL/sync. Where it ends or dies, another one goes on; while the
lane is paused, nobody sends.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gateway.health import Health
from gateway.queue.holding import Hold, Holding
from gateway.queue.leases import Leases
from gateway.serving.in_force import InForce
from gateway.serving.rounds import attempt
from gateway.sync.sending import Sending, due_sendings

SYNC = "sync"


class Channels:
    """Looks for what is to be sent; `made` is called when there is something to deliver."""

    def __init__(self, served: InForce, health: Health, leases: Leases, made: Callable[[], None]) -> None:
        self._served = served
        self._health = health
        self._holding = Holding(leases)
        self._made = made
        self._files = 0

    def round(self) -> int:
        """How many files were made."""
        line, before = self._served.renewed(), self._files
        for each in due_sendings(line):
            if self._holding.hold(line, f"{each.channel}/{SYNC}") is not Hold.OTHERS:
                attempt(self._health, f"channel {each.channel} {each.flow}", partial(self._send, each))
        if self._files > before:
            self._made()
        return self._files - before

    def end(self) -> None:
        """Other nodes send from now on."""
        self._holding.end(self._served.line)

    def _send(self, each: Sending) -> None:
        self._files += each.send().files
