"""A session called for in cXML: what a PunchOutSetupRequest asks, looked at, and the session opened for it."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.commerce.buyer_units import items_in_our_units
from gateway.commerce.parties import resolve_buyer
from gateway.cxml.document import CxmlDocument
from gateway.errors import PermanentError
from gateway.issues import Issue, has_errors
from gateway.model.order import Order
from gateway.model.punchout import Operation, PunchoutSetup
from gateway.model.shopping import Echo, Protocol
from gateway.outbound.origins import may_return_to
from gateway.pipeline.buyer_profile import profile_by
from gateway.pipeline.cxml_sender import NotTaken, Taken
from gateway.pipeline.work import Line
from gateway.punchout.sessions import Opened, Opening, PunchoutRefusedError, Reason, open_session
from gateway.punchout.setups import read_setup
from gateway.store import Connection
from gateway.store.trade import Trade

SETUP = "PunchOutSetupRequest"
_STATUS = {Reason.ACCOUNT_BLOCKED: 403}
_NO_OPERATION = ("mapping.code.unknown", "operation")
"""The issue of an operation that there is not."""


def asked_for(line: Line, db: Connection, taken: Taken, content: bytes, document: CxmlDocument) -> Opening | NotTaken:
    """The session that a setup asks for, or why none is opened for it."""
    stated, issues = read_setup(line, f"cxml {SETUP}", content, taken.agreement.mapping)
    if stated is None:
        empty = Issue(code="document.empty", text="the document holds no setup")
        fault = next((issue for issue in issues if issue.is_error), empty)
        if (fault.code, fault.field) == _NO_OPERATION:
            return NotTaken(450, replace(fault, text=f"{fault.text}: say one of {', '.join(Operation)}"))
        return NotTaken(400, fault)
    profile = profile_by(line.configuration, [taken.connection])
    setup = replace(stated, items=items_in_our_units(stated.items, profile))
    if taken.connection is None:
        raise PermanentError(f"No connection of kind cxml leads to {taken.partner.name}. Name one in via.")
    refused = _unfit(line, taken.connection, setup)
    if refused is not None:
        return refused
    account = _account(line, db, taken, setup)
    if account is None:
        text = f"no account of {taken.partner.name} is named by the address it goes to"
        return NotTaken(400, Issue(code="party.unknown", text=text))
    callers = tuple((each.domain, each.identity) for each in document.header.from_)
    return Opening(
        connection=taken.connection, partner=taken.partner.name, account=account, setup=setup, protocol=Protocol.CXML,
        test=taken.agreement.test, echo=Echo(payload_id=document.payload_id, callers=callers),
    )  # fmt: skip


def opened(line: Line, db: Connection, asked: Opening) -> Opened | NotTaken:
    """The session, in the caller's transaction, or why there is none."""
    try:
        return open_session(line, db, asked)
    except PunchoutRefusedError as refused:
        issue = Issue(code="account.blocked", text=str(refused))
        return NotTaken(_STATUS.get(Reason(refused.reason), 400), issue)


def _unfit(line: Line, connection: str, setup: PunchoutSetup) -> NotTaken | None:
    """Why a cart of this setup could not go back; None where it can."""
    origins = line.configuration.connections[connection].values.texts("return_origins")
    if not setup.return_url:
        text = "BrowserFormPost names no address that the cart could go to"
        return NotTaken(400, Issue(code="cxml.return-url.missing", text=text))
    if not may_return_to(setup.return_url, origins):
        text = "the address in BrowserFormPost is none that is agreed for carts"
        return NotTaken(400, Issue(code="cxml.return-url.not-agreed", text=text))
    return None


def _account(line: Line, db: Connection, taken: Taken, setup: PunchoutSetup) -> str | None:
    """The partner's account; where he has none, the one that the address it goes to belongs to, as with an order."""
    if taken.partner.account is not None:
        return taken.partner.account
    order = Order(number="", ordered_on=line.today(), ship_to=setup.ship_to, buyer=setup.ship_to)
    named = frozenset({setup.ship_to.id} if setup.ship_to and setup.ship_to.id else ())
    register = Trade(db).register(named, None)
    resolved = resolve_buyer(order, None, register.accounts, register.parties)
    return resolved.account.account if resolved.account and not has_errors(resolved.issues) else None
