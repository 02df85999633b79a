"""A punchout session as it stands: who shops, what lies in the cart, what was given back to the buyer's system."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from gateway.model.cart import CartLine
from gateway.model.punchout import Operation, PunchoutSetup, SetupItem
from gateway.model.value import Value


class Protocol(StrEnum):
    """How the session was called for; prices hold as over the channel of this name."""

    CXML = "cxml"
    OCI = "oci"


class SessionState(StrEnum):
    """How far a session got: called for, in the shop, and given back with a cart or without changes."""

    OPENED = "opened"
    SHOPPING = "shopping"
    TRANSFERRED = "transferred"
    CANCELLED = "cancelled"


class Echo(Value, kw_only=True):
    """What the call said about how the browser goes back, and is repeated there as it came.

    `fields` are sent with the return form. `payload_id` is that of the cXML setup, `callers` are domain and identity of
    each Credential in its From.
    """

    target: str | None = None
    charset: str | None = None
    payload_id: str | None = None
    callers: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()


class Called(Value, kw_only=True):
    """What a session began with, kept as long as it is; `search` is what is looked for first."""

    setup: PunchoutSetup
    echo: Echo = Echo()
    search: str = ""
    currency: str
    language: str


class Session(Value, kw_only=True):
    """A session. Instants are UTC as text of ISO 8601; `revision` is that of the cart, `lasts_s` how long it
    is left open.

    Whatever hangs on it is found by its `id`; the key that opens its pages is not kept.
    """

    id: str
    connection: str
    partner: str
    account: str
    protocol: Protocol
    test: bool
    state: SessionState
    revision: int
    lasts_s: int
    opened_at: str
    expires_at: str
    changed_at: str
    called: Called

    @property
    def setup(self) -> PunchoutSetup:
        """What the buyer's system asked for."""
        return self.called.setup

    @property
    def is_read_only(self) -> bool:
        """Whether its cart may only be looked at."""
        return self.setup.operation is Operation.INSPECT

    @property
    def is_closed(self) -> bool:
        """Whether it was given back: nothing changes any more."""
        return self.state in (SessionState.TRANSFERRED, SessionState.CANCELLED)

    @property
    def changed(self) -> datetime:
        """The instant at which it was changed last, aware, in UTC."""
        return datetime.fromisoformat(self.changed_at)

    @property
    def ends(self) -> datetime:
        """The instant at which it ends, aware, in UTC."""
        return datetime.fromisoformat(self.expires_at)


class Origin(StrEnum):
    """Where a line of a cart comes from.

    new: put in by the shopper; restored: of a cart given before, found by its auxiliary id; foreign: the buyer's system
    sent it and nothing here knows it, so that it goes back as it came.
    """

    NEW = "new"
    RESTORED = "restored"
    FOREIGN = "foreign"


class TransferredLine(Value, kw_only=True):
    """A line as a buyer has it of us, with the decision about its price. `line` is as it was given to him.

    `trace` is how the price came about, as JSON of `price explain`, empty where it was taken over; `valid_until` is the
    last day on which an order has this price.
    """

    account: str
    session: str
    currency: str
    line: CartLine
    on: date
    valid_until: date
    data_seq: int
    trace: str = ""


class CartEntry(Value, kw_only=True):
    """A line of a cart with what the shopper decided about. `line` is at the price he saw last and agreed to.

    `on` and `data_seq` say of which day and trade data that price is. Of a line that a buyer's system brought, `before`
    is how it was given to him, `asked` how he sent it. `form` is the form that put it last, if one did.
    """

    line: CartLine
    origin: Origin = Origin.NEW
    on: date
    data_seq: int = 0
    before: TransferredLine | None = None
    asked: SetupItem | None = None
    is_removed: bool = False
    form: str = ""

    @property
    def position(self) -> int:
        """Its number in the cart."""
        return self.line.position

    @property
    def is_as_asked(self) -> bool:
        """Whether the buyer's system brought it and nothing was changed since."""
        return self.asked is not None and not self.is_removed and self.asked_quantity == self.line.quantity

    @property
    def asked_quantity(self) -> Decimal | None:
        """How much the buyer's system brought; where it said nothing, how much was given to it."""
        if self.asked is not None and self.asked.quantity is not None:
            return self.asked.quantity
        return self.before.line.quantity if self.before else None
