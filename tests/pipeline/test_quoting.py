"""Quotes on both stores: their days are the account's, what is due expires, and of two at once one wins."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commerce.quotes import MOVES, move, possible
from gateway.errors import ConflictError, UsageError
from gateway.model.account import Account
from gateway.model.price import PriceCondition
from gateway.model.product import Product, Unit
from gateway.model.quote import LadderStep, Quote, QuoteAction, QuoteLine, QuoteState, RequestLine, Side
from gateway.pipeline.quote_view import quote_object, quote_rows
from gateway.pipeline.quoting import Actor, Offering, Opening, Quoting, quote_of
from gateway.store.engine import Store
from gateway.store.feed import FeedFilter, events_after
from gateway.store.quotes import change_quote, quote_events, versions_of
from gateway.store.trade import Trade, every
from gateway.store.trade_changes import TradeChanges
from gateway.store.visible import Sight

NOW = datetime(2030, 3, 1, 12, tzinfo=UTC)
LAST = date(2030, 3, 31)
BUYER, SELLER = Actor(Side.BUYER, "Meyer"), Actor(Side.SELLER, "Sales")
OFFER = Offering(
    lines=(QuoteLine(product="P1", ladder=(LadderStep(min_quantity=Decimal(10), price=Decimal("3.5")),)),),
    valid_until=LAST,
)


@pytest.fixture
def traded(store: Store) -> Store:
    """Two accounts, east and west, and an article."""
    with store.write() as db:
        changes = TradeChanges(db)
        changes.put(Account, [_account("1", "Pacific/Auckland"), _account("2", "America/Los_Angeles")])
        changes.put(Product, [Product(sku="P1", name="Pin", base_unit="PCE", units=(Unit(code="PCE"),))])
    return store


def _account(number: str, timezone: str) -> Account:
    return Account(account=number, name=number, currency="EUR", timezone=timezone)


def offered(store: Store, account: str = "1", number: str = "Q-1", offer: Offering = OFFER) -> Quote:
    with store.write() as db:
        quoting = Quoting(db, NOW)
        quoting.open(SELLER, Opening(account=account, number=number, lines=(RequestLine(product="P1"),)))
        return quoting.offer(number, SELLER, offer)


def accepted(store: Store, account: str = "1", number: str = "Q-1") -> Quote:
    offered(store, account, number)
    with store.write() as db:
        return Quoting(db, NOW).accept(number, BUYER)


def test_a_quote_ends_when_its_last_day_is_over_where_the_account_is(traded: Store) -> None:
    accepted(traded, "1", "EAST")
    accepted(traded, "2", "WEST")
    for hours, closed in ((10, []), (11, ["EAST"]), (24 + 6, []), (24 + 7, ["WEST"])):
        at = datetime(2030, 3, 31, tzinfo=UTC) + timedelta(hours=hours)
        with traded.read() as db:
            shown = {row["quote"]: row["state"] for row in quote_rows(db, at)}
        with traded.write() as db:
            assert [quote.number for quote in Quoting(db, at).expire_due()] == closed
            assert Quoting(db, at).expire_due() == []
        with traded.read() as db:
            assert shown == {row["quote"]: row["state"] for row in quote_rows(db, at)}
            assert all(shown[number] == "expired" for number in closed)


def test_an_offer_that_ran_out_is_not_accepted(traded: Store) -> None:
    offered(traded)
    with pytest.raises(ConflictError, match="is expired"), traded.write() as db:
        Quoting(db, NOW + timedelta(days=31)).accept("Q-1", BUYER)
    with traded.read() as db:
        assert list(every(db, PriceCondition)) == []


@pytest.mark.parametrize(("days", "holds"), [(0, False), (1, True)])
def test_what_is_withdrawn_holds_no_longer_and_what_it_held_before_is_kept(
    traded: Store, days: int, holds: bool
) -> None:
    accepted(traded)
    with traded.write() as db:
        Quoting(db, NOW + timedelta(days=days)).withdraw("Q-1", SELLER)
        found = Trade(db).lists(["quote:Q-1"])["quote:Q-1"]
    first = date(2030, 3, 2)  # in Auckland
    assert found.holds(first) is holds
    assert not found.holds(first + timedelta(days=days))


def test_of_two_who_decide_at_once_one_wins(traded: Store) -> None:
    seen = offered(traded).revision
    outcomes: list[str] = []
    start = threading.Barrier(6)

    def decide(index: int) -> None:
        actor = Actor(Side.BUYER, f"person {index}", revision=seen)
        start.wait()
        with suppress(ConflictError), traded.write() as db:
            quoting = Quoting(db, NOW)
            outcomes.append((quoting.accept if index % 2 else quoting.decline)("Q-1", actor).state)

    people = [threading.Thread(target=decide, args=(index,)) for index in range(6)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    with traded.read() as db:
        standing = quote_of(db, "Q-1")
        assert outcomes == [standing.state]
        assert len(quote_events(db, "Q-1")) == standing.revision == seen + 1
        assert bool(list(every(db, PriceCondition))) == (standing.state == QuoteState.ACCEPTED)


def test_what_was_seen_at_an_older_revision_is_not_written(traded: Store) -> None:
    quote = offered(traded)
    with traded.write() as db:
        assert not change_quote(db, quote, quote.revision - 1)
        assert change_quote(db, quote, quote.revision)


def test_what_breaks_off_leaves_nothing(traded: Store) -> None:
    offered(traded)
    with suppress(RuntimeError), traded.write() as db:
        Quoting(db, NOW).accept("Q-1", BUYER)
        raise RuntimeError
    with traded.read() as db:
        assert quote_of(db, "Q-1").state is QuoteState.OFFERED
        assert list(every(db, PriceCondition)) == []


def test_versions_stay_as_they_were_made(traded: Store) -> None:
    offered(traded)
    with traded.read() as db:
        before = versions_of(db, "Q-1")
    with traded.write() as db:
        quoting = Quoting(db, NOW)
        quoting.offer("Q-1", SELLER, Offering(lines=OFFER.lines, valid_until=LAST + timedelta(days=1)))
        assert versions_of(db, "Q-1")[:2] == before
        assert quoting.accept("Q-1", BUYER).valid_until == LAST + timedelta(days=1)


def test_only_its_account_sees_a_quote(traded: Store) -> None:
    offered(traded)
    with traded.read() as db:
        assert quote_object(db, "Q-1", NOW, "1")["possible"]["buyer"] == ["renegotiate", "accept", "decline"]
        with pytest.raises(UsageError, match="no quote"):
            quote_object(db, "Q-1", NOW, "2")
        assert quote_rows(db, NOW, "2") == []


@pytest.mark.parametrize("days", [-1, -400])
def test_an_offer_does_not_end_before_it_begins(traded: Store, days: int) -> None:
    with pytest.raises(UsageError, match="valid_until"):
        offered(traded, offer=Offering(lines=OFFER.lines, valid_until=NOW.date() + timedelta(days=days)))


@given(
    state=st.sampled_from(QuoteState), action=st.sampled_from(QuoteAction), side=st.sampled_from(Side)
)  # fmt: skip
def test_each_move_is_possible_or_says_what_is(state: QuoteState, action: QuoteAction, side: Side) -> None:
    quote = Quote(number="Q", account="1", currency="EUR", state=state)
    if action in possible(state, side):
        assert move(quote, action, side) is MOVES[action, side][1]
    else:
        with pytest.raises(ConflictError) as refused:
            move(quote, action, side)
        told = str(refused.value)
        can = [*possible(state, Side.BUYER), *possible(state, Side.SELLER)]
        assert all(each in told for each in can)
        assert can or "open a new one" in told


def test_an_end_is_an_end() -> None:
    for state in (QuoteState.DECLINED, QuoteState.WITHDRAWN, QuoteState.EXPIRED):
        assert not any(possible(state, side) for side in Side)


def test_the_feed_tells_of_each_step_of_a_quote_and_of_nobody_by_name(traded: Store) -> None:
    accepted(traded)
    with traded.read() as db:
        told = events_after(db, 0, Sight("1"), FeedFilter(("quote.changed",)), 10).events
        assert not events_after(db, 0, Sight("2"), FeedFilter(), 10).events
    assert [(each.id, msgspec.json.decode(each.data)["action"]) for each in told] == [
        ("Q-1", "open"), ("Q-1", "offer"), ("Q-1", "accept"),
    ]  # fmt: skip
    assert not [each for each in told if SELLER.who in each.data or BUYER.who in each.data]
