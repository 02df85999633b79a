"""What leaves for a channel: everything once, then what changed, each thing once, and nothing it told itself."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.edifact.syntax import Limits
from gateway.errors import ConflictError, TransientError
from gateway.mapping.library import Library
from gateway.metrics import exposed
from gateway.pipeline.work import Line
from gateway.store.engine import Store
from gateway.store.outbox import content_of, list_outputs
from gateway.store.records import Output
from gateway.store.sync_conflicts import AGREED, ConflictState, conflicts
from gateway.sync import outbound
from gateway.sync.feeds import due_feeds, send_feed
from gateway.sync.intake import ChannelIntake
from gateway.sync.keys import first_part, key_text
from gateway.sync.outbound import Outflow, due_outflows
from gateway.sync.sending import sendings
from gateway.sync.settling import settle
from gateway.sync.status import status_of
from gateway.workspace.configuration import Configuration

from .conftest import BEGIN, Systems, channels, lines

Put = Callable[[str, str], None]

PIM = 'flows = { products = "in" }'
PIM_OUT = 'system = "pim"\nflows = { products = "out" }'
PIM_OUT_IN_JSON = f'{PIM_OUT}\nsyntax = {{ products = "json" }}'


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


def in_json(store: Store, type_: str) -> list[list[dict[str, str]]]:
    """The rows of each file of a kind that is JSON, empty values included, oldest first."""
    with store.read() as db:
        return [json.loads(content_of(db, each.archive)) for each in outputs(store, type_)]


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


def test_what_is_taken_away_of_a_row_is_told_as_an_empty_value_which_another_gateway_takes_away_too(
    store: Store, filled: Put
) -> None:
    line = line_of(store, shop='flows = { products = "out" }\nsyntax = { products = "json" }')
    filled("products", "sku,name,base_unit,brand,name:de,unit:BX\nNUT,Nut,C62,Bolts,Mutter,100\n")
    before = lines(store, "products")
    send(line)
    filled("products", "sku,name,base_unit,brand,name:de\nNUT,Nut,C62,Other,\n")
    send(line)
    filled("products", "sku,name,base_unit\nNUT,Nut,C62\n")
    send(line)
    first, second, third = [[row for row in rows if row["sku"] == "NUT"] for rows in in_json(store, "products")]
    row = {"sku": "NUT", "name": "Nut", "base_unit": "C62", "status": "active", "lead_time_days": "0"}
    assert first == [{**row, "brand": "Bolts", "name:de": "Mutter", "unit:BX": "100"}]
    assert second == [{**row, "brand": "Other", "name:de": "", "unit:BX": ""}]
    assert third == [{**row, "brand": ""}]
    after = lines(store, "products")
    filled("products", "sku,name,base_unit,brand,name:de,unit:BX\nNUT,Nut,C62,Bolts,Mutter,100\n")
    assert lines(store, "products") == before
    shop = Systems(store, channels(shop='flows = { products = "in" }'))
    assert shop.tell("shop", "products", *second) + shop.tell("shop", "products", *third) == []
    assert lines(store, "products") == after


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

    def late(*given: object, **named: object) -> bool:
        first[0].send()
        return second_queue(*given, **named)

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


def test_what_is_taken_away_is_told_though_the_row_changed_again_and_leaves_in_a_later_file(
    store: Store, filled: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_of(store, shop='flows = { products = "out" }\nsyntax = { products = "json" }')
    filled("products", "sku,name,base_unit,brand\nNUT,Nut,C62,Bolts\n")
    send(line)
    monkeypatch.setattr(outbound, "ROWS_PER_FILE", 1)
    filled("products", "sku,name,base_unit,brand\nNUT,Nut,C62,\n")
    filled("products", "sku,name,base_unit\nSCREW,Longer screw,C62\n")
    filled("products", "sku,name,base_unit\nNUT,Wider nut,C62\n")
    send(line)
    *_, screw, nut = in_json(store, "products")
    assert [row["sku"] for row in screw] == ["SCREW"]
    assert [(row["sku"], row["name"], row["brand"]) for row in nut] == [("NUT", "Wider nut", "")]


def test_what_the_system_itself_owns_is_not_told_as_taken_away(store: Store, filled: Put) -> None:
    owned = 'owner = { "products.brand" = "shop" }'
    line = line_of(store, shop=f'flows = {{ products = "out" }}\nsyntax = {{ products = "json" }}\n{owned}')
    filled("products", "sku,name,base_unit,brand\nNUT,Nut,C62,Bolts\n")
    send(line)
    filled("products", "sku,name,base_unit,brand\nNUT,Wider nut,C62,\n")
    send(line)
    [row] = in_json(store, "products")[-1]
    assert row["name"] == "Wider nut"
    assert "brand" not in row


def test_what_a_system_states_while_a_file_is_written_for_it_is_taken_away_by_that_file(
    store: Store, filled: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_of(store, pim=f'{PIM}\nowner = {{ products = "gateway" }}', pim_out=PIM_OUT_IN_JSON)
    systems = Systems(store, line.configuration.channels)
    send(line)
    filled("products", "sku,name,base_unit\nNUT,Hex nut,C62\n")
    written, stated = outbound.written_rows, iter([{"sku": "NUT", "brand": "Theirs"}])

    def late(*given: object) -> object:
        made = written(*given)
        for row in stated:
            systems.tell("pim", "products", row)
        return made

    monkeypatch.setattr(outbound, "written_rows", late)
    send(line)
    files = in_json(store, "products")
    assert [(row["name"], row["brand"]) for row in files[1]] == [("Hex nut", "")]
    assert len(files) == 2
    assert due_outflows(line) == []


def test_what_rows_stated_before_is_read_once_for_a_file_and_not_while_the_store_is_held(
    store: Store, filled: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_of(store, pim=PIM, pim_out=PIM_OUT_IN_JSON)
    filled("products", "sku,name,base_unit,brand\nNUT,Nut,C62,Bolts\n")
    send(line)
    filled("products", "sku,name,base_unit,brand\nNUT,Nut,C62,\n")
    ended, read = outbound.ended_since, list[object]()

    def noted(*given: object) -> object:
        read.append(given)
        return ended(*given)

    monkeypatch.setattr(outbound, "ended_since", noted)
    send(line)
    [row] = in_json(store, "products")[-1]
    assert row["brand"] == ""
    assert len(read) == 1


def test_of_several_keys_of_a_system_for_one_thing_the_one_it_told_last_goes_to_it(store: Store, filled: Put) -> None:
    line = line_of(store, pim='flows = { products = "in" }', pim_out='system = "pim"\nflows = { stock = "out" }')
    systems = Systems(store, line.configuration.channels)
    told = [("A-1",), ("B-2",), ("C-3", "A-1"), ("B-2",), ("A-1", "B-2", "A-1")]
    for quantity, externals in enumerate(told, 1):
        systems.tell("pim", "products", *({"external": each, "sku": "NUT"} for each in externals))
        filled("stock", f"sku,quantity\nNUT,{quantity}\n")
        send(line)
    nuts = [row["external"] for rows in sent(store, "stock") for row in rows if row["sku"] == "NUT"]
    assert nuts == ["A-1", "B-2", "A-1", "B-2", "A-1"]


def test_a_value_in_dispute_leaves_when_it_is_settled(store: Store, filled: Put) -> None:
    line = line_of(store, pim=PIM, pim_out=PIM_OUT)
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


def test_a_dispute_that_was_settled_is_open_again_when_the_same_values_meet_anew(store: Store, filled: Put) -> None:
    line = line_of(store, pim=PIM, pim_out=PIM_OUT)
    systems = Systems(store, line.configuration.channels)
    for settled in (ConflictState.THEIRS, ConflictState.OURS):
        filled("products", "sku,name,base_unit\nNUT,Between,C62\n")
        send(line)
        filled("products", "sku,name,base_unit\nNUT,Ours,C62\n")
        [issue] = systems.tell("pim", "products", {"sku": "NUT", "name": "Theirs"})
        assert issue.code == "sync.conflict.open"
        with store.read() as db:
            [conflict] = conflicts(db, ConflictState.OPEN)
        assert (conflict.ours, conflict.theirs) == ("Ours", "Theirs")
        settle(line, conflict.id, settled, "as said")


def test_a_value_that_changed_while_it_was_in_dispute_can_be_kept_and_leaves(store: Store, filled: Put) -> None:
    line = line_of(store, pim=PIM, pim_out=PIM_OUT)
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


def test_a_dispute_is_over_when_the_system_states_what_stands_here_and_what_else_changed_leaves(
    store: Store, filled: Put
) -> None:
    line = line_of(store, pim=PIM, pim_out=PIM_OUT)
    systems = Systems(store, line.configuration.channels)
    send(line)
    filled("products", "sku,name,base_unit,manufacturer\nNUT,Ours,C62,Acme\n")
    systems.tell("pim", "products", {"sku": "NUT", "name": "Theirs"})
    systems.tell("pim", "products", {"sku": "NUT", "brand": "B"})
    send(line)
    with store.read() as db:
        assert len(conflicts(db, ConflictState.OPEN)) == 1
    systems.tell("pim", "products", {"sku": "NUT", "name": "Ours"})
    send(line)
    with store.read() as db:
        assert [(each.state, each.ours, each.note) for each in conflicts(db)] == [("ours", "Ours", AGREED)]
    assert [(row["name"], row["manufacturer"]) for row in sent(store, "products")[-1]] == [("Ours", "Acme")]
    assert due_outflows(line) == []


def test_what_changed_beside_a_dispute_leaves_though_their_value_stands_here_already(store: Store, filled: Put) -> None:
    line = line_of(store, pim=PIM, pim_out=PIM_OUT)
    send(line)
    filled("products", "sku,name,base_unit\nNUT,Ours,C62\n")
    Systems(store, line.configuration.channels).tell("pim", "products", {"sku": "NUT", "name": "Theirs"})
    filled("products", "sku,name,base_unit,manufacturer\nNUT,Theirs,C62,Acme\n")
    send(line)
    with store.read() as db:
        [conflict] = conflicts(db, ConflictState.OPEN)
    settle(line, conflict.id, ConflictState.THEIRS, "")
    send(line)
    assert [(row["name"], row["manufacturer"]) for row in sent(store, "products")[-1]] == [("Theirs", "Acme")]


def test_a_full_run_holds_what_the_system_is_thought_to_hold_too(store: Store, filled: Put) -> None:
    line = line_of(store, pim=PIM, pim_out=PIM_OUT)
    send(line)
    Outflow(line, line.configuration.channels["pim_out"], "products").send_all()
    send(line)
    send(line)
    assert [[row["sku"] for row in file] for file in sent(store, "products")] == 2 * [["NUT", "SCREW"]]


def test_who_was_sent_a_row_has_told_nothing_of_it(store: Store, filled: Put) -> None:
    files = {"shop": 'flows = { products = "in" }', "erp": 'flows = { products = "in" }'}
    files = {name: f'{text}\nconflict = "newest"' for name, text in files.items()}
    line = line_of(store, **files, erp_out='system = "erp"\nflows = { products = "out" }')
    systems = Systems(store, line.configuration.channels)
    systems.tell("shop", "products", {"sku": "NUT", "name": "Nut"})
    send(line)
    filled("products", "sku,name,base_unit\nNUT,By hand,C62\n")
    systems.tell("shop", "products", {"sku": "NUT", "name": "Newest"}, late=60)
    assert any(each.startswith("NUT,Newest,") for each in lines(store, "products"))


def test_a_full_run_tells_what_is_gone_and_was_not_told_of(store: Store, filled: Put) -> None:
    line = line_of(store, shop='flows = { prices = "out" }')
    send(line)
    [gone, left] = [row["key"] for row in sent(store, "prices")[0]]
    filled("prices", f"action,key\ndelete,{gone}\n")
    Outflow(line, line.configuration.channels["shop"], "prices").send_all()
    told = [(each["key"], each.get("action")) for each in sent(store, "prices")[1]]
    assert told == [(left, None), (gone, "delete")]
    assert due_outflows(line) == []


def test_a_full_run_that_has_no_room_to_begin_says_so_and_changes_nothing(
    store: Store, filled: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "MOST_WAITING", 1)
    line = line_of(store, shop='flows = { products = "out" }')
    send(line)
    before = status_of(line)
    for each in sendings(line, line.configuration.channels["shop"], full=True):
        with pytest.raises(ConflictError, match="1 files wait to leave"):
            each.send()
    assert [row["reason"] for row in before] == [row["reason"] for row in status_of(line)] == [None]
    assert [row["seq"] for row in before] == [row["seq"] for row in status_of(line)]


def test_what_stands_under_an_odd_key_is_found_again(store: Store, filled: Put) -> None:
    filled("products", "sku,name,base_unit\na|b\\,Odd,C62\n")
    filled("stock", "sku,quantity\na|b\\,1\n")
    line = line_of(store, erp='flows = { stock = "in" }', erp_out='system = "erp"\nflows = { stock = "out" }')
    send(line)
    filled("stock", "sku,quantity\na|b\\,2\n")
    Systems(store, line.configuration.channels).tell("erp", "stock", {"sku": "a|b\\", "quantity": "3"})
    with store.read() as db:
        [conflict] = conflicts(db, ConflictState.OPEN)
    settle(line, conflict.id, ConflictState.THEIRS, "")
    assert "a|b\\,3," in lines(store, "stock")


@given(
    st.lists(st.text("a|\\\n", max_size=3), min_size=2, max_size=3), st.lists(st.text("a|\\\n", max_size=3), min_size=2)
)
def test_keys_of_different_rows_are_different(one: list[str], other: list[str]) -> None:
    assert (key_text(one) == key_text(other)) is (one == other)
    assert first_part(key_text(one)) == one[0]


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


def test_a_full_run_waits_for_room_and_goes_on_as_a_full_run(
    store: Store, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        put("products", f"sku,name,base_unit\nA{number},A,C62\n")
    monkeypatch.setattr(outbound, "ROWS_PER_FILE", 2)
    line = line_of(store, pim=PIM, pim_out=PIM_OUT)
    send(line)
    monkeypatch.setattr(outbound, "MOST_WAITING", 5)
    Outflow(line, line.configuration.channels["pim_out"], "products").send_all()
    assert (len(outputs(store)), due_outflows(line)) == (5, [])
    monkeypatch.setattr(outbound, "MOST_WAITING", 6)
    send(line)
    send(line)
    everything = [["NUT", "SCREW"], ["A0", "A1"], ["A2", "A3"]]
    assert [[row["sku"] for row in rows] for rows in sent(store, "products")] == 2 * everything
    assert [each["behind"] for each in status_of(line) if each["way"] == "out"] == [0]


def test_the_limit_of_waiting_files_holds_within_a_large_change_which_goes_on_where_it_was(
    store: Store, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("products", "sku,name,base_unit\n" + "".join(f"A{number},A,C62\n" for number in range(6)))
    small_files(monkeypatch)
    monkeypatch.setattr(outbound, "MOST_WAITING", 2)
    line = line_of(store, shop='flows = { products = "out" }')
    send(line)
    assert (len(outputs(store)), due_outflows(line)) == (2, [])
    put("products", "sku,name,base_unit\nA0,A once more,C62\nA1,A once more,C62\nA5,A once more,C62\n")
    monkeypatch.setattr(outbound, "MOST_WAITING", 20)
    send(line)
    assert [[row["sku"] for row in rows] for rows in sent(store, "products")] == [
        ["NUT", "SCREW"], ["A0", "A1"], ["A2", "A3"], ["A4", "A0"], ["A1", "A5"],
    ]  # fmt: skip
    assert due_outflows(line) == []


TAKEN_AWAY = {
    "contacts": (
        "account,name,phone\n11,Ann,1\n11,Ben,1\n",
        ("account,name,phone\n11,Ann,\n", "account,name,phone\n11,Ben,2\n"),
        "account,name,email\n11,Ann,ann@example.com\n",
        {"name": "Ann", "email": "ann@example.com", "phone": ""},
    ),
    "products": (
        "sku,name,base_unit,unit:CT,attr:colour\nNUT,Nut,C62,10,red\n",
        ("sku,name,base_unit,unit:CT,attr:colour\nNUT,Nut,C62,,\n", "sku,name,base_unit\nSCREW,Longer,C62\n"),
        "sku,name,base_unit\nNUT,Larger,C62\n",
        {"sku": "NUT", "name": "Larger", "unit:CT": "", "attr:colour": ""},
    ),
}


@pytest.mark.parametrize("kind", TAKEN_AWAY)
def test_what_a_run_that_was_cut_did_not_tell_is_taken_away_of_a_row_leaves_with_its_next_change(
    store: Store, filled: Put, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    first, (taken, other), more, told = TAKEN_AWAY[kind]
    line = line_of(store, shop=f'flows = {{ {kind} = "out" }}\nsyntax = {{ {kind} = "json" }}')
    filled(kind, first)
    send(line)
    for change in (taken, other, more):
        filled(kind, change)
    before = len(outputs(store, kind))
    monkeypatch.setattr(outbound, "ROWS_PER_FILE", 1)
    monkeypatch.setattr(outbound, "MOST_WAITING", before + 1)
    send(line)
    monkeypatch.setattr(outbound, "MOST_WAITING", 20)
    send(line)
    [_, row] = [row for rows in in_json(store, kind)[before:] for row in rows]
    assert told.items() <= row.items()
    assert due_outflows(line) == []


def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows in a file, whatever they change with."""
    monkeypatch.setattr(outbound, "ROWS_PER_FILE", 2)
    monkeypatch.setattr(outbound, "MOST_ROWS", 2)


