"""Untaken: the one message that stands for a file of which nothing is taken, so that it has a state somebody sees."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.issues import Issue
from gateway.pipeline.work import Line
from gateway.store.identity import new_id
from gateway.store.records import Message, State, Transmission, issues_to_json


def untaken(line: Line, transmission: Transmission, syntax: str, issues: Sequence[Issue]) -> Message:
    """The message, rejected for these issues."""
    return Message(
        id=new_id(), transmission=transmission.id, interchange=None, start=0, length=transmission.size,
        file=transmission.name, connection=transmission.connection, syntax=syntax, state=State.REJECTED,
        issues=issues_to_json(list(issues)), configuration=line.version, received_at=transmission.received_at,
        changed_at=line.now(),
    )  # fmt: skip
