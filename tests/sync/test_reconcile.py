"""Both sides compared: what is missing, what differs, and what a repair does about it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import UsageError
from gateway.pipeline.work import Line
from gateway.store.engine import Store
from gateway.store.outbox import content_of
from gateway.store.system_rows import learn_keys
from gateway.sync import sorting
from gateway.sync.comparing import What, differences
from gateway.sync.order_lists import OrderReconciliation
from gateway.sync.reconcile import Found, Reconciliation
from gateway.sync.sorting import Keyed, sorted_rows
from gateway.sync.theirs import rows_of_file
from gateway.tabular.reader import Entry, TableRow, read_table

from .conftest import Systems, lines
from .test_outbound import Put, line_of, outputs, send, sent

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


PIM = {
    "pim": 'flows = { products = "in" }\nowner = { "products.brand" = "pim" }',
    "pim_out": 'system = "pim"\nflows = { products = "out" }\nowner = { "products.name" = "gateway" }',
}


def test_a_row_of_which_either_side_owns_a_field_goes_out_with_what_was_taken(store: Store, put: Put) -> None:
    put("products", "sku,name,base_unit,brand\nNUT,Nut,C62,Old\n")
    pim = reconciliation(line_of(store, **PIM), "pim", "products")
    found = told(pim.repaired(pim.differences(theirs("sku,name,brand\nNUT,Nutt,New\nSCREW,Screw,\n"))))
    assert [each[2:] for each in found] == [("name", "Nut", "Nutt", "send"), ("brand", "Old", "New", "take")]
    assert [[(row["name"], row["brand"]) for row in rows] for rows in sent(store, "products")] == [[("Nut", "New")]]


@pytest.mark.parametrize("answers", [False, True])
def test_what_they_hold_and_nobody_here_states_is_sent_as_empty(store: Store, put: Put, *, answers: bool) -> None:
    back = {"back": 'system = "shop"\nflows = { products = "in" }'} if answers else {}
    owned = 'flows = { products = "out" }\nowner = { products = "gateway" }'
    shop = reconciliation(line_of(store, shop=owned, **back), "shop", "products")
    list(shop.repaired(shop.differences(theirs("sku,name,brand\nNUT,Nut,Acme\nSCREW,Screw,\n"))))
    with store.read() as db:
        [file] = [content_of(db, each.archive).decode() for each in outputs(store, "products")]
    [row] = csv.DictReader(file.splitlines())
    assert (row["sku"], row["brand"]) == ("NUT", "")


def test_a_repair_takes_nothing_away_of_what_is_theirs_or_what_a_person_has_to_look_at(store: Store, put: Put) -> None:
    """Fields owned by the other side, or by nobody, are beside one that goes out."""
    owned = 'flows = { products = "out" }\nowner = { "products.name" = "gateway", "products.brand" = "shop" }'
    back = 'system = "shop"\nflows = { prices = "in", products = "in" }'
    alone = reconciliation(line_of(store, shop=owned), "shop", "products")
    both = reconciliation(line_of(store, shop=owned, back=back), "shop", "products")
    list(alone.repaired(alone.differences(theirs("sku,name,brand\nNUT,Nutt,Acme\nSCREW,Screw,\n"))))
    list(both.repaired(both.differences(theirs("sku,name,manufacturer\nNUT,Nutt,Acme\nSCREW,Screw,\n"))))
    with store.read() as db:
        files = [content_of(db, each.archive).decode() for each in outputs(store, "products")]
    for file in files:
        [row] = csv.DictReader(file.splitlines())
        assert row["name"] == "Nut"
        assert not {"brand", "manufacturer"} & set(row)
    assert len(files) == 2


def test_what_changed_since_both_sides_were_compared_goes_out_as_it_is_now(store: Store, put: Put) -> None:
    shop = reconciliation(line_of(store, shop='flows = { products = "out", relations = "out" }'), "shop", "products")
    found = list(shop.differences(theirs("sku,name\nNUT,Nutt\nSCREW,Screw\n")))
    put("products", "sku,name,base_unit\nNUT,Newer,C62\n")
    assert [each.repair for each in shop.repaired(found)] == ["send"]
    assert [[row["name"] for row in rows] for rows in sent(store, "products")] == [["Newer"]]


def test_what_is_not_so_any_more_is_not_repaired(store: Store, put: Put) -> None:
    kept = "product,kind,related\nNUT,accessory,SCREW\n"
    put("relations", kept)
    shop = reconciliation(line_of(store, shop='flows = { relations = "out" }'), "shop", "relations")
    found = list(shop.differences(theirs("product,kind,related\nSCREW,accessory,NUT\n")))
    assert [each.difference.what for each in found] == ["missing-there", "missing-here"]
    put("relations", "action,product,kind,related\ndelete,NUT,accessory,SCREW\nupsert,SCREW,accessory,NUT\n")
    assert [each.repair for each in shop.repaired(found)] == ["none", "none"]
    assert sent(store, "relations") == []


def test_a_row_that_is_refused_here_is_not_called_repaired(store: Store, put: Put) -> None:
    erp = reconciliation(line_of(store, **BOTH), "erp", "stock")
    found = told(erp.repaired(erp.differences(theirs("sku,quantity\nNOTHING,5\nNUT,6\n"))))
    assert [(key, repair) for _, key, *_, repair in found] == [("NOTHING|", "none"), ("NUT|", "take")]


def test_a_row_in_dispute_is_not_sent_before_a_person_decides(store: Store, put: Put) -> None:
    line = line_of(store, pim=PIM["pim"], pim_out=PIM["pim_out"].replace("products.name", "products.family"))
    send(line)
    put("products", "sku,name,base_unit,family\nNUT,Ours,C62,F\n")
    Systems(store, line.configuration.channels).tell("pim", "products", {"sku": "NUT", "name": "Theirs"})
    pim = reconciliation(line, "pim", "products")
    found = told(pim.repaired(pim.differences(theirs("sku,name,family\nNUT,Theirs,G\nSCREW,Screw,\n"))))
    assert [(field, repair) for _, _, field, *_, repair in found] == [("name", "none"), ("family", "none")]
    assert len(sent(store, "products")) == 1


def test_stock_is_compared_and_taken_in_the_unit_that_it_is_counted_in(store: Store, put: Put) -> None:
    put("stock", "sku,quantity\nSCREW,1000\nNUT,1\n")
    erp = reconciliation(line_of(store, **BOTH), "erp", "stock")
    assert told(erp.differences(theirs("sku,quantity,unit\nSCREW,5,BX\nNUT,1,\n"))) == []
    found = told(erp.repaired(erp.differences(theirs("sku,quantity,unit\nSCREW,6,BX\nNUT,1,BX\n"))))
    assert [(what, field, theirs_, repair) for what, _, field, _, theirs_, repair in found] == [
        ("missing-there", None, None, "none"), ("differs", "quantity", "1200", "take"),
        ("unreadable", "unit", "row 3: product NUT has no unit BX", "none"),
    ]  # fmt: skip
    assert lines(store, "stock") == ["NUT,1,", "SCREW,1200,"]


@pytest.mark.parametrize(
    "listed", [b"", b"\xff\xfes\x00k\x00u\x00", b"article,qty\nNUT,1\n", b"sku,quantity\n,1\n", b"{not a list"]
)
@pytest.mark.parametrize("kind", ["stock", "orders"])
def test_a_list_of_which_nothing_can_be_read_says_not_that_everything_is_missing(
    store: Store, put: Put, tmp_path: Path, kind: str, listed: bytes
) -> None:
    put("stock", "sku,quantity\nNUT,20\n")
    line = line_of(store, shop='flows = { stock = "out", orders = "out" }')
    (tmp_path / "list").write_bytes(listed)
    shop = line.configuration.channels["shop"]
    compared = OrderReconciliation(line, shop) if kind == "orders" else Reconciliation(line, shop, kind)
    with pytest.raises(UsageError, match="read"):
        list(compared.differences(rows_of_file(line, shop, kind, tmp_path / "list")))


def test_a_list_that_holds_nothing_is_one(store: Store, put: Put, tmp_path: Path) -> None:
    put("stock", "sku,quantity\nNUT,20\n")
    line = line_of(store, shop='flows = { stock = "out" }')
    (tmp_path / "list").write_bytes(b"sku,quantity\n")
    found = reconciliation(line, "shop", "stock").differences(
        rows_of_file(line, line.configuration.channels["shop"], "stock", tmp_path / "list")
    )
    assert [each[:2] for each in told(found)] == [("missing-there", "NUT|")]


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
