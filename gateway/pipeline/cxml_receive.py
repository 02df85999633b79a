"""Receive cXML: a document, its message and the claim of its payloadID in one commit; what it is answered is looked up.

The line gives the answer in the transaction that settles the message, so that whoever asks again hears the same.
"""

from __future__ import annotations

from typing import NamedTuple

from gateway.cxml.document import CxmlDocument
from gateway.issues import Issue
from gateway.pipeline.cxml_outcome import ON_THEIR_WAY, WAITS, give, status_of
from gateway.pipeline.cxml_sender import Taken
from gateway.pipeline.decode import record
from gateway.pipeline.examine_cxml import examined
from gateway.pipeline.work import Line
from gateway.store.cxml_answers import CxmlAnswer, answer_held, claim_answer
from gateway.store.events import note_event
from gateway.store.identity import new_id
from gateway.store.messages import message as stored_message
from gateway.store.messages import state_of
from gateway.store.records import Transmission
from gateway.store.transmissions import store_transmission


class Arrived(NamedTuple):
    """A document that came from a partner: as it is kept, as it was read, and what was found around it.

    `digest` tells it from another one under its payloadID.
    """

    kept: bytes
    digest: str
    document: CxmlDocument
    findings: list[Issue]


def receive_cxml(line: Line, arrived: Arrived, taken: Taken) -> CxmlAnswer:
    """What is known of the document's answer, committed: the one of a new message, or of what came before under its id.

    It may be of other content, which its digest tells.
    """
    document, partner = arrived.document, taken.partner.name
    with line.store.write() as db:
        standing = answer_held(db, partner, document.payload_id)
        if standing is not None:
            return standing
        identity, at = new_id(), line.now()
        transmission = Transmission(
            id=identity, connection=taken.connection, name=f"{identity}.xml", digest="", size=0, received_at=at,
            state="decoded", issues="[]",
        )  # fmt: skip
        stored = store_transmission(db, transmission, iter([arrived.kept]))
        note_event(db, identity, "received", f"{stored.size} bytes", at)
        found = examined(line, stored, document, taken, arrived.findings)
        record(line, db, found)
        wanted = CxmlAnswer(
            partner=partner, payload_id=document.payload_id, digest=arrived.digest, message=found.messages[0].id,
            received_at=at,
        )  # fmt: skip
        return claim_answer(db, wanted)


def answer_given(line: Line, waiting: CxmlAnswer, *, at_last: bool) -> bytes | None:
    """The Response to a document, None while it is on its way; `at_last` it is that word will follow (Status 201)."""
    with line.store.read() as db:
        standing = answer_held(db, waiting.partner, waiting.payload_id) or waiting
        is_waiting = not at_last and state_of(db, standing.message or "") in ON_THEIR_WAY
    if standing.content is not None or is_waiting:
        return standing.content
    with line.store.write() as db:
        standing = answer_held(db, waiting.partner, waiting.payload_id) or waiting
        message = stored_message(db, standing.message or "")
        if standing.content is not None or message is None:
            return standing.content
        return give(line, db, standing, message, status_of(line.configuration, message) or WAITS)
