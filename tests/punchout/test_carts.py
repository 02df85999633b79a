"""Carts: the prices of all channels, quantities that are sold, nothing lost between tabs, what was brought kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.model.account import Account, AccountParty
from gateway.model.order import Price
from gateway.model.party import Party
from gateway.model.punchout import Operation
from gateway.model.shopping import CartEntry, TransferredLine
from gateway.model.terms import Term
from gateway.pipeline.price import LineQuestion, Question, resolve, resolve_together
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.punchout.carts import Done, Wish, accept_price, cart_of, change, change_all, checked, put, remove, undo
from gateway.punchout.filling import Item, put_all
from gateway.punchout.open_cart import Change, Hitch, OpenCart, Problem
from gateway.punchout.shelf import is_quantity
from gateway.punchout.waiting import take_over, waiting
from gateway.store.trade_changes import TradeChanges
from gateway.store.transferred_lines import add_transferred, decision_for
from tests.punchout.shops import TODAY, D, Shop, item, price, setup


def shown(cart: OpenCart) -> list[tuple[str, str, str, str]]:
    return [
        (each.line.sku, f"{each.line.quantity} {each.line.unit}", f"{each.line.price}/{each.line.per}",
         str(each.line.amount))
        for each in cart.live
    ]  # fmt: skip


def given_before(shop: Shop, *entries: CartEntry, account: str = "10001", valid_until: date | None = None) -> None:
    """The lines as given to the account with a cart before."""
    session = shop.session(account)
    lines = [
        TransferredLine(
            account=account, session=session.id, currency="EUR", line=each.line, on=TODAY, data_seq=each.data_seq,
            valid_until=valid_until or TODAY + timedelta(days=30),
        )
        for each in entries
    ]  # fmt: skip
    with shop.store.write() as db:
        add_transferred(db, lines, shop.line.now())


def test_a_line_is_described_as_the_account_sees_the_article_in_the_language_of_the_session(shop: Shop) -> None:
    session = shop.session(setup=setup(Operation.CREATE, language="de"))
    line = shop.put(session, "S8", 2, "BX").entry.line
    assert (line.text, line.long_text, line.buyer_sku) == ("Schraube M8", "Hexagon screw, zinc plated", "4711")
    assert (line.unspsc, line.manufacturer, line.manufacturer_sku, line.lead_time_days) == (
        "31161504", "Kern", "KS-8", 2,
    )  # fmt: skip
    assert (line.gtin, line.unit, line.quantity) == ("4012345000023", "BX", 2)


def test_a_line_comes_no_sooner_than_is_agreed(shop: Shop) -> None:
    with shop.store.write() as db:
        TradeChanges(db).put(Term, [Term(subject="account:10001", field="lead_time_days", value="5")])
    assert shop.put(shop.session(), "S8", 100).entry.line.lead_time_days == 5
    assert shop.put(shop.session("20001"), "S8", 100).entry.line.lead_time_days == 2


def test_a_price_is_stated_for_the_unit_of_its_line(shop: Shop) -> None:
    session = shop.session()
    shop.put(session, "S8", 10)
    shop.put(session, "S8", 2, "BX")
    assert shown(cart_of(shop.line, session)) == [
        ("S8", "10 PCE", "4.15/100", "0.42"),
        ("S8", "2 BX", "8.3/1", "16.60"),
    ]
    assert cart_of(shop.line, session).total == D("17.02")


def test_the_cart_costs_what_every_channel_says(shop: Shop) -> None:
    session = shop.session()
    shop.put(session, "S8", 400)
    shop.put(session, "N8", 600)
    with shop.store.read() as db:
        lines = [LineQuestion(D(400), product="S8"), LineQuestion(D(600), product="N8")]
        told = resolve(Snapshot(db, TradeMemory()), Question("10001", lines, TODAY, channel="cxml"))
    nets = [str(each.line.amount) for each in cart_of(shop.line, session).lines]
    assert nets == [each["net"] for each in told] == ["15.80", "11.40"]


def test_what_an_order_of_the_cart_would_be_charged_beside_its_lines_is_told(shop: Shop) -> None:
    agreed = {"freight": "7.90", "min_order_value": "50", "min_order_value_kind": "soft", "min_order_value_fee": "5"}
    with shop.store.write() as db:
        rows = [Term(subject="account:10001", field=name, value=value) for name, value in agreed.items()]
        TradeChanges(db).put(Term, rows)
    shop.prices(replace(price("all", "", "-3"), object="all", type="HEADER_PCT", currency=None, unit=None))
    session = shop.session()
    shop.put(session, "S8", 400)
    with shop.store.read() as db:
        asked = Question("10001", [LineQuestion(D(400), product="S8")], TODAY, channel="cxml")
        told = resolve_together(Snapshot(db, TradeMemory()), asked).basket
    cart = checked(shop.line, session)
    assert [(each.kind.value, str(each.amount)) for each in cart.fees] == [
        ("discount", "-0.50"), ("freight", "7.90"), ("minimum_value", "5.00"),
    ]  # fmt: skip
    assert (str(cart.total), str(cart.due), str(cart.freight)) == ("16.60", told["total"], "7.90")


def test_terms_add_nothing_to_a_cart_in_another_currency(shop: Shop) -> None:
    with shop.store.write() as db:
        TradeChanges(db).put(Term, [Term(subject="account:10001", field="freight", value="7.90")])
    shop.prices(replace(price("s8-yen", "S8", "700", per=D(100)), currency="JPY"))
    session = shop.session(setup=setup(Operation.CREATE, currency="JPY"))
    shop.put(session, "S8", 50)
    cart = checked(shop.line, session)
    assert (str(cart.total), cart.fees, cart.freight) == ("350", (), None)


def test_a_cart_that_goes_to_a_place_with_prices_of_its_own_has_them(shop: Shop) -> None:
    with shop.store.write() as db:
        changes = TradeChanges(db)
        changes.put(Account, [Account(account="10002", name="Kiel", parent="10001", parent_kind="delivery")])
        changes.put(AccountParty, [AccountParty(account="10002", role="DP", id="W1", scheme="theirs")])
    shop.prices(replace(price("kiel", "S8", "2.00", per=D(100)), subject="account:10002"))
    for place, amount in (("W1", "8.00"), ("W2", "16.60")):
        session = shop.session(setup=setup(Operation.CREATE, ship_to=Party(id=place, id_scheme="theirs")))
        assert shop.put(session, "S8", 400).entry.line.amount == D(amount)


def test_what_lies_there_already_becomes_more(shop: Shop) -> None:
    session = shop.session()
    one = shop.put(session, "S8", 10).entry.line
    more = shop.put(session, "S8", 2).entry.line
    assert (more.position, more.auxiliary_id, more.quantity) == (one.position, one.auxiliary_id, 12)


def test_ids_of_lines_are_short_plain_and_say_nothing(shop: Shop) -> None:
    session = shop.session()
    ids = {shop.put(session, "S8", 10).entry.line.auxiliary_id, shop.put(session, "N8", 100).entry.line.auxiliary_id}
    assert len(ids) == 2
    assert all(each.isascii() and each.isalnum() and len(each) <= 40 for each in ids)


@pytest.mark.parametrize(
    ("sku", "quantity", "unit", "problem"),
    [
        ("N8", "40", None, Problem(Hitch.BELOW_MINIMUM, quantities=(D(100),))),
        ("N8", "120", None, Problem(Hitch.NOT_IN_STEPS, quantities=(D(100), D(150)), step=(D(50), "PCE"))),
        ("S8", "1", "XYZ", Problem(Hitch.UNIT_UNKNOWN, units=("PCE", "BX"))),
        ("C1", "5", None, Problem(Hitch.NO_PRICE)),
        ("X1", "5", None, Problem(Hitch.NOT_IN_ASSORTMENT)),
        ("?", "5", None, Problem(Hitch.PRODUCT_UNKNOWN)),
        ("S8", "0", None, Problem(Hitch.NO_QUANTITY)),
        ("S8", "-3", None, Problem(Hitch.NO_QUANTITY)),
        ("S8", "NaN", None, Problem(Hitch.NO_QUANTITY)),
        ("S8", "Infinity", None, Problem(Hitch.NO_QUANTITY)),
        ("S8", "1E+30", None, Problem(Hitch.NO_QUANTITY)),
        ("S8", "0.0000001", None, Problem(Hitch.NO_QUANTITY)),
    ],
)
def test_what_cannot_be_sold_so_is_not_put(
    shop: Shop, sku: str, quantity: str, unit: str | None, problem: Problem
) -> None:
    session = shop.session()
    assert put(shop.line, session, Item(sku, D(quantity), unit)) == problem
    assert cart_of(shop.line, session).lines == ()


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_a_quantity_is_one_that_documents_can_hold(number: Decimal) -> None:
    if is_quantity(number):
        assert 0 < number < 10**12
        assert number == round(number, 6)
    else:
        assert not number.is_finite() or number <= 0 or number >= 10**12 or number != round(number, 6)


def test_many_articles_are_put_at_once_and_each_that_cannot_be_says_why(shop: Shop) -> None:
    session = shop.session()
    shop.put(session, "S8", 100)
    asked = [
        Item("N8", D(600)), Item("S8", D(300)), Item("?", D(1)), Item("N8", D(20)), Item("S8", D(1), "BX"),
        Item("C1", D(1)), Item("S8", D("NaN")), Item("S8", D(1), "BX"),
    ]  # fmt: skip
    told = put_all(shop.line, session, asked)
    assert [each.hitch if isinstance(each, Problem) else each.line.quantity for each in told] == [
        Hitch.NOT_IN_STEPS, 400, Hitch.PRODUCT_UNKNOWN, Hitch.NOT_IN_STEPS, 2, Hitch.NO_PRICE, Hitch.NO_QUANTITY, 2,
    ]  # fmt: skip
    put_all(shop.line, session, [Item("N8", D(600))])
    assert shown(cart_of(shop.line, session)) == [
        ("S8", "400 PCE", "3.95/100", "15.80"),
        ("S8", "2 BX", "7.9/1", "15.80"),
        ("N8", "600 PCE", "1.9/100", "11.40"),
    ]
    assert checked(shop.line, session).open_points == ()


def test_a_line_is_changed_into_another_unit_at_its_price(shop: Shop) -> None:
    session = shop.session()
    boxes = shop.put(session, "S8", 2, "BX").entry
    changed = change(shop.line, session, boxes.position, D(400), "PCE")
    assert not isinstance(changed, Problem)
    assert (changed.entry.line.unit, changed.entry.line.auxiliary_id) == ("PCE", boxes.line.auxiliary_id)
    assert shown(cart_of(shop.line, session)) == [("S8", "400 PCE", "4.15/100", "16.60")]


def test_many_lines_are_changed_at_once_and_each_that_cannot_be_says_why(shop: Shop) -> None:
    session = shop.session()
    boxes, nuts = shop.put(session, "S8", 1, "BX"), shop.put(session, "N8", 100)
    last = shop.put(session, "S8", 100).session
    wishes = [Wish(1, D(2)), Wish(2, D(600)), Wish(3, D(0)), Wish(9, D(1)), Wish(3, D(5), "MTR")]
    told = change_all(shop.line, session, wishes[:4])
    assert [each.hitch if isinstance(each, Problem) else each.line.quantity for each in told] == [
        2, 600, Hitch.NO_QUANTITY, Hitch.LINE_GONE,
    ]  # fmt: skip
    assert shown(cart_of(shop.line, session)) == [
        (boxes.entry.line.sku, "2 BX", "7.9/1", "15.80"),
        (nuts.entry.line.sku, "600 PCE", "1.9/100", "11.40"),
        ("S8", "100 PCE", "3.95/100", "3.95"),
    ]
    assert cart_of(shop.line, session).session.revision == last.revision + 1
    [unit] = change_all(shop.line, session, wishes[4:])
    assert isinstance(unit, Problem)
    assert unit.hitch is Hitch.UNIT_UNKNOWN
    assert cart_of(shop.line, session).session.revision == last.revision + 1


def test_a_line_that_is_taken_out_is_gone_and_the_others_cost_what_they_cost_without_it(shop: Shop) -> None:
    session = shop.session()
    shop.put(session, "S8", 400)
    nuts = shop.put(session, "N8", 600).entry
    remove(shop.line, session, nuts.position)
    assert shown(cart_of(shop.line, session)) == [("S8", "400 PCE", "4.15/100", "16.60")]
    assert remove(shop.line, session, nuts.position) == Problem(Hitch.LINE_GONE, nuts.position)
    assert change(shop.line, session, nuts.position, D(1)) == Problem(Hitch.LINE_GONE, nuts.position)


def test_tabs_that_fill_one_cart_at_once_lose_nothing(shop: Shop) -> None:
    session = shop.session()

    def fill(sku: str) -> None:
        line = shop.own_line()
        for _ in range(5):
            assert not isinstance(put(line, session, Item(sku, D(100))), Problem)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(fill, ["S8", "S8"]))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(fill, ["S8", "N8"]))
    assert {each.line.sku: each.line.quantity for each in cart_of(shop.line, session).lines} == {"S8": 1500, "N8": 500}


def test_a_price_that_changed_meanwhile_is_asked_back_and_holds_when_agreed_to(shop: Shop) -> None:
    session = shop.session()
    screws = shop.put(session, "S8", 100).entry
    shop.put(session, "N8", 100)
    shop.prices(price("s8", "S8", "4.40", per=D(100), scale_group="fasteners"))
    cart = checked(shop.line, session)
    [screw, nut] = cart.lines
    assert screw.now is not None
    assert (screw.line.amount, screw.now.amount) == (D("4.15"), D("4.40"))
    assert cart.open_points == (Problem(Hitch.PRICE_CHANGED, 1),)
    assert nut.problems == ()
    wrong = accept_price(shop.line, session, screws.position, D("4.39"))
    assert wrong == Problem(Hitch.PRICE_CHANGED, 1)
    accept_price(shop.line, session, screws.position, D("4.40"))
    assert checked(shop.line, session).open_points == ()
    assert cart_of(shop.line, session).total == D("6.50")


def test_what_another_line_changes_while_prices_changed_too_is_told_apart(shop: Shop) -> None:
    session = shop.session()
    shop.put(session, "S8", 400)
    shop.put(session, "N8", 100)
    shop.prices(price("n8", "N8", "2.50", per=D(100), scale_group="fasteners"))
    shop.put(session, "S8", 100)
    assert checked(shop.line, session).open_points == (Problem(Hitch.PRICE_CHANGED, 2),)
    shop.prices(price("n8", "N8", "2.10", per=D(100), scale_group="fasteners"))
    shop.put(session, "S8", 400)
    assert checked(shop.line, session).open_points == ()
    assert shown(cart_of(shop.line, session))[1] == ("N8", "100 PCE", "1.9/100", "1.90")


def test_an_article_that_is_sold_no_more_is_to_be_settled(shop: Shop) -> None:
    session = shop.session()
    shop.put(session, "S8", 100)
    shop.prices(
        price("s8", "S8", "4.15", per=D(100), valid_to=TODAY - timedelta(days=1)),
        price("s8-1000", "S8", "3.95", per=D(100), valid_to=TODAY - timedelta(days=1)),
    )
    assert checked(shop.line, session).open_points == (Problem(Hitch.NO_PRICE, 1),)


def test_an_edited_cart_has_its_lines_again_under_their_ids_and_prices(shop: Shop) -> None:
    first = shop.session()
    screws, nuts = shop.put(first, "S8", 100).entry, shop.put(first, "N8", 100).entry
    given_before(shop, screws, nuts)
    shop.prices(price("s8", "S8", "9.00", per=D(100)), price("n8", "N8", "9.00", per=D(100)))
    brought = setup(
        Operation.EDIT, item(screws.line.auxiliary_id, quantity=D(100)), item(nuts.line.auxiliary_id, quantity=D(200))
    )
    session = shop.session(setup=brought)
    cart = checked(shop.line, session)
    assert [each.line.auxiliary_id for each in cart.lines] == [screws.line.auxiliary_id, nuts.line.auxiliary_id]
    # The price holds for the quantity it was given for.
    assert cart.open_points == (Problem(Hitch.PRICE_CHANGED, 2),)
    assert [each.change for each in cart.lines] == [Change.UNCHANGED, Change.UNCHANGED]
    change(shop.line, session, 1, D(300))
    accept_price(shop.line, session, 2)
    cart = checked(shop.line, session)
    assert [each.change for each in cart.lines] == [Change.CHANGED, Change.UNCHANGED]
    assert [each.line.amount for each in cart.lines] == [D("27.00"), D("18.00")]
    remove(shop.line, session, 1)
    assert [each.change for each in cart_of(shop.line, session).lines] == [Change.REMOVED, Change.UNCHANGED]
    undo(shop.line, session, 1)
    cart = checked(shop.line, session)
    assert (cart.lines[0].line.amount, cart.open_points) == (D("4.15"), ())


def test_who_discarded_his_changes_has_the_price_he_was_given_before_them(shop: Shop) -> None:
    session = shop.session()
    few = shop.put(session, "S8", 400).entry
    many = replace(few, line=replace(few.line, quantity=D(2000), price=D("3.95"), amount=D("79.00")))
    given_before(shop, few)
    shop.later(minutes=1)
    given_before(shop, many)
    shop.prices(price("s8", "S8", "5.00", per=D(100), scale_group="fasteners"))
    brought = [replace(item(few.line.auxiliary_id, unit="PCE"), quantity=D(each)) for each in ("400", "2000", "700")]
    costs = []
    for each in brought:
        edited = shop.session(setup=setup(Operation.EDIT, each))
        costs.append([(str(line.line.amount), len(line.problems)) for line in checked(shop.line, edited).lines])
    assert costs == [[("16.60", 0)], [("79.00", 0)], [("27.65", 1)]]


def test_a_price_given_before_holds_no_longer_than_it_was_given_for(shop: Shop) -> None:
    screws = shop.put(shop.session(), "S8", 100).entry
    given_before(shop, screws, valid_until=TODAY + timedelta(days=1))
    shop.prices(price("s8", "S8", "9.00", per=D(100)))
    brought = setup(Operation.EDIT, item(screws.line.auxiliary_id))
    shop.later(days=1)
    assert checked(shop.line, shop.session(setup=brought)).open_points == ()
    shop.later(days=1)
    assert checked(shop.line, shop.session(setup=brought)).open_points == (Problem(Hitch.PRICE_CHANGED, 1),)


def test_a_quantity_given_before_is_taken_back_although_it_is_sold_no_more(shop: Shop) -> None:
    screws = shop.put(shop.session(), "S8", 100).entry
    given_before(shop, replace(screws, line=replace(screws.line, quantity=D("2.5"), amount=D("0.10"))))
    session = shop.session(setup=setup(Operation.EDIT, item(screws.line.auxiliary_id, quantity=D("2.5"))))
    assert isinstance(accept_price(shop.line, session, 1), Done)
    remove(shop.line, session, 1)
    assert isinstance(undo(shop.line, session, 1), Done)
    cart = checked(shop.line, session)
    assert (cart.lines[0].line.quantity, cart.lines[0].line.amount, cart.open_points) == (D("2.5"), D("0.10"), ())
    assert isinstance(change(shop.line, session, 1, D("3.5")), Problem)


def test_a_line_that_nothing_knows_or_of_another_account_goes_back_as_it_came(shop: Shop) -> None:
    theirs = shop.put(shop.session("20001"), "S8", 100).entry
    given_before(shop, theirs, account="20001")
    brought = setup(
        Operation.EDIT,
        item(
            theirs.line.auxiliary_id,
            supplier_sku="S8",
            quantity=D(5),
            unit="PCE",
            text="Mine",
            price=Price(amount=D("0.01")),
        ),
        item(
            "what?{}",
            supplier_sku="OLD",
            quantity=D(3),
            unit_as_received="XX",
            text="Old",
            price=Price(amount=D(2), per=D(10)),
        ),
        item(None, supplier_sku="S8"),
    )
    session = shop.session(setup=brought)
    cart = checked(shop.line, session)
    assert all(each.is_unknown for each in cart.lines)
    assert shown(cart) == [
        ("S8", "5 PCE", "0.01/1", "0.05"),
        ("OLD", "3 XX", "2/10", "0.60"),
        ("S8", "0 ", "0/1", "0.00"),
    ]
    assert [each.line.auxiliary_id for each in cart.lines] == [theirs.line.auxiliary_id, "what?{}", ""]
    assert cart.open_points == (Problem(Hitch.INCOMPLETE, 3),)
    assert change(shop.line, session, 2, D(4)) == Problem(Hitch.READ_ONLY, 2)
    remove(shop.line, session, 3)
    assert checked(shop.line, session).open_points == ()


@pytest.mark.one_store
@pytest.mark.parametrize("quantity", ["0", "-5", "0.0000001", "1000000000000000"])
def test_a_line_that_comes_back_in_no_quantity_is_to_be_settled(shop: Shop, quantity: str) -> None:
    screws = shop.put(shop.session(), "S8", 100).entry
    given_before(shop, screws)
    session = shop.session(setup=setup(Operation.EDIT, item(screws.line.auxiliary_id, quantity=D(quantity))))
    assert checked(shop.line, session).open_points == (Problem(Hitch.NO_QUANTITY, 1),)
    assert isinstance(change(shop.line, session, 1, D(100)), Done)
    assert checked(shop.line, session).open_points == ()


@pytest.mark.one_store
@pytest.mark.parametrize(
    ("quantity", "amount", "per"),
    [("0", "1", "1"), ("-5", "1", "1"), ("5", "-1", "1"), ("5", "1", "-1"), ("9e11", "9e11", "1")],
)
def test_a_line_that_nothing_knows_costs_something_or_is_to_be_settled(
    shop: Shop, quantity: str, amount: str, per: str
) -> None:
    stated = Price(amount=D(amount), per=D(per))
    brought = item("A", supplier_sku="OLD", quantity=D(quantity), unit="PCE", text="Old", price=stated)
    session = shop.session(setup=setup(Operation.EDIT, brought))
    assert checked(shop.line, session).open_points == (Problem(Hitch.INCOMPLETE, 1),)


def test_a_line_copied_in_the_requisition_is_a_line_of_its_own(shop: Shop) -> None:
    screws = shop.put(shop.session(), "S8", 100).entry
    given_before(shop, screws)
    twice = setup(Operation.EDIT, item(screws.line.auxiliary_id), item(screws.line.auxiliary_id))
    lines = cart_of(shop.line, shop.session(setup=twice)).lines
    assert lines[0].line.auxiliary_id == screws.line.auxiliary_id
    assert len({each.line.auxiliary_id for each in lines}) == 2


def test_what_is_inspected_is_as_it_was_given_and_stays_so(shop: Shop) -> None:
    screws = shop.put(shop.session(), "S8", 100).entry
    given_before(shop, screws)
    shop.prices(price("s8", "S8", "9.00", per=D(100)))
    session = shop.session(setup=setup(Operation.INSPECT, item(screws.line.auxiliary_id)))
    assert shown(checked(shop.line, session)) == [("S8", "100 PCE", "4.15/100", "4.15")]
    for done in (
        put(shop.line, session, Item("S8", D(1))),
        change(shop.line, session, 1, D(1)),
        remove(shop.line, session, 1),
    ):
        assert done == Problem(Hitch.READ_ONLY)


def test_what_was_given_is_found_by_its_own_account_alone(shop: Shop) -> None:
    screws = shop.put(shop.session(), "S8", 100).entry
    given_before(shop, screws)
    with shop.store.read() as db:
        found = decision_for(db, "10001", screws.line.auxiliary_id)
        assert found is not None
        assert (found.line, found.valid_until) == (screws.line, TODAY + timedelta(days=30))
        assert decision_for(db, "20001", screws.line.auxiliary_id) is None
        assert decision_for(db, "10001", "guessed") is None


def test_names_with_script_and_signs_that_turn_text_round_are_kept_as_they_are(shop: Shop) -> None:
    name = "\u202e<script>alert(1)</script>"
    session = shop.session(setup=setup(Operation.CREATE, user_name=name, email="a@b"))
    assert session.setup.user_name == name


def test_a_cart_that_was_left_waits_for_the_same_user_alone(shop: Shop) -> None:
    mine = setup(Operation.CREATE, email="Meyer@acme.example")
    left = shop.session(setup=mine)
    shop.put(left, "S8", 100)
    shop.put(left, "N8", 100)
    shop.later(hours=5)
    others = (setup(Operation.CREATE, email="b@acme.example"), setup(Operation.CREATE))
    for stranger in [shop.session(setup=each) for each in others] + [shop.session("20001", mine)]:
        with shop.store.read() as db:
            assert waiting(db, stranger) is None
        assert take_over(shop.line, stranger, left.id) == []
    again = shop.session(setup=setup(Operation.CREATE, email="meyer@acme.example"))
    with shop.store.read() as db:
        found = waiting(db, again)
    assert found is not None
    assert (found.session.id, found.lines) == (left.id, 2)
    filled = shown(cart_of(shop.line, left))
    take_over(shop.line, again, left.id)
    assert shown(cart_of(shop.line, again)) == filled
    assert shown(cart_of(shop.line, left)) == []
