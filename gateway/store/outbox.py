"""The outbox and the archive of what was converted: written with the order, delivered after it."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, false, func, insert, or_, select, update

from gateway.errors import PermanentError
from gateway.store.audit import seal
from gateway.store.identity import new_id
from gateway.store.line_tables import ArchiveRow, OutboxRow
from gateway.store.records import Output, OutputState
from gateway.store.tables import table

_archive = table(ArchiveRow)
_outbox = table(OutboxRow)

_NOTHING = hashlib.sha256().hexdigest()
_ARCHIVE = insert(_archive)
_INSERT = insert(_outbox)
_NEWEST = "newest output"
"""Where a connection has the transaction it is in, and the last id given in it."""
_LAST = select(func.coalesce(func.max(_outbox.c.id), ""))


ACKNOWLEDGEMENTS = frozenset({"CONTRL", "APERAK"})
CATALOGUE = frozenset({"PRICAT", "PRODAT", "INVRPT"})


def lane_of(connection: str, type_: str, account: str | None = None) -> str:
    """The queue of documents of this type: what is in one lane leaves first in, first out.

    What goes to systems of ours has one for each account, so that one order that is stuck stops nobody else's.
    """
    if account is not None:
        return f"{connection}/out/account {account}"
    family = "acknowledgements" if type_ in ACKNOWLEDGEMENTS else "catalogue" if type_ in CATALOGUE else "orders"
    return f"{connection}/out/{family}"


class NewOutput(NamedTuple):
    """A document to send: `key` names its one effect at the destination, `number` is its own.

    `lane` is the queue it waits in, by default that of its type.
    """

    key: str
    partner: str
    connection: str
    type: str
    extension: str
    reference: str
    content: bytes
    number: str | None = None
    control_reference: str | None = None
    test: bool = False
    message: str | None = None
    interchange: str | None = None
    order_id: str | None = None
    lane: str | None = None


def enqueue(db: Connection, new: NewOutput, at: str) -> str:
    """The id of the output, queued with its document archived."""
    archive = new_id()
    digest = hashlib.sha256(new.content).hexdigest()
    db.execute(_ARCHIVE, {"id": archive, "digest": digest, "content": new.content, "created_at": at})
    seal(db, "document", (archive, digest, at), at)
    columns = new._asdict()
    del columns["content"]
    return _insert(db, {**columns, "archive": archive}, at)


def _insert(db: Connection, columns: dict[str, object], at: str) -> str:
    identity = _next_id(db)
    lane = columns.get("lane") or lane_of(str(columns["connection"]), str(columns["type"]))
    fresh = {"id": identity, "lane": lane, "state": OutputState.QUEUED, "tries": 0, "crashes": 0, "created_at": at}
    db.execute(_INSERT, {**columns, **fresh})
    seal(db, "output", (identity, columns["key"], columns["archive"], at), at)
    return identity


def _next_id(db: Connection) -> str:
    """A new id behind all there are: lanes go by them, and another process's clock may be ahead of ours."""
    transaction = db.get_transaction()
    within, last = db.info.get(_NEWEST, (None, ""))
    if within is not transaction:
        last = db.execute(_LAST).scalar_one()
    identity = new_id(after=last)
    # Nobody else writes meanwhile: one look does for the transaction.
    db.info[_NEWEST] = transaction, identity
    return identity


def enqueue_again(db: Connection, first: Output, key: str, at: str, **owner: str | None) -> str:
    """The id of a second sending of the same document, for whoever asked again."""
    kept = (
        "partner",
        "connection",
        "lane",
        "type",
        "extension",
        "reference",
        "number",
        "control_reference",
        "test",
        "order_id",
        "archive",
    )
    return _insert(db, {**{name: getattr(first, name) for name in kept}, "key": key, **owner}, at)


def output(db: Connection, identity: str) -> Output | None:
    """The output of this id."""
    row = db.execute(select(_outbox).where(_outbox.c.id == identity)).mappings().one_or_none()
    return Output(**row) if row else None


def outputs_of(
    db: Connection, message: str | None, interchange: str | None, order_id: str | None = None
) -> list[Output]:
    """What was made for a message, for its interchange or about an order, oldest first."""
    owners = {"message": message, "interchange": interchange, "order_id": order_id}
    wanted = [_outbox.c[name] == value for name, value in owners.items() if value is not None]
    query = select(_outbox).where(or_(false(), *wanted)).order_by(_outbox.c.id)
    return [Output(**row) for row in db.execute(query).mappings()]


def list_outputs(
    db: Connection,
    state: str | None = None,
    limit: int | None = None,
    partner: str | None = None,
    connection: str | None = None,
) -> list[Output]:
    """Every output, or those of one state, to one partner, by one connection, oldest first."""
    query = select(_outbox).order_by(_outbox.c.id).limit(limit)
    for column, wanted in ((_outbox.c.state, state), (_outbox.c.partner, partner), (_outbox.c.connection, connection)):
        if wanted is not None:
            query = query.where(column == wanted)
    return [Output(**row) for row in db.execute(query).mappings()]


def content_of(db: Connection, archive: str) -> bytes:
    """The archived document, byte for byte; raises PermanentError where it is past its retention."""
    row = db.execute(select(_archive.c.content, _archive.c.digest).where(_archive.c.id == archive)).one()
    if not row.content and row.digest != _NOTHING:
        raise PermanentError(f"The bytes of document {archive} are past their retention. A backup may hold them.")
    return bytes(row.content)


def settle(db: Connection, partner: str, control_reference: str, test: bool, state: OutputState | None) -> list[Output]:
    """Outputs sent to this partner under this control reference, marked acknowledged or refused, or as they are."""
    return _settle(db, (partner, test, state), _outbox.c.control_reference == control_reference)


def settle_document(db: Connection, partner: str, number: str, test: bool, state: OutputState) -> list[Output]:
    """Outputs of this number sent to this partner, or about his document of this number, marked as he says."""
    return _settle(db, (partner, test, state), or_(_outbox.c.number == number, _outbox.c.reference == number))


def _settle(db: Connection, whose: tuple[str, bool, OutputState | None], named: ColumnElement[bool]) -> list[Output]:
    partner, test, state = whose
    mine = (_outbox.c.partner == partner) & (_outbox.c.test == test) & (_outbox.c.extension == "edi") & named
    settled = [Output(**row) for row in db.execute(select(_outbox).where(mine)).mappings()]
    if settled and state is not None:
        db.execute(update(_outbox).where(mine).values(state=state))
    return settled
