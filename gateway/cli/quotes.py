"""`gateway quote`: what customers ask a price for, what they are offered, and what becomes of it."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer

from gateway.cli.context import DONE, Json, Limit, group, workspace_of
from gateway.cli.output import emit_json, emit_pairs, emit_rows, say
from gateway.cli.price_list import check_currency
from gateway.errors import UsageError
from gateway.model.quote import Quote, QuoteLine, QuoteState, Side
from gateway.model.value import Value
from gateway.pipeline.quote_view import quote_object, quote_row, quote_rows
from gateway.pipeline.quoting import Actor, Offering, Opening, Quoting, Request
from gateway.wiring import open_store_of, utc_now

COLUMNS = ("quote", "account", "state", "version", "revision", "valid_until", "reference", "currency")
V = TypeVar("V", bound=Value)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The quote's number.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="JSON; - reads stdin.")]
Note = Annotated[str | None, typer.Option("--note", help="What is said with it; kept in the history.")]
Who = Annotated[str | None, typer.Option("--who", help="Who does it; you when left out.")]
Seen = Annotated[
    int | None, typer.Option("--revision", help="The revision you saw; refused where it is another by now.")
]
By = Annotated[Side, typer.Option("--by", help="buyer or seller.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("What customers ask a price for, what they are offered, and what becomes of it.")
    for command, example in (
        (list_, "list --state offered"),
        (show, "show Q00000001"),
        (open_, "open --account 10001 request.json"),
        (submit, "submit Q00000001"),
        (start, "start Q00000001"),
        (offer, "offer Q00000001 offer.json --until 2027-01-31"),
        (renegotiate, "renegotiate Q00000001 --note 'too dear'"),
        (accept, "accept Q00000001 --who 'Ms Meyer, by phone'"),
        (decline, "decline Q00000001 --by seller --note 'not made any more'"),
        (withdraw, "withdraw Q00000001"),
        (expire, "expire"),
    ):
        name = command.__name__.rstrip("_")
        commands.command(name, epilog=f"Example: gateway quote {example}")(command)
    app.add_typer(commands, name="quote")


def list_(
    context: typer.Context,
    account: Annotated[str | None, typer.Option("--account", help="The account's number.")] = None,
    state: Annotated[QuoteState | None, typer.Option("--state", help="Only those of this state.")] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> int:
    """List quotes, oldest first."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        rows = quote_rows(db, utc_now(), account, state, limit)
    emit_rows(rows, COLUMNS, "Quotes", as_json)
    return DONE


def show(context: typer.Context, number: Number, as_json: Json = False) -> int:
    """Show a quote with its versions and its history."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        shown = quote_object(db, number, utc_now())
    if as_json:
        emit_json(shown)
        return DONE
    emit_pairs("Quote", [(name, shown.get(name)) for name in COLUMNS])
    for version in shown["versions"]:
        title = f"\nVersion {version['version']}, by the {version['side']} ({version['who']})"
        rows = _lines(version)
        emit_rows(rows, tuple(rows[0]) if rows else (), title, as_json=False)
    for event in shown["events"]:
        say(f"{event['at'][:19].replace('T', ' ')}  {event['action']}  {event['who']}  {event['note'] or ''}".rstrip())
    return DONE


def _lines(version: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of a version for a table: what is asked for, or what is offered from which quantity."""
    asked = [{name: _text(value) for name, value in line.items()} for line in version["request"]]
    offered = [
        {"position": line["position"], "product": line["product"], **step, "max_quantity": line["max_quantity"]}
        for line in version["lines"]
        for step in line["ladder"]
    ]
    return asked + offered


