"""Addresses and forms that no page of ours has: whoever wrote them gets a page, and his browser stays with us."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest

from tests.shop.shoppers import GATEWAY, Mall

pytestmark = pytest.mark.one_store

MANY = "&".join(["a=1"] * 1_500)


@pytest.mark.parametrize("key", ["http:evil.example", "https:evil.example", "javascript:alert(1)", "\\evil.example"])
def test_no_address_leads_to_another_site(mall: Mall, key: str) -> None:
    answer = mall.stranger().ask("GET", f"{GATEWAY}/shop/{key}")
    assert answer.status == 303
    # What stands before a colon is a scheme at the very beginning alone (WHATWG URL).
    assert answer.head["location"].startswith("./")


def test_an_address_with_more_parameters_than_any_page_has_is_that_page(mall: Mall) -> None:
    shopper = mall.shopper()
    assert shopper.go(f"cart?{MANY}").status == 200
    page = shopper.go("p/S8")
    answer = shopper.sent(page, "In den Warenkorb", n="10", back=f"cart?{MANY}")
    assert (answer.status, answer.head["location"]) == (303, "cart#buy")


@pytest.mark.parametrize("amount", ["sNaN", "NaN", "", "1e999999", "0.01", "abc"])
def test_a_price_is_agreed_to_by_its_amount_alone(mall: Mall, amount: str) -> None:
    shopper = mall.shopper()
    cart = shopper.send(shopper.go("p/S8"), "In den Warenkorb", n="100", back="cart")
    form = cart.form("Position 1 entfernen")
    answer = shopper.ask("POST", urljoin(cart.address, form.action), data={**form.fields, "do": f"accept 1 {amount}"})
    assert answer.status == 303
    assert "why=price-changed" in answer.head["location"]
