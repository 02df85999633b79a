"""Sessions: called for by a buyer's system, opened once by a token, found by the key in the address of their pages.

Token and key are random and opaque, and only their SHA-256 is kept. No cookie is needed, and two sessions in one
browser have nothing in common.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from gateway.errors import UsageError
from gateway.model.punchout import PunchoutSetup
from gateway.model.shopping import Called, Echo, Protocol, Session, SessionState
from gateway.pipeline.work import Line
from gateway.punchout.restoring import restored
from gateway.store import Connection
from gateway.store.cxml_answers import forget_link
from gateway.store.identity import new_id
from gateway.store.punchout import (
    add_session,
    change_session,
    forget_returns,
    forget_sessions,
    put_entries,
    redeem_token,
    session_of_id,
    session_of_key,
    session_of_token,
)
from gateway.store.trade import Trade
from gateway.store.types import instant_text

TOKEN_LIFE = timedelta(minutes=10)
"""The time within which the browser has to come: buyers' systems send it at once."""
MOST_OPEN = timedelta(hours=12)
"""The time after which a session ends however busy it is."""
KEPT = timedelta(days=30)
"""The time a session and its cart are kept after its end."""
_AT_ONCE = 100
_BYTES = 32


class Reason(StrEnum):
    """Why a session is not opened, or not any more."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    OVER = "over"
    ACCOUNT_UNKNOWN = "account-unknown"
    ACCOUNT_BLOCKED = "account-blocked"


class PunchoutRefusedError(UsageError):
    """The session is not open. Call the catalogue again from the buyer's system.

    `session` is the one that is over, where it is known: its pages can say what of it is kept.
    """

    def __init__(self, reason: Reason, message: str | None = None, session: Session | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.session = session


class Opening(NamedTuple):
    """What a session is opened with: the names of connection and partner, the number of the account that buys.

    `search` is what is looked for first.
    """

    connection: str
    partner: str
    account: str
    setup: PunchoutSetup
    protocol: Protocol
    test: bool = False
    echo: Echo = Echo()
    search: str = ""


class Opened(NamedTuple):
    """A new session: `token` opens it once, at /shop/open/TOKEN, until `expires_at` (aware, UTC)."""

    token: str
    expires_at: datetime
    session: Session


def open_session(line: Line, db: Connection, opening: Opening) -> Opened:
    """A new session in the caller's transaction; nothing stands before its commit.

    The cart of an edit or inspect is what of its lines is known here. Raises PunchoutRefusedError for an account that
    is not known or blocked.
    """
    session, token = new_session(line, db, opening), secrets.token_urlsafe(_BYTES)
    add_session(db, session, digest_of(token), session.expires_at)
    put_entries(db, session.id, restored(db, session, line.today()))
    return Opened(token, session.ends, session)


def new_session(line: Line, db: Connection, opening: Opening) -> Session:
    """A session that is not kept; raises PunchoutRefusedError for an account that is not known or blocked."""
    account = Trade(db).accounts([opening.account]).get(opening.account)
    if account is None:
        text = f"There is no account {opening.account}. Import it, or mend the partner {opening.partner}."
        raise PunchoutRefusedError(Reason.ACCOUNT_UNKNOWN, text)
    if account.status != "active":
        raise PunchoutRefusedError(Reason.ACCOUNT_BLOCKED, f"Account {account.account} is {account.status}.")
    values, setup, now = line.configuration.connections[opening.connection].values, opening.setup, line.clock()
    called = Called(
        setup=setup, echo=opening.echo, search=opening.search,
        currency=setup.currency or values.text_or_none("currency") or account.currency,
        language=setup.language or values.text_or_none("language") or account.language or "en",
    )  # fmt: skip
    return Session(
        id=new_id(), connection=opening.connection, partner=opening.partner, account=account.account,
        protocol=opening.protocol, test=opening.test, state=SessionState.OPENED, revision=1,
        lasts_s=int(values.duration("session").total_seconds()), opened_at=instant_text(now),
        expires_at=instant_text(now + TOKEN_LIFE), changed_at=instant_text(now), called=called,
    )  # fmt: skip


def redeem(line: Line, token: str) -> str:
    """The key of the session's pages, /shop/KEY/..., committed; the token opens nothing any more.

    Raises PunchoutRefusedError where it was used, its time is over, or it never was one.
    """
    now, digest = line.clock(), digest_of(token)
    with line.store.write() as db:
        found = session_of_token(db, digest)
        if found is None:
            raise PunchoutRefusedError(Reason.UNKNOWN)
        session, until = found
        if session.state is SessionState.OPENED and until < instant_text(now):
            raise PunchoutRefusedError(Reason.EXPIRED, session=session)
        key = secrets.token_urlsafe(_BYTES)
        begun = replace(_extended(session, now), state=SessionState.SHOPPING, changed_at=instant_text(now))
        if not redeem_token(db, digest, digest_of(key), begun):
            raise PunchoutRefusedError(Reason.USED, session=session)
        forget_link(db, session.id)
    return key


def session_of(line: Line, db: Connection, key: str) -> Session:
    """The session of a key, as it stands; raises PunchoutRefusedError where there is none, or it is over."""
    session = session_of_key(db, digest_of(key))
    if session is None:
        raise PunchoutRefusedError(Reason.UNKNOWN)
    if session.expires_at < instant_text(line.clock()):
        raise PunchoutRefusedError(Reason.OVER, session=session)
    return session


def extend(line: Line, session: Session) -> Session:
    """The session, open from now on for as long as it was at first; not longer than MOST_OPEN in all."""
    with line.store.write() as db:
        standing = standing_session(db, session)
        longer = moved(line, standing)
        change_session(db, longer, standing.revision)
    return longer


def standing_session(db: Connection, session: Session) -> Session:
    """The session as it stands now; raises PunchoutRefusedError where it was forgotten."""
    standing = session_of_id(db, session.id)
    if standing is None:
        raise PunchoutRefusedError(Reason.UNKNOWN)
    return standing


def moved(line: Line, session: Session, state: SessionState | None = None) -> Session:
    """The session with its cart one revision on, open for longer, in the state where one is named."""
    now = line.clock()
    following = replace(_extended(session, now), revision=session.revision + 1, changed_at=instant_text(now))
    return following if state is None else replace(following, state=state)


def forget_over(line: Line) -> int:
    """How many sessions were forgotten: those over for longer than KEPT, once no order can have a price of them.

    What was given to browsers goes sooner: it may name people, and is asked for while the session is open only.
    """
    total, now = 0, line.clock()
    with line.store.write() as db:
        forget_returns(db, instant_text(now - MOST_OPEN))
    while True:
        with line.store.write() as db:
            gone = forget_sessions(db, instant_text(now - KEPT), now.date() - timedelta(days=1), _AT_ONCE)
        total += gone
        if gone < _AT_ONCE:
            return total


def digest_of(secret: str) -> str:
    """What is kept of a token or key: there is nothing to guess in 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _extended(session: Session, now: datetime) -> Session:
    latest = datetime.fromisoformat(session.opened_at) + MOST_OPEN
    until = min(now + timedelta(seconds=session.lasts_s), latest)
    return replace(session, expires_at=max(session.expires_at, instant_text(until)))
