"""Quoting: a quote from the request to the order, each step with its effects in the caller's one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from gateway.commerce.quote_prices import conditions, ended, list_name, price_list
from gateway.commerce.quotes import check_header, check_offer, check_request, check_shipping, is_over, move
from gateway.errors import ConflictError, PermanentError, UsageError
from gateway.model.account import Account
from gateway.model.price import PriceCondition, PriceList
from gateway.model.quote import (
    Quote,
    QuoteAction,
    QuoteEvent,
    QuoteLine,
    QuoteState,
    QuoteVersion,
    RequestLine,
    Side,
)
from gateway.model.value import Value, to_json
from gateway.pipeline.desk import Asked, PriceDesk
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.store import Connection
from gateway.store.counters import next_number
from gateway.store.feed import Happening, note
from gateway.store.quotes import (
    add_quote,
    add_quote_event,
    add_version,
    change_quote,
    has_orders,
    quote_event,
    quotes,
    run_out,
    version_of,
)
from gateway.store.trade import Trade
from gateway.store.trade_changes import TradeChanges
from gateway.store.types import instant_text


class Opening(Value, kw_only=True):
    """What a quote begins with. `number` is given where none is stated; `currency` is the account's."""

    account: str
    lines: tuple[RequestLine, ...]
    number: str | None = None
    currency: str | None = None
    reference: str | None = None
    supersedes: str | None = None
    channel: str | None = None


class Request(Value, kw_only=True):
    """What the buyer asks for instead; no lines: the same as before, with a note."""

    lines: tuple[RequestLine, ...] = ()


class Offering(Value, kw_only=True):
    """What is offered until a day, from today on where no other day is stated.

    `shipping` says how it is sent; with `lock_shipping` no other way is meant.
    """

    lines: tuple[QuoteLine, ...]
    valid_until: date
    valid_from: date | None = None
    shipping: str | None = None
    lock_shipping: bool = False


class Actor(NamedTuple):
    """Who acts, for which side, and what he says about it. `revision` is the one he saw; None: whatever stands now."""

    side: Side
    who: str
    note: str | None = None
    revision: int | None = None


_GATEWAY = Actor(Side.GATEWAY, "gateway")


def quote_of(db: Connection, number: str, account: str | None = None) -> Quote:
    """The quote of this number; raises UsageError where there is none, or it is of another account than the one named.

    Its state may be behind the day: `quote_object` tells it as it stands.
    """
    found = quotes(db, [number]).get(number)
    if found is None or account not in (None, found.account):
        raise UsageError(f"There is no quote {number}. The list of quotes shows all.")
    return found