MANY = {
    "products": "sku,name,base_unit\n" + "".join(f"A{number},A,C62\n" for number in range(5)),
    "stock": "sku,quantity,available_on\nNUT,1,\nNUT,2,2027-01-01\nNUT,3,2027-01-02\nSCREW,4,\nSCREW,5,2027-01-01\n",
    "prices": "subject,object,type,amount,currency\n"
    + "".join(
        f"{who},product:{sku},PRICE,1,EUR\n" for who in ("all", "account:1", "account:11") for sku in ("NUT", "SCREW")
    ),
    "contacts": "account,name,phone\n" + "".join(f"{account},{name},1\n" for account in (1, 11) for name in "éZa"),
}


@pytest.mark.parametrize("kind", MANY)
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_large_change_that_a_crash_breaks_off_goes_on_where_it_was(
    store: Store, put: Put, monkeypatch: pytest.MonkeyPatch, kind: str, at: int
) -> None:
    put(kind, MANY[kind])
    small_files(monkeypatch)
    line = line_of(store, shop=f'flows = {{ {kind} = "out" }}')
    queue, calls = outbound.queue, []

    def broken(*given: object) -> str:
        calls.append(given)
        if len(calls) == at:
            raise TransientError("away")
        return queue(*given)

    monkeypatch.setattr(outbound, "queue", broken)
    with pytest.raises(TransientError):
        send(line)
    send(line)
    rows = [tuple(sorted(row.items())) for file in sent(store, kind) for row in file]
    assert len(rows) == len(set(rows)) == len(lines(store, kind))
    assert [each.reference for each in outputs(store)] == [f"{number:06d}" for number in range(1, len(calls))]
    assert due_outflows(line) == []


