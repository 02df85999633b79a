"""The form that gives a cart: of what the buyer's system would drop without a word, nothing is given."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.errors import PermanentError
from gateway.model.cart import CartLine
from gateway.model.punchout import PunchoutSetup
from gateway.model.shopping import Protocol, Session
from gateway.punchout.returning import cart_to_give, form_of
from tests.punchout.shops import HOOK, OCI, D, Shop

BOLT = CartLine(
    position=1, sku="S8", auxiliary_id="01J", quantity=D(10), unit="PCE", unit_as_sent="PCE", price=D("4.15"),
    per=D(100), amount=D("0.42"), text="Schraube M8 – 10 €", language="de",
)  # fmt: skip


def _called(shop: Shop) -> Session:
    session = shop.session(setup=PunchoutSetup(return_url=f"{HOOK}?sid=1"))
    return replace(session, connection=OCI, protocol=Protocol.OCI)


def test_a_form_holds_what_its_charset_can_and_goes_where_the_hook_says(shop: Shop) -> None:
    session = _called(shop)
    form = form_of(shop.line, session, cart_to_give(session, (BOLT,)))
    assert (form.action, form.charset) == (HOOK, "ISO-8859-1")
    fields = dict(form.fields)
    assert (fields["sid"], fields["NEW_ITEM-DESCRIPTION[1]"]) == ("1", "Schraube M8 - 10 EUR")


def test_a_cart_of_which_a_line_would_be_dropped_is_not_given(shop: Shop) -> None:
    session = _called(shop)
    cart = cart_to_give(session, (BOLT, replace(BOLT, position=2, text="x" * 41, price=D("0.0415"))))
    with pytest.raises(PermanentError) as refusal:
        form_of(shop.line, session, cart)
    assert "NEW_ITEM-DESCRIPTION[2]: DESCRIPTION has 41 characters and room for 40" in str(refusal.value)
    assert "NEW_ITEM-PRICE[2]" in str(refusal.value)
    assert "[1]" not in str(refusal.value)
