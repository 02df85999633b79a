"""What the store gives out: frozen records of the line, never a table object."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gateway.issues import Issue


class State(StrEnum):
    """How far a message got."""

    RECEIVED = "received"
    READY = "ready"
    FAILED = "failed"
    HELD = "held"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    PROCESSED = "processed"
    DEAD = "dead"


class OutputState(StrEnum):
    """How far an output got.

    `failed` is tried again by itself; `unknown` was sent, and whether it arrived is looked up, or a person says.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    DEAD = "dead"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the store as a frozen value; field names are column names."""


class Transmission(Record, frozen=True, kw_only=True):
    """Bytes as one connection delivered them. `size` in bytes, `received_at` UTC."""

    id: str
    connection: str | None
    name: str
    digest: str
    size: int
    received_at: str
    state: str
    issues: str


class Interchange(Record, frozen=True, kw_only=True):
    """One interchange: `start` and `length` in bytes of its transmission, `envelope` its header as JSON."""

    id: str
    transmission: str
    start: int
    length: int
    digest: str
    envelope: str
    control_reference: str | None
    partner: str | None
    test: bool
    state: str
    issues: str


class Message(Record, frozen=True, kw_only=True):
    """One message: `start` and `length` in bytes of its transmission; `issues` and `document` as JSON.

    `channel` is the channel of ours it flows in by, `waits_for` the number of the order that a change held for it is
    about.
    """

    id: str
    transmission: str
    interchange: str | None
    start: int
    length: int
    file: str
    connection: str | None = None
    partner: str | None = None
    channel: str | None = None
    account: str | None = None
    syntax: str
    type: str | None = None
    release: str | None = None
    association: str | None = None
    control_reference: str | None = None
    message_reference: str | None = None
    reference: str | None = None
    test: bool = False
    state: str
    decision: str | None = None
    order_id: str | None = None
    mapping: str | None = None
    mapping_digest: str | None = None
    configuration: int | None = None
    issues: str = "[]"
    document: str | None = None
    waits_for: str | None = None
    received_at: str
    changed_at: str


class WorkItem(Record, frozen=True, kw_only=True):
    """One message waiting at a stage of the line, or a file waiting to be read."""

    seq: int
    lane: str
    message: str | None
    transmission: str | None
    stage: str
    state: str
    tries: int
    failures: int
    failing_since: str | None
    not_before: str | None
    reason: str | None


class Output(Record, frozen=True, kw_only=True):
    """One document on its way out; `key` is its idempotency key, `number` its own, `reference` what it answers.

    `lane` is the queue it waits in, `receipt` what the other side said it has.
    """

    id: str
    key: str
    message: str | None
    interchange: str | None
    order_id: str | None
    partner: str
    connection: str
    lane: str
    type: str
    extension: str
    reference: str
    number: str | None
    control_reference: str | None
    test: bool
    archive: str
    state: str
    tries: int
    crashes: int
    failing_since: str | None
    next_try: str | None
    lease_until: str | None
    token: str | None
    reason: str | None
    created_at: str
    sent_at: str | None
    receipt: str | None


def issues_to_json(issues: list[Issue] | tuple[Issue, ...]) -> str:
    """The issues as the JSON text the store keeps."""
    return msgspec.json.encode(issues).decode()


def issues_from_json(text: str) -> list[Issue]:
    """The issues the store kept."""
    return msgspec.json.decode(text, type=list[Issue])
