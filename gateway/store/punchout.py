"""Punchout sessions and their carts: found by the digest of what opens them, changed by who saw them as they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

import msgspec
from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update

from gateway.model.return_form import ReturnForm
from gateway.model.shopping import Called, CartEntry, Protocol, Session, SessionState
from gateway.model.value import to_json
from gateway.store.punchout_tables import (
    PunchoutCartLineRow,
    PunchoutReturnRow,
    PunchoutSessionRow,
    TransferredLineRow,
)
from gateway.store.tables import insert_new, table

_session = table(PunchoutSessionRow)
_line = table(PunchoutCartLineRow)
_return = table(PunchoutReturnRow)
_transferred = table(TransferredLineRow)

# Built once: composing a statement costs more than SQLite takes to run it.
_COLUMNS = [column for column in _session.columns if not column.name.startswith(("token", "key"))]
_ADD = insert(_session)
_OF_ID = select(*_COLUMNS).where(_session.c.id == bindparam("of_id"))
_OF_KEY = select(*_COLUMNS).where(_session.c.key_digest == bindparam("of_key"))
_OF_TOKEN = select(*_COLUMNS, _session.c.token_until).where(_session.c.token_digest == bindparam("of_token"))
_IS_FILLED = exists().where(_line.c.session == _session.c.id)
_IN_STATE = (
    select(*_COLUMNS)
    .where(
        _session.c.account == bindparam("of_account"),
        _session.c.connection == bindparam("of_connection"),
        _session.c.state == bindparam("of_state"),
        _IS_FILLED,
    )
    .order_by(_session.c.changed_at.desc(), _session.c.id)
    .limit(bindparam("most"))
)
_REDEEM = (
    update(_session)
    .where(_session.c.token_digest == bindparam("of_token"), _session.c.key_digest.is_(None))
    .values({name: bindparam(name) for name in ("key_digest", "state", "expires_at", "changed_at")})
)
_MOVE = (
    update(_session)
    .where(_session.c.id == bindparam("of_id"), _session.c.revision == bindparam("of_revision"))
    .values({name: bindparam(name) for name in ("state", "revision", "expires_at", "changed_at")})
)
_LINES = select(_line.c.document).where(_line.c.session == bindparam("of_id")).order_by(_line.c.position)
_ADD_LINE = insert(_line)
_DROP_LINE = delete(_line).where(_line.c.session == bindparam("of_id"), _line.c.position == bindparam("of_position"))
_RETURN = select(_return.c.form).where(_return.c.session == bindparam("of_id"))
_ADD_RETURN = insert_new(_return)
_OVER = (
    select(_session.c.id)
    .where(_session.c.expires_at < bindparam("before"))
    # What the buyer's system has of us may be ordered as long as its price holds.
    .where(~exists().where(_transferred.c.session == _session.c.id, _transferred.c.valid_until >= bindparam("today")))
    .order_by(_session.c.expires_at)
    .limit(bindparam("most"))
)
_FORGET_RETURNS = delete(_return).where(
    _return.c.session.in_(select(_session.c.id).where(_session.c.expires_at < bindparam("before")))
)
_PARTS = [delete(each).where(each.c.session == bindparam("of_id")) for each in (_line, _return, _transferred)]
_DROP = delete(_session).where(_session.c.id == bindparam("of_id"))
_CALLED, _ENTRY = msgspec.json.Decoder(Called), msgspec.json.Decoder(CartEntry)
_FORM = msgspec.json.Decoder(ReturnForm)


def add_session(db: Connection, session: Session, token_digest: str, token_until: str) -> None:
    """Keep a new session, which is opened by what has this digest, until this instant."""
    row = msgspec.structs.asdict(session)
    row["content"] = to_json(row.pop("called")).decode()
    db.execute(_ADD, {**row, "token_digest": token_digest, "token_until": token_until, "key_digest": None})


def session_of_token(db: Connection, digest: str) -> tuple[Session, str] | None:
    """The session that a token opens or has opened, and until when it may."""
    row = db.execute(_OF_TOKEN, {"of_token": digest}).mappings().one_or_none()
    if row is None:
        return None
    columns = dict(row)
    until: str = columns.pop("token_until")
    return _as_session(columns), until


def redeem_token(db: Connection, digest: str, key_digest: str, session: Session) -> bool:
    """The session from now on opened by what has the key's digest; False where the token was used before."""
    named = {"of_token": digest, "key_digest": key_digest, "state": session.state.value}
    times = {"expires_at": session.expires_at, "changed_at": session.changed_at}
    return db.execute(_REDEEM, {**named, **times}).rowcount > 0