def _text(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def open_(
    context: typer.Context,
    file: File,
    account: Annotated[str, typer.Option("--account", help="Whose quote it is.")],
    number: Annotated[str | None, typer.Option("--number", help="Its number; the next one when left out.")] = None,
    reference: Annotated[str | None, typer.Option("--reference", help="The buyer's number of his request.")] = None,
    supersedes: Annotated[str | None, typer.Option("--supersedes", help="The quote it takes the place of.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="ISO 4217; the account's when left out.")] = None,
    by: By = Side.SELLER,
    who: Who = None,
    note: Note = None,
    as_json: Json = False,
) -> int:
    """Open a quote with what is asked for: {"lines": [{"product": "A-1001", "quantities": ["1000"]}]}."""
    check_currency(currency)
    asked = _read(file, Request)
    opening = Opening(
        account=account, lines=asked.lines, number=number, currency=currency, reference=reference,
        supersedes=supersedes, channel="cli",
    )  # fmt: skip
    return _do(context, lambda quoting: quoting.open(_actor(by, who, note), opening), as_json)


def submit(
    context: typer.Context, number: Number, who: Who = None, note: Note = None, seen: Seen = None, as_json: Json = False
) -> int:
    """Hand the buyer's request in."""
    return _do(context, lambda quoting: quoting.submit(number, _actor(Side.BUYER, who, note, seen)), as_json)


def start(
    context: typer.Context, number: Number, who: Who = None, note: Note = None, seen: Seen = None, as_json: Json = False
) -> int:
    """Take a request up."""
    return _do(context, lambda quoting: quoting.start(number, _actor(Side.SELLER, who, note, seen)), as_json)


def offer(
    context: typer.Context,
    number: Number,
    file: File,
    until: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="The last day it holds.")],
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; today when left out.")
    ] = None,
    who: Who = None,
    note: Note = None,
    seen: Seen = None,
    as_json: Json = False,
) -> int:
    """Offer prices: {"lines": [{"product": "A-1001", "ladder": [{"min_quantity": "1000", "price": "1.50"}]}]}."""
    stated = _read(file, _Offer)
    offering = Offering(
        lines=stated.lines, valid_until=until.date(), valid_from=since.date() if since else None,
        shipping=stated.shipping, lock_shipping=stated.lock_shipping,
    )  # fmt: skip
    actor = _actor(Side.SELLER, who, note, seen)
    return _do(context, lambda quoting: quoting.offer(number, actor, offering), as_json)


def renegotiate(
    context: typer.Context,
    number: Number,
    file: Annotated[Path | None, typer.Option("--file", help="What is asked for instead, as for open.")] = None,
    who: Who = None,
    note: Note = None,
    seen: Seen = None,
    as_json: Json = False,
) -> int:
    """Hand an offer back for a better one."""
    wanted, actor = _read(file, Request) if file else None, _actor(Side.BUYER, who, note, seen)
    return _do(context, lambda quoting: quoting.renegotiate(number, actor, wanted), as_json)


def accept(
    context: typer.Context, number: Number, who: Who = None, note: Note = None, seen: Seen = None, as_json: Json = False
) -> int:
    """Record that the buyer accepts; its prices hold from now on in every channel."""
    return _do(context, lambda quoting: quoting.accept(number, _actor(Side.BUYER, who, note, seen)), as_json)


def decline(
    context: typer.Context,
    number: Number,
    by: By = Side.BUYER,
    who: Who = None,
    note: Note = None,
    seen: Seen = None,
    as_json: Json = False,
) -> int:
    """Refuse an offer (by the buyer) or a request (by the seller)."""
    return _do(context, lambda quoting: quoting.decline(number, _actor(by, who, note, seen)), as_json)


def withdraw(
    context: typer.Context,
    number: Number,
    by: By = Side.SELLER,
    who: Who = None,
    note: Note = None,
    seen: Seen = None,
    as_json: Json = False,
) -> int:
    """Take an offer (by the seller) or a request (by the buyer) back; prices of an accepted one end."""
    return _do(context, lambda quoting: quoting.withdraw(number, _actor(by, who, note, seen)), as_json)


def expire(context: typer.Context, as_json: Json = False) -> int:
    """Close the quotes whose last day is over; their prices have ended by themselves."""
    with open_store_of(workspace_of(context)) as store, store.write() as db:
        closed = Quoting(db, utc_now()).expire_due()
    emit_rows([quote_row(quote) for quote in closed], COLUMNS, "Quotes closed", as_json)
    return DONE


class _Offer(Value, kw_only=True):
    """The file of an offer: `Offering` without its days."""

    lines: tuple[QuoteLine, ...]
    shipping: str | None = None
    lock_shipping: bool = False


def _read(file: Path, kind: type[V]) -> V:
    """The value that a JSON file states; raises UsageError that says where it does not."""
    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError as reason:
        raise UsageError(f"{file}: {reason}. `gateway quote --help` leads to examples.") from reason


def _actor(side: Side, who: str | None, note: str | None, seen: int | None = None) -> Actor:
    if side is Side.GATEWAY:
        raise UsageError("--by: write buyer or seller.")
    return Actor(side, who or _user(), note, seen)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "operator"


def _do(context: typer.Context, action: Callable[[Quoting], Quote], as_json: bool) -> int:
    with open_store_of(workspace_of(context)) as store, store.write() as db:
        quote = action(Quoting(db, utc_now()))
    if as_json:
        emit_json(quote_row(quote))
    else:
        say(f"Quote {quote.number} of account {quote.account} is {quote.state}.")
    return DONE
