"""The accounts that rows of a channel are about, by our number or by the key of its system."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.issues import Issue
from gateway.model.trade_rows import Row
from gateway.store import Connection
from gateway.store.system_rows import our_keys
from gateway.store.trade import Trade
from gateway.sync.keys import ACCOUNTS, EXTERNAL, unknown_key
from gateway.sync.merging import refusal


def of_accounts(db: Connection, rows: Sequence[Row], system: str) -> tuple[list[tuple[Row, str]], list[Issue]]:
    """The rows whose account there is, each with its number, and the refusals of the others."""
    externals = {row.cells[EXTERNAL] for row in rows if EXTERNAL in row.cells}
    ours = our_keys(db, system, ACCOUNTS, externals) if externals else {}
    accounts = [row.cells.get("account") or ours.get(row.cells.get(EXTERNAL, ""), "") for row in rows]
    known = Trade(db).existing_accounts(set(accounts))
    found: list[tuple[Row, str]] = []
    issues: list[Issue] = []
    for row, account in zip(rows, accounts, strict=True):
        if account in known:
            found.append((row, account))
        elif not account and row.cells.get(EXTERNAL):
            issues.append(unknown_key(row, EXTERNAL, "account"))
        else:
            issues.append(refusal(row.position, "account", "import.account.unknown", f"there is no account {account}"))
    return found, issues