def session_of_key(db: Connection, digest: str) -> Session | None:
    """The session whose pages are opened by what has this digest."""
    row = db.execute(_OF_KEY, {"of_key": digest}).mappings().one_or_none()
    return None if row is None else _as_session(row)


def session_of_id(db: Connection, identity: str) -> Session | None:
    """The session of this id."""
    row = db.execute(_OF_ID, {"of_id": identity}).mappings().one_or_none()
    return None if row is None else _as_session(row)


def left_sessions(db: Connection, account: str, connection: str, most: int) -> list[Session]:
    """Sessions of an account over a connection with something in their carts that were not given back, over or not,
    the latest changed first.
    """
    return _in_state(db, account, connection, SessionState.SHOPPING, most)


def last_given(db: Connection, account: str, connection: str) -> Session | None:
    """The session of an account over a connection whose cart was given to the buyer last with something in it."""
    return next(iter(_in_state(db, account, connection, SessionState.TRANSFERRED, 1)), None)


def change_session(db: Connection, session: Session, seen: int) -> bool:
    """The session as it is now; False where its cart is no longer at the revision that was seen."""
    named = {"of_id": session.id, "of_revision": seen, "state": session.state.value, "revision": session.revision}
    times = {"expires_at": session.expires_at, "changed_at": session.changed_at}
    return db.execute(_MOVE, {**named, **times}).rowcount > 0


def cart_entries(db: Connection, session: str) -> list[CartEntry]:
    """The lines of a cart, in their order; those taken out that the buyer's system had sent are among them."""
    return [_ENTRY.decode(document) for document in db.execute(_LINES, {"of_id": session}).scalars()]


def put_entries(db: Connection, session: str, entries: Iterable[CartEntry]) -> None:
    """These lines in the cart, in the place of those that stood at their positions."""
    documents = {each.position: to_json(each).decode() for each in entries}
    if documents:
        drop_entries(db, session, documents)
        db.execute(
            _ADD_LINE,
            [{"session": session, "position": at, "document": document} for at, document in documents.items()],
        )


def drop_entries(db: Connection, session: str, positions: Collection[int]) -> None:
    """These positions are empty."""
    if positions:
        db.execute(_DROP_LINE, [{"of_id": session, "of_position": each} for each in positions])


def return_of(db: Connection, session: str) -> ReturnForm | None:
    """What was given to the buyer's browser at the end of the session."""
    form = db.execute(_RETURN, {"of_id": session}).scalar_one_or_none()
    return None if form is None else _FORM.decode(form)


def add_return(db: Connection, session: str, form: ReturnForm, at: str) -> None:
    """Keep what is given to the buyer's browser; what was kept before stays."""
    db.execute(_ADD_RETURN[db.dialect.name], {"session": session, "form": to_json(form).decode(), "made_at": at})


def forget_returns(db: Connection, before: str) -> int:
    """How many forms are no more: nobody can ask for those of sessions that ended before an instant."""
    return db.execute(_FORGET_RETURNS, {"before": before}).rowcount


def forget_sessions(db: Connection, before: str, today: date, most: int) -> int:
    """How many sessions are no more: those that ended before an instant, none of whose lines holds on the day."""
    over: Sequence[str] = db.execute(_OVER, {"before": before, "today": today, "most": most}).scalars().all()
    named = [{"of_id": each} for each in over]
    if named:
        for part in (*_PARTS, _DROP):
            db.execute(part, named)
    return len(named)


def _in_state(db: Connection, account: str, connection: str, state: SessionState, most: int) -> list[Session]:
    """Sessions of an account over a connection with something in their carts, the latest changed first."""
    asked = {"of_account": account, "of_connection": connection, "of_state": state.value, "most": most}
    return [_as_session(row) for row in db.execute(_IN_STATE, asked).mappings()]


def _as_session(row: object) -> Session:
    columns = dict(row)  # type: ignore[call-overload]
    told = {"protocol": Protocol(columns["protocol"]), "state": SessionState(columns["state"])}
    called = _CALLED.decode(columns.pop("content"))
    return Session(**{**columns, **told, "called": called})
