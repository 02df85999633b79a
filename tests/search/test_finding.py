"""An account finds what it may buy, by any number it knows and by words, and never anything else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event

from gateway.masterdata.importing import ImportOptions, import_rows
from gateway.pipeline.desk import Asked, PriceDesk
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.search.finding import Finder, Found, How, Place, place_named
from gateway.search.index import SearchIndex
from gateway.search.keeping import keep
from gateway.store.engine import Store

ACCOUNTS = "account,name,parent,language\n1,Nordwerk,,de\n11,Werk Kiel,1,de\n2,Other,,en\n"
PRODUCTS = """sku,name,name:en,base_unit,manufacturer,manufacturer_part,category,brand,keywords,gtin,attr:Gewinde
210-0800-08,Sechskantschraube M8x40,Hexagon bolt M8x40,C62,Werk,DIN933-8-40,fixings/bolts,Bolzano,,4006381333931,M8
210-0800-10,Sechskantschraube M10x40,Hexagon bolt M10x40,C62,Schraubenwerk,DIN933-10-40,fixings/bolts,Bolzano,,,M10
310-0100,Unterlegscheibe groß,Large washer,C62,,,fixings/washers,Bolzano,Beilagscheibe,,
410-7,Bügelsäge,Bow saw,C62,Saegenbau,6ES7 214-1AG40,tools/saws,Zahn,,,
"""
NUMBERS = """account,number,product,valid_from,valid_to
1,4500118730,310-0100,,
2,4500118730,410-7,,
1,OLD-1,410-7,,2020-01-01
"""

Add = Callable[..., None]


@pytest.fixture
def add(store: Store, tmp_path: Path) -> Add:
    """Imports CSV of a kind."""

    def adding(kind: str, text: str) -> None:
        file = tmp_path / f"{kind}.csv"
        file.write_text(text)
        report = import_rows(store, kind, file, ImportOptions(date(2026, 6, 1)))
        assert report.refusals == ()

    adding("accounts", ACCOUNTS)
    adding("products", PRODUCTS)
    adding("part-numbers", NUMBERS)
    return adding


@pytest.fixture
def index(tmp_path: Path) -> SearchIndex:
    return SearchIndex(tmp_path / "index")


@pytest.fixture
def find(store: Store, index: SearchIndex, add: Add) -> Callable[..., Found]:
    """What an account finds once the index is as the store."""

    def finding(text: str, account: str = "11", most: int = 25, after: Place | None = None) -> Found:
        keep(store, index)
        with store.read() as db:
            snapshot = Snapshot(db, TradeMemory())
            [who, *_] = snapshot.chain(account)
            desk = PriceDesk(snapshot, Asked(who, date(2026, 6, 1), "EUR", "shop"))
            return Finder(snapshot, desk, index).find(text, most, after or Place())

    return finding


Find = Callable[..., Found]


def skus(found: Found) -> list[str]:
    return [each.sku for each in found.products]


@pytest.mark.one_store
@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("210-0800-08", "sku"),
        ("2100800 08", "sku"),
        ("4006381333931", "gtin"),
        ("04006381333931", "gtin"),
        ("0 400638 133393 1", "gtin"),
        ("DIN933-8-40", "manufacturer_part"),
        ("din 933 8 40", "manufacturer_part"),
    ],
)
def test_every_number_of_an_article_leads_to_it_however_it_is_typed(find: Find, typed: str, number: str) -> None:
    found = find(typed)

    assert (skus(found), found.how, found.number) == (["210-0800-08"], How.NUMBER, number)


def test_an_accounts_own_number_leads_to_its_article_and_to_that_of_nobody_else(find: Find) -> None:
    assert (skus(find("4500118730")), find("4500118730").number) == (["310-0100"], "buyer_sku")
    assert skus(find("4500 118-730")) == ["310-0100"]
    assert skus(find("4500118730", account="2")) == ["410-7"]


@pytest.mark.one_store
@pytest.mark.parametrize(
    "typed",
    [
        "Sechskantschraube",
        "schrauben",
        "hexagon bolts",
        "Schraube M8",
        "bolzano m8",
        "sechskant",
        "M8x40",
        "sechskantscraube",
    ],
)
def test_words_find_an_article_by_its_names_parts_of_them_its_make_and_with_a_slip(find: Find, typed: str) -> None:
    assert "210-0800-08" in skus(find(typed))
    assert "410-7" not in skus(find(typed))


@pytest.mark.one_store
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("6ES7", ["410-7"]),
        ("6es7 214-1a", ["410-7"]),
        ("210-08", ["210-0800-08", "210-0800-10"]),
        ("400638133", ["210-0800-08"]),
        ("45001", ["310-0100"]),
        ("45", []),
    ],
)
def test_the_beginning_of_a_number_finds_what_the_account_knows_by_it(find: Find, typed: str, found: list[str]) -> None:
    assert sorted(skus(find(typed))) == found


@pytest.mark.one_store
def test_a_number_names_a_unit_as_well_where_it_is_one_of_a_unit(find: Find, add: Add) -> None:
    add("part-numbers", "account,number,product,unit\n1,KIT-7,410-7,C62\n1,KIT-8,410-7,\n")
    assert [find(each).unit for each in ("KIT-7", "kit 7", "KIT-8", "4006381333931", "410-7")] == [
        "C62", "C62", None, "C62", None,
    ]  # fmt: skip


@pytest.mark.one_store
@pytest.mark.parametrize("typed", ["OLD-1", "old 1"])
def test_a_number_that_the_account_no_longer_has_means_nothing(find: Find, typed: str) -> None:
    assert find(typed).how is not How.NUMBER


@pytest.mark.one_store
def test_the_number_of_another_account_tells_nothing_among_words(find: Find) -> None:
    assert skus(find("4500118730 gibtsnicht", account="2")) == []
    assert skus(find("4500118730 Säge", account="11")) == ["410-7"]


@pytest.mark.one_store
@pytest.mark.parametrize(
    ("typed", "found"),
    [("die Säge", "410-7"), ("eine Scheibe für den Bolzen", "310-0100"), ("a saw for the wood", "410-7")],
)
def test_words_that_only_bind_others_count_for_nothing(find: Find, add: Add, typed: str, found: str) -> None:
    add("products", "sku,name,base_unit,description\nZ,Kiste,C62,die in eine und für den Haushalt for the house\n")
    assert skus(find(typed))[0] == found
    assert skus(find("für")) == ["Z"]


@pytest.mark.one_store
@pytest.mark.parametrize("typed", ["Bügelsäge", "buegelsaege", "bugelsage", "BÜGELSÄGE", "säge"])
def test_umlauts_are_found_however_they_are_typed(find: Find, typed: str) -> None:
    assert skus(find(typed)) == ["410-7"]


@pytest.mark.one_store
def test_all_words_count_and_where_nothing_has_them_all_one_will_do(find: Find) -> None:
    assert skus(find("Schraube M10")) == ["210-0800-10"]
    wider = find("Bügelsäge vergoldet")
    assert (skus(wider), wider.how) == (["410-7"], How.SOME_WORDS)
    assert find("Zahnarztstuhl").how is How.NOTHING


@pytest.mark.one_store
@pytest.mark.parametrize(
    "typed", ["", "   ", "-", "\N{RIGHT-TO-LEFT OVERRIDE}", "x" * 5_000, '"(OR AND [', "*", "%", "' or 1=1"]
)
def test_nothing_that_is_typed_is_an_error(find: Find, typed: str) -> None:
    assert skus(find(typed)) == []


def test_what_lies_outside_the_assortment_is_not_found_by_any_means(find: Find, add: Add) -> None:
    rows = (
        "assortment,mode,product,category,subject,effect\nA,include,,fixings/washers,,\nA,include,,,account:1,allow\n"
    )
    add("assortments", rows)

    assert skus(find("210-0800-08")) == []
    assert skus(find("4006381333931")) == []
    assert skus(find("Schraube")) == []
    assert skus(find("Scheibe")) == ["310-0100"]
    assert skus(find("210-0800-08", account="2")) == ["210-0800-08"]


def test_few_articles_of_an_assortment_are_found_among_many(find: Find, add: Add) -> None:
    many = "".join(
        f"N{number:04},Nagel Nummer {number},C62,{'ours' if number % 200 == 7 else ''}\n" for number in range(800)
    )
    add("products", f"sku,name,base_unit,category\n{many}")
    rows = "assortment,mode,product,category,subject,effect\nA,include,,ours,,\nA,include,,,account:1,allow\n"
    add("assortments", rows)

    assert sorted(skus(find("Nagel"))) == ["N0007", "N0207", "N0407", "N0607"]


@pytest.mark.one_store
def test_a_list_is_gone_through_in_parts_without_gap_and_twice(find: Find, add: Add) -> None:
    many = "".join(f"N{number:04},Nagel,C62\n" for number in range(130))
    add("products", f"sku,name,base_unit\n{many}")

    seen: list[str] = []
    found = find("Nagel", most=50)
    while True:
        seen += skus(found)
        if found.following is None:
            break
        found = find("Nagel", most=50, after=place_named(str(found.following)))

    assert sorted(seen) == [f"N{number:04}" for number in range(130)]


def test_what_changes_in_the_store_is_found_as_it_is_then(find: Find, add: Add, index: SearchIndex) -> None:
    assert skus(find("Unterlegscheibe")) == ["310-0100"]

    add("products", "sku,name,base_unit\n310-0100,Federring,C62\n")
    add("part-numbers", "account,number,product,valid_from,valid_to\n1,4500118730,410-7,,\n")

    assert skus(find("Federring")) == ["310-0100"]
    assert skus(find("Unterlegscheibe")) == []
    assert skus(find("4500-118730")) == ["410-7"]


@pytest.mark.one_store
def test_an_index_of_another_store_is_made_anew(find: Find, index: SearchIndex) -> None:
    find("Schraube")
    index.change([], [], 10_000)

    assert skus(find("Unterlegscheibe")) == ["310-0100"]
    assert index.sequence < 10_000


@pytest.mark.one_store
def test_an_index_that_another_process_changes_is_read_as_it_is(
    store: Store, index: SearchIndex, add: Add, tmp_path: Path
) -> None:
    keep(store, index)
    add("products", "sku,name,base_unit\nNEW,Neuheit,C62\n")
    writer = index._opened().writer(15_000_000, 1)

    assert keep(store, SearchIndex(tmp_path / "index")) == 0

    del writer
    assert keep(store, index) == 1


def test_a_place_that_is_none_is_the_beginning() -> None:
    assert place_named("") == place_named("x") == place_named("-1") == Place()
    assert place_named("within-50") == Place(50, within=True)
    assert place_named("99999999999999999999") == Place()


def test_of_many_numbers_of_ours_the_articles_are_read_at_once(store: Store, index: SearchIndex, add: Add) -> None:
    skus = [line.partition(",")[0] for line in PRODUCTS.splitlines()[1:]]
    statements: list[str] = []

    def asked(numbers: list[str]) -> int:
        with store.read() as db:
            snapshot = Snapshot(db, TradeMemory())
            [who, *_] = snapshot.chain("11")
            finder = Finder(snapshot, PriceDesk(snapshot, Asked(who, date(2026, 6, 1), "EUR", "shop")), index)
            event.listen(db, "before_cursor_execute", lambda *parts: statements.append(parts[2]))
            statements.clear()
            assert [found.products[0].sku for found in finder.find_each(numbers)] == numbers
        return len(statements)

    assert len(skus) > 3
    assert asked(skus) == asked(skus[:1])
