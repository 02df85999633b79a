"""`gateway orders`: the orders of every channel, and deciding what a person has to decide."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import typer

from gateway.cli.context import DONE, Json, Limit, group, workspace_of
from gateway.cli.output import complain, emit_history, emit_json, emit_pairs, emit_rows, say
from gateway.cli.price_view import show_price
from gateway.errors import UsageError
from gateway.model.quantity import parse_decimal
from gateway.model.response import Decision
from gateway.pipeline.by_hand import Ruling, find_orders, rule
from gateway.pipeline.order_view import order_as_shown, order_object
from gateway.queue.dispatch import look_again, work_off
from gateway.queue.lock import dispatching
from gateway.store.events import events_of
from gateway.store.orders import list_orders
from gateway.wiring import open_gateway, open_store_of

COLUMNS = ("order", "account", "number", "version", "channel", "ordered_on", "decision", "state", "total", "currency")
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The buyer's number of the order, or ours.")]
Account = Annotated[str | None, typer.Option("--account", help="The account's number.")]


class Verdict(StrEnum):
    """What a person can decide."""

    ACCEPTED = "accepted"
    CHANGED = "changed"
    REJECTED = "rejected"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("The orders of every channel, and deciding what a person has to decide.")
    commands.command("list", epilog="Example: gateway orders list --account 10001")(list_)
    commands.command("show", epilog="Example: gateway orders show PO-4711 --json")(show)
    commands.command(
        "decide", epilog="Example: gateway orders decide PO-4711 --line 2 --as accepted --note 'agreed by phone'"
    )(decide)
    app.add_typer(commands, name="orders")


def list_(context: typer.Context, account: Account = None, limit: Limit = None, as_json: Json = False) -> int:
    """List orders, oldest first."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        rows = [order_object(order, []) for order in list_orders(db, account, limit)]
    for row in rows:
        del row["lines"]
    emit_rows(rows, COLUMNS, "Orders", as_json)
    return DONE


def show(
    context: typer.Context,
    number: Number,
    account: Account = None,
    trace: Annotated[bool, typer.Option("--trace", help="Tell how each line's price came about.")] = False,
    as_json: Json = False,
) -> int:
    """Show one order: ordered, agreed and confirmed, line by line."""
    with open_gateway(workspace_of(context)) as gateway:
        called = find_orders(gateway.line, number, account)
        order = called.standing
        with gateway.store.read() as db:
            shown = order_as_shown(db, order, trace)
            events = events_of(db, order.id)
    given_up = ", ".join(each.our_number for each in called.orders if each is not order)
    if given_up:
        complain(f"This is {order.our_number}, which stands; also called {number} and given up: {given_up}.")
    if as_json:
        emit_json(shown)
        return DONE
    about = {"reasons": shown["reasons"], "charges": _texts(shown["charges"])}
    emit_pairs("Order", [*((name, shown[name]) for name in COLUMNS), *(each for each in about.items() if each[1])])
    lines = shown["lines"]
    rows = [_row(line) for line in lines] if isinstance(lines, list) else []
    emit_rows(rows, tuple(rows[0]) if rows else (), "\nLines", as_json=False)
    if trace and isinstance(lines, list):
        for each in lines:
            show_price(f"\nPrice of line {each['position']}", each["trace"] or {})
    emit_history(events)
    return DONE


_NAMED = ("supplier_sku", "gtin", "buyer_sku")
"""What the buyer called an article that is not known, by who numbers it."""


def _texts(charges: object) -> list[str]:
    """What is charged on the whole, in words."""
    return [each["text"] for each in charges] if isinstance(charges, list) else []


def _row(line: dict[str, dict[str, object]]) -> dict[str, object]:
    """A line for the table: each of the three truths in one cell."""
    ordered, agreed, confirmed = line["ordered"], line["agreed"], line["confirmed"]
    return {
        "line": line["position"],
        "product": line["product"] or next((f"? {line[name]}" for name in _NAMED if line[name]), ""),
        "ordered": f"{ordered['quantity']} {ordered['unit'] or ''}{_priced(ordered)}",
        "agreed": _priced(agreed).removeprefix(" at ") + (f" {agreed['unit']}" if agreed["unit"] else ""),
        "confirmed": f"{confirmed['quantity'] or 0}{_priced(confirmed)}"
        + (f" on {confirmed['on']}" if confirmed["on"] else ""),
        "decision": line["decision"],
        "by": line["confirmed_by"] or "",
        "progress": _progress(line["progress"]),
        "reasons": ", ".join(str(reason) for reason in line["reasons"]),
    }


def _progress(part: dict[str, object] | None) -> str:
    """How far a line got; nothing where nothing was reported of it."""
    return "" if part is None else f"{part['state']}, {part['shipped']} shipped"


def _priced(part: dict[str, object]) -> str:
    """A price with what it is for; nothing where there is none."""
    if part["price"] is None:
        return ""
    return f" at {part['price']}" + (f" per {part['per']}" if part["per"] not in (None, "1") else "")


def _number(text: str | None, option: str) -> Decimal | None:
    try:
        number = None if text is None else parse_decimal(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}.") from error
    if number is not None and (number < 0 or (option == "--quantity" and not number)):
        raise UsageError(f"{option}: {text} cannot be confirmed; a line that is not delivered is rejected.")
    return number


def decide(
    context: typer.Context,
    number: Number,
    as_: Annotated[Verdict, typer.Option("--as", help="What is answered.")],
    note: Annotated[str, typer.Option(help="Why; kept in the order's history.")],
    account: Account = None,
    line: Annotated[int | None, typer.Option(help="One line; every held line when left out.")] = None,
    price: Annotated[str | None, typer.Option(help="The price confirmed, per the buyer's price unit.")] = None,
    quantity: Annotated[str | None, typer.Option(help="The quantity confirmed, in the ordered unit.")] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day confirmed.")] = None,
) -> int:
    """Decide held lines of an order; the partner is answered at once."""
    ruling = Ruling(
        Decision(as_.value), note, line, _number(price, "--price"), _number(quantity, "--quantity"),
        on.date() if on else None,
    )  # fmt: skip
    with open_gateway(workspace_of(context)) as gateway:
        order = find_orders(gateway.line, number, account).only
        decision = rule(gateway.line, order, ruling)
        with dispatching(gateway.dispatcher_lock()) as ours:
            if ours:
                work_off(gateway.line, gateway.senders())
                look_again(gateway.line)
    say(f"Order {number} is {decision.value}.")
    return DONE
