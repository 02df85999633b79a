"""Quotes and orders: whether a quote that an order cites holds, and which quotes an order uses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from gateway.commerce.pricing import PriceAnswer
from gateway.commerce.quote_prices import conditions, is_used_up, list_name, quote_number
from gateway.model.account import Account
from gateway.model.order import Order
from gateway.model.price import PriceList
from gateway.model.quote import Quote, QuoteAction, QuoteState
from gateway.pipeline.consumed import taking_lines
from gateway.pipeline.quoting import Quoting
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.bookings import called_off
from gateway.store.quotes import put_quotes_of_order, quotes, quotes_of_order, version_of

_HOLDING = frozenset({QuoteState.ACCEPTED, QuoteState.ORDERED})


def quotes_not_valid(snapshot: Snapshot, order: Order, account: Account) -> Mapping[str, str]:
    """Why each quote that the order or a line of it cites gives no prices on the order's day, by its number."""
    cited = {number for number in (order.quote, *(line.quote for line in order.lines)) if number}
    if not cited:
        return {}
    buyers = {each.account for each in snapshot.chain(account.account)}
    known = quotes(snapshot.db, cited)
    reasons = {number: _reason(snapshot, number, known.get(number), buyers, order.ordered_on) for number in cited}
    return {number: reason for number, reason in reasons.items() if reason}


def _reason(snapshot: Snapshot, number: str, quote: Quote | None, buyers: Collection[str], day: date) -> str | None:
    lists = _lists(snapshot, number)
    if quote is None and not lists:
        return f"there is no quote {number}"
    if quote is not None and quote.account not in buyers:
        return f"there is no quote {number} of this account"
    if quote is not None and quote.state not in _HOLDING:
        return f"quote {number} is {quote.state}, not accepted"
    return None if any(each.holds(day) for each in lists) else f"quote {number} is not valid on {day}"


def _lists(snapshot: Snapshot, number: str) -> list[PriceList]:
    """The price lists that the number of a quote means: its own, or imported ones that are called so."""
    named = snapshot.lists({number, list_name(number)}).values()
    numbered = snapshot.contracts({number}).get(number, [])
    return [each for each in (*named, *numbered) if each.kind == "quote"]


def locked_shipping(
    snapshot: Snapshot, order: Order, answers: Iterable[PriceAnswer | None], not_valid: Collection[str]
) -> Mapping[str, str]:
    """How it is shipped and not otherwise, by the number of each quote that locks it and is cited or gives a price."""
    winners = (answer.winner for answer in answers if answer)
    numbers = {quote_number(winner.condition.list) for winner in winners if winner}
    numbers |= {order.quote, *(line.quote for line in order.lines)}
    known = quotes(snapshot.db, {number for number in numbers if number} - set(not_valid))
    offers = ((number, version_of(snapshot.db, number, quote.offered or 0)) for number, quote in known.items())
    return {number: offer.shipping for number, offer in offers if offer and offer.lock_shipping and offer.shipping}


def settle_quotes(line: Line, db: Connection, work: Work, *, is_new: bool) -> None:
    """The order is noted with the quotes its confirmed lines have prices of, and no longer with those they had.

    A quote of which all is ordered is ordered; where an order gives something of it back, it is accepted again. An
    order that `is_new` had none.
    """
    order_id = work.order_id or ""
    used = {number for number in map(quote_number, _lists_used(work)) if number}
    before = set() if is_new else set(quotes_of_order(db, order_id))
    if used != before:
        put_quotes_of_order(db, order_id, used)
    for quote in quotes(db, used | before).values():
        _settle(line, db, quote, work)


def _lists_used(work: Work) -> set[str]:
    """The price lists that the confirmed lines have their prices of."""
    winners = (each.answer.winner for each in taking_lines(work) if each.answer)
    return {winner.condition.list for winner in winners if winner}


def _settle(line: Line, db: Connection, quote: Quote, work: Work) -> None:
    offer = version_of(db, quote.number, quote.offered or 0)
    if offer is None:
        return
    limits = {each.call_off for each in conditions(quote, offer)}
    used_up = is_used_up(quote, offer, called_off(db, limits))
    if used_up and quote.state is QuoteState.ACCEPTED:
        Quoting(db, line.clock()).settle(quote, QuoteAction.ORDER, _number(work))
    elif not used_up and quote.state is QuoteState.ORDERED:
        Quoting(db, line.clock()).settle(quote, QuoteAction.REOPEN, _number(work))


def _number(work: Work) -> str | None:
    return work.order.number if work.order else None
