"""Lists of single accounts for a channel: prices or catalogue, made anew when what they rest on has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import msgspec

from gateway.commerce.product_view import ProductView
from gateway.errors import PermanentError
from gateway.mapping.text_mapping import Written
from gateway.model.account import Account
from gateway.model.quantity import plain
from gateway.model.value import to_json
from gateway.pipeline.assortment import permitted_products
from gateway.pipeline.catalogue import product_views, viewer_of
from gateway.pipeline.desk import Asked, PriceDesk
from gateway.pipeline.price_list import as_csv, as_object, price_list
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.data_sequence import changed_tables
from gateway.store.sync_flows import flow_of, put_flow, waiting_files
from gateway.sync.outbound import Done
from gateway.sync.writing import Addressed, folder_of, queue
from gateway.tabular.writer import write_csv
from gateway.workspace.values import Channel

AT_ONCE = 1_000
CATALOGUE_COLUMNS = (
    "product", "name", "description", "note", "base_unit", "status", "manufacturer", "category", "brand", "gtin",
    "manufacturer_part", "own_number", "min_quantity", "quantity_step", "lead_time_days", "weight_kg", "documents",
)  # fmt: skip
_WHO = ("account", "account_group", "segment", "segment_member", "assortment_entry", "product", "term")
RESTS_ON = {
    "prices": frozenset({*_WHO, "price_list", "price_condition"}),
    "catalogue": frozenset({*_WHO, "product_tailoring", "product_relation", "part_number"}),
}
"""The tables that each list rests on."""


class Feed(NamedTuple):
    """A list of one account that a channel gets: `what` is prices or catalogue, `syntax` csv or json (lines)."""

    channel: Channel
    account: str
    what: str
    syntax: str = "csv"

    @property
    def flow(self) -> str:
        """The name its flow has beside those of whole kinds."""
        return f"{self.what}:{self.account}"


def feeds(line: Line) -> list[Feed]:
    """Every list that a channel gets."""
    return [
        Feed(channel, account, *stated.split())
        for channel in line.configuration.channels.values()
        for account, stated in channel.feeds.items()
    ]


def due_feeds(line: Line) -> list[Feed]:
    """Those that may say something else now: what they rest on has changed, or a day has begun.

    A list that waits to leave is not followed by another one.
    """
    made = feeds(line)
    if not made:
        return []
    with line.store.read() as db:
        changed = changed_tables(db)
        return [each for each in made if _is_due(line, db, each, changed)]


def send_feed(line: Line, feed: Feed, *, again: bool = False) -> Done:
    """What was sent: the list, where it says something else than the last one, or is wanted again.

    Another node that sends the same meanwhile is left to it. Raises PermanentError for an account that there is not.
    """
    with line.store.read() as db:
        flow = flow_of(db, feed.channel.name, feed.flow)
        snapshot = Snapshot(db, line.memory)
        account = _account(snapshot, feed)
        seq, day = _rests_on(snapshot, feed, changed_tables(db)), account.day(line.clock()).isoformat()
        lines = list(_lines(line, snapshot, feed, account))
    written = Written("".join(lines).encode(), feed.syntax, [])
    digest = hashlib.sha256(written.content).hexdigest()
    rows = len(lines) - (feed.syntax == "csv")  # a header is none
    is_sent = again or digest != flow.digest
    now = {"seq": seq, "day": day, "digest": digest, "reason": None, "failing_since": None, "changed_at": line.now()}
    with line.store.write() as db:
        standing = flow_of(db, feed.channel.name, feed.flow)
        if (standing.seq, standing.number) != (flow.seq, flow.number):
            return Done(feed.channel.name, feed.flow, 0, 0, standing.seq)
        if is_sent:
            queue(db, Addressed(feed.channel, feed.flow, flow.number + 1), written, line.now())
            now |= {"number": flow.number + 1, "rows": flow.rows + rows}
        put_flow(db, msgspec.structs.replace(flow, **now))
    return Done(feed.channel.name, feed.flow, int(is_sent), rows if is_sent else 0, seq)


def _is_due(line: Line, db: Connection, feed: Feed, changed: Mapping[str, int]) -> bool:
    flow = flow_of(db, feed.channel.name, feed.flow)
    if waiting_files(db, feed.channel.connection, folder_of(feed.channel, feed.flow))[0]:
        return False
    snapshot = Snapshot(db, line.memory)
    chain = snapshot.chain(feed.account)
    day = chain[0].day(line.clock()).isoformat() if chain else None
    return _rests_on(snapshot, feed, changed) > flow.seq or flow.day != day


def _rests_on(snapshot: Snapshot, feed: Feed, changed: Mapping[str, int]) -> int:
    """The number of the last change of anything that the list rests on."""
    seqs = [seq for name, seq in changed.items() if name in RESTS_ON[feed.what]]
    numbers = snapshot.trade.numbers()
    if numbers.purchases and feed.what == "prices":
        seqs.append(numbers.last)
    return max(seqs, default=0)


def _account(snapshot: Snapshot, feed: Feed) -> Account:
    chain = snapshot.chain(feed.account)
    if not chain:
        text = f"There is no account {feed.account}, whose {feed.what} channel {feed.channel.name} gets."
        raise PermanentError(f"{text} Import it, or take it out of feeds.")
    return chain[0]


def _lines(line: Line, snapshot: Snapshot, feed: Feed, account: Account) -> Iterator[str]:
    asked = Asked(account, account.day(line.clock()), account.currency, feed.channel.name)
    return (_prices if feed.what == "prices" else _catalogue)(snapshot, asked, feed.syntax)


def _prices(snapshot: Snapshot, asked: Asked, syntax: str) -> Iterator[str]:
    listed = price_list(snapshot, asked)
    if syntax == "csv":
        return as_csv(listed, asked.currency)
    return (to_json(as_object(each, asked.currency)).decode() + "\n" for each in listed)


def _catalogue(snapshot: Snapshot, asked: Asked, syntax: str) -> Iterator[str]:
    views = _views(snapshot, asked)
    if syntax == "csv":
        return write_csv(CATALOGUE_COLUMNS, map(_cells, views))
    return (to_json(view).decode() + "\n" for view in views)


def _views(snapshot: Snapshot, asked: Asked) -> Iterator[ProductView]:
    desk = PriceDesk(snapshot, asked)
    viewer = viewer_of(snapshot, asked.account.account, desk.context.subjects, asked.on)
    products = permitted_products(snapshot, desk.buyer)
    while chunk := list(islice(products, AT_ONCE)):
        yield from product_views(snapshot, viewer, chunk)


def _cells(view: ProductView) -> dict[str, str]:
    first: dict[str, str] = {}
    for each in view.identifiers:
        if each.scheme != "gtin" or each.unit == view.base_unit:
            first.setdefault(each.scheme, each.value)
    cells = {
        "product": view.sku,
        "gtin": first.get("gtin"),
        "manufacturer_part": first.get("manufacturer"),
        "own_number": first.get("own"),
        "min_quantity": None if view.min_quantity is None else plain(view.min_quantity),
        "quantity_step": None if view.quantity_step is None else plain(view.quantity_step),
        "weight_kg": None if view.weight_kg is None else plain(view.weight_kg),
        "lead_time_days": str(view.lead_time_days),
        "documents": " | ".join(f"{each.name or ''} {each.url}".strip() for each in view.documents),
    }
    same = ("name", "description", "note", "base_unit", "status", "manufacturer", "category", "brand")
    cells |= {name: getattr(view, name) for name in same}
    return {name: cell for name, cell in cells.items() if cell}
