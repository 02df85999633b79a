"""What the workspace says, as frozen values: partners, what is agreed with them, connections and channels."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

import msgspec

from gateway.fields import Place, Rate, Values

ANY_RELEASE = "*"
ACKNOWLEDGEMENTS = frozenset({"CONTRL", "APERAK"})
"""Messages about what we sent: read by the decoder, no mapping and no agreement needed."""
WITH_ENVELOPE = frozenset({"edifact", "cxml", "oci"})
"""Syntaxes whose documents say who sends them; whose the others are is told by the connection they come by."""
CARTS = {"cxml": "PunchOutOrderMessage", "oci": "cart"}
"""What carts are called: the browser of the buyer's user carries them, no connection sends them."""
_CALLS = {"cxml": "PunchOutSetupRequest", "oci": "call"}
_ANSWERS_TO_ORDERS = {"cxml": "ConfirmationRequest"}
Direction = Literal["receive", "send"]
Way = Literal["receive", "send", "return"]
"""How a document goes over its connection: `return` by the browser of the buyer's user."""


def answer_to_orders(syntax: str) -> str:
    """What an order in a syntax is answered by, as agreements call it: ORDRSP, but for cXML."""
    return _ANSWERS_TO_ORDERS.get(syntax, "ORDRSP")


class EdiAddress(NamedTuple):
    """An address of UNB: interchange identification (0004, 0010) and its code qualifier (0007)."""

    id: str
    qualifier: str = ""

    def __str__(self) -> str:
        return f"{self.id}:{self.qualifier}" if self.qualifier else self.id


class CxmlIdentity(NamedTuple):
    """A cXML Credential: domain, identity, and the names of the shared secrets that open it."""

    domain: str
    identity: str
    secrets: tuple[str, ...] = ()


class OciLogin(NamedTuple):
    """The user an OCI caller names, and the name of his password."""

    user: str
    password: str


class Us(msgspec.Struct, frozen=True):
    """Who we are for a partner."""

    edifact: EdiAddress | None = None
    gln: str | None = None
    cxml: tuple[CxmlIdentity, ...] = ()
    buyer_knows_us_as: str | None = None


class DocumentType(NamedTuple):
    """What an agreement is about: `edifact ORDERS D.96A test`; the release `*` stands for any."""

    syntax: str
    type: str
    release: str = ANY_RELEASE
    test: bool = False

    def covers(self, other: DocumentType) -> bool:
        """Whether both name the same type, and releases that can be the same."""
        same = (self.syntax, self.type, self.test) == (other.syntax, other.type, other.test)
        return same and (self.release == other.release or ANY_RELEASE in (self.release, other.release))

    def __str__(self) -> str:
        release = [self.release] if self.release != ANY_RELEASE else []
        return " ".join([self.syntax, self.type, *release, *(["test"] if self.test else [])])


class Wanted(NamedTuple):
    """What an agreement is looked for: a document on its way in or out, of or to a connection where one is known."""

    direction: Direction
    syntax: str
    type: str
    release: str = ANY_RELEASE
    test: bool = False
    connection: str | None = None

    @property
    def document(self) -> DocumentType:
        """The document without its way."""
        return DocumentType(self.syntax, self.type, self.release, self.test)


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What is agreed with a partner about one document in one direction.

    `owes` are the answers we owe and `expects` those we are owed, with the time they may take, counted in the hours of
    `calendar`; `resend` is how often a document is sent again when an answer to it is overdue, `silent_after` the time
    after which its absence is an alarm. `mapping` None means the bundle's for type, release and association, `files`
    None files of any name. `mapping_place` is where the mapping is named.
    """

    direction: Direction
    syntax: str
    type: str
    release: str
    test: bool
    via: tuple[str, ...]
    place: Place
    mapping: str | None = None
    mapping_place: Place | None = None
    files: str | None = None
    owes: dict[str, timedelta] = {}
    expects: dict[str, timedelta] = {}
    confirms: Literal["gateway", "erp"] = "gateway"
    on_error: Literal["hold", "reject"] = "hold"
    lane: Literal["go-on", "stop"] = "go-on"
    calendar: str | None = None
    resend: int = 0
    silent_after: timedelta | None = None

    @property
    def document(self) -> DocumentType:
        """The document it is about."""
        return DocumentType(self.syntax, self.type, self.release, self.test)

    @property
    def way(self) -> Way:
        """How the document goes."""
        return "return" if self.direction == "send" and CARTS.get(self.syntax) == self.type else self.direction

    @property
    def is_call(self) -> bool:
        """Whether it is about a call for the shop, which is answered at once."""
        return self.direction == "receive" and _CALLS.get(self.syntax) == self.type

    def answers(self, wanted: Wanted) -> bool:
        """Whether it is about what is wanted."""
        there = wanted.connection is None or wanted.connection in self.via
        return self.direction == wanted.direction and there and self.document.covers(wanted.document)

    def takes(self, file: str) -> bool:
        """Whether it is about files of this name; capitals and small letters are the same."""
        return self.files is None or fnmatchcase(file.lower(), self.files.lower())


class Decide(msgspec.Struct, frozen=True):
    """A partner's `[decide]`: an action (accept, counter, reject, hold) by case, and the tolerance by limit."""

    actions: dict[str, str]
    tolerance: dict[str, Decimal]


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """One trading partner; `name` is the file's, `title` his own, `account` the root of his parties."""

    name: str
    title: str
    account: str | None
    edifact: tuple[EdiAddress, ...]
    cxml: tuple[CxmlIdentity, ...]
    oci: OciLogin | None
    us: Us
    agreements: tuple[Agreement, ...]
    decide: Decide
    place: Place

    def is_us(self, identification: str, qualifier: str = "") -> bool:
        """Whether this UNB address is ours for this partner; any is where none is configured."""
        return self.us.edifact is None or self.us.edifact == (identification, qualifier)

    @property
    def takes_tests(self) -> bool:
        """Whether any test is agreed with this partner."""
        return any(agreement.test for agreement in self.agreements if agreement.direction == "receive")

    @property
    def connections(self) -> frozenset[str]:
        """The connections he is received by."""
        return frozenset(name for each in self.agreements if each.direction == "receive" for name in each.via)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How documents leave by a connection: how many at once, how many in a time, how long one is tried.

    `deadline` is the time after its first failed try at which a document is given up, `timeout` that of one sending.
    """

    concurrency: int = 1
    rate: Rate | None = None
    deadline: timedelta = timedelta(hours=72)
    timeout: timedelta = timedelta(seconds=60)


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """One outside system as configured; `values` are those of its kind's fields, `poll` the time between two looks."""

    name: str
    kind: str
    partner: str | None
    accepts: tuple[str, ...]
    poll: timedelta
    pace: Pace
    values: Values
    place: Place


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """What flows over a connection to a system of ours: `flows` and `owner` by kind of data, `feeds` by account.

    `mapping`, `syntax` and `files` (the names of its files) are those of a flow, where one is stated; `snapshot` names
    the connection that has the system's own list of a flow. Channels that lead to the same `system` are told apart by
    what flows, never by who is behind them.
    """

    name: str
    connection: str
    flows: dict[str, str]
    mapping: dict[str, str] = {}
    syntax: dict[str, str] = {}
    files: dict[str, str] = {}
    owner: dict[str, str]
    conflict: str
    place: Place
    system: str
    feeds: dict[str, str] = {}
    snapshot: dict[str, str] = {}
    owner_place: Place
    snapshot_place: Place

    def flowing(self, way: str) -> list[str]:
        """The flows of this way, `in` or `out`."""
        return [flow for flow, stated in self.flows.items() if stated == way]