def test_deletions_of_a_large_change_go_on_where_they_were(
    store: Store, filled: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled("contacts", "account,name,phone\n" + "".join(f"11,{name},1\n" for name in "abcdef"))
    line = line_of(store, shop='flows = { contacts = "out" }')
    send(line)
    changed = "11,a,2,\n11,b,2,\n11,c,2,\n" + "".join(f"11,{name},,delete\n" for name in "def")
    filled("contacts", f"account,name,phone,action\n{changed}")
    small_files(monkeypatch)
    for waiting in (2, 3, 4):
        monkeypatch.setattr(outbound, "MOST_WAITING", waiting)
        send(line)
    told = [[(row["name"], row.get("action", "")) for row in rows] for rows in sent(store, "contacts")[1:]]
    assert told == [[("a", ""), ("b", "")], [("c", ""), ("d", "delete")], [("e", "delete"), ("f", "delete")]]
    assert due_outflows(line) == []


def test_a_conflict_about_a_row_that_is_gone_is_settled_as_ours_and_the_system_told_so(
    store: Store, filled: Put
) -> None:
    line = line_of(store, crm='flows = { contacts = "in" }', crm_out='system = "crm"\nflows = { contacts = "out" }')
    filled("contacts", "account,name,phone\n11,Ann,1\n")
    send(line)
    filled("contacts", "account,name,phone\n11,Ann,2\n")
    Systems(store, line.configuration.channels).tell("crm", "contacts", {"account": "11", "name": "Ann", "phone": "3"})
    filled("contacts", "account,name,action\n11,Ann,delete\n")
    send(line)
    with store.read() as db:
        [conflict] = conflicts(db, ConflictState.OPEN)
    with pytest.raises(ConflictError, match="--as ours"):
        settle(line, conflict.id, ConflictState.THEIRS, "")
    assert settle(line, conflict.id, ConflictState.OURS, "left").state == "ours"
    assert sent(store, "contacts")[1:] == [[{"action": "delete", "account": "11", "name": "Ann"}]]


def test_a_value_that_settled_itself_as_ours_goes_back_once_however_often_the_system_insists(
    store: Store, filled: Put
) -> None:
    line = line_of(
        store, pim='flows = { products = "in" }\nowner = { "products.name" = "gateway" }',
        pim_out='system = "pim"\nflows = { products = "out" }',
    )  # fmt: skip
    send(line)
    systems = Systems(store, line.configuration.channels)
    for _ in range(3):
        systems.tell("pim", "products", {"sku": "NUT", "name": "Theirs"})
        send(line)
        assert [[row["name"] for row in rows] for rows in sent(store, "products")[1:]] == [["Nut"]]
        assert due_outflows(line) == []
    systems.tell("pim", "products", {"sku": "NUT", "name": "Another"})
    send(line)
    send(line)
    assert [[row["name"] for row in rows] for rows in sent(store, "products")[1:]] == 2 * [["Nut"]]


def test_the_prices_of_an_account_are_written_anew_when_they_change(store: Store, filled: Put) -> None:
    line = line_of(store, site='feeds = { "11" = "prices" }')
    send(line)
    first = outputs(store)
    assert [each.type for each in first] == ["prices-11"]
    assert {row["product"]: row.get("unit_price") for row in sent(store, "prices-11")[0]} == {
        "NUT": "0.9",
        "SCREW": None,
    }
    assert status_of(line)[0]["rows"] == 2
    send(line)
    assert len(outputs(store)) == 1


def test_a_list_that_waits_is_not_followed_by_another_one(store: Store, filled: Put) -> None:
    line = line_of(store, site='feeds = { "11" = "catalogue json" }')
    send(line)
    filled("products", "sku,name,base_unit\nNUT,Nut M8,C62\n")
    assert due_feeds(line) == []
    assert status_of(line)[0]["behind"]
