"""What leaves for a channel: everything once, then what changed, each thing once, and nothing it told itself."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from gateway.edifact.syntax import Limits
from gateway.errors import ConflictError, TransientError
from gateway.mapping.library import Library
from gateway.metrics import exposed
from gateway.pipeline.work import Line
from gateway.store.engine import Store
from gateway.store.outbox import content_of, list_outputs
from gateway.store.records import Output
from gateway.store.sync_conflicts import ConflictState, conflicts
from gateway.sync import outbound
from gateway.sync.feeds import due_feeds, send_feed
from gateway.sync.intake import ChannelIntake
from gateway.sync.outbound import due_outflows
from gateway.sync.settling import settle
from gateway.sync.status import status_of
from gateway.workspace.configuration import Configuration

from .conftest import BEGIN, Systems, channels

Put = Callable[[str, str], None]


def line_of(store: Store, **files: str) -> Line:
    """A line with these channels, a second later each time it is asked."""
    made = channels(**files)
    now = iter(BEGIN + timedelta(minutes=number) for number in range(1_000))
    return Line(
        store, Configuration(channels=made), Library({}), lambda: next(now), 1, Limits(), timedelta(), timedelta(),
        ChannelIntake(made),
    )  # fmt: skip


def send(line: Line) -> None:
    """Everything that is due."""
    for each in due_outflows(line):
        each.send()
    for feed in due_feeds(line):
        send_feed(line, feed)


def outputs(store: Store, type_: str | None = None) -> list[Output]:
    """What was queued, oldest first."""
    with store.read() as db:
        return [each for each in list_outputs(db) if type_ in (None, each.type)]


def sent(store: Store, type_: str) -> list[list[dict[str, str]]]:
    """The rows of each file of a kind, oldest first."""
    with store.read() as db:
        texts = [content_of(db, each.archive).decode() for each in outputs(store, type_)]
    return [
        [{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(text.splitlines())]
        for text in texts
    ]


@pytest.fixture
def filled(put: Put) -> Put:
    """Stock and prices beside the articles."""
    put("stock", "sku,quantity\nSCREW,10\nNUT,20\n")
    put(
        "prices",
        "subject,object,type,amount,currency\nall,product:NUT,PRICE,1,EUR\naccount:11,product:NUT,PRICE,0.9,EUR\n",
    )
    return put


def test_everything_leaves_once_and_then_what_changed(store: Store, filled: Put) -> None:
    line = line_of(store, shop='flows = { stock = "out" }')
    send(line)
    send(line)
    assert sent(store, "stock") == [[{"sku": "NUT", "quantity": "20"}, {"sku": "SCREW", "quantity": "10"}]]
    filled("stock", "sku,quantity\nSCREW,10\nNUT,19\n")
    send(line)
    assert sent(store, "stock")[1:] == [[{"sku": "NUT", "quantity": "19"}]]


def test_the_metrics_tell_how_far_a_flow_lags(store: Store, filled: Put) -> None:
    line = line_of(store, shop='flows = { stock = "out" }')
    told = exposed(store, BEGIN, [], partial(status_of, line)).decode()
    [behind] = [each for each in told.splitlines() if each.startswith("gateway_channel_behind{")]
    assert float(behind.partition("} ")[2]) > 0
    assert 'channel="shop",flow="stock"' in behind
    send(line)
    told = exposed(store, BEGIN, [], partial(status_of, line)).decode()
    assert 'gateway_channel_behind{channel="shop",flow="stock"} 0.0' in told
    [lag] = [each for each in told.splitlines() if each.startswith("gateway_channel_lag_seconds{")]
    assert float(lag.partition("} ")[2]) > 0


def test_what_changes_elsewhere_makes_no_file(store: Store, filled: Put) -> None:
    line = line_of(store, shop='flows = { stock = "out" }')
    send(line)
    filled("accounts", "account,name\n12,Other\n")
    assert due_outflows(line) == []
    assert status_of(line)[0]["behind"] == 0


def test_a_row_that_is_gone_leaves_as_a_deletion(store: Store, filled: Put) -> None:
    line = line_of(store, shop='flows = { prices = "out" }')
    send(line)
    key = sent(store, "prices")[0][0]["key"]
    filled("prices", f"key,action\n{key},delete\n")
    filled("prices", "subject,object,type,amount,currency\nall,product:SCREW,PRICE,3,EUR\n")
    send(line)
    gone, new = sent(store, "prices")[1]
    assert gone == {"key": key, "action": "delete"}
    assert (new["object"], new["amount"]) == ("product:SCREW", "3")


def test_many_rows_leave_in_files_that_end_where_a_change_ends(
    store: Store, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        put("products", f"sku,name,base_unit\nA{number},A,C62\nB{number},B,C62\n")
    monkeypatch.setattr(outbound, "ROWS_PER_FILE", 3)
    send(line_of(store, shop='flows = { products = "out" }'))
    files = [[row["sku"] for row in rows] for rows in sent(store, "products")]
    assert files == [["NUT", "SCREW", "A0", "B0"], ["A1", "B1", "A2", "B2"], ["A3", "B3", "A4", "B4"]]
    assert [each.reference for each in outputs(store)] == ["000001", "000002", "000003"]


def test_a_run_that_broke_off_goes_on_where_it_was(store: Store, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        put("products", f"sku,name,base_unit\nA{number},A,C62\n")
    monkeypatch.setattr(outbound, "ROWS_PER_FILE", 2)
    line = line_of(store, shop='flows = { products = "out" }')
    queue, calls = outbound.queue, []

    def broken(*given: object) -> str:
        calls.append(given)
        if len(calls) == 2:
            raise TransientError("away")
        return queue(*given)

    monkeypatch.setattr(outbound, "queue", broken)
    with pytest.raises(TransientError):
        send(line)
    send(line)
    assert [[row["sku"] for row in rows] for rows in sent(store, "products")] == [
        ["NUT", "SCREW"],
        ["A0", "A1"],
        ["A2", "A3"],
    ]


def test_two_nodes_that_send_the_same_send_it_once(store: Store, filled: Put) -> None:
    line = line_of(store, shop='flows = { stock = "out" }')
    first, second = due_outflows(line), due_outflows(line)
    second_queue = second[0]._queue

    def late(*given: object) -> bool:
        first[0].send()
        return second_queue(*given)

    second[0]._queue = late
    assert second[0].send().files == 0
    assert len(sent(store, "stock")) == 1


def test_what_a_system_told_is_not_told_back_unless_somebody_changed_it(store: Store, filled: Put) -> None:
    line = line_of(
        store, pim='flows = { products = "in" }', pim_out='system = "pim"\nflows = { products = "out" }',
        shop='flows = { products = "out" }',
    )  # fmt: skip
    send(line)
    systems = Systems(store, line.configuration.channels)
    systems.tell(
        "pim", "products", {"sku": "NUT", "name": "Hex nut"}, {"sku": "NEW", "name": "New", "base_unit": "C62"}
    )
    send(line)
    by_channel = [(each.partner, each.number) for each in outputs(store, "products")]
    assert sorted(by_channel) == [("pim_out", "000001"), ("shop", "000001"), ("shop", "000002")]
    filled("products", "sku,name,base_unit\nNUT,Nut M8,C62\n")
    send(line)
    last = {each.partner: each for each in outputs(store, "products")}
    assert last["pim_out"].number == "000002"
    assert last["shop"].number == "000003"


def test_a_value_in_dispute_leaves_when_it_is_settled(store: Store, filled: Put) -> None:
    line = line_of(store, pim='flows = { products = "in" }', pim_out='system = "pim"\nflows = { products = "out" }')
    send(line)
    filled("products", "sku,name,base_unit\nNUT,Ours,C62\n")
    Systems(store, line.configuration.channels).tell("pim", "products", {"sku": "NUT", "name": "Theirs"})
    send(line)
    assert len(sent(store, "products")) == 1
    with store.read() as db:
        [conflict] = conflicts(db, ConflictState.OPEN)
    settled = settle(line, conflict.id, ConflictState.OURS, "by phone")
    assert (settled.state, settled.note) == ("ours", "by phone")
    assert [row["name"] for row in sent(store, "products")[1]] == ["Ours"]


def test_a_value_that_changed_while_it_was_in_dispute_can_be_kept_and_leaves(store: Store, filled: Put) -> None:
    line = line_of(store, pim='flows = { products = "in" }', pim_out='system = "pim"\nflows = { products = "out" }')
    send(line)
    filled("products", "sku,name,base_unit\nNUT,Ours,C62\n")
    Systems(store, line.configuration.channels).tell("pim", "products", {"sku": "NUT", "name": "Theirs"})
    filled("products", "sku,name,base_unit\nNUT,Third,C62\n")
    with store.read() as db:
        [conflict] = conflicts(db, ConflictState.OPEN)
    with pytest.raises(ConflictError, match="--as ours"):
        settle(line, conflict.id, ConflictState.THEIRS, "")
    settle(line, conflict.id, ConflictState.OURS, "")
    assert [row["name"] for row in sent(store, "products")[1]] == ["Third"]


def test_a_price_that_is_for_another_article_now_is_not_taken_away(store: Store, filled: Put) -> None:
    line = line_of(store, shop='flows = { prices = "out" }')
    row = "key,subject,object,type,amount,currency\nK1,all,product:{},PRICE,5,EUR\n"
    filled("prices", row.format("NUT"))
    send(line)
    filled("prices", row.format("SCREW"))
    send(line)
    assert [(each["key"], each.get("action"), each["object"]) for each in sent(store, "prices")[1]] == [
        ("K1", None, "product:SCREW")
    ]


def test_their_value_is_taken_when_a_conflict_is_settled_so(store: Store, filled: Put) -> None:
    line = line_of(
        store, pim='flows = { products = "in" }', cms='flows = { products = "in" }', shop='flows = { products = "out" }'
    )
    systems = Systems(store, line.configuration.channels)
    systems.tell("pim", "products", {"sku": "NUT", "name": "Theirs"})
    with store.read() as db:
        [conflict] = conflicts(db, ConflictState.OPEN)
    settle(line, conflict.id, ConflictState.THEIRS, "")
    send(line)
    assert {row["sku"]: row["name"] for row in sent(store, "products")[0]} == {"NUT": "Theirs", "SCREW": "Screw"}


def test_a_channel_that_takes_nothing_lags_and_gets_no_more_than_some_files(
    store: Store, filled: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "MOST_WAITING", 2)
    line = line_of(store, down='flows = { stock = "out" }', prices='flows = { prices = "out" }')
    for quantity in range(4):
        filled("stock", f"sku,quantity\nNUT,{quantity}\n")
        filled("prices", f"subject,object,type,amount,currency\nall,product:NUT,PRICE,{quantity + 1},EUR\n")
        send(line)
    down, _ = status_of(line)
    assert (down["waiting"], down["files"]) == (2, 2)
    assert down["behind"] > 0
    assert down["lag_s"] > 0


def test_the_prices_of_an_account_are_written_anew_when_they_change(store: Store, filled: Put) -> None:
    line = line_of(store, site='feeds = { "11" = "prices" }')
    send(line)
    first = outputs(store)
    assert [each.type for each in first] == ["prices-11"]
    assert {row["product"]: row.get("unit_price") for row in sent(store, "prices-11")[0]} == {
        "NUT": "0.9",
        "SCREW": None,
    }
    send(line)
    assert len(outputs(store)) == 1


def test_a_list_that_waits_is_not_followed_by_another_one(store: Store, filled: Put) -> None:
    line = line_of(store, site='feeds = { "11" = "catalogue json" }')
    send(line)
    filled("products", "sku,name,base_unit\nNUT,Nut M8,C62\n")
    assert due_feeds(line) == []
    assert status_of(line)[0]["behind"]
