"""What flows out of channels, changed rows and lists of accounts alike; why one does not get on is kept with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import msgspec

from gateway.errors import ConflictError, GatewayError, UsageError
from gateway.pipeline.work import Line
from gateway.store.sync_flows import flow_of, put_flow
from gateway.sync.feeds import Feed, due_feeds, feeds, send_feed
from gateway.sync.outbound import Done, Outflow, due_outflows, outflows
from gateway.workspace.values import Channel


class Sending(NamedTuple):
    """A flow of a channel and what sends it."""

    line: Line
    channel: str
    flow: str
    work: Callable[[], Done]

    def send(self) -> Done:
        """What was sent. What keeps the flow from getting on is noted with it, and goes on as the error it is."""
        try:
            return self.work()
        except ConflictError:
            raise
        except GatewayError as error:
            self._note(str(error))
            raise

    def _note(self, reason: str) -> None:
        store = self.line.store
        with store.read() as db:
            before = flow_of(db, self.channel, self.flow)
        if before.reason == reason:
            return
        with store.write() as db:
            now, at = flow_of(db, self.channel, self.flow), self.line.now()
            fresh = {"reason": reason, "failing_since": now.failing_since or at, "changed_at": at}
            put_flow(db, msgspec.structs.replace(now, **fresh))


def due_sendings(line: Line) -> Iterator[Sending]:
    """Those by which something is to be sent now; changed rows are looked for once the lists of accounts are sent."""
    yield from (_of_list(line, feed) for feed in due_feeds(line))
    yield from (_of_rows(line, outflow) for outflow in due_outflows(line))


def sendings(line: Line, channel: Channel, flow: str | None = None, *, full: bool = False) -> list[Sending]:
    """All of a channel, or that of one flow; `full`: changed or not, every row and every list is sent.

    Raises UsageError where there is none.
    """
    kinds = [kind for each, kind in outflows(line) if each == channel and flow in (None, kind)]
    lists = [feed for feed in feeds(line) if feed.channel == channel and flow in (None, feed.flow)]
    if not kinds and not lists:
        raise UsageError(f"{flow or 'Nothing'} does not flow out by {channel.name}. Name it in its flows or feeds.")
    rows = [_of_rows(line, Outflow(line, channel, kind), full=full) for kind in kinds]
    return rows + [_of_list(line, feed, again=full) for feed in lists]


def _of_list(line: Line, feed: Feed, *, again: bool = False) -> Sending:
    return Sending(line, feed.channel.name, feed.flow, partial(send_feed, line, feed, again=again))


def _of_rows(line: Line, outflow: Outflow, *, full: bool = False) -> Sending:
    return Sending(line, outflow.channel, outflow.flow, outflow.send_all if full else outflow.send)
