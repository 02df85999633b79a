"""What a caller may see of accounts, orders, quotes and messages: every query here takes whose data he sees.

There is no query without that filter for what is asked over HTTP: an id of someone else's and one that never was both
find nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Table, bindparam, exists, func, select, true

from gateway.model.account import Account
from gateway.model.quote import Quote
from gateway.store.line_tables import MessageRow, OrderRow, TransmissionRow
from gateway.store.orders import StoredOrder
from gateway.store.quote_tables import QuoteRow
from gateway.store.quotes import quotes
from gateway.store.records import Message, Transmission
from gateway.store.tables import table
from gateway.store.trade import Trade, values
from gateway.store.trade_tables import AccountRow

_account, _order = table(AccountRow), table(OrderRow)
_message, _transmission = table(MessageRow), table(TransmissionRow)
_quote = table(QuoteRow)

_top = select(_account.c.account).where(_account.c.account == bindparam("root")).cte("below", recursive=True)
# The members of a buying group are companies of their own: what they buy is not the group's to see.
_MEMBER = "buying_group"
_below = _top.union(
    select(_account.c.account).join(_top, _account.c.parent == _top.c.account).where(_account.c.parent_kind != _MEMBER)
)
_SEEN = select(_below.c.account)


NO_ACCOUNT = ""
"""The root of who sees no account at all."""


MOST_TOGETHER = 1_000
"""So many messages of a transmission are given with it; there may be a million, which a list gives in parts."""


class Sight(NamedTuple):
    """Whose data is seen: that of an account and of all that stand below it; everyone's where none is named.

    A member of a buying group does not stand below it in this. `connection`: only what came in over it, and the root is
    NO_ACCOUNT.
    """

    root: str | None = None
    connection: str | None = None

    def within(self, query: Select[*tuple[Any, ...]], account: Any) -> Select[*tuple[Any, ...]]:
        """The query, of what belongs to an account that is seen."""
        return query if self.root is None else query.where(account.in_(_SEEN)).params(root=self.root)

    def messages(self, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """The query of messages, of those that are seen."""
        if self.connection is not None:
            return query.where(_message.c.connection == self.connection)
        return self.within(query, _message.c.account)

    def transmissions(self, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """The query of transmissions, of those that are seen: what holds anything of someone else's is not."""
        if self.connection is not None:
            return query.where(_transmission.c.connection == self.connection)
        if self.root is None:
            return query
        seen = _message.c.account.in_(_SEEN)
        of_others = select(_message.c.id).where(
            _message.c.transmission == _transmission.c.id, func.coalesce(~seen, true())
        )
        own = select(_message.c.transmission).where(seen)
        return query.where(_transmission.c.id.in_(own), ~exists(of_others)).params(root=self.root)


class Part(NamedTuple):
    """Rows after a key, so many at most."""

    after: str
    most: int


class MessageFilter(NamedTuple):
    """Which messages; None means any. `since` is the instant of their receipt, in UTC."""

    state: str | None = None
    partner: str | None = None
    type: str | None = None
    reference: str | None = None
    transmission: str | None = None
    since: str | None = None


class TransmissionFilter(NamedTuple):
    """Which transmissions; None means any. `since` is the instant of their receipt, in UTC."""

    state: str | None = None
    connection: str | None = None
    since: str | None = None


class OrderFilter(NamedTuple):
    """Which orders; None means any."""

    account: str | None = None
    number: str | None = None
    state: str | None = None


def account_seen(db: Connection, sight: Sight, number: str) -> Account | None:
    """The account of this number."""
    chain = Trade(db).chain(number)
    if not chain:
        return None
    for each in chain:
        if sight.root in (None, each.account):
            return chain[0]
        if each.parent_kind == _MEMBER:
            break
    return None


def accounts_seen(db: Connection, sight: Sight, part: Part) -> list[Account]:
    """Accounts in the order of their numbers."""
    query = select(_account).where(_account.c.account > part.after).order_by(_account.c.account).limit(part.most)
    return values(Account, db.execute(sight.within(query, _account.c.account)))


def orders_seen(db: Connection, sight: Sight, wanted: OrderFilter, part: Part) -> list[StoredOrder]:
    """Orders of every channel, oldest first; a part goes on after an order's id."""
    query = select(_order).where(_order.c.id > part.after).order_by(_order.c.id).limit(part.most)
    for name, value in wanted._asdict().items():
        if value is not None:
            query = query.where(_order.c[name] == value)
    rows = db.execute(sight.within(query, _order.c.account)).mappings()
    return [StoredOrder(**row) for row in rows]


def order_seen(db: Connection, sight: Sight, our_number: str) -> StoredOrder | None:
    """The order that we call so."""
    query = select(_order).where(_order.c.our_number == our_number).order_by(_order.c.id).limit(1)
    row = db.execute(sight.within(query, _order.c.account)).mappings().one_or_none()
    return StoredOrder(**row) if row else None


def quotes_seen(db: Connection, sight: Sight, account: str | None, part: Part) -> list[Quote]:
    """Quotes in the order of their numbers."""
    query = select(_quote.c.number).where(_quote.c.number > part.after).order_by(_quote.c.number).limit(part.most)
    if account is not None:
        query = query.where(_quote.c.account == account)
    numbers = list(db.execute(sight.within(query, _quote.c.account)).scalars())
    found = quotes(db, numbers)
    return [found[number] for number in numbers]


def quote_seen(db: Connection, sight: Sight, number: str) -> bool:
    """Whether there is a quote of this number."""
    query = select(_quote.c.number).where(_quote.c.number == number)
    return db.execute(sight.within(query, _quote.c.account)).scalar_one_or_none() is not None


def message_seen(db: Connection, sight: Sight, identity: str) -> Message | None:
    """The message of this id."""
    query = select(_message).where(_message.c.id == identity)
    row = db.execute(sight.messages(query)).mappings().one_or_none()
    return Message(**row) if row else None


def messages_seen(db: Connection, sight: Sight, wanted: MessageFilter, part: Part) -> list[Message]:
    """Messages, oldest first; a part goes on after a message's id."""
    query = sight.messages(_filtered(_message, wanted, part))
    return [Message(**row) for row in db.execute(query).mappings()]


def transmission_seen(db: Connection, sight: Sight, identity: str) -> tuple[Transmission, list[Message]] | None:
    """The transmission of this id with its messages, the first thousand of them."""
    query = select(_transmission).where(_transmission.c.id == identity)
    row = db.execute(sight.transmissions(query)).mappings().one_or_none()
    if row is None:
        return None
    of_it = select(_message).where(_message.c.transmission == identity).order_by(_message.c.id).limit(MOST_TOGETHER)
    return Transmission(**row), [Message(**each) for each in db.execute(of_it).mappings()]


def transmissions_seen(db: Connection, sight: Sight, wanted: TransmissionFilter, part: Part) -> list[Transmission]:
    """Transmissions, oldest first; a part goes on after a transmission's id."""
    query = sight.transmissions(_filtered(_transmission, wanted, part))
    return [Transmission(**row) for row in db.execute(query).mappings()]


def _filtered(rows: Table, wanted: MessageFilter | TransmissionFilter, part: Part) -> Select[*tuple[Any, ...]]:
    query = select(rows).where(rows.c.id > part.after).order_by(rows.c.id).limit(part.most)
    for name, value in wanted._asdict().items():
        if value is not None:
            query = query.where(rows.c.received_at >= value if name == "since" else rows.c[name] == value)
    return query
