"""Pages of a session: what they show and where their forms lead, without a browser."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.commerce.buyer_rules import Finding, Rule, Weight
from gateway.errors import ConfigError
from gateway.model.account import Account
from gateway.model.cart import CartLine
from gateway.model.order import Price
from gateway.model.product import Product, Stock, Unit
from gateway.model.punchout import Operation, PunchoutSetup
from gateway.model.shopping import CartEntry
from gateway.model.terms import Term
from gateway.punchout.open_cart import Hitch, OpenLine, Problem
from gateway.punchout.sessions import session_of
from gateway.shop.addresses import came_from
from gateway.shop.assets import assets
from gateway.shop.look import look_of
from gateway.shop.notes import finding_note, hitch_note
from gateway.shop.texts import LANGUAGES
from gateway.shop.visit import Visit
from gateway.store.punchout import put_entries
from gateway.store.trade_changes import TradeChanges
from tests.punchout.shops import HOOK, TODAY, item, price, setup
from tests.shop.shoppers import GATEWAY, Mall, Page, Shopper, open_mall, place

D = Decimal
GAP = "\N{NO-BREAK SPACE}"
HOSTILE = '<script>alert("1")</script>\u202egnol & \x02'


def sold(mall: Mall, *products: Product, **prices: str) -> None:
    """More articles, at prices by SKU."""
    with mall.shop.store.write() as db:
        TradeChanges(db).put(Product, products)
    mall.shop.prices(*(price(f"of-{sku}", sku, amount) for sku, amount in prices.items()))


def call(**more: object) -> PunchoutSetup:
    """What a buyer's system asks for a new cart in German."""
    given = {"buyer_cookie": "C", "language": "de", "return_url": HOOK}
    return PunchoutSetup(**{**given, **more})  # type: ignore[arg-type]


def article(sku: str, **more: object) -> Product:
    given = {"name": f"Article {sku}", "base_unit": "PCE", "units": (Unit(code="PCE"),), "unspsc": "31161504"}
    return Product(sku=sku, **{**given, **more})  # type: ignore[arg-type]


def added(shopper: Shopper, sku: str, quantity: str, **fields: str) -> Page:
    """The page of an article after it was put into the cart."""
    return shopper.send(shopper.go(f"p/{sku}"), "In den Warenkorb", n=quantity, **fields)


def transferred(shopper: Shopper) -> Page:
    """The page with the form that goes to the buyer's system."""
    page = shopper.go("cart")
    return shopper.send(page, next(words for words in own_forms(page) if words.endswith(" übertragen")))


def own_forms(page: Page) -> list[str]:
    """What the buttons of a page say that change something."""
    return [words for form in page.forms if form.method == "post" for words in form.buttons]


# Coming in


def test_a_token_opens_the_shop_once_and_leads_to_a_relative_address(mall: Mall) -> None:
    token = mall.shop.token(setup=PunchoutSetup(language="de"))
    came = mall.stranger()
    opened = came.ask("GET", f"{GATEWAY}/shop/open/{token}")
    assert opened.status == 303
    assert re.fullmatch(r"\.\./[\w-]{43}/", opened.head["location"])
    again = came.ask("GET", f"{GATEWAY}/shop/open/{token}")
    assert again.status == 410
    assert "Dieser Aufruf wurde schon benutzt. Er öffnet den Katalog nur einmal." in again.words


@pytest.mark.parametrize(
    ("look", "status"),
    [
        ({"method": "HEAD"}, 200),
        ({"headers": {"sec-purpose": "prefetch;prerender"}}, 503),  # so that no browser shows it for the page
    ],
)
def test_who_only_looks_ahead_does_not_use_up_a_token(mall: Mall, look: dict[str, object], status: int) -> None:
    address = f"{GATEWAY}/shop/open/{mall.shop.token()}"
    came = mall.stranger()
    assert came.ask(**{"method": "GET", "address": address, **look}).status == status
    assert came.ask("GET", address).status == 303


def test_a_token_is_worth_nothing_after_its_time(mall: Mall) -> None:
    token = mall.shop.token()
    mall.later(minutes=11)
    late = mall.stranger().ask("GET", f"{GATEWAY}/shop/open/{token}")
    assert (late.status, "This call has expired." in late.words) == (410, True)


@pytest.mark.parametrize("address", ["open/nothing", "nothing/", "nothing/cart", "nothing.de/cart", "nothing/?q=%00"])
def test_whatever_is_not_known_is_the_same_page(mall: Mall, address: str) -> None:
    found = mall.stranger().ask("GET", f"{GATEWAY}/shop/{address}", headers={"accept-language": "de-AT,en;q=0.5"})
    assert found.status == 404
    assert "Diese Seite gibt es nicht. Rufen Sie den Katalog in Ihrem System neu auf." in found.words


def test_a_page_that_there_is_not_is_told_so_within_a_session(mall: Mall) -> None:
    shopper = mall.shopper()
    page = shopper.go("nothing")
    assert page.status == 404
    assert "neu auf" not in page.words
    [home] = re.findall(r'href="([^"]+)">Zum Katalog', page.text)
    assert "Suchen Sie nach unserer Nummer" in shopper.go(urljoin(page.address, home)).words
    assert shopper.ask("POST", f"{shopper.home}nothing", data={}).status == 404


def test_a_session_that_is_over_says_where_to_go_on(mall: Mall) -> None:
    shopper = mall.shopper()
    mall.later(minutes=61)
    found = shopper.go("cart")
    assert (found.status, own_forms(found)) == (410, [])
    assert "Die Sitzung ist beendet. Rufen Sie den Katalog in Ihrem System neu auf." in found.words


def test_a_session_that_is_over_tells_of_the_cart_that_waits_for_the_same_user(mall: Mall) -> None:
    shopper = mall.shopper(call(user="petra"))
    added(shopper, "S8", "100")
    mall.later(hours=2)
    found = shopper.go("cart")
    assert "neu auf; Ihr Warenkorb vom 01.03.2030, 13:00 Uhr, liegt bereit." in found.words


def test_a_session_near_its_end_can_be_longer(mall: Mall) -> None:
    shopper = mall.shopper()
    assert "Sitzung bis 14:00 Uhr" in shopper.go("./").words
    mall.later(minutes=52)
    page = shopper.go("search?q=m8")
    assert "Ihre Sitzung endet um 14:00 Uhr. Der Warenkorb ist gespeichert." in page.words
    longer = shopper.send(page, "Sitzung verlängern")
    assert "Sitzung bis 14:52 Uhr" in longer.words
    assert longer.address.endswith("/search?q=m8")


