"""An ERP that answers amiss: each order is there once, what it says comes once, and what stands still is seen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.demo.erp import CONNECTION, PLACE
from gateway.pipeline.receive import receive
from gateway.queue.dispatch import look_again, work_off
from gateway.store.messages import MessageQuery, list_messages
from gateway.store.orders import lines_of, orders_by_number
from gateway.store.outbox import list_outputs
from gateway.store.records import Output
from gateway.testing.erp import PlayedErp
from gateway.wiring import Gateway, open_gateway
from tests.workspaces import SAMPLES, make_demo

ORDER = SAMPLES / "with_erp" / "nordwind_order.edi"
FURTHER = """
[[receive]]
operation = "GetStock"
name      = "stock"

[[receive]]
operation = "GetPrices"
name      = "prices"
"""
CHANNEL = """
connection = "erp_service"
flows      = { stock = "in", prices = "in" }
syntax     = { stock = "xml", prices = "xml" }
mapping    = { stock = "erp/stock", prices = "erp/prices" }
files      = { stock = "stock_*", prices = "prices_*" }
"""
STOCK = """
mapping = "erp/stock"
reads   = "xml stock"
makes   = "stock"
root    = "GetStockResponse"

[rows]
each     = "GetStockResult"
sku      = "Article | required"
quantity = "Quantity | decimal"
unit     = "Unit"
"""
PRICES = """
mapping = "erp/prices"
reads   = "xml prices"
makes   = "prices"
root    = "GetPricesResponse"

[rows]
each     = "GetPricesResult"
list     = "List | required"
subject  = "Account | prefix('account:')"
object   = "Article | prefix('product:')"
type     = "'PRICE'"
amount   = "Amount | decimal"
currency = "Currency"
per      = "Per | decimal"
unit     = "Unit"
"""


@dataclass
class Time:
    """A clock that goes on when it is told to."""

    ahead: timedelta = field(default=timedelta())

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, played: PlayedErp) -> Path:
    """The demo's workspace with its data, and with the ERP where it listens."""
    root = tmp_path_factory.mktemp("erp") / "workspace"
    make_demo(root)
    shutil.copytree(SAMPLES / "with_erp" / "workspace", root, dirs_exist_ok=True)
    file = root / "connections" / f"{CONNECTION}.toml"
    file.write_text(file.read_text("utf-8").replace(PLACE, played.url) + FURTHER, "utf-8")
    (root / "channels" / "erp_data.toml").write_text(CHANNEL)
    for name, text in (("stock", STOCK), ("prices", PRICES)):
        (root / "mappings" / "erp" / name).mkdir()
        (root / "mappings" / "erp" / name / "mapping.toml").write_text(text)
    return root


@contextmanager
def opened(made: Path, root: Path, time: Time) -> Iterator[Gateway]:
    if not root.exists():
        shutil.copytree(made, root)
    with open_gateway(root, time) as gateway:
        yield gateway


def work(gateway: Gateway) -> None:
    work_off(gateway.line, gateway.senders())
    look_again(gateway.line)


def to_erp(gateway: Gateway) -> Output:
    with gateway.store.read() as db:
        [output] = list_outputs(db, connection=CONNECTION)
    return output


def poll(gateway: Gateway) -> list[str]:
    """The states of the messages that came, by a poller opened anew."""
    poller, states = gateway.pollers()[CONNECTION], []
    for arrival in poller.poll():
        taken = receive(gateway.line, arrival.name, arrival.chunks(), CONNECTION)
        poller.done(arrival)
        work(gateway)
        with gateway.store.read() as db:
            states += [f"{each.type} {each.state}" for each in list_messages(db, MessageQuery(transmission=taken.id))]
    return states


def send_order(gateway: Gateway) -> None:
    receive(gateway.line, ORDER.name, iter([ORDER.read_bytes()]))
    work(gateway)


@pytest.mark.parametrize(
    ("fault", "first", "later", "seen"),
    [
        ("cut", "unknown", "sent", ["CreateOrder", "GetOrder"]),
        ("html502", "unknown", "sent", ["CreateOrder", "GetOrder", "CreateOrder"]),
        ("html503", "failed", "sent", ["CreateOrder", "CreateOrder"]),
        ("client", "dead", "dead", ["CreateOrder"]),
    ],
)
def test_an_order_is_in_the_erp_once_whatever_it_answers(
    erp: PlayedErp, made: Path, tmp_path: Path, fault: str, first: str, later: str, seen: list[str]
) -> None:
    time = Time()
    with opened(made, tmp_path / "workspace", time) as gateway:
        erp.come(fault)
        send_order(gateway)
        assert to_erp(gateway).state == first
        for _ in range(3):
            time.ahead += timedelta(minutes=1)
            work(gateway)
        output = to_erp(gateway)
        assert output.state == later
        assert (output.receipt == "ERP-70001") == (later == "sent")
    assert [each["soapaction"].strip('"') for each in erp.state()["seen"]] == seen
    assert erp.state()["orders"] == (["SO00000001/1"] if later == "sent" else [])


def test_what_an_erp_confirms_arrives_once_when_the_process_dies_before_it_is_acknowledged(
    erp: PlayedErp, made: Path, tmp_path: Path
) -> None:
    time = Time()
    with opened(made, tmp_path / "workspace", time) as gateway:
        send_order(gateway)
        poller = gateway.pollers()[CONNECTION]
        [arrival] = poller.poll()
        receive(gateway.line, arrival.name, arrival.chunks(), CONNECTION)
    with opened(made, tmp_path / "workspace", time) as gateway:
        work(gateway)
        assert gateway.pollers()[CONNECTION].recover() == 1
        assert poll(gateway)[0] == "confirmations duplicate"
        assert not erp.state()["waiting"]
        with gateway.store.read() as db:
            [order] = orders_by_number(db, "B26-0950")
            answers = [each for each in list_outputs(db) if each.type == "ORDRSP"]
        assert (order.decision, len(answers)) == ("accepted", 1)


def test_stock_and_prices_of_an_erp_hold_from_the_poll_on(erp: PlayedErp, made: Path, tmp_path: Path) -> None:
    price = {"List": "K-NORDWIND", "Account": "10002", "Article": "A-1006", "Amount": "4.90", "Currency": "EUR"}
    with opened(made, tmp_path / "workspace", Time()) as gateway:
        erp.lack({"A-1004": "4"})
        erp.own("prices", [{**price, "Per": "1", "Unit": "PCE"}])
        assert poll(gateway) == ["stock processed", "prices processed"]
        assert poll(gateway) == []
        send_order(gateway)
        with gateway.store.read() as db:
            [order] = orders_by_number(db, "B26-0950")
            lines = {line.product: line for line in lines_of(db, order.id)}
    assert (lines["A-1006"].agreed_price_e6, lines["A-1006"].reasons) == (4_900_000, '["order.line.price.too-low"]')
    assert lines["A-1004"].reasons == '["order.line.late"]'  # the rest comes when there is some again
