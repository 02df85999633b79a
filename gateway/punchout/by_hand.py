"""Sessions opened by hand: what a buyer's system would be given, for whoever connects it and wants to see the shop."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from gateway.errors import ConfigError, UsageError
from gateway.model.punchout import Operation, PunchoutSetup, SetupItem
from gateway.model.shopping import Echo, Protocol
from gateway.oci.call import DEFAULT_CHARSET
from gateway.outbound.origins import SAP_GUI
from gateway.pipeline.work import Line
from gateway.punchout.sessions import Opening, open_session
from gateway.settings import HOST, PORT
from gateway.store import Connection as Session
from gateway.store.punchout import cart_entries, last_given
from gateway.workspace.configuration import Configuration
from gateway.workspace.values import Connection, Partner

COOKIE = "opened by hand"


class Called(NamedTuple):
    """A connection by which buyers punch out, with its partner and the account that buys."""

    connection: Connection
    partner: Partner
    account: str


class Link(NamedTuple):
    """What opens a new session once, until `expires_at` (aware, UTC), in a browser."""

    url: str
    expires_at: datetime
    account: str


def called(configuration: Configuration, name: str, account: str | None = None) -> Called:
    """The connection of this name as buyers call it.

    The account is the partner's where none is named. Raises UsageError for a connection that nobody punches out by,
    ConfigError where nothing says whose it is.
    """
    connection = configuration.connections.get(name)
    if connection is None or connection.kind not in set(Protocol):
        text = f"There is no connection {name} of kind cxml or oci."
        raise UsageError(f"{text} `gateway connection list` shows those there are.")
    partner = _partner_of(configuration, connection)
    buyer = account or partner.account
    if buyer is None:
        raise UsageError(f"{partner.name} has no account of its own. Name one with --account.")
    return Called(connection, partner, buyer)


def open_by_hand(line: Line, called: Called, operation: Operation, served_at: str | None) -> Link:
    """A new session that says it is a test, committed.

    An edit or inspect has the cart that was given last over the connection; where none was, UsageError is raised.
    `served_at` is the address others reach the gateway by, left out the one it serves at by itself.
    """
    with line.store.write() as db:
        opening = Opening(
            called.connection.name, called.partner.name, called.account, _setup(db, called, operation),
            Protocol(called.connection.kind), test=True, echo=Echo(target="_top", charset=DEFAULT_CHARSET),
        )  # fmt: skip
        opened = open_session(line, db, opening)
    base = (served_at or f"http://{HOST}:{PORT}").rstrip("/")
    return Link(f"{base}/shop/open/{opened.token}", opened.expires_at, called.account)


def return_address(connection: Connection) -> str:
    """An address that carts of the connection may go to; raises ConfigError where there is none."""
    origins = connection.values.texts("return_origins")
    if not origins:
        raise ConfigError(f"connections/{connection.name}.toml names no return_origins. No cart can go back.")
    return next((f"{each}/" for each in origins if each != SAP_GUI), SAP_GUI)


def _partner_of(configuration: Configuration, connection: Connection) -> Partner:
    """Whose connection it is: his whom it names, else the only one received by it."""
    if connection.partner:
        return configuration.partners[connection.partner]
    found = [each for each in configuration.partners.values() if connection.name in each.connections]
    if len(found) != 1:
        raise ConfigError(f'Nothing says whose connection {connection.name} is. Add partner = "NAME" to its file.')
    return found[0]


def _setup(db: Session, called: Called, operation: Operation) -> PunchoutSetup:
    """What the buyer's system would ask for."""
    items = () if operation in (Operation.CREATE, Operation.SOURCE) else _given_last(db, called)
    return PunchoutSetup(
        operation=operation, buyer_cookie=COOKIE, return_url=return_address(called.connection), items=items
    )


def _given_last(db: Session, called: Called) -> tuple[SetupItem, ...]:
    last = last_given(db, called.account, called.connection.name)
    lines = [each.line for each in cart_entries(db, last.id) if not each.is_removed] if last else []
    if not lines:
        text = f"No cart of {called.account} was given back over {called.connection.name} yet."
        raise UsageError(f"{text} Open one with --operation create, and transfer it.")
    return tuple(
        SetupItem(
            position=each.position, supplier_sku=each.sku, auxiliary_id=each.auxiliary_id, quantity=each.quantity,
            unit=each.unit,
        )
        for each in lines
    )  # fmt: skip
