"""Channels: what changed in the trade data, given to each system that gets it; one that fails stops no other.

One process sends to a channel: it holds the lane CHANNEL/sync. Where it ends or dies, another one goes on; while the
lane is paused, nobody sends.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gateway.health import Health
from gateway.in_force import InForce
from gateway.pipeline.work import Line
from gateway.queue.holding import Hold, Holding
from gateway.queue.leases import Leases
from gateway.rounds import attempt
from gateway.sync.failing import noting_failures
from gateway.sync.feeds import Feed, due_feeds, send_feed
from gateway.sync.outbound import Outflow, due_outflows

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
        for feed in due_feeds(line):
            self._attempt(line, feed.channel.name, feed.flow, partial(self._feed, line, feed))
        for outflow in due_outflows(line):
            self._attempt(line, outflow.channel, outflow.flow, partial(self._send, line, outflow))
        if self._files > before:
            self._made()
        return self._files - before

    def end(self) -> None:
        """Other nodes send from now on."""
        self._holding.end(self._served.line)

    def _attempt(self, line: Line, channel: str, flow: str, work: Callable[[], None]) -> None:
        if self._holding.hold(line, f"{channel}/{SYNC}") is not Hold.OTHERS:
            attempt(self._health, f"channel {channel} {flow}", work)

    def _feed(self, line: Line, feed: Feed) -> None:
        with noting_failures(line, feed.channel.name, feed.flow):
            self._files += send_feed(line, feed).files

    def _send(self, line: Line, outflow: Outflow) -> None:
        with noting_failures(line, outflow.channel, outflow.flow):
            self._files += outflow.send().files
