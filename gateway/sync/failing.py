"""Flows that do not get on: why and since when, kept with how far they have come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from gateway.errors import GatewayError
from gateway.pipeline.work import Line
from gateway.store.sync_flows import flow_of, put_flow


@contextmanager
def noting_failures(line: Line, channel: str, flow: str) -> Iterator[None]:
    """What keeps the flow from getting on is noted with it, and goes on as the error it is."""
    try:
        yield
    except GatewayError as error:
        with line.store.read() as db:
            before = flow_of(db, channel, flow)
        if before.reason != str(error):
            with line.store.write() as db:
                now = flow_of(db, channel, flow)
                fresh = {
                    "reason": str(error),
                    "failing_since": now.failing_since or line.now(),
                    "changed_at": line.now(),
                }
                put_flow(db, msgspec.structs.replace(now, **fresh))
        raise
