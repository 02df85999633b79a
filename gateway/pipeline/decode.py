"""Decode: each interchange taken, refused, held or recognised as a duplicate; one work item per accepted message.

Everything is examined before the write lock is taken; what was found of an interchange, its claim, its CONTRL and its
work items are one short transaction. Decoding again after a crash goes on after the last interchange recorded. A file
in another syntax is one such transaction, as if it were an interchange without an envelope.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from gateway.edifact.reader import Reading, read
from gateway.issues import Issue, has_errors
from gateway.metrics import counted, measured
from gateway.pipeline.acknowledge import acknowledge_interchange, settle_acknowledgements
from gateway.pipeline.answer import answer_again
from gateway.pipeline.cxml_sender import CXML
from gateway.pipeline.examine import Examined, examine
from gateway.pipeline.examine_cxml import examine_cxml
from gateway.pipeline.examine_file import ExaminedFile, examine_file
from gateway.pipeline.ledger import note_owed, note_traffic
from gateway.pipeline.recognise import syntax_of
from gateway.pipeline.untaken import untaken
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.claims import Claim, ClaimKind, claim
from gateway.store.events import note_event
from gateway.store.lanes import add_items
from gateway.store.messages import insert_interchange, insert_messages, interchange_at
from gateway.store.records import State, Transmission
from gateway.store.transmissions import mark_transmission, read_chunks, read_window
from gateway.store.types import instant_text


class Held(Protocol):
    """The file's place in its lane, held by us."""

    def prove(self, db: Connection) -> None:
        """It is still ours; raises what says that it is not, and nothing is written."""

    def finish(self, db: Connection) -> None:
        """The file waits no more."""


def decode(line: Line, transmission: Transmission, held: Held) -> None:
    """All that the transmission holds recorded with what became of it."""
    with measured("decode"):
        with line.store.read() as source:
            syntax = syntax_of(line, transmission, next(read_chunks(source, transmission.id), b""))
        if syntax == "edifact":
            _decode_interchanges(line, transmission, held)
        else:
            _decode_file(line, transmission, syntax, held)


def _decode_file(line: Line, transmission: Transmission, syntax: str, held: Held) -> None:
    with line.store.read() as source:
        if syntax == CXML:
            examined = examine_cxml(line, transmission, read_window(source, transmission.id, 0, transmission.size))
        else:
            examined = examine_file(line, source, transmission, syntax)
    with line.store.write() as db:
        held.prove(db)
        if isinstance(examined, ExaminedFile):
            record(line, db, examined)
        else:
            counted(examined.partner, examined.type, examined.state)
            insert_messages(db, [examined])
            note_event(db, examined.id, "decoded", examined.state, line.now())
        mark_transmission(db, transmission.id, "decoded")
        held.finish(db)


def _decode_interchanges(line: Line, transmission: Transmission, held: Held) -> None:
    with line.store.read() as source:
        reading = read(read_chunks(source, transmission.id), line.limits)
        last: Examined | None = None
        told = 0
        for interchange in reading:
            if last is not None:
                with line.store.write() as db:
                    held.prove(db)
                    record(line, db, last.beside(_findings(reading, told)))
                told = len(reading.issues)
            last = examine(line, transmission, interchange)
    with line.store.write() as db:
        held.prove(db)
        if last is not None:
            record(line, db, last.beside(_findings(reading, told)))
        if has_errors(reading.issues):
            insert_messages(db, [untaken(line, transmission, "edifact", reading.issues)])
        mark_transmission(db, transmission.id, "decoded")
        held.finish(db)


def _findings(reading: Reading, told: int) -> list[Issue]:
    """What stands outside of the interchanges and refuses nothing, after so many that were told."""
    return [issue for issue in reading.issues[told:] if not issue.is_error]


def abandon(line: Line, transmission: Transmission, reason: str, held: Held) -> str:
    """The message that stands for what could not be decoded of the transmission: dead, for a person to look at."""
    with line.store.read() as source:
        syntax = syntax_of(line, transmission, next(read_chunks(source, transmission.id), b""))
    dead = msgspec.structs.replace(untaken(line, transmission, syntax, []), state=State.DEAD)
    counted(dead.partner, dead.type, dead.state)
    with line.store.write() as db:
        held.prove(db)
        insert_messages(db, [dead])
        note_event(db, dead.id, State.DEAD.value, reason, line.now())
        mark_transmission(db, transmission.id, "dead")
        held.finish(db)
    return dead.id


def record(line: Line, db: Connection, examined: Examined | ExaminedFile) -> None:
    """The interchange and its messages stored, its key claimed, its CONTRL queued, its messages in their lane."""
    if interchange_at(db, examined.interchange.transmission, examined.interchange.start) is not None:
        return
    first = _claim(line, db, examined) if examined.taken else None
    if first is not None:
        examined = examined.known(first)
    insert_interchange(db, examined.interchange, examined.messages, line.now())
    note_event(db, examined.interchange.id, "decoded", examined.interchange.state, line.now())
    for message in examined.messages:
        if message.state != State.READY:
            counted(message.partner, message.type, message.state)
    note_traffic(db, examined)
    if first is not None and examined.interchange.state == State.DUPLICATE:
        answer_again(line, db, first.holder, examined.interchange)
        return
    contrl = None
    if isinstance(examined, Examined):
        contrl = acknowledge_interchange(line, db, examined)
        settle_acknowledgements(line, db, examined)
    note_owed(line, db, examined, contrl)
    ready = [message.id for message in examined.messages if message.state == State.READY]
    if ready:
        add_items(db, examined.lane, ready, "translate")


def _claim(line: Line, db: Connection, examined: Examined | ExaminedFile) -> Claim | None:
    """The claim of the interchange that came first under this key; None where this one is the first."""
    wanted = Claim(
        ClaimKind.ENVELOPE,
        examined.interchange.partner or "",
        examined.envelope_key,
        examined.interchange.id,
        examined.interchange.digest,
        line.now(),
    )
    # Who numbers his documents uses a number again after years; the same bytes without one are soon another delivery.
    kept_for = line.reuse_after if examined.interchange.control_reference else line.duplicate_window
    free_before = instant_text(line.clock() - kept_for)
    standing = claim(db, wanted, free_before)
    return None if standing.holder == wanted.holder else standing
