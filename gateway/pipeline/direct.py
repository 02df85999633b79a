"""Direct: an order that a shop or our own sales place for an account, put into the same line as every other.

It needs no partner file: where the account, or one above it, has a partner, that partner's `[decide]` and exports
hold; else the defaults.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from gateway.errors import ConflictError, UsageError
from gateway.model.account import Account
from gateway.model.direct_order import DirectOrder
from gateway.model.value import to_json
from gateway.pipeline.routes import NOWHERE, stand_in
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.claims import Claim, ClaimKind, claim
from gateway.store.events import note_event
from gateway.store.identity import new_id
from gateway.store.lanes import add_items, lane_in
from gateway.store.messages import insert_messages
from gateway.store.records import Message, State, Transmission
from gateway.store.trade import Trade
from gateway.store.transmissions import store_transmission
from gateway.workspace.configuration import Configuration
from gateway.workspace.values import Agreement, Partner

SYNTAX = "json"
_AGREEMENT = Agreement(direction="receive", syntax=SYNTAX, type="order", release="*", test=False, via=(), place=NOWHERE)


class Placed(NamedTuple):
    """The message of an order; `again` when the same request was taken before."""

    message: str
    again: bool = False


def place_order(line: Line, stated: DirectOrder, raw: bytes, key: str | None = None) -> Placed:
    """The order received and waiting in its lane, committed; `key` makes the same request have one effect.

    Raises UsageError for an account that is not known, ConflictError where the key stands for another request.
    """
    digest = hashlib.sha256(raw).hexdigest()
    with line.store.write() as db:
        chain = Trade(db).chain(stated.account)
        if not chain:
            raise UsageError(f"There is no account {stated.account}.")
        identity = new_id()
        if key is not None:
            wanted = Claim(ClaimKind.TRANSPORT, f"account:{stated.account}", key, identity, digest, line.now())
            standing = claim(db, wanted)
            if standing.holder != identity:
                if standing.digest != digest:
                    raise ConflictError(f"The key {key} stands for another request. Take a new one.")
                return Placed(standing.holder, again=True)
        _store(line, db, _message(line, identity, stated, chain), raw)
    return Placed(identity)


def _message(line: Line, identity: str, stated: DirectOrder, chain: Sequence[Account]) -> Message:
    partner = _partner_above(line.configuration, [each.account for each in chain])
    at = line.now()
    return Message(
        id=identity, transmission=new_id(), interchange=None, start=0, length=0, file=f"{stated.number}.json",
        connection=stated.channel, partner=partner.name if partner else f"account:{stated.account}",
        account=stated.account, syntax=SYNTAX, type="order", reference=stated.number, test=stated.test,
        state=State.READY, configuration=line.version, received_at=at, changed_at=at,
        document=to_json(stated.order(chain[0].day(line.clock()))).decode(),
    )  # fmt: skip


def _store(line: Line, db: Connection, message: Message, raw: bytes) -> None:
    transmission = Transmission(
        id=message.transmission, connection=message.connection, name=message.file, digest="", size=0,
        received_at=message.received_at, state="decoded", issues="[]",
    )  # fmt: skip
    store_transmission(db, transmission, iter([raw]))
    insert_messages(db, [message])
    note_event(db, message.id, "received", f"order {message.reference} of account {message.account}", line.now())
    add_items(db, lane_in(message.connection, message.partner), [message.id], "enrich")


def _partner_above(configuration: Configuration, chain: list[str]) -> Partner | None:
    """The partner of the account nearest to the buyer that has one, the first by name."""
    partners = sorted(configuration.partners.values(), key=lambda each: each.name)
    return next((each for account in chain for each in partners if each.account == account), None)


def agreed_for(configuration: Configuration, message: Message) -> tuple[Partner, Agreement]:
    """Who stands for the account of a direct order, and what is agreed: the order buys for this account alone."""
    waits = configuration.erp_confirms and not message.test
    agreement = msgspec.structs.replace(_AGREEMENT, confirms="erp") if waits else _AGREEMENT
    known = configuration.partners.get(message.partner or "")
    if known is not None:
        return msgspec.structs.replace(known, account=message.account), agreement
    return stand_in(message.partner or "", message.account or "", message.account), agreement
