"""The metrics of accounts out of the store: what their orders and their usage come to, a row an account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from gateway.commerce.metrics import METRICS
from gateway.commerce.rule_grammar import FieldType
from gateway.model.account import Account
from gateway.model.quantity import plain
from gateway.model.segment import AccountMetric
from gateway.store import Connection
from gateway.store.account_metrics import every_metric
from gateway.store.engine import Store
from gateway.store.trade import every
from gateway.tabular.writer import write_csv, write_json_lines

COLUMNS = ("account", "currency", "as_of", *METRICS)


def export_metrics(store: Store, form: str) -> Iterator[str]:
    """Every account with its metrics as they were counted last, a line each (a header before them in CSV).

    `as_of` is the day since which they stand so. What is 0 is told; a day that is not known is empty or left out.
    """
    with store.read() as db:
        rows = _rows(db)
        yield from write_json_lines(rows) if form == "json" else write_csv(COLUMNS, rows)


def _rows(db: Connection) -> Iterator[dict[str, str]]:
    grouped = groupby(every_metric(db), key=lambda metric: metric.account)
    following = next(grouped, None)
    for account in every(db, Account):
        metrics: list[AccountMetric] = []
        if following is not None and following[0] == account.account:
            metrics = list(following[1])
            following = next(grouped, None)
        yield _cells(account, metrics)


def _cells(account: Account, metrics: list[AccountMetric]) -> dict[str, str]:
    cells = {"account": account.account, "currency": account.currency}
    if metrics:
        cells["as_of"] = max(metric.as_of for metric in metrics).isoformat()
    cells |= {name: "0" for name, kind in METRICS.items() if kind is FieldType.NUMBER}
    return cells | {metric.metric: _text(metric) for metric in metrics}


def _text(metric: AccountMetric) -> str:
    if isinstance(metric.day, date):
        return metric.day.isoformat()
    return "0" if metric.number is None else plain(metric.number)
