"""A person taken out of the records: contacts and their former versions, documents, notes, histories, usage.

The bytes that were received and sent are vouchers and stay for their retention; what is masked is sealed again, so that
the chain tells that it was changed and still verifies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Table, delete, or_, select, update
from sqlmodel import SQLModel

from gateway.model.account import Contact
from gateway.store.audit import SEALED, seal
from gateway.store.catalogue_tables import ContactRow
from gateway.store.history import history_of
from gateway.store.identity import new_id
from gateway.store.line_tables import EventRow, MessageRow, OrderRow, OutboxRow
from gateway.store.punchout_tables import PunchoutSessionRow
from gateway.store.quote_tables import QuoteEventRow, QuoteRow, QuoteVersionRow
from gateway.store.segment_tables import UsageEventRow
from gateway.store.sync_tables import SyncConflictRow, SystemRow
from gateway.store.tables import table
from gateway.store.trade_changes import TradeChanges
from gateway.store.visible import Sight

MASK = "(erased)"
_AT_ONCE = 200
_OF_A_PERSON = ("contact", "email", "phone")
"""The fields of a party of a document that are about one person."""

_message, _order, _outbox, _quote = table(MessageRow), table(OrderRow), table(OutboxRow), table(QuoteRow)
_contact, _usage, _event = table(ContactRow), table(UsageEventRow), table(EventRow)
_told, _conflict = table(SystemRow), table(SyncConflictRow)


class Person(NamedTuple):
    """Someone at an account, or at one below it, by name or e-mail address; None is not looked for."""

    account: str
    name: str | None = None
    email: str | None = None

    def pattern(self) -> re.Pattern[str]:
        """What the person is called, in any case, not as a part of a longer word."""
        called = "|".join(re.escape(each) for each in (self.name, self.email) if each)
        return re.compile(rf"(?<![\w@])(?:{called})(?![\w@])", re.IGNORECASE)


class Found(NamedTuple):
    """Where a person stands: a table and the key of its row."""

    place: str
    key: str


class _Texts(NamedTuple):
    """Columns that hold texts or JSON, of rows that belong to an account."""

    row: type[SQLModel]
    columns: tuple[str, ...]
    kind: str | None = None

    def of(self, person: Person) -> Any:
        """Key and these columns of each row at the person's account or below it."""
        of = table(self.row)
        query = select(*of.primary_key, *(of.c[name] for name in self.columns if not of.c[name].primary_key))
        within = Sight(person.account).within
        if self.row is EventRow:
            mine = [within(select(each.c.id), each.c.account) for each in (_message, _order)]
            outputs = select(_outbox.c.id).where(_outbox.c.order_id.in_(mine[1]))
            return query.where(or_(*(of.c.subject.in_(each) for each in (*mine, outputs))))
        if self.row in (QuoteVersionRow, QuoteEventRow):
            return query.where(of.c.number.in_(within(select(_quote.c.number), _quote.c.account)))
        return within(query, of.c.account)


_PLACES = (
    _Texts(MessageRow, ("document",), "canonical"),
    _Texts(MessageRow, ("issues",)),
    _Texts(OrderRow, ("document", "note", "rulings")),
    _Texts(QuoteVersionRow, ("document",)),
    _Texts(QuoteEventRow, ("who", "note")),
    _Texts(UsageEventRow, ("user",)),
    _Texts(PunchoutSessionRow, ("content",)),
    _Texts(EventRow, ("text",), "event"),
)


def find(db: Connection, person: Person) -> list[Found]:
    """Where the person stands, in every place that `erase` masks."""
    standing = [Found(of.name, f"{row.account} {row.name}") for of, row in _contacts(db, person)]
    return standing + [found for found, _ in _masked(db, person)]


def erase(db: Connection, person: Person, at: str) -> list[Found]:
    """Where the person stood; now a mask stands there, and what was sealed is sealed as it is now."""
    found = find(db, person)
    _erase_contacts(db, person)
    for _, change in list(_masked(db, person)):
        change.write(db, at)
    return found