@pytest.mark.parametrize(
    ("called", "page"),
    [
        ({"setup": PunchoutSetup(selected="S8")}, "p/S8"),
        ({"search": "m8 x"}, "search?q=m8+x"),
        ({"setup": PunchoutSetup(operation=Operation.EDIT)}, "cart"),
        ({"setup": PunchoutSetup(operation=Operation.INSPECT)}, "cart"),
        ({"setup": PunchoutSetup(operation=Operation.SOURCE)}, ""),
    ],
)
def test_a_session_begins_with_what_was_asked_for(mall: Mall, called: dict[str, object], page: str) -> None:
    opened = mall.stranger().ask("GET", f"{GATEWAY}/shop/open/{mall.shop.token(**called)}")
    assert opened.head["location"].split("/", 2)[2] == page


def test_an_account_that_was_blocked_meanwhile_is_told_so(mall: Mall) -> None:
    shopper = mall.shopper()
    with mall.shop.store.write() as db:
        TradeChanges(db).put(Account, [Account(account="10001", name="ACME", status="blocked")])
    found = shopper.go("search?q=m8")
    assert (found.status, "Ihr Kundenkonto ist gesperrt." in found.words) == (403, True)


def test_while_the_store_is_away_a_page_says_so(mall: Mall) -> None:
    shopper = mall.shopper()
    mall.is_away = True
    found = shopper.go("cart")
    assert (found.status, "Der Katalog ist gerade nicht erreichbar." in found.words) == (503, True)


# What every page is


def test_every_page_is_framed_by_the_buyer_alone_and_sends_nowhere_else(mall: Mall) -> None:
    shopper = mall.shopper()
    for page in ("./", "search?q=m8", "p/S8", "cart", "quick", "return", "nothing"):
        head = shopper.go(page).head
        assert head["content-security-policy"] == (
            "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; base-uri 'none'; "
            "form-action 'self' https://buyer.example; frame-ancestors https://buyer.example"
        )
        assert (head["referrer-policy"], head["cache-control"]) == ("no-referrer", "no-store")
        assert "x-frame-options" not in head


def test_other_origins_may_frame_where_the_connection_says_so(mall: Mall) -> None:
    mall.shop.configured(frame_origins=["https://portal.example"])
    policy = mall.shopper().go("./").head["content-security-policy"]
    assert policy.endswith("form-action 'self' https://buyer.example; frame-ancestors https://portal.example")


def test_a_page_needs_no_style_or_script_within_it_and_few_requests(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "1.000")
    for page in ("./", "search?q=m8", "p/S8", "cart", "quick", "return"):
        text = shopper.go(page).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=)", text)
        assert len(re.findall(r'<link rel="stylesheet"|<script', text)) == 2
        assert len(gzip.compress(text.encode())) < 25_000


def test_stylesheet_and_script_are_kept_by_their_names_and_small(mall: Mall) -> None:
    shopper = mall.shopper()
    text = shopper.go("p/S8").text
    addresses = re.findall(r'(?:stylesheet" href|script src)="([^"]+)"', text)
    found = [shopper.ask("GET", urljoin(f"{shopper.home}p/S8", each)) for each in addresses]
    assert [each.status for each in found] == [200, 200]
    assert all("immutable" in each.head["cache-control"] for each in found)
    sizes = {name.rpartition(".")[2]: len(asset.content) for name, asset in assets().items()}
    # Of 20 KiB for both faces, 5 are the console's.
    assert sizes["css"] <= 15 << 10
    assert sizes["js"] <= 8 << 10
    assert shopper.ask("GET", f"{GATEWAY}/shop/assets/shop.css").status == 404


