"""Channels at the size of a whole catalogue: lists of accounts, what changed, and orders compared with the ERP's."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from sqlalchemy import insert, update

from gateway.edifact.syntax import Limits
from gateway.model.account import Account
from gateway.model.price import PriceCondition, PriceList, natural_key
from gateway.model.product import Product, Unit
from gateway.pipeline.work import Line
from gateway.store.engine import Store, open_store
from gateway.store.line_tables import MessageRow, OrderRow, OutboxRow, TransmissionRow
from gateway.store.migrate import upgrade
from gateway.store.records import OutputState
from gateway.store.tables import table
from gateway.store.trade_changes import TradeChanges
from gateway.sync.feeds import due_feeds, send_feed
from gateway.sync.intake import ChannelIntake
from gateway.sync.order_lists import OrderReconciliation
from gateway.sync.outbound import due_outflows
from gateway.sync.reconcile import Repair
from gateway.sync.theirs import rows_of_file
from gateway.wiring import library_of
from gateway.workspace.configuration import Configuration, load
from tests.databases import CRASH_SAFE, PostgresDatabases, cluster
from tests.speed.figures import Figure

ARTICLES = ORDERS = 100_000
CHANGED = 100
_AT_ONCE = 1_000
_AT = "2026-01-15T08:00:00.000000+00:00"
_CHANNELS = {
    "site": 'feeds = { "1" = "prices" }',
    "shop": 'flows = { prices = "out", products = "out" }',
    "erp": 'flows = { orders = "out" }',
}

T = TypeVar("T")


def measure() -> Iterator[Figure]:
    """Figures of both stores: seconds of the processor, in one process."""
    with TemporaryDirectory() as folder:
        yield from _measured("SQLite", f"sqlite:///{folder}/sync.db", Path(folder))
        with cluster(CRASH_SAFE) as server:
            databases = PostgresDatabases(server.url)
            yield from _measured("PostgreSQL", databases.make(), Path(folder))
            databases.close()


def _measured(name: str, url: str, folder: Path) -> Iterator[Figure]:
    store = open_store(url)
    upgrade(store)
    _fill(store)
    line = _line(store)
    taken, _ = _timed(lambda: [send_feed(line, each) for each in due_feeds(line)])
    yield Figure(f"{name}: price list of {ARTICLES:,} articles for a channel", taken, "s", at_most=5)
    rows = f"{2 * ARTICLES:,} rows"
    taken, _ = _timed(lambda: [each.send() for each in due_outflows(line)])
    yield Figure(f"{name}: everything to a channel, {rows}", taken, "s")
    with store.write() as db:
        db.execute(update(table(OutboxRow)).values(state=OutputState.SENT))
        TradeChanges(db).put(PriceCondition, [_price(number, Decimal(1_000)) for number in range(CHANGED)])
    taken, done = _timed(lambda: [each.send() for each in due_outflows(line)])
    assert [each.rows for each in done] == [CHANGED]
    yield Figure(f"{name}: {CHANGED} prices of {ARTICLES:,} changed, to a channel", taken, "s", at_most=0.5)
    file = folder / "orders.csv"
    _fill_orders(store, file)
    erp = line.configuration.channels["erp"]
    before = _resident_mb()
    comparison = OrderReconciliation(line, erp)
    taken, found = _timed(lambda: list(comparison.differences(rows_of_file(line, erp, "orders", file))))
    assert len(found) == ORDERS // 1_000
    assert all(each.repair is Repair.NONE for each in found)
    yield Figure(f"{name}: {ORDERS:,} orders compared with a list", taken, "s", at_most=30)
    yield Figure(f"{name}: memory for it", _resident_mb() - before, "MB", at_most=100)
    store.close()


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.process_time()
    done = work()
    return time.process_time() - began, done


def _resident_mb() -> float:
    """The most memory that the process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def _line(store: Store) -> Line:
    files = {f"channels/{name}.toml": f'connection = "there"\n{text}'.encode() for name, text in _CHANNELS.items()}
    made = load({"connections/there.toml": b'kind = "folder"\npath = "there"\n', **files})
    configuration = Configuration(channels=made.channels)
    clock = lambda: datetime(2026, 1, 15, 9, tzinfo=UTC)  # noqa: E731
    intake = ChannelIntake(made.channels)
    return Line(store, configuration, library_of(configuration), clock, 1, Limits(), timedelta(), timedelta(), intake)


def _fill(store: Store) -> None:
    with store.write() as db:
        changes = TradeChanges(db)
        changes.put(Account, [Account(account="1", name="Buyer", currency="EUR")])
        changes.put(PriceList, [PriceList(list="default")])
    for first in range(0, ARTICLES, _AT_ONCE):
        numbers = range(first, first + _AT_ONCE)
        with store.write() as db:
            changes = TradeChanges(db)
            changes.put(Product, [_product(number) for number in numbers])
            changes.put(PriceCondition, [_price(number, Decimal(number % 900 + 1)) for number in numbers])


def _product(number: int) -> Product:
    unit = Unit(code="PCE")
    return Product(sku=f"P-{number:06}", name=f"Article {number}", base_unit="PCE", units=(unit,), brand="Acme")


def _price(number: int, amount: Decimal) -> PriceCondition:
    stated = PriceCondition(
        key="", list="default", subject="all", object=f"product:P-{number:06}", type="PRICE", amount=amount,
        currency="EUR", unit="PCE", scale_unit="PCE",
    )  # fmt: skip
    key = natural_key(stated, stated.subject, stated.object, stated.min_quantity, stated.valid_from)
    return PriceCondition(**{**{name: getattr(stated, name) for name in stated.__struct_fields__}, "key": key})


def _fill_orders(store: Store, file: Path) -> None:
    """As many orders; the other side's list says of every thousandth another state, and lacks the first."""
    with store.write() as db:
        sent = {
            "id": "T",
            "name": "f",
            "digest": "",
            "size": 1,
            "received_at": _AT,
            "state": "processed",
            "issues": "[]",
        }
        db.execute(insert(table(TransmissionRow)), sent)
        message = {"id": "M", "transmission": "T", "start": 0, "length": 1, "file": "f", "syntax": "json"}
        db.execute(
            insert(table(MessageRow)),
            {**message, "test": False, "state": "processed", "issues": "[]", "received_at": _AT, "changed_at": _AT},
        )
    for first in range(0, ORDERS, 10_000):
        with store.write() as db:
            db.execute(insert(table(OrderRow)), [_order(number) for number in range(first, first + 10_000)])
    with file.open("w") as written:
        written.write("order,account,number,state,total\n")
        for number in range(1, ORDERS):
            state = "open" if number % 1_000 else "shipped"
            written.write(f"O-{ORDERS - number:07},1,PO-{ORDERS - number},{state},12.50\n")


def _order(number: int) -> dict[str, object]:
    return {
        "id": f"{number:026}", "account": "1", "partner": "p", "number": f"PO-{number}",
        "our_number": f"O-{number:07}", "kind": "standard", "version": 1, "channel": "edifact", "message": "M",
        "ordered_on": "2026-01-15", "currency": "EUR", "decision": "accepted", "state": "open",
        "total_e6": 12_500_000, "document": "{}", "rulings": "{}", "test": False, "reasons": "[]",
        "created_at": _AT, "changed_at": _AT,
    }  # fmt: skip
