"""`gateway price`: what an account pays for an article, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from gateway.cli.context import DONE, REFUSED, Json, group, workspace_of
from gateway.cli.output import emit_json, emit_rows
from gateway.cli.price_list import check_currency, list_
from gateway.cli.price_view import show_price
from gateway.errors import UsageError
from gateway.fields import UnfitError, parse_duration
from gateway.model.quantity import parse_decimal
from gateway.pipeline.cited import check_cited
from gateway.pipeline.price import LineQuestion, Question, account_of, resolve
from gateway.pipeline.price_endings import endings
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.wiring import open_store_of, utc_now


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("What an account pays for an article, and why.")
    commands.command(
        "explain", epilog="Example: gateway price explain --account 10001 --product A100 --quantity 999 --unit PCE"
    )(explain_)
    commands.command("list", epilog="Example: gateway price list --account 10001 --output prices.csv")(list_)
    commands.command("ending", epilog="Example: gateway price ending --within 90d --account 10001")(ending)
    app.add_typer(commands, name="price")


def ending(
    context: typer.Context,
    within: Annotated[str, typer.Option("--within", help="How far to look ahead, as 60d.")] = "60d",
    account: Annotated[str | None, typer.Option("--account", help="Only what concerns this account.")] = None,
    as_json: Json = False,
) -> int:
    """List what is agreed by contract, quote or campaign and ends soon, for whom, and what prices come after it."""
    try:
        period = parse_duration(within)
    except UnfitError as error:
        raise UsageError(f"--within: {error}; {error.advice}.") from error
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        found = endings(Snapshot(db, TradeMemory()), utc_now().date(), period, account)
        if as_json:
            for row in found:
                emit_json(row)
            return DONE
        rows = sorted(found, key=lambda row: (row["last"], row["subject"], row["list"]))
    for row in rows:
        row["accounts"] = ", ".join(row["accounts"])
        row["after"] = (row["after"] or "no price") if "after" in row else "-"
    emit_rows(rows, _ENDING, f"Ending within {within}", as_json=False)
    return DONE


_ENDING = ("last", "list", "kind", "contract", "subject", "accounts", "conditions", "example", "after")


def explain_(
    context: typer.Context,
    account: Annotated[str, typer.Option(help="The account's number.")],
    product: Annotated[str, typer.Option(help="The SKU.")],
    quantity: Annotated[str, typer.Option(help="How many, with a decimal point.")],
    unit: Annotated[str | None, typer.Option(help="Rec 20 code; the base unit when left out.")] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; today when left out.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217; the account's when left out.")] = None,
    channel: Annotated[str | None, typer.Option(help="As an order over this channel: edifact, cxml, api ...")] = None,
    contract: Annotated[str | None, typer.Option(help="As an order that cites this contract.")] = None,
    quote: Annotated[str | None, typer.Option(help="As an order that cites this quote.")] = None,
    as_json: Json = False,
) -> int:
    """Explain a price: the winner, each step, and who lost and why."""
    try:
        wanted = parse_decimal(quantity)
    except ValueError as error:
        raise UsageError(f"--quantity: {error}.") from error
    if wanted <= 0:
        raise UsageError("--quantity: ask for more than nothing.")
    check_currency(currency)
    line = LineQuestion(wanted, product, unit=unit)
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        snapshot = Snapshot(db, TradeMemory())
        buyer = account_of(snapshot, account)
        day = on.date() if on else buyer.day(utc_now())
        check_cited(snapshot, buyer, day, contract, quote)
        [trace] = resolve(snapshot, Question(account, [line], day, currency, channel, contract, quote))
    if as_json:
        emit_json(trace)
    else:
        show_price("Price", trace)
    return DONE if trace.get("net") is not None else REFUSED
