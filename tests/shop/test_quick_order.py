"""Quick order: rows typed and pasted, what is wrong with each and what mends it."""

from __future__ import annotations

import re
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.price import PriceCondition
from gateway.model.product import Product, Unit
from gateway.shop.quick_order import QuickRow, pasted
from gateway.store.trade_changes import TradeChanges
from tests.punchout.shops import price
from tests.shop.shoppers import Mall, Page, Shopper

D = Decimal


def typed(shopper: Shopper, *rows: tuple[str, str], do: str = "check", **more: str) -> Page:
    """The page after these rows of number and quantity were sent."""
    form = shopper.go("quick").forms[-1]
    fields = [("token", form.fields["token"]), ("back", "quick")]
    fields += [pair for number, quantity in rows for pair in (("no", number), ("n", quantity), ("u", ""))]
    return sent(shopper, [*fields, ("do", do), *more.items()])


def sent(shopper: Shopper, fields: list[tuple[str, str]]) -> Page:
    head = {"content-type": "application/x-www-form-urlencoded"}
    return shopper._followed(shopper.ask("POST", f"{shopper.home}quick", content=urlencode(fields), headers=head))


def mended(shopper: Shopper, page: Page, button: str) -> Page:
    """The page after a button beside a row was pressed; every row is sent with it."""
    rows = re.findall(r'name="no"[^>]* value="([^"]*)".*?name="n"[^>]* value="([^"]*)"', page.text, re.DOTALL)
    [value] = re.findall(rf'name="fix" value="([^"]+)">{button}<', page.text.replace("\N{NO-BREAK SPACE}", " "))
    return typed(shopper, *rows, fix=value)


def test_each_row_says_what_it_is_and_costs_or_what_is_wrong_with_it(mall: Mall) -> None:
    page = typed(
        mall.shopper(), ("S8", "1.000"), ("4711", "10"), ("N8", "120"), ("zz99", "1"), ("m8", "1"), ("S8", "4x"),
        ("C1", "2"), ("", "5"), ("4012345000023", "2"),
    )  # fmt: skip
    words = page.words
    assert "6 Zeilen brauchen eine Korrektur." in words
    assert "Schraube M8 39,50" in words
    assert "Nur in Vielfachen von 50 Stück. Nut M8" in words
    assert "Diese Nummer kennen wir nicht." in words
    assert "2 Artikel passen. Bitte wählen Sie einen." in words
    assert "„4x“ ist keine Menge. Schraube M8" in words
    assert "Für diesen Artikel haben wir keinen Preis für Sie." in words
    assert "Hier fehlt die Nummer." in words
    assert "3 Zeilen in den Warenkorb" in words
    assert "Bereit: 56,52 EUR netto" in words


def test_a_row_is_mended_by_the_button_beside_it(mall: Mall) -> None:
    shopper = mall.shopper()
    page = typed(shopper, ("N8", "120"), ("m8", "100"), ("S8", "4x"))
    page = mended(shopper, page, "150 Stück")
    assert "Nut M8 3,15" in page.words
    page = mended(shopper, page, "4 Stück")
    page = mended(shopper, page, "<bdi>S8 Schraube M8</bdi>")
    assert "eine Korrektur." not in page.words
    done = typed(shopper, ("N8", "150"), ("S8", "100"), ("S8", "4"), do="put")
    assert done.address.endswith("/cart")
    assert "2 Positionen" in done.words


@pytest.mark.both_stores
def test_ready_rows_are_put_and_the_others_stay_with_their_reasons(mall: Mall) -> None:
    shopper = mall.shopper()
    page = typed(shopper, ("S8", "1.000"), ("N8", "120"), do="put")
    assert "1 Zeile liegt im Warenkorb. 1 Zeile braucht eine Korrektur." in page.words
    assert "Nur in Vielfachen von 50 Stück." in page.words
    assert "Warenkorb (1)" in page.words
    # Reloading puts nothing again.
    assert "39,50 EUR" in shopper.go(page.address).words


