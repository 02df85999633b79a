"""Take rows: trade data that came as a message, a thousand rows to a commit, until all are through."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.errors import PermanentError
from gateway.issues import Issue, finding
from gateway.model.trade_rows import TradeRows
from gateway.pipeline.intake import ROWS_AT_ONCE, Taken
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.intake import Progress, forget_progress, note_progress, progress
from gateway.store.records import State, issues_from_json, issues_to_json

MOST_ISSUES = 1_000
"""So many are kept of one message; further ones are counted."""


def take_rows(line: Line, db: Connection, work: Work, document: TradeRows) -> Work:
    """The work after its next rows: still ready while there are more, then processed, or rejected where none stands."""
    message = work.message
    if message.channel is None:
        raise PermanentError(f"{document.kind} are taken from channels only. Make a file in channels/ for them.")
    before = progress(db, message.id)
    upto = before.done + ROWS_AT_ONCE
    taken = Taken(message.channel, document.kind, message.id, message.received_at)
    rows = document.rows[before.done : upto]
    fresh = line.intake.take(db, taken, rows)
    refused = before.refused + len({issue.line for issue in fresh if issue.is_error})
    lines = {row.position: row.line or None for row in rows}
    issues = _some([*issues_from_json(before.issues), *(_in_file(issue, lines) for issue in fresh)])
    if upto < len(document.rows):
        note_progress(db, message.id, Progress(upto, refused, issues_to_json(issues)))
        return replace(work, state=State.READY)
    forget_progress(db, message.id)
    found = _some([*work.issues, *issues])
    is_lost = bool(found) and refused >= len(document.rows)
    return replace(work, issues=tuple(found), state=State.REJECTED if is_lost else State.PROCESSED)


def _in_file(issue: Issue, lines: dict[int, int | None]) -> Issue:
    """The issue of a row, which has its number for a line, with the line of the file and its place among the rows."""
    if not issue.line:
        return issue
    return replace(issue, line=lines.get(issue.line), field=f"rows[{issue.line - 1}]")


def _some(issues: list[Issue]) -> list[Issue]:
    """The first of the issues, and how many there are beyond."""
    if len(issues) <= MOST_ISSUES:
        return issues
    return [
        *issues[:MOST_ISSUES],
        finding("limit.exceeded", f"{len(issues) - MOST_ISSUES} further issues are not kept"),
    ]
