"""Usage that a channel reports: what accounts did there, for their metrics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.commerce.metrics import USAGE as KINDS
from gateway.commerce.metrics import may_have_been
from gateway.issues import Issue
from gateway.model.segment import UsageEvent
from gateway.model.trade_rows import Row
from gateway.pipeline.intake import Taken
from gateway.store import Connection
from gateway.store.usage import note_usage
from gateway.sync.merging import refusal
from gateway.sync.row_accounts import of_accounts

USAGE = "usage"
_CODE = "import.value.invalid"


def take_usage(db: Connection, taken: Taken, rows: Sequence[Row], system: str) -> list[Issue]:
    """What is wrong with rows that were not taken; the events of the others are added, each once.

    Columns are account (or external), kind, at, user, ref and id. An event without an id is known again by its message
    and the number of its row.
    """
    events: list[UsageEvent] = []
    found, issues = of_accounts(db, rows, system)
    for row, account in found:
        fault = _fault(row.cells, datetime.fromisoformat(taken.at))
        if fault:
            issues.append(refusal(row.position, fault[0], _CODE, fault[1]))
        else:
            events.append(_event(row, account, taken))
    if events:
        note_usage(db, events)
    return sorted(issues, key=lambda issue: issue.line or 0)


def _event(row: Row, account: str, taken: Taken) -> UsageEvent:
    cells = row.cells
    return UsageEvent(
        account=account, channel=taken.channel, kind=cells["kind"], at=datetime.fromisoformat(cells["at"]),
        user=cells.get("user") or None, ref=cells.get("ref") or None,
        id=cells.get("id") or f"{taken.message}/{row.position}",
    )  # fmt: skip


def _fault(cells: dict[str, str], now: datetime) -> tuple[str, str] | None:
    """The column of an event that is not as it must be, and why."""
    if cells.get("kind") not in KINDS:
        return "kind", f"{cells.get('kind', '')[:40]!r} is none of {', '.join(KINDS)}"
    if not _may_have_been(cells.get("at", ""), now):
        return "at", f"{cells.get('at', '')[:40]!r} is no instant with its zone, of the last ten years and not to come"
    return None


def _may_have_been(written: str, now: datetime) -> bool:
    try:
        return may_have_been(datetime.fromisoformat(written), now)
    except ValueError:
        return False
