"""A stored message read again from its window of the raw archive, with the envelope it came in."""

from __future__ import annotations

import msgspec

from gateway.edifact.envelope import Envelope
from gateway.edifact.reader import Message, parse_message
from gateway.errors import PermanentError
from gateway.store import Connection, records
from gateway.store.messages import interchange
from gateway.store.transmissions import read_window


def envelope_to_json(envelope: Envelope) -> str:
    """The envelope as the text the store keeps."""
    return msgspec.json.encode(envelope).decode()


def envelope_of(db: Connection, message: records.Message) -> Envelope:
    """The envelope the message came in; raises PermanentError where it came in none."""
    found = interchange(db, message.interchange) if message.interchange else None
    if found is None:
        raise PermanentError(f"Message {message.id} came in no interchange. Nothing of it can be read.")
    return msgspec.json.decode(found.envelope, type=Envelope)


def read_message(db: Connection, message: records.Message) -> Message:
    """The message's segments, with offsets into the transmission."""
    raw = read_window(db, message.transmission, message.start, message.length)
    return parse_message(raw, envelope_of(db, message), message.start)