class _Change(NamedTuple):
    """A row with its new texts."""

    place: _Texts
    key: dict[str, object]
    texts: dict[str, str]

    def write(self, db: Connection, at: str) -> None:
        """The row holds the new texts, and is sealed with them where it is sealed."""
        of = table(self.place.row)
        this = [of.c[name] == value for name, value in self.key.items()]
        db.execute(update(of).where(*this).values(self.texts))
        if self.place.kind is not None:
            sealed = [of.c[name] for name in SEALED[self.place.kind].columns]
            seal(db, self.place.kind, tuple(db.execute(select(*sealed).where(*this)).one()), at)


def _masked(db: Connection, person: Person) -> Iterator[tuple[Found, _Change]]:
    """Each row that names the person, with its texts as they are without."""
    pattern = person.pattern()
    for place in _PLACES:
        of = table(place.row)
        keys = [column.name for column in of.primary_key]
        with db.execute(place.of(person).execution_options(yield_per=_AT_ONCE)) as rows:
            for row in rows.mappings():
                plain = {name: row[name] for name in place.columns if row[name] is not None}
                texts = {name: _without(value, pattern) for name, value in plain.items()}
                changed = {name: value for name, value in texts.items() if value != plain[name]}
                if changed:
                    key = {name: row[name] for name in keys}
                    yield Found(of.name, " ".join(map(str, key.values()))), _Change(place, key, changed)


def _without(stored: str, pattern: re.Pattern[str]) -> str:
    """The text, or each text of the JSON, with the mask in the place of the person."""
    if not pattern.search(stored) and "\\" not in stored:
        return stored
    if stored[:1] not in ("{", "["):
        return pattern.sub(MASK, stored)
    try:
        value = msgspec.json.decode(stored)
    except msgspec.DecodeError:
        return pattern.sub(MASK, stored)
    masked = _walk(value, pattern)
    return stored if masked == value else msgspec.json.encode(masked).decode()


def _walk(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(MASK, value)
    if isinstance(value, list):
        return [_walk(each, pattern) for each in value]
    if not isinstance(value, dict):
        return value
    walked = {name: _walk(each, pattern) for name, each in value.items()}
    if any(walked.get(name) != value.get(name) for name in _OF_A_PERSON):
        walked |= {name: MASK for name in _OF_A_PERSON if value.get(name)}
    return walked


def _contacts(db: Connection, person: Person) -> list[tuple[Table, Any]]:
    """The rows of the person as a contact, those that hold and those that held."""
    former = history_of(_contact)
    named = {"name": person.name, "email": person.email}
    found: list[tuple[Table, Any]] = []
    for of in (_contact, former):
        if of is not None:
            query = Sight(person.account).within(select(of), of.c.account)
            for row in db.execute(query):
                stated = {name: getattr(row, name) for name in named}
                if any(want and (stated[name] or "").casefold() == want.casefold() for name, want in named.items()):
                    found.append((of, row))
    return found


def _erase_contacts(db: Connection, person: Person) -> None:
    """The person is no contact any more; the former versions say that there was one, and not who."""
    standing = [row for of, row in _contacts(db, person) if of is _contact]
    TradeChanges(db).delete(Contact, [Contact(account=row.account, name=row.name) for row in standing])
    stands_for = f"{MASK} {new_id()}"  # two persons erased may have been contacts at the same time
    former = history_of(_contact)
    if former is not None:
        for account, name in {(row.account, row.name) for _, row in _contacts(db, person)}:
            this = (former.c.account == account) & (former.c.name == name)
            db.execute(update(former).where(this).values(name=stands_for, email=None, phone=None))
            _forget_told(db, f"{account}|{name}")


def _forget_told(db: Connection, contact: str) -> None:
    """Nothing is known any more of what systems told of the contact, and of what they said otherwise than we."""
    for of in (_told, _conflict):
        db.execute(delete(of).where(of.c.kind == "contacts", of.c.key == contact))
