"""What only a browser can show: frames, sites, scripts switched off, the way back, narrow screens, keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gateway.cxml.document import CxmlDocument, read_cxml
from gateway.model.cart import CartLine
from gateway.model.product import Product, Unit
from gateway.model.punchout import PunchoutSetup
from gateway.model.shopping import CartEntry
from gateway.punchout.sessions import session_of
from gateway.store.punchout import put_entries
from gateway.store.trade_changes import TradeChanges
from tests.punchout.shops import OCI, TODAY, Shop, price
from tests.shop.browsers import SECRETS, Buyer, Street, clicked, open_browser, open_buyer, open_street

D = Decimal
GAP = "\N{NO-BREAK SPACE}"
PUT = "In den Warenkorb"
SETUP = """<?xml version="1.0"?>
<cXML payloadID="1@buyer" timestamp="2030-03-01T12:00:00+00:00" xml:lang="de"><Header>
<From><Credential domain="NetworkId"><Identity>AN01</Identity></Credential></From>
<To><Credential domain="DUNS"><Identity>123456789</Identity></Credential></To>
<Sender><Credential domain="NetworkId"><Identity>AN01</Identity><SharedSecret>s3cret</SharedSecret></Credential>
<UserAgent>Buyer</UserAgent></Sender></Header>
<Request><PunchOutSetupRequest operation="create"><BuyerCookie>C&lt;1&gt;&amp;</BuyerCookie>
<BrowserFormPost><URL>{hook}</URL></BrowserFormPost></PunchOutSetupRequest></Request></cXML>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all; each test has a context of its own in it."""
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def buyer() -> Iterator[Buyer]:
    """The buyer's system."""
    with open_buyer() as opened:
        yield opened


@pytest.fixture
def street(
    request: pytest.FixtureRequest, kept_in: str, buyer: Buyer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Street]:
    """A shop with its doors."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with open_street(Shop(request.getfixturevalue("store")), tmp_path, buyer) as opened:
        yield opened


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that was never anywhere; nothing in it went wrong, and it kept nothing."""
    opened = browser.new_context(viewport={"width": 1280, "height": 800}, locale="de-DE")
    wrong: list[str] = []
    opened.on("weberror", lambda error: wrong.append(str(error.error)))
    opened.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    opened.on("dialog", lambda dialog: wrong.append(dialog.message))
    yield opened
    kept = opened.storage_state()
    opened.close()
    assert (wrong, kept) == ([], {"cookies": [], "origins": []})


def called(street: Street, **more: object) -> str:
    """The address of a new session in German."""
    setup = PunchoutSetup(buyer_cookie="C", language="de", return_url=street.buyer.hook)
    return street.opening(**{"setup": setup, **more})