def test_rows_that_are_sent_twice_are_put_once(mall: Mall) -> None:
    shopper = mall.shopper()
    form = shopper.go("quick").forms[-1]
    rows = [
        pair for number, text in (("S8", "5"), ("S8", "7"), ("zz99", "1")) for pair in (("no", number), ("n", text))
    ]
    fields = [*((name, form.fields[name]) for name in ("token", "once", "back")), *rows, ("do", "put")]
    for _ in range(2):
        assert sent(shopper, fields).address.endswith("/quick?no=zz99&n=1&u=&put=2")
    assert "12 Stück im Warenkorb" in shopper.go("p/S8").words


def test_a_pasted_table_is_put_and_a_unit_is_known_by_its_name(mall: Mall) -> None:
    shopper = mall.shopper()
    table = "\ufeffArtikel;Menge;Einheit\r\nS8;2;Karton\r\n\r\n4711\t1.000\r\nN8 100\r\n"
    page = typed(shopper, do="put", paste=table)
    assert page.address.endswith("/cart")
    assert "3 Positionen" in page.words
    fields = page.form("Mengen aktualisieren").pairs
    assert [value for name, value in fields if name == "n"] == ["2", "1.000", "100"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("A\t1\tPCE", [QuickRow("A", "1", "PCE")]),
        ("A;1", [QuickRow("A", "1")]),
        ("A  1  BX", [QuickRow("A", "1", "BX")]),
        ("DIN 933 M8 5", [QuickRow("DIN 933 M8", "5")]),
        ('"A";"1"', [QuickRow("A", "1")]),
        ("Nummer;Menge\nA;1", [QuickRow("A", "1")]),
        ("A", [QuickRow("A")]),
        ("A;1,00E+03", [QuickRow("A", "1,00E+03")]),
        ("\n;;\n \n", []),
    ],
)
def test_tables_are_read_however_they_are_parted(text: str, rows: list[QuickRow]) -> None:
    assert pasted(text) == rows


@given(st.text(max_size=200))
def test_whatever_is_pasted_is_rows(text: str) -> None:
    assert all(len(each.number) <= 80 and not each.is_empty for each in pasted(text))


def test_what_a_spreadsheet_made_of_a_number_is_asked_back(mall: Mall) -> None:
    page = typed(mall.shopper(), paste="S8;1,00E+03")
    assert "„1,00E+03“ ist keine Menge." in page.words


def washers(mall: Mall, count: int) -> None:
    """So many articles with a price."""
    with mall.shop.store.write() as db:
        changes = TradeChanges(db)
        units = (Unit(code="PCE"),)
        skus = [f"W{number:04}" for number in range(count)]
        changes.put(
            Product, [Product(sku=sku, name=sku, base_unit="PCE", units=units, unspsc="31161504") for sku in skus]
        )
        changes.put(PriceCondition, [price(f"of-{sku}", sku, "1.50") for sku in skus])


def test_two_thousand_rows_are_put_at_once_and_what_is_wrong_with_few_of_them_stays(mall: Mall) -> None:
    washers(mall, 1_995)
    table = "\n".join(f"W{number:04}\t3" for number in range(2_000))
    page = typed(mall.shopper(), do="put", paste=table)
    assert "1.995 Zeilen liegen im Warenkorb. 5 Zeilen brauchen eine Korrektur." in page.words
    assert "Warenkorb (1995)" in page.words


def test_what_is_too_much_is_told_and_nothing_of_it_is_put(mall: Mall) -> None:
    shopper = mall.shopper()
    many = typed(shopper, do="put", paste="\n".join(["S8;1"] * 2_001))
    assert "Das sind mehr als 2.000 Zeilen." in many.words
    shown = typed(shopper, paste="\n".join(["S8;1"] * 101))
    assert "Das sind mehr als 100 Zeilen." in shown.words
    bad = typed(shopper, do="put", paste="\n".join(["S8;1", *["zz99;1"] * 101]))
    assert "Mehr als 100 Zeilen brauchen eine Korrektur." in bad.words
    assert "Warenkorb (0)" in bad.words


def test_a_row_with_markup_in_it_is_shown(mall: Mall) -> None:
    page = typed(mall.shopper(), ('"><script>', '"><b>'))
    assert "<script>" not in page.text.partition("</head>")[2]
    assert "&#34;&gt;&lt;script&gt;" in page.text
