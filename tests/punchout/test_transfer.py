"""The transfer: what the buyer's system gets, the same again, under ids that stay, with prices that were agreed to."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.cxml.document import CxmlDocument, read_cxml
from gateway.cxml.dtd import validate
from gateway.errors import ConfigError, ConflictError
from gateway.model.order import Price
from gateway.model.product import Stock
from gateway.model.punchout import Operation, PunchoutSetup
from gateway.model.return_form import ReturnForm
from gateway.model.shopping import Session, SessionState
from gateway.model.terms import Term
from gateway.punchout.carts import accept_price, cart_of, change, checked, put, remove
from gateway.punchout.filling import Item
from gateway.punchout.open_cart import Hitch, OpenCart, Problem
from gateway.punchout.transfer import cancel, transfer
from gateway.store.trade_changes import TradeChanges
from gateway.store.transferred_lines import decision_for
from tests.punchout.shops import HOOK, TODAY, D, Shop, item, price, setup

DTDS = Path(__file__).parents[3] / "shared/data/cxml-dtd"
CALL = PunchoutSetup(buyer_cookie="1&2 <3>", return_url=HOOK, user_name="M\u00fcller")


def given(shop: Shop, session: Session) -> ReturnForm:
    form = transfer(shop.line, session)
    assert isinstance(form, ReturnForm), form
    return form


def document(form: ReturnForm) -> CxmlDocument:
    [(name, value)] = form.fields
    assert (form.action, form.method, name) == (HOOK, "post", "cXML-urlencoded")
    assert value.isascii()
    read = read_cxml(value.encode())
    assert isinstance(read, CxmlDocument), read
    return read


def texts(read: CxmlDocument, path: str) -> list[str]:
    """The texts of the elements of this name, wherever they stand in the message."""
    found = []

    def walk(node: object) -> None:
        if node.name == path:  # type: ignore[attr-defined]
            found.append(node.text)  # type: ignore[attr-defined]
        for child in node.children:  # type: ignore[attr-defined]
            walk(child)

    walk(read.body)
    return found


def test_a_cart_is_a_message_of_us_to_the_buyer_with_his_cookie_and_no_secret(shop: Shop) -> None:
    session = shop.session(setup=CALL)
    line = shop.put(session, "S8", 400).entry.line
    read = document(given(shop, session))
    assert read.type == "PunchOutOrderMessage"
    assert [(each.domain, each.identity, each.secret) for each in read.header.from_] == [("DUNS", "123456789", None)]
    assert [(each.domain, each.identity) for each in read.header.to] == [("NetworkId", "AN01")]
    assert texts(read, "BuyerCookie") == ["1&2 <3>"]
    assert texts(read, "SupplierPartID") == ["S8"]
    assert texts(read, "SupplierPartAuxiliaryID") == [line.auxiliary_id]
    assert texts(read, "Money") == ["16.6", "4.15"]


def test_freight_that_an_order_of_the_cart_would_be_charged_goes_with_it(shop: Shop) -> None:
    with shop.store.write() as db:
        TradeChanges(db).put(Term, [Term(subject="account:10001", field="freight", value="7.90")])
    session = shop.session(setup=CALL)
    shop.put(session, "S8", 400)
    read = document(given(shop, session))
    assert texts(read, "Money") == ["16.6", "7.9", "4.15"]
    assert texts(read, "Shipping") == [""]


@pytest.mark.skipif(not DTDS.is_dir(), reason="the DTDs of cXML are not here")
def test_what_is_given_is_valid_by_the_dtd_it_names(shop: Shop) -> None:
    with shop.store.write() as db:
        changes = TradeChanges(db)
        changes.put(Term, [Term(subject="account:10001", field="freight", value="7.90")])
        coming = Stock(sku="S8", quantity=D(500), available_on=TODAY + timedelta(days=7))
        changes.put(Stock, [Stock(sku="S8", quantity=D(300)), coming])
    session = shop.session(setup=CALL)
    shop.put(session, "S8", 400)
    shop.put(session, "S8", 2, "BX")
    [(_, value)] = given(shop, session).fields
    assert validate(value.encode(), DTDS) == []
    [(_, value)] = cancel(shop.line, shop.session(setup=CALL)).fields
    assert validate(value.encode(), DTDS) == []


def test_what_was_given_is_given_again_as_it_was(shop: Shop) -> None:
    session = shop.session(setup=CALL)
    shop.put(session, "S8", 400)
    first = given(shop, session)
    shop.prices(price("s8", "S8", "9.99", per=D(100)))
    shop.later(minutes=30)
    assert given(shop, session) == first
    assert cart_of(shop.line, session).session.state is SessionState.TRANSFERRED
    assert put(shop.line, session, Item("S8", D(1))) == Problem(Hitch.CLOSED)
    with pytest.raises(ConflictError):
        cancel(shop.line, session)


def test_of_tabs_that_give_one_cart_at_once_all_give_the_same(shop: Shop) -> None:
    session = shop.session(setup=CALL)
    shop.put(session, "S8", 400)
    with ThreadPoolExecutor(3) as pool:
        forms = list(pool.map(lambda _: transfer(shop.own_line(), session), range(3)))
    assert forms[0] == forms[1] == forms[2]


def test_the_price_that_was_given_is_kept_with_how_it_came_about(shop: Shop) -> None:
    session = shop.session(setup=CALL)
    line = shop.put(session, "S8", 400).entry.line
    given(shop, session)
    with shop.store.read() as db:
        found = decision_for(db, "10001", line.auxiliary_id)
    assert found is not None
    assert (found.line.price, found.line.per, found.line.amount, found.line.unit_as_sent) == (
        D("4.15"), D(100), D("16.60"), "EA",
    )  # fmt: skip
    assert (found.valid_until, found.session) == (TODAY + timedelta(days=30), session.id)
    assert '"product":"S8"' in found.trace.replace(" ", "")


def test_a_changed_price_keeps_the_cart_here_until_it_is_agreed_to(shop: Shop) -> None:
    session = shop.session(setup=CALL)
    shop.put(session, "S8", 100)
    shop.prices(price("s8", "S8", "4.40", per=D(100)))
    open_ = transfer(shop.line, session)
    assert isinstance(open_, OpenCart)
    assert open_.open_points == (Problem(Hitch.PRICE_CHANGED, 1),)
    accept_price(shop.line, session, 1)
    assert texts(document(given(shop, session)), "Money") == ["4.4", "4.4"]


def test_what_the_buyers_system_does_not_take_keeps_the_cart_here(shop: Shop) -> None:
    shop.prices(price("c1", "C1", "1.20").__class__(
        key="c1", list="base", subject="all", object="product:C1", type="PRICE", amount=D("1.2"), currency="EUR",
        unit="MTR",
    ))  # fmt: skip
    session = shop.session(setup=CALL)
    shop.put(session, "C1", 5)
    open_ = transfer(shop.line, session)
    assert isinstance(open_, OpenCart)
    assert [(each.line, each.field) for each in open_.blocking] == [(1, "unspsc")]
    assert not checked(shop.line, session).is_ready


def test_an_empty_cart_is_not_given_unless_it_takes_lines_back(shop: Shop) -> None:
    open_ = transfer(shop.line, shop.session(setup=CALL))
    assert isinstance(open_, OpenCart)
    assert open_.open_points == (Problem(Hitch.CART_EMPTY),)
    first = shop.session(setup=CALL)
    line = shop.put(first, "S8", 100).entry.line
    given(shop, first)
    session = shop.session(setup=setup(Operation.EDIT, item(line.auxiliary_id), return_url=HOOK))
    remove(shop.line, session, 1)
    assert texts(document(given(shop, session)), "SupplierPartID") == []


def test_ids_and_promised_prices_stay_through_an_edit(shop: Shop) -> None:
    first = shop.session(setup=CALL)
    screws, nuts = shop.put(first, "S8", 100).entry.line, shop.put(first, "N8", 100).entry.line
    given(shop, first)
    shop.prices(price("s8", "S8", "9.00", per=D(100)), price("n8", "N8", "9.00", per=D(100)))
    shop.later(days=10)
    brought = setup(
        Operation.EDIT, item(screws.auxiliary_id, quantity=D(100), unit_as_received="EA"),
        item(nuts.auxiliary_id, quantity=D(100), unit_as_received="EA"),
        item("theirs", supplier_sku="OLD", quantity=D(3), unit="EA", unit_as_received="EA", text="Old thing",
             unspsc="31161504", price=Price(amount=D(2))),
        item(None, supplier_sku="NEW", quantity=D(1), unit_as_received="CASE", text="Nameless", unspsc="31161504",
             price=Price(amount=D("0.125"), per=D(5))),
        return_url=HOOK,
    )  # fmt: skip
    session = shop.session(setup=brought)
    change(shop.line, session, 2, D(200))
    shop.put(session, "S8", 1, "BX")
    read = document(given(shop, session))
    ids = texts(read, "SupplierPartAuxiliaryID")
    assert ids[:3] == [screws.auxiliary_id, nuts.auxiliary_id, "theirs"]
    assert texts(read, "SupplierPartID") == ["S8", "N8", "OLD", "NEW", "S8"]
    assert len(ids) == 4
    assert texts(read, "Money")[3:5] == ["2", "0.125"]
    assert "CASE" in texts(read, "UnitOfMeasure")
    with shop.store.read() as db:
        kept, changed = (decision_for(db, "10001", each) for each in ids[:2])
        assert decision_for(db, "10001", "theirs") is None
    assert kept is not None
    assert changed is not None
    assert (kept.line.price, kept.valid_until) == (D("4.15"), TODAY + timedelta(days=30))
    assert (changed.line.price, changed.valid_until) == (D(9), TODAY + timedelta(days=40))
    assert changed.line.quantity == 200


def test_a_cart_that_is_asked_about_says_that_its_prices_are_still_to_come(shop: Shop) -> None:
    session = shop.session(setup=setup(Operation.SOURCE, return_url=HOOK))
    shop.put(session, "S8", 100)
    [(_, value)] = given(shop, session).fields
    assert 'quoteStatus="pending"' in value


def test_going_back_without_changes_says_so_and_gives_no_lines(shop: Shop) -> None:
    session = shop.session(setup=CALL)
    shop.put(session, "S8", 100)
    form = cancel(shop.line, session)
    read = document(form)
    assert read.status is not None
    assert (read.status.code, texts(read, "ItemIn")) == (204, [])
    assert cancel(shop.line, session) == form
    with pytest.raises(ConflictError):
        transfer(shop.line, session)


def test_what_is_inspected_is_not_given_and_goes_back_unchanged(shop: Shop) -> None:
    session = shop.session(setup=setup(Operation.INSPECT, return_url=HOOK))
    with pytest.raises(ConflictError):
        transfer(shop.line, session)
    assert cancel(shop.line, session).action == HOOK


def test_a_cart_goes_nowhere_that_is_not_agreed_any_more(shop: Shop) -> None:
    session = shop.session(setup=CALL)
    shop.put(session, "S8", 100)
    shop.configured(return_origins="https://other.example")
    for end in (transfer, cancel):
        with pytest.raises(ConfigError, match="return_origins"):
            end(shop.line, session)


def test_in_base64_the_message_is_in_utf_8(shop: Shop) -> None:
    shop.configured(field_name="cxml-base64")
    session = shop.session(setup=setup(Operation.CREATE, return_url=HOOK, language="de"))
    shop.put(session, "S8", 100)
    [(name, value)] = given(shop, session).fields
    assert name == "cxml-base64"
    assert isinstance(read_cxml(base64.b64decode(value)), CxmlDocument)
