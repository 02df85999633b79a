"""The line: the one place that knows the order of the stages, as one tuple, and where a message may be put back."""

from __future__ import annotations

import logging

from gateway.errors import UsageError
from gateway.metrics import measured
from gateway.model.order import Order
from gateway.pipeline.confirm import foresee
from gateway.pipeline.decide import decide
from gateway.pipeline.enrich import enrich
from gateway.pipeline.persist import persist
from gateway.pipeline.render import render
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.translate import restore, translate
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.records import Message

COMPUTED = (translate, enrich, decide)
SETTLED = (persist, render)
STAGES = tuple(stage.__name__ for stage in COMPUTED)

_log = logging.getLogger("gateway.line")


def compute(line: Line, snapshot: Snapshot, message: Message, start: str = STAGES[0]) -> Work:
    """The message from a named stage up to its decision; reads only, so a snapshot without the write lock will do."""
    work = restore(line, snapshot, message)
    # What was agreed is not kept with the message: to decide again, it is read again.
    first = min(STAGES.index(start), COMPUTED.index(enrich))
    for stage in COMPUTED[first:]:
        if work.state is None and (stage is translate or isinstance(work.document, Order)):
            with measured(stage.__name__):
                work = stage(line, snapshot, work)
            _log.info(stage.__name__, extra={"message_id": message.id})
    return foresee(line, snapshot, work)


def settle(line: Line, db: Connection, work: Work) -> Work:
    """What was computed, written in the caller's transaction: order, message, answers.

    Raises OutdatedError, with nothing written, where what was read has changed: compute again.
    """
    for stage in SETTLED:
        with measured(stage.__name__):
            work = stage(line, db, work)
        _log.info(stage.__name__, extra={"message_id": work.message.id})
    return work


def stage_named(name: str) -> str:
    """The name of a stage a message can be put back to; raises UsageError for any other."""
    if name not in STAGES:
        raise UsageError(f"There is no stage {name!r}; put the message back to one of {', '.join(STAGES)}.")
    return name
