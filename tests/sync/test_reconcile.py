"""Both sides compared: what is missing, what differs, and what a repair does about it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pipeline.work import Line
from gateway.store.engine import Store
from gateway.store.system_rows import learn_keys
from gateway.sync import sorting
from gateway.sync.comparing import What, differences
from gateway.sync.reconcile import Found, Reconciliation
from gateway.sync.sorting import Keyed, sorted_rows
from gateway.tabular.reader import Entry, TableRow, read_table

from .conftest import lines
from .test_outbound import Put, line_of, sent

BOTH = {
    "erp": 'flows = { stock = "in" }\nowner = { stock = "erp" }',
    "erp_out": 'system = "erp"\nflows = { products = "out" }\nowner = { "products.brand" = "erp" }',
}


def theirs(text: str) -> Iterator[Entry]:
    """The rows of a file, empty cells included."""
    table = read_table(BytesIO(text.encode()))
    for row in table:
        assert isinstance(row, TableRow)
        assert table.header is not None
        yield TableRow(row.line, {name: row.cells.get(name, "") for name in table.header[1]})


def told(found: Iterator[Found]) -> list[tuple[str, str, str | None, str | None, str | None, str]]:
    """Differences in short."""
    return [
        (each.difference.what, each.difference.key, each.difference.field, each.difference.ours,
         each.difference.theirs, each.repair)
        for each in found
    ]  # fmt: skip


def reconciliation(line: Line, channel: str, kind: str) -> Reconciliation:
    """The comparison of one kind."""
    return Reconciliation(line, line.configuration.channels[channel], kind)


def test_what_is_missing_and_what_differs_is_listed_by_key(store: Store, put: Put) -> None:
    put("stock", "sku,quantity\nNUT,20\nSCREW,10\n")
    erp = reconciliation(line_of(store, **BOTH), "erp", "stock")
    assert told(erp.differences(theirs("sku,quantity\nNUT,20.0\nOTHER,5\nNUT,21\n"))) == [
        ("repeated", "NUT|", None, None, None, "none"),
        ("missing-here", "OTHER|", None, None, None, "take"),
        ("missing-there", "SCREW|", None, None, None, "none"),
    ]
    assert told(erp.differences(theirs("sku,quantity\nNUT,19\nSCREW,x\n"))) == [
        ("differs", "NUT|", "quantity", "20", "19", "take"),
        ("missing-there", "SCREW|", None, None, None, "none"),
        ("unreadable", "line 3", "quantity", None, "'x' is not a number", "none"),
    ]


def test_a_repair_takes_what_is_theirs_and_sends_what_is_ours(store: Store, put: Put) -> None:
    put("stock", "sku,quantity\nNUT,20\nSCREW,10\n")
    line = line_of(store, **BOTH)
    stock, products = reconciliation(line, "erp", "stock"), reconciliation(line, "erp_out", "products")
    list(stock.repaired(stock.differences(theirs("sku,quantity\nNUT,19\nSCREW,10\n"))))
    assert lines(store, "stock") == ["NUT,19,", "SCREW,10,"]
    file = "sku,name,brand\nNUT,Nutt,Acme\n"
    assert told(products.repaired(products.differences(theirs(file)))) == [
        ("differs", "NUT", "name", "Nut", "Nutt", "send"),
        ("differs", "NUT", "brand", None, "Acme", "none"),
        ("missing-there", "SCREW", None, None, None, "send"),
    ]
    assert [[(row["sku"], row["name"]) for row in rows] for rows in sent(store, "products")] == [
        [("NUT", "Nut"), ("SCREW", "Screw")]
    ]


def test_both_sides_are_the_same_after_a_repair(store: Store, put: Put) -> None:
    put("stock", "sku,quantity\nNUT,20\n")
    erp = reconciliation(line_of(store, **BOTH), "erp", "stock")
    file = "sku,quantity\nNUT,1\nSCREW,2\n"
    list(erp.repaired(erp.differences(theirs(file))))
    assert list(erp.differences(theirs(file))) == []


def test_rows_that_name_things_by_keys_of_the_system_are_found(store: Store, put: Put) -> None:
    put("stock", "sku,quantity\nNUT,20\n")
    with store.write() as db:
        learn_keys(db, "erp", "products", {"4711": "NUT"})
    erp = reconciliation(line_of(store, **BOTH), "erp", "stock")
    assert told(erp.differences(theirs("external,quantity\n4711,20\n4712,1\n")))[0][:2] == ("unreadable", "line 3")


def test_prices_are_compared_by_their_keys_however_they_lie(store: Store, put: Put) -> None:
    put("prices", "subject,object,type,amount,currency\nall,product:NUT,PRICE,1,EUR\nall,product:SCREW,PRICE,2,EUR\n")
    shop = reconciliation(line_of(store, shop='flows = { prices = "out" }'), "shop", "prices")
    keys = [line.split(",")[0] for line in lines(store, "prices")]
    found = told(shop.differences(theirs(f"key,amount\n{keys[1]},2.50\nother,1\n")))
    assert [(what, field, ours, theirs_, repair) for what, _, field, ours, theirs_, repair in found] == [
        ("missing-there", None, None, None, "send"), ("differs", "amount", "2", "2.5", "send"),
        ("missing-here", None, None, None, "send"),
    ]  # fmt: skip


CELLS = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"), max_size=2)
SIDE = st.dictionaries(st.text("kl|\x00é", max_size=3), CELLS, max_size=12)


@given(SIDE, SIDE)
def test_what_is_told_is_exactly_what_is_different(
    ours: dict[str, dict[str, str]], theirs: dict[str, dict[str, str]]
) -> None:
    def side(rows: dict[str, dict[str, str]]) -> Iterator[Keyed]:
        return sorted_rows((key, 0, cells) for key, cells in rows.items())

    found = list(differences(side(ours), side(theirs)))
    assert {each.key for each in found if each.what is What.MISSING_THERE} == ours.keys() - theirs.keys()
    assert {each.key for each in found if each.what is What.MISSING_HERE} == theirs.keys() - ours.keys()
    assert {(each.key, each.field, each.theirs) for each in found if each.what is What.DIFFERS} == {
        (key, name, cell)
        for key, cells in theirs.items()
        if key in ours
        for name, cell in cells.items()
        if ours[key].get(name, "") != cell
    }


def test_more_rows_than_fit_in_memory_are_sorted_through_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "AT_ONCE", 10)
    monkeypatch.setattr(sorting, "MOST_FILES", 3)
    rows: list[Keyed] = [(str(number * 7919 % 1_000), number, {"n": str(number)}) for number in range(500)]
    assert list(sorted_rows(rows)) == sorted(rows, key=lambda row: row[:2])