def test_the_shop_has_the_name_colour_and_logo_of_the_supplier(mall: Mall, tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg/>")
    with open_mall(mall.shop, tmp_path / "other", look_of("Halden & Co", "#7a0b5a", logo)) as own:
        shopper = own.shopper()
        page = shopper.go("p/S8")
        assert "Halden & Co" in page.words
        files = re.findall(r'(?:href|src)="([^"]+assets/(?:brand|logo)[^"]+)"', page.text)
        brand, shown = (shopper.ask("GET", urljoin(page.address, each)) for each in files)
    assert brand.text.startswith(":root{--accent:#7a0b5a;--hi:#")
    assert re.search(r"@media screen\{:root\[data-theme=dark\]\{--accent:#(?!7a0b5a)", brand.text)
    assert (shown.text, shown.head["content-type"]) == ("<svg/>", "image/svg+xml")
    assert "sandbox" in shown.head["content-security-policy"]


@pytest.mark.parametrize(("name", "content"), [("logo.gif", b"x"), ("logo.png", b"x" * 100_001), ("none.svg", None)])
def test_a_logo_that_cannot_be_shown_is_refused(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=r"shop\.logo"):
        look_of("", None, tmp_path / name)


def test_the_strip_says_who_shops_in_which_mode_until_when(mall: Mall) -> None:
    called = call(user_name="Petra Lindner")
    assert "ACME Petra Lindner Neuer Warenkorb Sitzung bis 14:00 Uhr" in mall.shopper(called).go("./").words
    tested = mall.shopper(called, test=True).go("./")
    assert "Neuer Warenkorb TEST" in tested.words
    assert "testing" in tested.text


def test_a_shopper_reads_in_the_language_he_chose_on_every_further_page(mall: Mall) -> None:
    shopper = mall.shopper()
    german = shopper.go("search?q=m8")
    [link] = re.findall(r'href="([^"]+)" lang="en"', german.text)
    english = shopper.go(link)
    assert "EUR 4.15 per 100 pieces" in english.words
    shopper.home = english.address.partition("search")[0]
    bought = shopper.send(shopper.go("p/S8"), "Put into the cart", n="1,000")
    assert "1,000 pieces in the cart" in bought.words


def test_pages_are_light_until_somebody_wants_them_dark_and_then_stay_so(mall: Mall) -> None:
    shopper = mall.shopper()

    def switched(page: Page, button: str) -> Page:
        [link] = re.findall(rf'href="([^"]+)" title="{button}"', page.text)
        return shopper.go(urljoin(page.address, link))

    light = shopper.go("p/S8")
    assert "data-theme" not in light.text
    dark = switched(light, "Dunkle Seiten")
    assert dark.address.endswith(".dark/p/S8")
    bought = shopper.send(dark, "In den Warenkorb")
    assert '<html lang="de" data-theme="dark">' in bought.text
    [link] = re.findall(r'href="([^"]+)" lang="en"', bought.text)
    english = shopper.go(urljoin(bought.address, link))
    assert '<html lang="en" data-theme="dark">' in english.text
    assert "data-theme" not in switched(english, "Light pages").text


def test_what_the_store_and_the_buyer_say_is_shown_and_never_obeyed(mall: Mall) -> None:
    sold(mall, article("H1", name=HOSTILE, description=HOSTILE, attributes={HOSTILE: HOSTILE}), H1="1.00")
    shopper = mall.shopper(call(user_name=HOSTILE))
    added(shopper, "H1", "1")
    for page in ("p/H1", "cart", "search?q=" + "%3Cscript%3Ealert(1)%3C/script%3E", "quick"):
        text = shopper.go(page).text
        assert "<script>alert" not in text
        # What turns the direction of writing ends with the element it stands in.
        assert re.sub(r"<bdi>[^<]*</bdi>|<title>[^<]*</title>|value=\"[^\"]*\"", "", text).count("\u202e") == 0


# Finding


@pytest.mark.both_stores
def test_what_is_found_has_price_price_unit_next_prices_and_pack(mall: Mall) -> None:
    words = mall.shopper().go("search?q=schraube").words
    assert "1 Artikel für „schraube“ Schraube M8 Art. S8 Ihre Nr. 4711 Hersteller Kern Lieferbar in 2 Tagen" in words
    assert "4,15 EUR je 100 Stück ab 1.000 3,95" in words
    assert "Stück, Karton 200 Stück" in words


@pytest.mark.parametrize(
    ("number", "told"),
    [("4711", "Ihre Nummer 4711"), ("4012345000016", "GTIN 4012345000016"), ("S8", "unsere Nummer S8"),
     ("ks-8", "die Nummer des Herstellers ks-8")],
)  # fmt: skip
def test_a_number_leads_to_its_article_with_the_quantity_to_be_filled(mall: Mall, number: str, told: str) -> None:
    page = mall.shopper().go(f"search?q={number}")
    assert urlsplit(page.address).path.endswith("/p/S8")
    assert f"gefunden über {told}" in page.words
    assert re.search(r'<input[^>]*id="n"[^>]* autofocus', page.text)


def test_the_gtin_of_a_box_means_a_box(mall: Mall) -> None:
    shopper = mall.shopper()
    page = shopper.go("search?q=4012345000023")
    assert (page.form("In den Warenkorb").fields["n"], page.form("In den Warenkorb").fields["u"]) == ("1", "BX")
    assert f"1{GAP}Karton im Warenkorb" in shopper.send(page, "In den Warenkorb").text
    assert "16,60" in shopper.go("quick?no=4012345000023&n=2&u=").words


def test_nothing_found_says_what_to_do(mall: Mall) -> None:
    words = mall.shopper().go("search?q=zzzz").words
    assert "Zu „zzzz“ gibt es in Ihrem Sortiment nichts. Prüfen Sie die Schreibweise" in words


def test_a_slip_finds_what_is_alike(mall: Mall) -> None:
    words = mall.shopper().go("search?q=schrxube").words
    assert "Zu „schrxube“ gibt es nichts Genaues." in words
    assert "Schraube M8" in words


def test_an_empty_search_is_a_page(mall: Mall) -> None:
    assert mall.shopper().go("search?q=").status == 200
    assert mall.shopper().go("search").status == 200


def test_an_article_leads_back_to_the_search_it_was_found_by(mall: Mall) -> None:
    shopper = mall.shopper()
    found = shopper.go("search?q=m8%20%22&after=1")
    links = re.findall(r'<h2><a href="([^"]+)"', found.text)
    page = shopper.go(unescape(links[0]))
    sku = re.search(r"/p/(\w+)", page.address)
    assert sku is not None
    bought = shopper.send(page, "In den Warenkorb", n="1.000")
    [back] = re.findall(r'<a href="([^"]+)">Suche „m8 &#34;“</a>', bought.text)
    assert unescape(back) == f"../search?q=m8+%22&after=1#r-{sku[1]}"
    assert shopper.go(urljoin(bought.address, unescape(back))).text.count('class="hitrow"') == len(links)
    assert "Suche „" not in shopper.go("p/S8").words


def test_many_hits_are_gone_through_page_by_page(mall: Mall) -> None:
    sold(mall, *(article(f"W{number:02}", name=f"Washer {number}") for number in range(30)))
    mall.indexed()
    shopper = mall.shopper()
    first = shopper.go("search?q=washer")
    [following] = re.findall(r'href="([^"]+)">Weitere Treffer', first.text)
    second = shopper.go(following.replace("&amp;", "&"))
    assert [len(re.findall('class="hitrow"', each.text)) for each in (first, second)] == [25, 5]
    assert "Zum Anfang" in second.words


def test_what_the_account_may_not_buy_is_nowhere(mall: Mall) -> None:
    shopper = mall.shopper()
    for page in ("search?q=X1", "search?q=secret", "p/X1"):
        found = shopper.go(page)
        assert "9,99" not in found.words
        assert "gibt es in Ihrem Sortiment nichts" in found.words


def test_an_article_without_a_price_is_asked_for_and_not_sold(mall: Mall) -> None:
    for page in ("search?q=cable", "p/C1"):
        found = mall.shopper().go(page)
        assert "Preis auf Anfrage" in found.words
        assert own_forms(found) == []
        assert "0,00 EUR je" not in found.words
    assert "Fragen Sie Ihren Ansprechpartner nach einem Angebot." in found.words


def test_stock_is_told_by_what_is_there_and_what_comes(mall: Mall) -> None:
    with mall.shop.store.write() as db:
        TradeChanges(db).put(
            Stock,
            [
                Stock(sku="S8", quantity=D(600)),
                Stock(sku="S8", quantity=D(2000), available_on=TODAY + timedelta(7)),
                Stock(sku="N8", quantity=D(50), available_on=TODAY + timedelta(9)),
            ],
        )
    words = mall.shopper().go("search?q=m8").words
    assert "600 Stück sofort, 2.000 Stück ab 08.03.2030" in words
    assert "50 Stück ab 10.03.2030" in words
    assert "50 Stück sofort" not in words


# An article


def test_an_article_marks_the_price_that_its_quantity_has(mall: Mall) -> None:
    page = mall.shopper().go("p/S8?n=1.000")
    assert "EUR je 100 Stück Ersparnis 1 bis 999 Stück 4,15 ab 1.000 Stück 3,95 5 %" in page.words
    [marked] = re.findall(r'<tr class="now"[^>]*>(.*?)</tr>', page.text, re.DOTALL)
    assert "3,95" in marked
    assert "39,50 EUR 1.000 Stück zu 3,95 EUR je 100 Stück" in page.words


def test_an_article_says_at_its_field_in_what_unit_it_is_sold(mall: Mall) -> None:
    assert "Stück In den Warenkorb" in mall.shopper().go("p/N8").words


def test_a_little_more_at_a_better_price_is_told_with_what_it_costs(mall: Mall) -> None:
    shopper = mall.shopper()
    page = shopper.go("p/S8?n=900")
    assert "100 Stück mehr kosten nur 2,15 EUR mehr. Ab 1.000 Stück gilt 3,95 EUR je 100 Stück: 39,50" in page.words
    assert "kosten" not in shopper.go("p/S8?n=700").words  # more than a fifth dearer
    assert "1 Stück mehr kosten 1,96 EUR weniger. Ab 1.000 Stück" in shopper.go("p/S8?n=999").words


def test_a_number_of_an_article_with_any_signs_in_it_has_its_page(mall: Mall) -> None:
    sold(mall, article("A/B ?#%&\u00fc"), **{"A/B ?#%&\u00fc": "1.00"})
    mall.indexed()
    shopper = mall.shopper()
    page = shopper.go("search?q=A%2FB+%3F%23%25%26%C3%BC")
    bought = shopper.send(page, "In den Warenkorb", n="3")
    assert "3 Stück im Warenkorb" in bought.words


# Putting into the cart


def test_after_adding_the_page_is_at_the_same_row_and_says_how_much_lies_in_the_cart(mall: Mall) -> None:
    shopper = mall.shopper()
    page = shopper.go("search?q=m8")
    bought = shopper.send(page, "S8 in den Warenkorb", n="1.000")
    assert bought.address == f"{shopper.home}search?q=m8#r-S8"
    assert "r-S8" in bought.ids
    assert "1.000 Stück im Warenkorb" in bought.words
    assert "Warenkorb (1)" in bought.words
    assert "1 Position Schraube M8 39,50 1.000 Stück · 3,95 je 100 Stück Waren netto 39,50 EUR" in bought.words


@pytest.mark.parametrize(
    ("typed", "told", "offers"),
    [
        ("4x", "„4x“ ist keine Menge.", [f"4{GAP}Stück übernehmen"]),
        ("1.5", "„1.5“ ist keine Menge.", [f"1{GAP}Stück übernehmen", f"2{GAP}Stück übernehmen"]),
        ("1,5", "Wir verkaufen nur ganze Stück.", [f"1{GAP}Stück übernehmen", f"2{GAP}Stück übernehmen"]),
        ("1,500", "„1,500“ kann zweierlei heißen.", [f"1.500{GAP}Stück übernehmen"]),
        ("", "„“ ist keine Menge.", []),
        ("0", "„0“ ist keine Menge.", []),
        ("<b>", "„<b>“ ist keine Menge.", []),
    ],
)
def test_a_quantity_that_is_not_clear_is_asked_back_as_it_was_typed(
    mall: Mall, typed: str, told: str, offers: list[str]
) -> None:
    shopper = mall.shopper()
    page = shopper.send(shopper.go("search?q=schraube"), "S8 in den Warenkorb", n=typed)
    assert told in page.words
    assert page.form("S8 in den Warenkorb").fields["n"] == typed
    assert [words for words in own_forms(page) if "übernehmen" in words] == offers
    assert "Warenkorb (0)" in page.words
    if offers:
        bought = shopper.send(page, offers[-1])
        assert "Warenkorb (1)" in bought.words
        assert "übernehmen" not in bought.words


@pytest.mark.parametrize(
    ("typed", "told", "offers"),
    [
        ("120", "Nur in Vielfachen von 50 Stück.", ["100 Stück übernehmen", "150 Stück übernehmen"]),
        ("40", "Mindestens 100 Stück.", ["100 Stück übernehmen"]),
    ],
)
def test_a_quantity_that_is_not_sold_offers_those_that_are(
    mall: Mall, typed: str, told: str, offers: list[str]
) -> None:
    shopper = mall.shopper()
    page = shopper.send(shopper.go("p/N8"), "In den Warenkorb", n=typed)
    assert told in page.words
    assert [words.replace(GAP, " ") for words in own_forms(page) if "übernehmen" in words] == offers
    assert "buy" in page.ids
    bought = shopper.send(page, offers[-1].replace(" ", GAP, 1))
    assert f"{offers[-1].removesuffix(' übernehmen')} im Warenkorb" in bought.words


@pytest.mark.parametrize(
    "address", ["p/N8?n=150&u=PCE&", "search?q=nut&at=N8&n=150&u=PCE&", "search?q=nut&at=N8&n=1&u=ZZ9&"]
)
@pytest.mark.parametrize("why", ["below-minimum", "not-in-steps"])
def test_an_old_address_says_nothing_that_is_no_more_so(mall: Mall, address: str, why: str) -> None:
    page = mall.shopper().go(f"{address}why={why}")
    assert (page.status, "übernehmen" in page.words) == (200, False)


def test_what_is_sold_in_parts_of_a_unit_says_so_in_all_places(mall: Mall) -> None:
    units = (Unit(code="MTR"), Unit(code="RO", numerator=50))
    cable = Product(sku="K1", name="K1", base_unit="MTR", units=units, min_quantity=D("2.5"), quantity_step=D("0.5"))
    with mall.shop.store.write() as db:
        TradeChanges(db).put(Product, [cable])
    mall.shop.prices(replace(price("k1", "K1", "2.00"), unit="MTR"))
    shopper = mall.shopper()
    page = shopper.go("p/K1")
    assert page.form("In den Warenkorb").fields["n"] == "2,5"
    assert "Mindestens 2,5 Meter." in shopper.send(page, "In den Warenkorb", n="1").words
    assert "Mindestens 2,5 Meter." in shopper.go("quick?no=K1&n=1&u=MTR").words
    note = shopper.send(page, "In den Warenkorb", n="2,7")
    assert [form.words for form in note.forms if "übernehmen" in form.words] == [
        f"2,5{GAP}Meter übernehmen", f"3{GAP}Meter übernehmen",
    ]  # fmt: skip
    assert f"1{GAP}Rolle im Warenkorb" in shopper.send(page, "In den Warenkorb", n="1", u="RO").text


def test_more_than_an_order_can_hold_is_told(mall: Mall) -> None:
    mall.shop.prices(replace(price("c1", "C1", "9999.00"), unit="MTR"))
    shopper, much = mall.shopper(), "900.000.000.000"
    told = f"{much} ist mehr, als eine Bestellung fasst."
    assert told in shopper.send(shopper.go("p/C1"), "In den Warenkorb", n=much).words
    assert told in shopper.go(f"quick?no=C1&n={much}&u=").words


def test_a_box_is_put_by_its_unit(mall: Mall) -> None:
    shopper = mall.shopper()
    assert "2 Kartons im Warenkorb" in added(shopper, "S8", "2", u="BX").words
    assert "2,5 Kartons im Warenkorb" in added(shopper, "S8", "0,5", u="BX").words
    assert "20,75" in shopper.go("cart").words


def test_a_form_that_is_sent_twice_puts_once_and_a_new_page_puts_more(mall: Mall) -> None:
    shopper = mall.shopper()
    page = shopper.go("p/S8")
    for _ in range(2):
        assert "5 Stück im Warenkorb" in shopper.send(page, "In den Warenkorb", n="5").words
    assert "12 Stück im Warenkorb" in shopper.send(page, "In den Warenkorb", n="7").words
    assert "17 Stück im Warenkorb" in shopper.send(shopper.go("p/S8"), "In den Warenkorb", n="5").words


# The cart


def test_the_cart_says_what_the_buyers_rules_make_of_it_and_has_one_next_step(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "1.000")
    page = shopper.go("cart")
    assert "Schraube M8 Art. S8 Ihre Nr. 4711" in page.words
    assert "3,95 EUR je 100 Stück 39,50" in page.words
    assert "Die Preise gelten bis 31.03.2030 für diesen Warenkorb." in page.words
    assert "Einheiten: in Ordnung" in page.words
    assert own_forms(page)[-1] == "1 Position übertragen"


@pytest.mark.both_stores
def test_the_cart_says_what_is_charged_beside_the_goods_and_what_all_comes_to(mall: Mall) -> None:
    shopper = mall.shopper()
    shopper.send(shopper.go("p/S8"), "In den Warenkorb", n="1.000")
    assert "Summe netto 39,50 EUR" in shopper.go("cart").words
    with mall.shop.store.write() as db:
        TradeChanges(db).put(Term, [Term(subject="account:10001", field="freight", value="7.90")])
    assert "Waren netto 39,50 Fracht 7,90 Summe netto 47,40 EUR" in shopper.go("cart").words


def test_the_cart_says_when_each_line_comes(mall: Mall) -> None:
    shopper = mall.shopper()
    shopper.send(shopper.go("p/S8"), "In den Warenkorb", n="1.000")
    assert "Lieferbar in 2 Tagen" in shopper.go("cart").words
    coming = Stock(sku="S8", quantity=D(300), available_on=TODAY + timedelta(days=3))
    with mall.shop.store.write() as db:
        TradeChanges(db).put(Stock, [Stock(sku="S8", quantity=D(500)), coming])
    assert "500 Stück am 01.03.2030, 300 Stück am 04.03.2030, 200 Stück noch ohne Termin" in shopper.go("cart").words
    with mall.shop.store.write() as db:
        TradeChanges(db).put(Stock, [Stock(sku="S8", quantity=D(1000))])
    assert "Lieferung am 01.03.2030" in shopper.go("cart").words


def test_a_line_is_changed_taken_out_and_put_back(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "10")
    changed = shopper.send(shopper.go("cart"), "Mengen aktualisieren", n="2.000")
    assert changed.address.endswith("/cart?at=1#l1")
    assert "79,00" in changed.words
    gone = shopper.send(changed, "Position 1 entfernen")
    assert "Position 1 ist entfernt." in gone.words
    assert "Der Warenkorb ist leer. Suchen Sie einen Artikel" in gone.words
    back = shopper.send(gone, "Rückgängig")
    assert "79,00" in back.words
    assert "ist entfernt" not in back.words


def test_a_quantity_that_is_not_taken_stays_in_its_field_with_the_reason_at_its_line(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "N8", "100")
    page = shopper.send(shopper.go("cart"), "Mengen aktualisieren", n="120")
    assert "Nur in Vielfachen von 50 Stück." in page.words
    assert page.form("Mengen aktualisieren").fields["n"] == "120"
    fixed = shopper.send(page, f"150{GAP}Stück übernehmen")
    assert fixed.form("Mengen aktualisieren").fields["n"] == "150"


def pressed(shopper: Shopper, page: Page, words: str, *quantities: str) -> Page:
    """The page that comes of a button of the cart, its lines filled with these quantities in their order."""
    typed = iter(quantities)
    filled = page.form(words).filled(words)
    content = urlencode([(name, next(typed) if name == "n" else value) for name, value in filled])
    head = {"content-type": "application/x-www-form-urlencoded"}
    answer = shopper.ask("POST", f"{shopper.home}cart", content=content, headers=head)
    return shopper.go(answer.head["location"])


def in_fields(page: Page) -> list[str]:
    """What stands in the quantities of a cart."""
    return [value for name, value in page.form("Mengen aktualisieren").pairs if name == "n"]


def test_quantities_of_many_lines_are_taken_at_once(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "10")
    added(shopper, "N8", "100")
    page = pressed(shopper, shopper.go("cart"), "Mengen aktualisieren", "2.000", "1.000")
    assert in_fields(page) == ["2.000", "1.000"]
    assert "98,00" in page.words


def test_what_was_typed_into_many_lines_is_one_change_of_the_cart_in_whatever_is_right_of_it(mall: Mall) -> None:
    shopper = mall.shopper()
    for sku in ("S8", "N8"):
        added(shopper, sku, "100")
    added(shopper, "S8", "1", u="BX")
    before = shopper.go("cart").form("Mengen aktualisieren").fields["seen"]
    page = pressed(shopper, shopper.go("cart"), "Mengen aktualisieren", "300", "120", "4")
    assert int(page.form("Mengen aktualisieren").fields["seen"]) == int(before) + 1
    assert in_fields(page) == ["300", "120", "4"]
    again = pressed(shopper, page, "Mengen aktualisieren", "300", "120", "4x")
    assert again.form("Mengen aktualisieren").fields["seen"] == page.form("Mengen aktualisieren").fields["seen"]
    assert "Nur in Vielfachen von 50 Stück." in again.words
    assert "„4x“ ist keine Menge." in again.words


def test_of_a_line_that_a_form_names_twice_the_last_counts(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "10")
    filled = shopper.go("cart").form("Mengen aktualisieren").filled("Mengen aktualisieren")
    row = [(name, value) for name, value in filled if name in ("row", "u")]
    content = urlencode([*filled, *row, ("n", "40"), *row, ("n", "4x")])
    head = {"content-type": "application/x-www-form-urlencoded"}
    answer = shopper.ask("POST", f"{shopper.home}cart", content=content, headers=head)
    page = shopper.go(answer.head["location"])
    assert in_fields(page) == ["4x"]
    assert "„4x“ ist keine Menge." in page.words


def test_what_was_typed_on_one_page_of_the_cart_is_not_lost_by_going_to_another(mall: Mall) -> None:
    shopper = mall.shopper()
    many(mall, shopper, 150)
    page = shopper.go("cart")
    typed = ["7", *in_fields(page)[1:]]
    later = pressed(shopper, page, "Nächste Positionen", *typed)
    assert later.address.endswith("/cart?from=101#l101")
    assert "Positionen 101 bis 150 von 150" in later.words
    earlier = shopper.send(later, "Position 2")
    assert in_fields(earlier)[0] == "7"
    bad = pressed(shopper, earlier, "Nächste Positionen", "7x", *typed[1:])
    assert "Positionen 1 bis 100 von 150" in bad.words
    assert "„7x“ ist keine Menge." in bad.words


def test_a_cart_is_not_given_in_quantities_that_stand_in_its_fields_no_more(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "10")
    page = pressed(shopper, shopper.go("cart"), "1 Position übertragen", "2.000")
    assert "Der Warenkorb hat sich geändert." in page.words
    assert "79,00 EUR" in page.words
    bad = pressed(shopper, page, "1 Position übertragen", "2x")
    assert "„2x“ ist keine Menge." in bad.words
    assert "An Ihr System senden" in own_forms(pressed(shopper, bad, "1 Position übertragen", "2.000"))


def test_what_was_typed_into_other_lines_is_not_lost_whatever_is_pressed(mall: Mall) -> None:
    shopper = mall.shopper()
    for sku, quantity in (("S8", "10"), ("N8", "100"), ("S8", "1")):
        added(shopper, sku, quantity, **({"u": "BX"} if quantity == "1" else {}))
    page = pressed(shopper, shopper.go("cart"), "Position 3 entfernen", "30", "120", "7")
    assert in_fields(page) == ["30", "120"]
    assert "Position 3 ist entfernt." in page.words
    assert "Nur in Vielfachen von 50 Stück." in page.words
    page = pressed(shopper, page, f"150{GAP}Stück übernehmen", "4x", "120")
    assert in_fields(page) == ["4x", "150"]
    assert in_fields(pressed(shopper, page, "Mengen aktualisieren", "5x", "5y")) == ["5x", "5y"]


def test_a_field_that_nobody_touched_changes_nothing_in_another_window(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "10")
    added(shopper, "N8", "100")
    seen = shopper.go("cart")
    pressed(shopper, seen, "Mengen aktualisieren", "20", "100")
    assert in_fields(pressed(shopper, seen, "Mengen aktualisieren", "10", "200")) == ["20", "200"]


def test_a_cart_that_was_changed_in_another_window_is_looked_at_before_it_is_given(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "10")
    seen = shopper.go("cart")
    pressed(shopper, seen, "Mengen aktualisieren", "2.000")
    page = pressed(shopper, seen, "1 Position übertragen", "10")
    assert "Der Warenkorb hat sich geändert." in page.words
    assert in_fields(page) == ["2.000"]
    added(shopper, "N8", "100")
    page = pressed(shopper, page, "1 Position übertragen", "2.000")
    assert in_fields(page) == ["2.000", "100"]
    assert "An Ihr System senden" in own_forms(pressed(shopper, page, "2 Positionen übertragen", "2.000", "100"))
    assert "An Ihr System senden" in own_forms(pressed(shopper, seen, "1 Position übertragen", "10"))


def test_a_line_that_was_taken_out_in_another_window_is_told_so(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "10")
    seen = shopper.go("cart")
    shopper.send(seen, "Position 1 entfernen")
    assert "Diese Position gibt es nicht mehr." in shopper.send(seen, "Mengen aktualisieren", n="20").words


def test_a_price_that_changed_has_to_be_agreed_to_before_the_transfer(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "100")
    mall.shop.prices(price("s8", "S8", "4.40", per=D(100)))
    page = shopper.go("cart")
    assert "Der Preis hat sich geändert: 4,40 EUR statt 4,15 EUR je 100 Stück. Betrag jetzt 4,40 EUR." in page.words
    assert "Einen Punkt müssen Sie vor der Übertragung klären: Position 1" in page.words
    assert "1 Punkt klären" in page.words
    assert not [words for words in own_forms(page) if "übertragen" in words]
    agreed = shopper.send(page, "Einverstanden")
    assert own_forms(agreed)[-1] == "1 Position übertragen"


def test_a_quantity_typed_beside_a_changed_price_is_taken_rather_than_the_old_one_agreed_to(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "100")
    mall.shop.prices(price("s8", "S8", "4.40", per=D(100)))
    page = pressed(shopper, shopper.go("cart"), "Einverstanden", "200")
    assert in_fields(page) == ["200"]
    assert "8,80" in page.words


def test_a_unit_the_buyers_system_does_not_know_is_given_in_pieces(mall: Mall) -> None:
    mall.shop.configured(profile="coupa")
    shopper = mall.shopper()
    sold(mall, article("K1", units=(Unit(code="PCE"), Unit(code="ZZ9", numerator=50))), K1="1.00")
    added(shopper, "K1", "2", u="ZZ9")
    page = shopper.go("cart")
    assert "Ihr System kennt die Einheit „ZZ9“ (ZZ9) nicht." in page.words
    assert "2 ZZ9 sind 100 Stück." in page.words
    given = shopper.send(page, f"Als 100{GAP}Stück übertragen")
    assert "kennt die Einheit" not in given.words
    assert own_forms(given)[-1] == "1 Position übertragen"


def test_a_line_in_a_unit_that_is_sold_no_more_stays_in_it_until_somebody_chooses_another(mall: Mall) -> None:
    shopper = mall.shopper()
    piece, roll = Unit(code="PCE"), Unit(code="RO", numerator=9)
    sold(mall, article("K3", units=(piece, Unit(code="BX", numerator=50), roll)), K3="1.00")
    added(shopper, "K3", "2", u="BX")
    sold(mall, article("K3", units=(piece, roll)))
    page = shopper.send(shopper.go("cart"), "Mengen aktualisieren")
    assert page.form("Mengen aktualisieren").fields["u"] == "BX"
    assert "100,00" in page.words
    assert "18,00" in shopper.send(page, "Mengen aktualisieren", u="RO").words


def test_a_unit_that_nothing_stands_for_is_taken_out_of_the_cart(mall: Mall) -> None:
    mall.shop.configured(profile="coupa")
    shopper = mall.shopper()
    sold(mall, article("K1", base_unit="ZZ9", units=(Unit(code="ZZ9"),)))
    mall.shop.prices(replace(price("of-K1", "K1", "1.00"), unit="ZZ9"))
    added(shopper, "S8", "100")
    added(shopper, "K1", "2")
    page = shopper.go("cart")
    assert "Übertragen Sie die übrigen Positionen ohne diese." in page.words
    assert own_forms(shopper.send(page, "Entfernen"))[-1] == "1 Position übertragen"


def test_a_class_that_is_missing_keeps_the_cart(mall: Mall) -> None:
    shopper = mall.shopper()
    sold(mall, article("K2", unspsc=None), K2="1.00")
    added(shopper, "K2", "2")
    page = shopper.go("cart")
    assert "Für diesen Artikel fehlt die Warengruppe, die Ihr System verlangt." in page.words
    assert "Verlangte Angaben: 1 Punkt" in page.words
    assert "Danach können Sie" not in page.words
    added(shopper, "S8", "1.000")
    page = shopper.go("cart")
    assert "Danach können Sie 1 Position übertragen." in page.words
    assert "1 Position übertragen" in own_forms(shopper.send(page, "Entfernen"))


def test_an_empty_cart_is_nothing_to_be_transferred(mall: Mall) -> None:
    shopper = mall.shopper()
    assert "Prüfen und übertragen" not in shopper.go("./").words
    added(shopper, "S8", "1.000")
    assert "Prüfen und übertragen" in shopper.go("./").words


def many(mall: Mall, shopper: Shopper, count: int) -> None:
    """So many lines in the cart of a shopper, as if put there one by one."""
    with mall.shop.store.write() as db:
        session = session_of(mall.shop.line, db, shopper.home.split("/")[4])
        lines = (
            CartLine(
                position=position, sku="S8", auxiliary_id=f"A{position}", quantity=D(100 + position), unit="PCE",
                price=D("3.95"), per=D(100), amount=D("3.95"), text="Schraube M8", language="de", unspsc="31161504",
            )
            for position in range(1, count + 1)
        )  # fmt: skip
        put_entries(db, session.id, [CartEntry(line=line, on=TODAY) for line in lines])


def test_a_cart_of_two_thousand_lines_is_shown_by_the_hundred(mall: Mall) -> None:
    shopper = mall.shopper()
    many(mall, shopper, 2_000)
    page = shopper.go("cart?from=1950")
    assert "Positionen 1.901 bis 2.000 von 2.000" in page.words
    assert len(re.findall(r'<li class="line', page.text)) == 100
    assert "2.000 Punkte müssen Sie vor der Übertragung klären: Position 1 , Position 2 ," in page.words
    assert len(gzip.compress(page.text.encode())) < 25_000
    assert "Positionen 1.801 bis 1.900 von 2.000" in shopper.send(page, "Vorige Positionen").words
    first = shopper.go("search?q=m8")
    assert len(re.findall(r'#l\d+"><bdi>', first.text)) == 5


# The end


@pytest.mark.both_stores
def test_the_transfer_is_a_form_to_the_buyer_the_same_however_often_it_is_asked_for(mall: Mall) -> None:
    shopper = mall.shopper(call(buyer_cookie="C&1"))
    added(shopper, "S8", "1.000")
    page = transferred(shopper)
    assert "1 Position geht an Ihr System. Waren netto 39,50 EUR." in page.words
    form = page.form("An Ihr System senden")
    assert (form.action, form.method, list(form.fields)) == (HOOK, "post", ["cXML-urlencoded"])
    assert "<BuyerCookie>C&amp;1</BuyerCookie>" in form.fields["cXML-urlencoded"]
    assert "data-auto" in page.text
    assert shopper.go("transfer").form("An Ihr System senden") == form
    cart = shopper.go("cart")
    assert "Dieser Warenkorb ist schon übertragen." in cart.words
    assert own_forms(cart) == []


def test_a_second_tab_that_transfers_gets_the_same(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "1.000")
    seen = shopper.go("cart")
    one, other = (shopper.send(seen, "1 Position übertragen") for _ in range(2))
    assert one.forms == other.forms
    assert shopper.go("return").forms == one.forms


def test_a_cart_that_has_to_be_settled_meanwhile_is_not_given(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "100")
    seen = shopper.go("cart")
    mall.shop.prices(price("s8", "S8", "4.40", per=D(100)))
    page = shopper.send(seen, "1 Position übertragen")
    assert page.address.endswith("/cart#points")
    assert "points" in page.ids
    assert "Der Preis hat sich geändert" in page.words


def test_going_back_without_changes_is_asked_and_then_says_so_to_the_buyer(mall: Mall) -> None:
    shopper = mall.shopper(call())
    added(shopper, "S8", "100")
    page = shopper.go("return")
    assert "Ohne Änderungen zurück? In Ihrem System bleibt alles, wie es war." in page.words
    left = shopper.send(page, "Zurück")
    assert 'Status code="204"' in left.form("Zurück zu Ihrem System").fields["cXML-urlencoded"]
    assert re.findall(r"<title>([^<]*)<|<h1>([^<]*)<", left.text) == [
        ("Zurück zu Ihrem System", ""), ("", "Zurück zu Ihrem System"),
    ]  # fmt: skip
    assert shopper.go("cart").status == 200
    assert own_forms(shopper.go("search?q=m8")) == []


def test_a_transfer_cannot_follow_a_return_nor_a_return_a_transfer(mall: Mall) -> None:
    shopper = mall.shopper()
    added(shopper, "S8", "100")
    cart, back = shopper.go("cart"), shopper.go("return")
    left = shopper.send(back, "Zurück")
    assert "204" in str(left.forms[-1].fields)
    after = shopper.send(cart, "1 Position übertragen")
    assert "Sie sind ohne Änderungen zurückgegangen." in after.words
    assert "schon übertragen" not in after.words


def test_an_address_that_is_not_encrypted_is_told(mall: Mall) -> None:
    mall.shop.configured(return_origins="http://buyer.example")
    mall.shop.configured(return_origins=["http://buyer.example"])
    shopper = mall.shopper(call(return_url="http://buyer.example/hook"))
    added(shopper, "S8", "100")
    assert "Ihr System ist nicht verschlüsselt erreichbar." in transferred(shopper).words


def test_a_test_shows_what_is_sent_and_waits(mall: Mall) -> None:
    shopper = mall.shopper(test=True)
    added(shopper, "S8", "100")
    page = transferred(shopper)
    assert "<PunchOutOrderMessage>" in page.words
    assert "data-auto" not in page.text


# Carts that were brought


def brought(mall: Mall, operation: Operation) -> Iterator[Shopper]:
    """Shoppers whose systems bring back a cart of two lines that was given before, and a line nobody knows."""
    before = mall.shopper(call())
    added(before, "S8", "400")
    added(before, "N8", "100")
    ids = re.findall(r"AuxiliaryID>(\w+)<", transferred(before).forms[-1].fields["cXML-urlencoded"])
    items = [*(item(each) for each in ids), item("ELSE", supplier_sku="Z9", quantity=D(2), unit="PCE", text="Old")]
    while True:
        yield mall.shopper(setup(operation, *items, language="de", return_url=HOOK))


def test_a_cart_to_be_changed_tells_what_was_changed_line_by_line(mall: Mall) -> None:
    shopper = next(brought(mall, Operation.EDIT))
    page = shopper.go("cart")
    assert "Warenkorb ändern" in page.words
    assert page.words.count("unverändert") == 3
    assert "Ihr System hat diese Position nicht vollständig gesandt." in page.words
    page = shopper.send(page, "Mengen aktualisieren", n="800")
    assert "geändert 400 Stück → 800 Stück" in page.words
    page = shopper.send(page, "Position 2 entfernen")
    assert "entfernt" in page.words
    page = shopper.send(page, "Rückgängig")
    assert "entfernt" not in page.words.replace("entfernen", "")
    added(shopper, "S8", "1", u="BX")
    assert "neu" in shopper.go("cart").words.split()


def test_a_line_that_nothing_knows_is_named_and_says_one_thing_to_do(mall: Mall) -> None:
    whole = item("E1", supplier_sku="Z8", quantity=D(2), unit="PCE", text="Old", price=Price(amount=D(2)))
    whole = replace(whole, unspsc="31161504")
    for operation in (Operation.EDIT, Operation.INSPECT):
        brought = setup(operation, whole, item("E2", supplier_sku="Z9"), item("E3"), language="de", return_url=HOOK)
        page = mall.shopper(brought).go("cart")
        assert re.findall(r"<h2><bdi>([^<]*)</bdi>", page.text) == ["Old", "Z9", "Position 3"]
        assert "0,00" not in page.words.partition("Summe")[0].partition("Waren netto")[0]
        assert page.words.count("Diese Position kennen wir nicht.") == (operation is Operation.EDIT)
        assert page.text.count('class="note err"') == 2 * (operation is Operation.EDIT)


def test_an_emptied_cart_deletes_the_buyers_lines_only_when_that_is_wanted(mall: Mall) -> None:
    shopper = next(brought(mall, Operation.EDIT))
    page = shopper.go("cart")
    for position in (1, 2, 3):
        page = shopper.send(page, f"Position {position} entfernen")
    assert "Der Warenkorb ist leer. Übertragen löscht in Ihrem System alle 3 Positionen." in page.words
    given = shopper.send(page, "Alle löschen")
    assert "<ItemIn" not in given.forms[-1].fields["cXML-urlencoded"]


def test_a_cart_that_is_only_looked_at_has_no_form_but_the_search(mall: Mall) -> None:
    shopper = next(brought(mall, Operation.INSPECT))
    for page in ("cart", "search?q=m8", "p/S8", "./"):
        found = shopper.go(page)
        assert "Nur ansehen" in found.words
        assert own_forms(found) == []
        assert "disabled" not in found.text
    assert "Zurück zu Ihrem System?" in shopper.go("return").words
    assert shopper.go("quick").address.endswith("/cart")


# Forms


def test_a_form_of_another_session_does_nothing(mall: Mall) -> None:
    one, other = mall.shopper(), mall.shopper()
    token = other.go("p/S8").form("In den Warenkorb").fields["token"]
    page = one.send(one.go("p/S8"), "In den Warenkorb", n="5", token=token)
    assert (page.status, "Dieses Formular gehört nicht zu Ihrer Sitzung." in page.words) == (403, True)
    assert "Warenkorb (0)" in one.go("cart").words


def test_two_sessions_in_one_browser_have_nothing_in_common(mall: Mall) -> None:
    one, other = mall.shopper(), mall.shopper()
    added(one, "S8", "5")
    assert "Warenkorb (0)" in other.go("cart").words
    assert "Warenkorb (1)" in one.go("cart").words


def test_a_form_that_is_too_large_is_told_so(mall: Mall) -> None:
    shopper = mall.shopper()
    large = "x" * (5 << 20)
    found = shopper.ask("POST", f"{shopper.home}add", data={"n": large})
    assert (found.status, "Das Formular ist zu groß." in found.words) == (413, True)


@given(st.text(max_size=60) | st.sampled_from(["//evil.example", "https://evil.example", "/\\evil", "\tjavascript:1"]))
def test_a_form_leads_back_to_a_page_of_the_session_whatever_it_says(back: str) -> None:
    address = urljoin(f"{GATEWAY}/shop/KEY/add", came_from(back, (("at", "1"),), "r-1"))
    assert address.startswith(f"{GATEWAY}/shop/KEY/")
    assert "\n" not in address


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@example(page="\n", query={})
@given(page=st.text(max_size=12), query=st.dictionaries(st.sampled_from(["q", "at", "n", "u", "why", "after", "from", "by", "number"]), st.text(max_size=12)))  # fmt: skip # noqa: E501
def test_whatever_an_address_says_is_answered(mall: Mall, page: str, query: dict[str, str]) -> None:
    shopper = mall.shopper()
    for each in (page, "search", "cart", "p/S8", "quick"):
        found = shopper.ask("GET", f"{shopper.home}{place(each, query)}")
        assert found.status in (200, 303, 404), found.words


# Notes


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_hitch_and_every_rule_has_its_words(mall: Mall, language: str) -> None:
    with mall.visit(language) as visit:
        line = CartLine(
            position=1, sku="S8", auxiliary_id="A", quantity=D(2), unit="BX", price=D(1), amount=D(2), text="x",
            language="de",
        )  # fmt: skip
        shown = OpenLine(CartEntry(line=line, on=TODAY))
        told = [*_hitches(visit), *_rules(visit, shown)]
    assert all(text.startswith("<b>") and "{" not in text for text in told)
    assert len(set(told)) == len(told)


def _hitches(visit: Visit) -> Iterator[str]:
    for hitch in set(Hitch) - {Hitch.PRICE_CHANGED}:
        yield str(hitch_note(visit, Problem(hitch, 1, (D(100),), ("PCE", "BX")), "PCE").text)


def _rules(visit: Visit, shown: OpenLine) -> Iterator[str]:
    for rule in Rule:
        for field in {Rule.MISSING: ("unspsc", "text", "buyer_sku"), Rule.TEXT_CUT: ("text", "long_text")}.get(
            rule, ("sku",)
        ):
            yield str(finding_note(visit, shown, Finding(1, rule, Weight.BLOCKING, field, "stated", "t")).text)
