"""Metrics that a CRM states of accounts, which nobody can count here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from gateway.commerce.metrics import TOLD
from gateway.issues import Issue
from gateway.masterdata.columns import RefusedError, number, read_cell
from gateway.model.trade_rows import Row
from gateway.pipeline.intake import Taken
from gateway.store import Connection
from gateway.store.account_metrics import tell_metrics
from gateway.sync.judging import Judge
from gateway.sync.merging import refusal
from gateway.sync.row_accounts import of_accounts

METRICS = "metrics"
_CODE = "import.value.invalid"


def take_metrics(db: Connection, taken: Taken, rows: Sequence[Row], by: Judge) -> list[Issue]:
    """What is wrong with rows that were not taken; the others stand as the metrics of their accounts.

    Columns are account (or external), metric and value. Of two rows about the same the later one counts.
    """
    found, issues = of_accounts(db, rows, by.system)
    told: dict[str, dict[str, Decimal | date]] = {}
    for row, account in found:
        metric = row.cells.get("metric", "")
        owner = by.owner(metric)
        if metric not in TOLD:
            text = f"{metric[:40]!r} is none of {', '.join(TOLD)}"
            issues.append(refusal(row.position, "metric", _CODE, text))
        elif owner not in (None, by.system):
            text = f"row {row.position}: {metric} of {account} is {owner}'s: it is not taken from {by.system}"
            issues.append(Issue(code="sync.row.owned", text=text, line=row.position))
        else:
            try:
                value = cast("Decimal", read_cell("value", number, row.cells.get("value", "")))
            except RefusedError as reason:
                issues.append(refusal(row.position, reason.column, reason.code, str(reason)))
            else:
                told.setdefault(account, {})[metric] = value
    if told:
        tell_metrics(db, told, datetime.fromisoformat(taken.at).date())
    return sorted(issues, key=lambda issue: issue.line or 0)
