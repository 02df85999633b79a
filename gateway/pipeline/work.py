"""One message on its way through the line: what each stage found, handed to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import msgspec
from msgspec.structs import replace

from gateway.commerce.changes import Applied
from gateway.commerce.decision import Facts, OrderDecision
from gateway.commerce.verdict import Verdict
from gateway.edifact.envelope import Envelope
from gateway.edifact.syntax import Limits
from gateway.errors import PermanentError
from gateway.issues import Issue
from gateway.mapping.library import Library
from gateway.model.account import Account
from gateway.model.order import Order, OrderChange
from gateway.pipeline.awaited import Awaited
from gateway.pipeline.canonical import Stated
from gateway.pipeline.fresh import FreshMessages
from gateway.pipeline.intake import Intake
from gateway.pipeline.opened import OpenedFiles
from gateway.pipeline.snapshot import TradeMemory
from gateway.store.engine import Store
from gateway.store.orders import StoredLine, StoredOrder
from gateway.store.records import Message, State
from gateway.store.types import instant_text
from gateway.workspace.configuration import Configuration
from gateway.workspace.values import Agreement, Partner


@dataclass(frozen=True, slots=True)
class Line:
    """What the stages work with: the store, the published configuration and its mappings, the clock and the limits.

    `reuse_after` is how long a control reference is taken (partners' counters wrap), `duplicate_window` how long the
    same bytes posted again are the same delivery; `intake` takes rows of trade data; `memory` is what was read of the
    trade data, `fresh` and `opened` what was decoded and not yet translated; `awaited` tells who waits for a message.
    """

    store: Store
    configuration: Configuration
    library: Library
    clock: Callable[[], datetime]
    version: int
    limits: Limits
    reuse_after: timedelta
    duplicate_window: timedelta
    intake: Intake
    memory: TradeMemory = field(default_factory=TradeMemory)
    fresh: FreshMessages = field(default_factory=FreshMessages)
    opened: OpenedFiles = field(default_factory=OpenedFiles)
    awaited: Awaited = field(default_factory=Awaited)

    def now(self) -> str:
        """This instant in UTC, as the store keeps it."""
        return instant_text(self.clock())

    def today(self) -> date:
        """This day in UTC."""
        return self.clock().date()


class Work(msgspec.Struct, frozen=True):
    """A message and all that is known of it so far; `state` is set by the stage that ends its way.

    `document` is what the partner, or a system of ours, stated; `ship_to` the account delivered to where it is another
    one we know; `order` the order to decide about, which for a change is the stored one (`base`) after the change was
    applied.
    `rulings` is what a person or the ERP said of lines, None if no one did. `refused` is the head of a document whose
    mapping found errors, where it is answered; `stored` and `lines` are the order as it was written; `waits_for` is
    the order a change is held for. `standing` is the order that a confirmation is about, as it is decided.
    """

    message: Message
    envelope: Envelope | None
    partner: Partner
    agreement: Agreement
    issues: tuple[Issue, ...] = ()
    mapping: str | None = None
    document: Stated | None = None
    account: Account | None = None
    ship_to: Account | None = None
    base: StoredOrder | None = None
    applied: Applied | None = None
    order: Order | None = None
    facts: Facts | None = None
    decision: OrderDecision | None = None
    state: State | None = None
    refused: Order | None = None
    order_id: str | None = None
    waits_for: str | None = None
    rulings: dict[int, Verdict] | None = None
    standing: Work | None = None
    stored: StoredOrder | None = None
    lines: tuple[StoredLine, ...] = ()

    @property
    def own_order(self) -> str:
        """The id of the order it is about, empty for a new one."""
        return self.order_id or (self.base.id if self.base else self.message.order_id or "")

    @property
    def addressed(self) -> Envelope:
        """The envelope it came in; raises PermanentError where it came in none, and no answer can go back in one."""
        if self.envelope is None:
            raise PermanentError(f"Message {self.message.id} came in no interchange. Nothing answers it.")
        return self.envelope

    @property
    def channel(self) -> str:
        """Which way it came: the syntax of a partner's system, a channel of ours, or where it was placed directly."""
        direct = self.message.interchange is None and self.message.connection
        return direct or self.message.channel or self.message.syntax

    @property
    def ordered(self) -> Order | None:
        """The document as an order or an order change, where it is one."""
        return self.document if isinstance(self.document, Order) else None

    @property
    def change(self) -> OrderChange | None:
        """The document as an order change, where it is one."""
        return self.document if isinstance(self.document, OrderChange) else None

    @property
    def is_cancellation(self) -> bool:
        """Whether the document cancels its order."""
        return self.applied is not None and self.applied.cancelled

    def ended(self, state: State, *issues: Issue) -> Work:
        """This work, at its end in `state` for these reasons."""
        return replace(self, state=state, issues=self.issues + issues)
