"""What an alarm says: one sentence that names the thing, why, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import shorten

from gateway.store.alarms import Kind, Reason

_LONGEST = 80
_FORMS = {
    Kind.MESSAGE_DEAD: "{type} {reference} of {partner} is not tried again: gateway messages show {subject}",
    Kind.TRANSMISSION_DEAD: "the file {file} of {connection} could not be read: gateway messages list --state dead",
    Kind.OUTPUT_DEAD: "{type} {reference} did not leave by {connection}: gateway outbox show {subject}",
    Kind.OUTPUT_UNKNOWN: "{type} {reference} left by {connection}, perhaps: gateway outbox show {subject}",
    Kind.LANE_PAUSED: "what comes in lane {subject} waits: gateway lane resume {subject}",
}
_OVERDUE = {
    "owes": "{partner} was to get {type} for {reference} by {due}: gateway acknowledgements list --overdue",
    "expects": "{partner} was to send {type} for {reference} by {due}: gateway acknowledgements list --overdue",
}


def reason_of(kind: Kind, subject: str, known: Mapping[str, object]) -> Reason:
    """The reason, in words, for an alarm of this kind about a row of the store."""
    words = {name: _plain(value) for name, value in known.items()}
    form = _OVERDUE[words["side"]] if kind is Kind.OVERDUE else _FORMS[kind]
    due = words.get("due_at", "")[:16].replace("T", " ") + " UTC"
    return Reason(kind, subject, form.format_map({**words, "subject": subject, "due": due}))


def _plain(value: object) -> str:
    """A value of a partner's as a word of a sentence: on one line, and not longer than one."""
    return shorten(str(value), _LONGEST, placeholder="...") if value is not None else "?"
