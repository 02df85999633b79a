"""When what lies in a cart comes: by the stock that is free, as an order of it is promised it."""

from __future__ import annotations

from datetime import timedelta

from gateway.model.cart import CartDelivery
from gateway.model.product import Stock
from gateway.model.punchout import PunchoutSetup
from gateway.model.return_form import ReturnForm
from gateway.model.shopping import Session
from gateway.model.terms import Term
from gateway.punchout.carts import checked
from gateway.punchout.open_cart import Supplied
from gateway.punchout.transfer import transfer
from gateway.store.trade_changes import TradeChanges
from gateway.store.transferred_lines import decision_for
from tests.punchout.shops import HOOK, TODAY, D, Shop

LATER = TODAY + timedelta(days=7)


def stocked(shop: Shop, *rows: Stock) -> None:
    with shop.store.write() as db:
        TradeChanges(db).put(Stock, rows)


def comes(shop: Shop, session: Session) -> list[Supplied | None]:
    return [each.comes for each in checked(shop.line, session).lines]


def test_lines_share_the_stock_in_their_order_and_what_lacks_has_no_day(shop: Shop) -> None:
    stocked(shop, Stock(sku="S8", quantity=D(500)), Stock(sku="S8", quantity=D(300), available_on=LATER))
    session = shop.session()
    shop.put(session, "S8", 400)
    shop.put(session, "S8", 3, "BX")
    shop.put(session, "N8", 100)
    assert comes(shop, session) == [
        Supplied((CartDelivery(quantity=D(400), on=TODAY),)),
        Supplied((CartDelivery(quantity=D(2), on=LATER),), D(1)),
        None,
    ]


def test_where_all_of_an_order_comes_at_once_so_does_a_cart(shop: Shop) -> None:
    with shop.store.write() as db:
        TradeChanges(db).put(Term, [Term(subject="account:10001", field="partial_delivery", value="no")])
    stocked(shop, Stock(sku="S8", quantity=D(500)), Stock(sku="N8", quantity=D(100), available_on=LATER))
    session = shop.session()
    shop.put(session, "S8", 400)
    shop.put(session, "N8", 100)
    assert [each.deliveries[0].on for each in comes(shop, session) if each] == [LATER, LATER]


def test_the_buyers_system_has_the_days_until_all_is_there_and_each_part_where_there_are_several(shop: Shop) -> None:
    stocked(shop, Stock(sku="S8", quantity=D(500)), Stock(sku="S8", quantity=D(300), available_on=LATER))
    stocked(shop, Stock(sku="N8", quantity=D(100), available_on=LATER))
    session = shop.session(setup=PunchoutSetup(buyer_cookie="C", return_url=HOOK))
    parted = shop.put(session, "S8", 600).entry.line
    whole = shop.put(session, "N8", 100).entry.line
    form = transfer(shop.line, session)
    assert isinstance(form, ReturnForm)
    with shop.store.read() as db:
        given = [decision_for(db, "10001", each.auxiliary_id) for each in (parted, whole)]
    assert [each.line.lead_time_days for each in given if each] == [7, 7]
    assert [len(each.line.schedule) for each in given if each] == [2, 0]
    [(_, message)] = form.fields
    assert message.count("<ScheduleLine ") == 2
    assert 'quantity="100" requestedDeliveryDate="2030-03-08T12:00:00+00:00"' in message


def test_what_lacks_a_day_goes_with_the_lead_time_of_its_article(shop: Shop) -> None:
    stocked(shop, Stock(sku="S8", quantity=D(500)))
    session = shop.session(setup=PunchoutSetup(buyer_cookie="C", return_url=HOOK))
    line = shop.put(session, "S8", 600).entry.line
    transfer(shop.line, session)
    with shop.store.read() as db:
        given = decision_for(db, "10001", line.auxiliary_id)
    assert given is not None
    assert (given.line.lead_time_days, given.line.schedule) == (2, ())