def lines_of(posted: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """SKU and quantity of each line of a cXML cart that was posted."""
    [(name, value)] = posted
    assert name == "cXML-urlencoded"
    read = read_cxml(value.encode())
    assert isinstance(read, CxmlDocument)
    return re.findall(r'<ItemIn quantity="([^"]+)".*?<SupplierPartID>([^<]+)<', value, re.DOTALL)


def test_a_cart_goes_from_punchout_to_the_buyer_within_a_frame_of_another_site(
    street: Street, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto(street.buyer.framing(street.called_by_cxml(SETUP)))
    shop = page.frame_locator("[name=shop]")
    shop.get_by_label("Suchen: Artikelnummer").fill("schraube")
    shop.get_by_label("Suchen: Artikelnummer").press("Enter")
    shop.get_by_label("Menge für S8").fill("1.000")
    shop.get_by_label("Menge für S8").press("Enter")
    expect(shop.get_by_text(f"1.000{GAP}Stück im Warenkorb")).to_be_visible()
    shop.get_by_role("link", name="Warenkorb (1)").click()
    shop.get_by_role("button", name="1 Position übertragen").click()
    posted = street.buyer.taken()
    assert lines_of(posted) == [("1000", "S8")]
    assert "<BuyerCookie>C&lt;1&gt;&amp;</BuyerCookie>" in posted[0][1]
    assert "s3cret" not in posted[0][1]
    expect(shop.get_by_text("Taken")).to_be_visible()


def test_a_cart_goes_by_oci_from_a_form_of_the_buyer_back_to_it_without_a_script(
    street: Street, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    login = {"USERNAME": "acme", "PASSWORD": "s3cret", "sap-language": "DE", "~OkCode": "ADDI", "~CALLER": "CTLG"}
    page.goto(street.buyer.calling(f"{street.address}/oci/{OCI}", HOOK_URL=f"{street.buyer.hook}?sid=7", **login))
    page.get_by_role("button", name="Call").click()
    page.get_by_role("searchbox").fill("4711")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_label("Menge für S8").fill("2")
    page.get_by_label("Einheit").select_option("BX")
    page.get_by_role("button", name=PUT).click()
    # Who goes back and sends the same again means to.
    page.go_back()
    page.get_by_label("Menge für S8").fill("2")
    page.get_by_label("Einheit").select_option("BX")
    page.get_by_role("button", name=PUT).click()
    expect(page.get_by_text(f"4{GAP}Kartons im Warenkorb")).to_be_visible()
    page.get_by_role("link", name="Warenkorb (1)").click()
    page.get_by_label("Menge Position 1").fill("4")
    page.get_by_label("Menge Position 1").press("Enter")
    expect(page.get_by_label("Menge Position 1")).to_have_value("4")
    page.get_by_label("Menge Position 1").fill("3")
    page.get_by_role("button", name="1 Position übertragen").click()
    expect(page.get_by_text("Der Warenkorb hat sich geändert.")).to_be_visible()
    page.get_by_role("button", name="1 Position übertragen").click()
    page.get_by_role("button", name="senden").click()
    posted = dict(street.buyer.taken())
    context.close()
    assert posted["sid"] == "7"
    assert (posted["NEW_ITEM-VENDORMAT[1]"], float(posted["NEW_ITEM-QUANTITY[1]"])) == ("S8", 3)
    assert posted["~OkCode"] == "ADDI"
    assert "s3cret" not in str(posted)


def test_a_page_of_anybody_else_cannot_frame_the_shop(street: Street, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    with open_buyer("127.0.0.1") as other:
        page.goto(other.framing(called(street)))
        # What a browser shows in the place of a page that may not be framed is its own.
        page.wait_for_function("document.querySelector('iframe').contentDocument === null")
        assert page.frame_locator("[name=shop]").get_by_text("Katalog").count() == 0
    context.close()


def test_two_sessions_in_one_browser_the_way_back_and_a_used_link_hurt_nothing(
    street: Street, context: BrowserContext
) -> None:
    link = called(street)
    one, other = context.new_page(), context.new_page()
    one.goto(link)
    other.goto(called(street))
    home = one.url
    for page, quantity in ((one, "5"), (other, "7")):
        page.goto(f"{page.url}p/S8")
        page.get_by_label("Menge für S8").fill(quantity)
        clicked(page, PUT)
    expect(one.get_by_text(f"5{GAP}Stück im Warenkorb")).to_be_visible()
    expect(other.get_by_text(f"7{GAP}Stück im Warenkorb")).to_be_visible()
    one.goto(f"{home}cart")
    one.go_back()
    one.go_back()
    one.get_by_label("Menge für S8").fill("5")
    clicked(one, PUT)
    one.goto(f"{home}cart")
    expect(one.get_by_role("listitem").filter(has_text="Schraube M8")).to_have_count(1)
    one.get_by_role("button", name="1 Position übertragen").click()
    assert lines_of(street.buyer.taken()) == [("10", "S8")]
    expect(one.get_by_text("Taken")).to_be_visible()
    one.goto(f"{home}cart")
    expect(one.get_by_text("Dieser Warenkorb ist schon übertragen.")).to_be_visible()


def test_a_link_that_was_used_and_a_session_that_is_over_say_where_to_go_on(street: Street, browser: Browser) -> None:
    page = browser.new_page(locale="de-DE")
    link = called(street)
    page.goto(link)
    home = page.url
    page.goto(link)
    expect(page.get_by_role("alert")).to_contain_text("Dieser Aufruf wurde schon benutzt.")
    street.shop.later(hours=2)
    page.goto(home)
    expect(page.get_by_role("alert")).to_contain_text("Die Sitzung ist beendet.")
    page.close()


def filled(street: Street, home: str, count: int) -> None:
    """So many lines in the cart of a session, at the prices of now."""
    with street.shop.store.write() as db:
        session = session_of(street.shop.line, db, home.split("/")[4])
        lines = (
            CartLine(
                position=position, sku="S8", auxiliary_id=f"A{position}", quantity=D(1000), unit="PCE",
                price=D("3.95"), per=D(100), amount=D("39.50"), text="Schraube M8", language="de", unspsc="31161504",
            )
            for position in range(1, count + 1)
        )  # fmt: skip
        put_entries(db, session.id, [CartEntry(line=line, on=TODAY) for line in lines])


def test_a_cart_of_two_thousand_lines_arrives_whole(street: Street, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(called(street))
    filled(street, page.url, 2_000)
    page.goto(f"{page.url}cart")
    expect(page.get_by_text("Positionen 1 bis 100 von 2.000")).to_be_visible()
    page.get_by_role("button", name="2.000 Positionen übertragen").click()
    assert lines_of(street.buyer.taken()) == [("1000", "S8")] * 2_000


def test_what_looks_like_a_script_is_text(street: Street, context: BrowserContext) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>\u202egnorts"
    with street.shop.store.write() as db:
        units = (Unit(code="PCE"),)
        TradeChanges(db).put(
            Product, [Product(sku="H1", name=hostile, base_unit="PCE", units=units, unspsc="31161504")]
        )
    street.shop.prices(price("h1", "H1", "1.00"))
    page = context.new_page()
    page.goto(called(street))
    home = page.url
    page.goto(f"{home}p/H1")
    expect(page.get_by_role("heading", level=1)).to_have_text(hostile)
    clicked(page, PUT)
    page.goto(f"{home}cart")
    expect(page.get_by_role("link", name="<img src=x onerror=alert(1)>")).to_be_visible()


PAGES = (
    "",
    "search?q=m8",
    "p/S8?n=900&q=m8",
    "p/N8?n=40&at=N8&why=below-minimum",
    "cart",
    "quick?no=S8&n=4x&u=",
    "return",
)


def shopping(street: Street, page: Page) -> str:
    """The address of a session with something in its cart."""
    page.goto(called(street))
    home = page.url
    for sku, quantity in (("S8", "1.000"), ("N8", "100")):
        page.goto(f"{home}p/{sku}")
        page.get_by_label(f"Menge für {sku}").fill(quantity)
        clicked(page, PUT)
    street.shop.prices(price("n8", "N8", "2.20", per=D(100)))
    return home


def test_nothing_scrolls_sideways_on_a_narrow_screen_nor_with_large_letters(
    street: Street, context: BrowserContext
) -> None:
    page = context.new_page()
    home = shopping(street, page)
    for width, height in ((320, 640), (900, 600)):
        page.set_viewport_size({"width": width, "height": height})
        for each in PAGES:
            page.goto(home + each)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, each)


def test_whatever_is_pressed_is_large_enough_for_a_finger(street: Street, context: BrowserContext) -> None:
    page = context.new_page()
    home = shopping(street, page)
    page.set_viewport_size({"width": 320, "height": 640})
    for each in ("search?q=m8", "cart"):
        page.goto(home + each)
        sizes = page.evaluate("""[...document.querySelectorAll(".session a, h2 a, .btn, .in, select")].map((each) => {
            const box = each.getBoundingClientRect();
            return [each.innerText || each.name, Math.min(box.width, box.height)];
        })""")
        assert [name for name, size in sizes if 0 < size < 24] == [], each


def test_a_word_without_an_end_and_a_price_of_many_figures_stay_in_their_places(
    street: Street, context: BrowserContext
) -> None:
    with street.shop.store.write() as db:
        name = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"
        units = (Unit(code="PCE"),)
        TradeChanges(db).put(Product, [Product(sku="L1", name=name, base_unit="PCE", units=units, unspsc="31161504")])
    steps = {"1": "123456.78", "5000": "110000.00", "20000": "99000.00"}
    street.shop.prices(*(price(f"l1-{n}", "L1", steps[n], per=D(100), min_quantity=D(n)) for n in steps))
    street.indexed()
    page = context.new_page()
    home = shopping(street, page)
    page.goto(f"{home}p/L1")
    clicked(page, PUT)
    for width in (1280, 900, 320):
        page.set_viewport_size({"width": width, "height": 800})
        for each in ("p/S8", "p/L1", "search?q=donau", "quick?no=L1&n=1&u=&no=Donau&n=1&u=", "cart"):
            page.goto(home + each)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, each)
        row = page.get_by_role("listitem").filter(has_text="L1")
        price_, amount = row.locator(".price b").bounding_box(), row.locator(".amt").bounding_box()
        assert price_ is not None
        assert amount is not None
        beside = price_["x"] + price_["width"] <= amount["x"]
        assert beside or price_["y"] >= amount["y"] + amount["height"] - 1, width


def test_an_impatient_click_sends_nothing_twice(street: Street, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(called(street))
    page.goto(f"{page.url}p/S8")
    # What is sent stays on its way as long as the test wants.
    page.evaluate("""() => {
        window.onTheirWay = 0;
        addEventListener("submit", (event) => { if (!event.defaultPrevented) onTheirWay++; event.preventDefault(); });
    }""")
    put = page.get_by_role("button", name=PUT)
    put.dblclick()
    assert page.evaluate("onTheirWay") == 1
    mark = "[...document.getElementsByName('once')].map((each) => each.value)"
    before = page.evaluate(mark)
    # Whoever comes back to the page may send it again, and means to.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    put.click()
    assert page.evaluate("onTheirWay") == 2
    assert not set(before) & set(page.evaluate(mark))


def test_no_page_breaks_a_rule_of_accessibility(street: Street, context: BrowserContext) -> None:
    page = context.new_page()
    home = shopping(street, page)
    for width, place in ((1280, home), (320, home), (1280, f"{home.removesuffix('/')}.dark/")):
        page.set_viewport_size({"width": width, "height": 800})
        for each in PAGES:
            page.goto(place + each)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{place}{each} at {width}: {found.generate_report()}"


def test_all_is_done_by_keys(street: Street, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(called(street))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Zum Inhalt")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("ks-8")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Menge für S8")).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("1.000/")
    page.keyboard.press("Enter")
    expect(page.get_by_text("„1.000/“ ist keine Menge.")).to_be_visible()
    page.get_by_label("Menge für S8").fill("1.000")
    page.get_by_label("Menge für S8").press("Enter")
    expect(page.get_by_text(f"1.000{GAP}Stück im Warenkorb")).to_be_visible()


def test_the_first_page_needs_few_requests_all_of_them_ours(street: Street, context: BrowserContext) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(called(street))
    page.wait_for_load_state("networkidle")
    assert all(each.startswith(f"{street.address}/shop/") for each in asked if not each.startswith("data:"))
    # The link that opens it once, the page, its stylesheet and its script.
    assert len([each for each in asked if not each.startswith("data:")]) == 4
