"""The cart while it is open, as its pages show it: lines, what became of their prices, and what has to be settled."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from gateway.commerce.buyer_rules import Finding, Weight
from gateway.commerce.fees import Fee, FeeKind
from gateway.model.cart import CartDelivery, CartLine
from gateway.model.shopping import CartEntry, Origin, Session


class Hitch(StrEnum):
    """What keeps a line from being put into the cart, or the cart from being given to the buyer's system."""

    PRODUCT_UNKNOWN = "product-unknown"
    NOT_IN_ASSORTMENT = "not-in-assortment"
    UNIT_UNKNOWN = "unit-unknown"
    NO_QUANTITY = "no-quantity"
    BELOW_MINIMUM = "below-minimum"
    NOT_IN_STEPS = "not-in-steps"
    NO_PRICE = "no-price"
    PRICE_CHANGED = "price-changed"
    INCOMPLETE = "incomplete"
    CART_FULL = "cart-full"
    CART_EMPTY = "cart-empty"
    LINE_GONE = "line-gone"
    READ_ONLY = "read-only"
    CLOSED = "closed"


class Problem(NamedTuple):
    """A hitch: of the line at a position, None where it is none of the cart.

    `quantities` are the nearest ones that are sold, in the unit asked for; `units` those the article is sold in.
    `step` is what it is sold in multiples of, and of which unit, where the quantity is none.
    """

    hitch: Hitch
    position: int | None = None
    quantities: tuple[Decimal, ...] = ()
    units: tuple[str, ...] = ()
    step: tuple[Decimal, str] | None = None


class Change(StrEnum):
    """What a line is beside the cart that the buyer's system brought."""

    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


class Supplied(NamedTuple):
    """When so much of a line comes, the earliest first; `lacking` is what of it has no day yet."""

    deliveries: tuple[CartDelivery, ...]
    lacking: Decimal = Decimal(0)


class OpenLine(NamedTuple):
    """A line; `now` is the same at the price of today where that is another one than the shopper agreed to.

    `problems` have to be settled before the cart is given to the buyer's system. `comes` says when it comes, where
    something is known of its article's stock.
    """

    entry: CartEntry
    now: CartLine | None = None
    problems: tuple[Problem, ...] = ()
    comes: Supplied | None = None

    @property
    def line(self) -> CartLine:
        """The line at the price the shopper agreed to."""
        return self.entry.line

    @property
    def change(self) -> Change:
        """What it is beside the cart that was brought."""
        entry = self.entry
        if entry.is_removed:
            return Change.REMOVED
        if entry.origin is Origin.NEW:
            return Change.NEW
        return Change.UNCHANGED if entry.is_as_asked else Change.CHANGED

    @property
    def is_unknown(self) -> bool:
        """Whether nothing here knows it: it is shown, and goes back as it came."""
        return self.entry.origin is Origin.FOREIGN


class OpenCart(NamedTuple):
    """The cart of a session. `is_checked`: its prices were read again, and what is to be settled is all there is.

    `problems` are those of the whole cart; `findings` are what the buyer's rules make of its lines, some of which are
    worth knowing and some of which keep it from being given. `fees` are what an order of it would be charged beside its
    lines, or be given.
    """

    session: Session
    lines: tuple[OpenLine, ...] = ()
    is_checked: bool = False
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = ()
    fees: tuple[Fee, ...] = ()

    @property
    def live(self) -> tuple[OpenLine, ...]:
        """The lines that were not taken out."""
        return tuple(each for each in self.lines if not each.entry.is_removed)

    @property
    def total(self) -> Decimal:
        """The sum of the lines' amounts, at the prices the shopper agreed to."""
        return sum((each.line.amount for each in self.live), Decimal(0))

    @property
    def due(self) -> Decimal:
        """What an order of it comes to, without tax."""
        return sum((each.amount for each in self.fees), self.total)

    @property
    def freight(self) -> Decimal | None:
        """What of that is freight; None where there is none."""
        return sum((each.amount for each in self.fees if each.kind is FeeKind.FREIGHT), Decimal(0)) or None

    @property
    def open_points(self) -> tuple[Problem, ...]:
        """All that has to be settled, line by line."""
        return (*self.problems, *(problem for each in self.live for problem in each.problems))

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """What of the buyer's rules keeps the cart from being given."""
        return tuple(each for each in self.findings if each.weight is Weight.BLOCKING)

    @property
    def is_ready(self) -> bool:
        """Whether it can be given as it is."""
        return self.is_checked and not self.open_points and not self.blocking

    def at(self, position: int) -> OpenLine | None:
        """The line at a position."""
        return next((each for each in self.lines if each.line.position == position), None)

    def of(self, sku: str) -> tuple[OpenLine, ...]:
        """The lines of an article."""
        return tuple(each for each in self.live if each.line.sku == sku)
