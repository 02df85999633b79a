"""A cart that was left: it waits on the first page for who left it, and is taken over with what can be bought."""

from __future__ import annotations

from datetime import timedelta

from gateway.model.punchout import PunchoutSetup
from gateway.punchout.carts import cart_of
from gateway.punchout.filling import Item, put_from
from gateway.punchout.open_cart import Hitch, Problem
from gateway.punchout.sessions import standing_session
from tests.punchout.shops import TODAY, D, price
from tests.shop.shoppers import Mall

MEYER = PunchoutSetup(buyer_cookie="C", language="de", email="meyer@acme.example")


def test_a_cart_that_was_left_is_taken_over_and_what_is_sold_no_more_is_told(mall: Mall) -> None:
    left = mall.shop.session(setup=MEYER)
    mall.shop.put(left, "S8", 400)
    mall.shop.put(left, "N8", 100)
    mall.later(hours=20)
    gone = {"per": D(100), "valid_to": TODAY - timedelta(days=1)}
    mall.shop.prices(price("n8", "N8", "2.10", **gone), price("n8-1000", "N8", "1.90", min_quantity=D(1000), **gone))
    shopper = mall.shopper(MEYER)
    home = shopper.go("./")
    assert "Ihr Warenkorb vom 01.03.2030, 13:00 liegt bereit. Darin liegen 2 Positionen." in home.words
    page = shopper.send(home, "Übernehmen")
    assert page.address.endswith("/quick?no=N8&n=100&u=PCE")
    cart = shopper.go("cart").words
    assert ("S8" in cart, "N8" in cart) == (True, False)
    assert "liegt bereit" not in shopper.go("./").words


def test_what_was_taken_over_once_is_neither_taken_twice_nor_offered_again(mall: Mall) -> None:
    mall.shop.put(mall.shop.session(setup=MEYER), "S8", 400)
    shopper = mall.shopper(MEYER)
    home = shopper.go("./")
    shopper.send(home, "Übernehmen")
    assert shopper.send(home, "Übernehmen").address.endswith("/cart")
    assert 'value="400"' in shopper.go("cart").text
    shopper.send(shopper.go("cart"), "1 Position übertragen")
    assert "liegt bereit" not in mall.shopper(MEYER).go("./").words


def test_a_cart_that_was_changed_meanwhile_stays_where_it_is(mall: Mall) -> None:
    left = mall.shop.session(setup=MEYER)
    mall.shop.put(left, "S8", 400)
    session = mall.shop.session(setup=MEYER)
    with mall.shop.store.read() as db:
        seen = standing_session(db, left)
    mall.shop.put(left, "S8", 100)
    assert put_from(mall.shop.line, session, seen, [Item("S8", D(400))]) == Problem(Hitch.LINE_GONE)
    assert [len(cart_of(mall.shop.line, each).lines) for each in (left, session)] == [1, 0]


def test_carts_that_others_left_or_that_are_empty_hide_none(mall: Mall) -> None:
    mall.shop.put(mall.shop.session(setup=MEYER), "S8", 400)
    for _ in range(30):
        mall.later(seconds=1)
        mall.shop.session(setup=MEYER)
    assert "liegt bereit" in mall.shopper(MEYER).go("./").words


def test_nobody_else_is_told_of_it_or_gets_it(mall: Mall) -> None:
    left = mall.shop.session(setup=MEYER)
    mall.shop.put(left, "S8", 400)
    stranger = mall.shopper(PunchoutSetup(buyer_cookie="C", language="de", email="weber@acme.example"))
    assert "liegt bereit" not in stranger.go("./").words
    form = stranger.go("return").forms[-1]
    taken = stranger.ask("POST", f"{stranger.home}take", data={"token": form.fields.get("token", ""), "cart": left.id})
    assert taken.status == 303
    assert "S8" not in stranger.go("cart").words
