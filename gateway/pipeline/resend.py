"""Resend: what a person decides about a document that has left, or has not, or of which nobody knows."""

from __future__ import annotations

from gateway.errors import ConflictError
from gateway.pipeline.ledger import note_sent
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.events import note_event
from gateway.store.records import Output, OutputState
from gateway.store.sending import put_back, settle_by_hand

RESENT_TOGETHER = (OutputState.FAILED, OutputState.UNKNOWN, OutputState.DEAD)
"""What can be sent again without being named one by one: nothing that arrived."""
_UNSETTLED = (*RESENT_TOGETHER, OutputState.QUEUED)


def resend(line: Line, db: Connection, output: Output) -> None:
    """The document is queued again under the same key and number, in its old place; its tries count anew.

    Raises ConflictError while it is being sent.
    """
    _refuse_while_sending(line, output)
    put_back(db, output.id)
    note_event(db, output.id, "resend", f"by hand; it was {output.state}", line.now())


def settle(line: Line, db: Connection, output: Output, arrived: bool, note: str) -> None:
    """The document is sent because a person says that it arrived, or dead because he says that it did not.

    Raises ConflictError while it is being sent, and where it is known already what became of it.
    """
    _refuse_while_sending(line, output)
    if output.state not in _UNSETTLED:
        raise ConflictError(f"Output {output.id} is {output.state}. Only what is not known to have arrived is settled.")
    state = OutputState.SENT if arrived else OutputState.DEAD
    text = f"settled by hand as {'sent' if arrived else 'failed'}: {note}"
    values = {"sent_at": line.now()} if arrived else {}
    settle_by_hand(db, output.id, state, reason=text, **values)
    note_event(db, output.id, state.value, text, line.now())
    if arrived:
        note_sent(line, db, output)


def _refuse_while_sending(line: Line, output: Output) -> None:
    if output.lease_until is not None and output.lease_until >= line.now():
        doing = "being asked about" if output.state == OutputState.UNKNOWN else "being sent"
        raise ConflictError(f"Output {output.id} is {doing} now. Wait until that has ended, then look at it again.")
