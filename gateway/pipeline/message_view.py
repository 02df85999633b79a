"""A message for people and for our own systems: the object of `ingest --json` and `messages list --json`."""

from __future__ import annotations

import msgspec

from gateway.issues import Issue
from gateway.store import Connection
from gateway.store.orders import order as order_of_id
from gateway.store.outbox import outputs_of
from gateway.store.records import Message, issues_from_json


def message_object(db: Connection, message: Message) -> dict[str, object]:
    """The message with its issues, its order and the ids of its outputs."""
    order = order_of_id(db, message.order_id) if message.order_id else None
    return {
        "message": message.id,
        "file": message.file,
        "partner": message.partner,
        "channel": message.channel,
        "account": message.account,
        "syntax": message.syntax,
        "type": message.type,
        "release": message.release,
        "control_reference": message.control_reference,
        "reference": message.reference,
        "state": message.state,
        "order": order.our_number if order else None,
        "decision": message.decision,
        "issues": [issue_object(issue) for issue in issues_from_json(message.issues)],
        "outputs": [output.id for output in outputs_of(db, message.id, message.interchange)],
    }


def issue_object(issue: Issue) -> dict[str, object]:
    """The issue with every field, its advice last."""
    return {**msgspec.to_builtins(issue), "advice": issue.advice}
