"""`gateway search`: what an account finds of what it may buy."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from gateway.cli.context import DONE, REFUSED, Json, workspace_of
from gateway.cli.output import emit_json, emit_rows, say
from gateway.cli.progress import progress
from gateway.errors import UsageError
from gateway.pipeline.catalogue import product_views, viewer_of
from gateway.pipeline.desk import Asked, PriceDesk
from gateway.pipeline.price import account_of
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.search.finding import Finder, How
from gateway.search.index import SearchIndex
from gateway.search.keeping import keep
from gateway.wiring import open_store_of, utc_now

_TOLD = {
    How.ALIKE: "Nothing is written so; this is similar.",
    How.SOME_WORDS: "Nothing has all of these words; this has some.",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("search", epilog="Example: gateway search --account 10001 hexagon bolt M8")(search)


def search(
    context: typer.Context,
    text: Annotated[list[str], typer.Argument(help="A number of an article, or words.")],
    account: Annotated[str, typer.Option(help="The account's number.")],
    limit: Annotated[int, typer.Option("--limit", help="At most so many articles.", min=1, max=1_000)] = 25,
    language: Annotated[str | None, typer.Option(help="The language of texts, as de; that of the account.")] = None,
    as_json: Json = False,
) -> int:
    """Find articles an account may buy: by our number, its own, the maker's or a GTIN, however written, or by words."""
    wanted = " ".join(text).strip()
    if not wanted:
        raise UsageError("Say what to look for: a number, or words.")
    workspace = workspace_of(context)
    with open_store_of(workspace) as store:
        index = SearchIndex(workspace / "var")
        with progress("Bringing the index up to date"):
            keep(store, index)
        with store.read() as db:
            snapshot = Snapshot(db, TradeMemory())
            buyer = account_of(snapshot, account)
            desk = PriceDesk(snapshot, Asked(buyer, buyer.day(utc_now()), buyer.currency))
            found = Finder(snapshot, desk, index).find(wanted, limit)
            viewer = viewer_of(snapshot, account, desk.context.subjects, desk.context.on, language)
            views = product_views(snapshot, viewer, found.products)
    if as_json:
        for view in views:
            emit_json({"how": found.how, "product": msgspec.to_builtins(view)})
        return DONE if views else REFUSED
    if found.how in _TOLD:
        say(_TOLD[found.how])
    rows = [{"sku": each.sku, "name": each.name, "unit": each.base_unit} for each in views]
    emit_rows(rows, ("sku", "name", "unit"), f"Found for {account}", as_json=False)
    return DONE if views else REFUSED
