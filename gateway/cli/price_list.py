"""`gateway price list`: everything an account may buy, with its prices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.context import DONE, workspace_of
from gateway.cli.data import write_lines
from gateway.commerce.price_plans import Listed
from gateway.errors import UsageError
from gateway.masterdata import columns
from gateway.model.value import to_json
from gateway.pipeline.desk import Asked
from gateway.pipeline.price import account_of
from gateway.pipeline.price_list import as_csv, as_object, price_list
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.wiring import open_store_of, utc_now


class ListFormat(StrEnum):
    """How a price list is written; pricat and cif are taken and refused in words: they come later."""

    CSV = "csv"
    JSON = "json"
    PRICAT = "pricat"
    CIF = "cif"


def check_currency(code: str | None) -> None:
    """Raises UsageError for what is no currency of ISO 4217."""
    try:
        if code is not None:
            columns.currency(code)
    except ValueError as error:
        raise UsageError(f"--currency: {error}. Write one like EUR.") from error


def list_(
    context: typer.Context,
    account: Annotated[str, typer.Option(help="The account's number.")],
    form: Annotated[ListFormat, typer.Option("--format", help="csv, or json (lines).")] = ListFormat.CSV,
    output: Annotated[Path | None, typer.Option(help="The file to write; stdout when left out.")] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; today when left out.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217; the account's when left out.")] = None,
) -> int:
    """Write the price list of an account: every article it may buy, with a line for each quantity a price begins at."""
    if form not in (ListFormat.CSV, ListFormat.JSON):
        raise UsageError(f"--format: {form} price lists are not written in this version. Take csv or json.")
    check_currency(currency)
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        snapshot = Snapshot(db, TradeMemory())
        buyer = account_of(snapshot, account)
        day = on.date() if on else buyer.day(utc_now())
        asked = Asked(buyer, day, currency or buyer.currency)
        lines = _lines(price_list(snapshot, asked), asked.currency, form)
        write_lines(lines, output, f"Prices of {account}")
    return DONE


def _lines(listed: Iterator[Listed], currency: str, form: ListFormat) -> Iterator[str]:
    if form is ListFormat.CSV:
        return as_csv(listed, currency)
    return (to_json(as_object(each, currency)).decode() + "\n" for each in listed)