class Quoting:
    """What is done to quotes at an instant (UTC), on a writing connection; nothing stands before its commit.

    The same thing done twice has its effect once. Each raises UsageError for a quote or account that there is not and
    for what is not sound, ConflictError where the quote does not stand so that it could be done.
    """

    def __init__(self, db: Connection, now: datetime) -> None:
        self._db = db
        self._now = now
        self._at = instant_text(now)
        self._trade = Trade(db)

    def open(self, actor: Actor, opening: Opening) -> Quote:
        """The new draft; the one that stands where the same was opened under the same number before."""
        account = self._account(opening.account)
        lines = check_request(opening.lines)
        check_header(opening.number, opening.currency)
        if opening.supersedes is not None:
            quote_of(self._db, opening.supersedes, account.account)
        quote = Quote(
            number=opening.number or f"Q{next_number(self._db, 'quote', '', test=False):08d}",
            account=account.account, currency=opening.currency or account.currency, state=QuoteState.DRAFT, version=1,
            reference=opening.reference, supersedes=opening.supersedes, channel=opening.channel, opened_at=self._at,
            changed_at=self._at,
        )  # fmt: skip
        event = self._event(quote, QuoteAction.OPEN, actor, opening)
        if not add_quote(self._db, quote):
            before = quote_event(self._db, quote.number, 1)
            if before is None or before.digest != event.digest:
                raise ConflictError(f"There is a quote {quote.number}. Take another number.")
            return quote_of(self._db, quote.number)
        add_version(self._db, quote.number, self._version(1, actor, request=lines))
        self._record(quote, event)
        return quote

    def submit(self, number: str, actor: Actor) -> Quote:
        """The request handed in."""
        return self._move(number, QuoteAction.SUBMIT, actor)

    def start(self, number: str, actor: Actor) -> Quote:
        """The request taken up by sales."""
        return self._move(number, QuoteAction.START, actor)

    def offer(self, number: str, actor: Actor, offering: Offering) -> Quote:
        """The quote with a new version on offer; it takes the place of what was offered before."""

        def version(quote: Quote) -> QuoteVersion:
            check_shipping(offering.shipping, offering.lock_shipping)
            today = self._today(quote)
            first = offering.valid_from or today
            if offering.valid_until < max(first, today):
                raise UsageError(f"valid_until: {offering.valid_until} is over before {max(first, today)}.")
            return self._version(
                quote.version + 1, actor, lines=self._checked(quote, offering), valid_from=first,
                valid_until=offering.valid_until, shipping=offering.shipping, lock_shipping=offering.lock_shipping,
            )  # fmt: skip

        return self._move(number, QuoteAction.OFFER, actor, offering, version)

    def renegotiate(self, number: str, actor: Actor, wanted: Request | None = None) -> Quote:
        """The offer handed back by the buyer, with what he asks for instead."""

        def version(quote: Quote) -> QuoteVersion:
            return self._version(quote.version + 1, actor, request=check_request(wanted.lines) if wanted else ())

        stated = wanted if wanted and wanted.lines else None
        return self._move(number, QuoteAction.RENEGOTIATE, actor, stated, version if stated else None)

    def accept(self, number: str, actor: Actor) -> Quote:
        """The quote accepted: what is on offer is a price list of the account from now on."""
        return self._move(number, QuoteAction.ACCEPT, actor)

    def decline(self, number: str, actor: Actor) -> Quote:
        """The offer refused by the buyer, or the request by sales."""
        return self._move(number, QuoteAction.DECLINE, actor)

    def withdraw(self, number: str, actor: Actor) -> Quote:
        """The quote taken back; its prices end where it was accepted."""
        return self._move(number, QuoteAction.WITHDRAW, actor)

    def expire_due(self) -> list[Quote]:
        """The quotes whose last day is over where their account is; one of which was ordered is ordered then."""
        # East of Greenwich the day may be over already.
        last = self._now.date() + timedelta(days=1)
        return [self._ran_out(quote) for quote in run_out(self._db, last) if self.is_over(quote)]

    def is_over(self, quote: Quote) -> bool:
        """Whether its last day is over where its account is."""
        return is_over(quote, self._today(quote))

    def settle(self, quote: Quote, action: QuoteAction, order: str | None) -> Quote:
        """The quote after what an order of this number did to it."""
        following = msgspec.structs.replace(quote, state=move(quote, action, Side.GATEWAY))
        return self._keep(following, quote.revision, action, _GATEWAY._replace(note=order and f"order {order}"))

    def _move(
        self, number: str, action: QuoteAction, actor: Actor, stated: Value | None = None,
        version: Callable[[Quote], QuoteVersion] | None = None,
    ) -> Quote:  # fmt: skip
        """The quote after the action with its effects; as it stands where just this was done before."""
        quote = quote_of(self._db, number)
        digest = _digest(action, actor, stated)
        if self._was_done(quote, actor, digest):
            return quote
        if self.is_over(quote):
            quote = self._ran_out(quote)
        following = msgspec.structs.replace(quote, state=move(quote, action, actor.side))
        made = version(quote) if version else None
        if made is not None:
            add_version(self._db, number, made)
            following = msgspec.structs.replace(following, version=made.version)
            if action is QuoteAction.OFFER:
                following = msgspec.structs.replace(following, offered=made.version, valid_until=made.valid_until)
        if action is QuoteAction.ACCEPT:
            self._publish(following, actor)
        elif quote.state is QuoteState.ACCEPTED:
            self._end(quote)
        return self._keep(following, quote.revision, action, actor, stated)

    def _keep(self, quote: Quote, seen: int, action: QuoteAction, actor: Actor, stated: Value | None = None) -> Quote:
        kept = msgspec.structs.replace(quote, revision=seen + 1, changed_at=self._at)
        if not change_quote(self._db, kept, seen):
            raise ConflictError(f"Quote {quote.number} was changed by someone else meanwhile. Look at it again.")
        self._record(kept, self._event(kept, action, actor, stated))
        return kept

    def _record(self, quote: Quote, event: QuoteEvent) -> None:
        """Keep what was done, and tell the feed how the quote stands, but neither who did it nor with which note."""
        add_quote_event(self._db, event)
        data = {"action": event.action, "state": event.state, "revision": event.revision, "version": event.version}
        note(self._db, Happening("quote.changed", "quote", quote.number, quote.account, data), event.at)

    def _was_done(self, quote: Quote, actor: Actor, digest: str) -> bool:
        """Whether just this brought the quote from the revision seen to the next; raises where another thing did."""
        seen = quote.revision - 1 if actor.revision is None else actor.revision
        if seen == quote.revision:
            return False
        event = quote_event(self._db, quote.number, seen + 1)
        if event is not None and event.digest == digest:
            return True
        if actor.revision is None:
            return False
        last = quote_event(self._db, quote.number, quote.revision)
        did = f" ({last.action} by {last.who})" if last else ""
        raise ConflictError(
            f"Quote {quote.number} is {quote.state} at revision {quote.revision}{did}, not at {seen}. Look at it again."
        )

    def _ran_out(self, quote: Quote) -> Quote:
        """The quote after its last day; its price list ends by itself."""
        ordered = quote.state is QuoteState.ACCEPTED and has_orders(self._db, quote.number)
        action = QuoteAction.ORDER if ordered else QuoteAction.EXPIRE
        following = msgspec.structs.replace(quote, state=move(quote, action, Side.GATEWAY))
        return self._keep(following, quote.revision, action, _GATEWAY)

    def _publish(self, quote: Quote, actor: Actor) -> None:
        """What is on offer is the quote's price list; what the quote supersedes ends."""
        offer = version_of(self._db, quote.number, quote.offered or 0)
        if offer is None:
            raise PermanentError(f"Quote {quote.number} is offered without a version.")
        if quote.supersedes is not None:
            before = quote_of(self._db, quote.supersedes)
            if before.state is QuoteState.ACCEPTED:
                replaced = Actor(Side.SELLER, actor.who, f"superseded by quote {quote.number}")
                self._move(before.number, QuoteAction.WITHDRAW, replaced)
        changes = TradeChanges(self._db)
        changes.put(PriceList, [price_list(quote, offer)])
        changes.put(PriceCondition, conditions(quote, offer))

    def _end(self, quote: Quote) -> None:
        """The quote's prices hold no more, from today on."""
        standing = self._trade.lists([list_name(quote.number)])
        TradeChanges(self._db).put(PriceList, [ended(each, self._today(quote)) for each in standing.values()])

    def _checked(self, quote: Quote, offering: Offering) -> tuple[QuoteLine, ...]:
        """The lines of an offer, sound, and of articles that the account may buy."""
        snapshot = Snapshot(self._db, TradeMemory())
        products = snapshot.products({line.product for line in offering.lines})
        lines = check_offer(offering.lines, products)
        account = self._account(quote.account)
        desk = PriceDesk(snapshot, Asked(account, self._today(quote), quote.currency))
        outside = sorted(products.keys() - desk.permitted(products.values()))
        if outside:
            names = ", ".join(outside)
            raise UsageError(f"Account {quote.account} may not buy {names}. Add it to an assortment of the account.")
        return lines

    def _version(self, number: int, actor: Actor, **content: Any) -> QuoteVersion:
        return QuoteVersion(
            version=number, side=actor.side, who=actor.who, at=self._at, note=actor.note, **content
        )  # fmt: skip

    def _event(self, quote: Quote, action: QuoteAction, actor: Actor, stated: Value | None = None) -> QuoteEvent:
        return QuoteEvent(
            number=quote.number, revision=quote.revision, action=action, side=actor.side, who=actor.who, at=self._at,
            state=quote.state, digest=_digest(action, actor, stated), version=quote.version, note=actor.note,
        )  # fmt: skip

    def _account(self, number: str) -> Account:
        found = self._trade.accounts([number]).get(number)
        if found is None:
            raise UsageError(f"There is no account {number}. Import it with the accounts.")
        return found

    def _today(self, quote: Quote) -> date:
        """This day where the quote's account is."""
        return self._account(quote.account).day(self._now)


def _digest(action: QuoteAction, actor: Actor, stated: Value | None) -> str:
    """What tells one request from another: what is done, by whom, and with which content."""
    told = (action, actor.side, actor.who, actor.note, stated)
    return hashlib.sha256(to_json(told)).hexdigest()
