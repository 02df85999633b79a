"""The whole way of a purchase: shopped in a browser, given back to the buyer's system, ordered by it, confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page

from gateway.cxml.document import CxmlDocument, attribute, inner, read_cxml
from gateway.testing.cxml_buyer import CxmlBuyer
from tests import cxml_sent, sent
from tests.acceptance.test_punchout_orders import LINK, buyer, carried, posted
from tests.processes import eventually, serving
from tests.shop.browsers import Buyer, open_browser, open_buyer
from tests.workspaces import Place

__all__ = ["buyer"]

AGREED = Decimal("62.00")  # 400 bolts at 15.50 for 100


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser that keeps no cookies of third parties."""
    with open_browser() as opened:
        yield opened


@pytest.fixture
def system() -> Iterator[Buyer]:
    """The procurement system in the browser: where it comes from and goes back to."""
    with open_buyer() as opened:
        yield opened


def shop(page: Page) -> None:
    """Find the bolt by its number, put 400 of it into the cart and give the cart back."""
    page.get_by_role("searchbox").fill(cxml_sent.BOLT)
    page.get_by_role("searchbox").press("Enter")
    page.get_by_label(f"Quantity of {cxml_sent.BOLT}").fill("400")
    page.get_by_label(f"Quantity of {cxml_sent.BOLT}").press("Enter")
    page.get_by_role("link", name="Cart (1)").click()
    page.get_by_role("button", name="Transfer 1 line").click()


def test_what_is_shopped_over_cxml_is_ordered_and_confirmed_to_the_cent(
    demo: Place, buyer: CxmlBuyer, system: Buyer, browser: Browser
) -> None:
    cxml_sent.trade_by_cxml(demo, buyer.url)
    demo.change(f"connections/{cxml_sent.CONNECTION}.toml", cxml_sent.BUYER, system.origin)
    with serving(demo.root) as server:
        _, answer = posted(server.address, cxml_sent.cxml(cxml_sent.setup(url=system.hook), "setup-1"))
        [token] = LINK.findall(answer)
        page = browser.new_page()
        page.goto(f"{server.address}/shop/open/{token.decode()}")
        shop(page)
        [(_, message)] = system.taken()
        page.close()
        cart = read_cxml(message.encode())
        assert isinstance(cart, CxmlDocument)
        [line] = [carried(each) for each in cart.body.children if each.name == "ItemIn"]
        code, _ = posted(server.address, cxml_sent.cxml(cxml_sent.order("PO-1", line.ordered(1)), "order-1"))
        [confirmation] = eventually(lambda: buyer.posted)
    order = demo.order("PO-1")
    header = inner(confirmation.document.body, "ConfirmationHeader")
    assert header is not None
    assert (code, order["decision"], Decimal(order["total"])) == (200, "accepted", AGREED)
    assert (confirmation.document.type, attribute(header, "type")) == ("ConfirmationRequest", "accept")


def test_what_is_shopped_over_oci_is_ordered_by_edifact_and_confirmed_to_the_cent(
    demo: Place, system: Buyer, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAMBURG_OCI", "s3cret")
    demo.write(
        "connections/hamburg_oci.toml",
        'kind = "oci"\npartner = "hamburg"\nprofile = "sap_srm"\nlanguage = "en"\n'
        f'return_origins = ["{system.origin}"]\n',
    )
    demo.write(
        "partners/hamburg.toml",
        'name = "ACME Hamburg"\naccount = "10011"\n'
        '[identifiers]\noci = { user = "eva", password = "env:HAMBURG_OCI" }\n'
        '[[agreement]]\nreceive = "oci call"\nvia = "hamburg_oci"\n',
    )
    with serving(demo.root) as server:
        page = browser.new_page()
        login = {"USERNAME": "eva", "PASSWORD": "s3cret", "HOOK_URL": system.hook}
        page.goto(system.calling(f"{server.address}/oci/hamburg_oci", **login))
        page.get_by_role("button", name="Call").click()
        shop(page)
        given = dict(system.taken())
        page.close()
    assert given["NEW_ITEM-VENDORMAT[1]"] == cxml_sent.BOLT
    price, per = Decimal(given["NEW_ITEM-PRICE[1]"]), given["NEW_ITEM-PRICEUNIT[1]"]
    gtin, _ = sent.BOLT
    quantity = f"{Decimal(given['NEW_ITEM-QUANTITY[1]']):f}"
    ordered = sent.line(1, (gtin, f"{price:f}::NTP:{per}:PCE"), quantity)
    demo.ingest(sent.interchange("IC1", sent.order("PO-2", ordered)), status=0)
    order = demo.order("PO-2")
    assert (order["decision"], Decimal(order["total"])) == ("accepted", AGREED)
    [response] = demo.answers("acme", "ORDRSP")
    assert response.having("BGM") == ["BGM+231+OR00000001+29"]
