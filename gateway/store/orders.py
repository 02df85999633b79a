"""Orders and their lines: ordered, agreed and confirmed beside each other, one order per business claim."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from gateway.model.response import Decision
from gateway.model.status import OrderState
from gateway.store.line_tables import OrderLineRow, OrderRow
from gateway.store.records import Record
from gateway.store.segment_due import mark_due
from gateway.store.tables import table
from gateway.store.types import unscale

_order = table(OrderRow)
_line = table(OrderLineRow)

# Built once: composing a statement costs more than SQLite takes to run it.
_ORDER = select(_order).where(_order.c.id == bindparam("identity"))
_BY_NUMBER = select(_order).where(_order.c.number == bindparam("number")).order_by(_order.c.id)
_CALLED = (
    select(_order)
    .where(or_(_order.c.number == bindparam("name"), _order.c.our_number == bindparam("name")))
    .order_by(_order.c.id)
)
_LINES = select(_line).where(_line.c.order_id == bindparam("identity")).order_by(_line.c.position)
_OPEN_TOTAL = select(func.sum(_order.c.total_e6)).where(
    _order.c.account == bindparam("of_account"),
    _order.c.currency == bindparam("in_currency"),
    _order.c.state.in_((OrderState.OPEN, OrderState.CONFIRMED, OrderState.SHIPPED)),
    _order.c.test.is_(False),
    _order.c.id != bindparam("but"),
)
_INSERT = insert(_order)
_INSERT_LINES = insert(_line)
_UPDATE = update(_order).where(_order.c.id == bindparam("identity"))
_DELETE_LINES = delete(_line).where(_line.c.order_id == bindparam("identity"))


class StoredLine(Record, frozen=True, kw_only=True):
    """One stored line; quantities and prices are scaled by 10^6."""

    order_id: str
    position: int
    product: str | None = None
    gtin: str | None = None
    buyer_sku: str | None = None
    ordered_quantity_e6: int | None = None
    ordered_unit: str | None = None
    ordered_price_e6: int | None = None
    ordered_per_e6: int | None = None
    agreed_price_e6: int | None = None
    agreed_per_e6: int | None = None
    agreed_unit: str | None = None
    confirmed_quantity_e6: int | None = None
    confirmed_unit: str | None = None
    confirmed_price_e6: int | None = None
    confirmed_per_e6: int | None = None
    confirmed_on: str | None = None
    schedule: str = "[]"
    decision: str
    reasons: str = "[]"
    trace: str | None = None
    backordered_quantity_e6: int | None = None


class StoredOrder(Record, frozen=True, kw_only=True):
    """One stored order; `document` is the order as the buyer states it now, as JSON.

    `charges` is what is added to the whole or taken off it, as JSON, None where nothing is. `reasons` are the codes of
    what was found about the whole, as JSON, `rulings` what a person decided about its lines, by position. `counts_from`
    is the day it counts from for deliveries, None until it is answered.
    """

    id: str
    account: str
    partner: str
    number: str
    our_number: str
    kind: str
    version: int
    channel: str
    message: str
    buyer: str | None = None
    ship_to: str | None = None
    note: str | None = None
    ordered_on: str
    currency: str
    decision: str
    state: str
    test: bool = False
    total_e6: int | None = None
    charges: str | None = None
    reasons: str = "[]"
    document: str
    rulings: str = "{}"
    counts_from: str | None = None
    created_at: str
    changed_at: str

    @property
    def stands(self) -> bool:
        """Whether it was neither refused nor cancelled: under its number another one may come then."""
        return self.decision != Decision.REJECTED and self.state != OrderState.CANCELLED


def put_order(db: Connection, order: StoredOrder, lines: Sequence[StoredLine], *, is_new: bool) -> None:
    """Store the order, or its next version in place of the last one."""
    columns = msgspec.structs.asdict(order)
    if is_new:
        db.execute(_INSERT, columns)
    else:
        db.execute(_UPDATE, {"identity": order.id, **columns})
        db.execute(_DELETE_LINES, {"identity": order.id})
    if lines:
        db.execute(_INSERT_LINES, [msgspec.structs.asdict(line) for line in lines])
    if not order.test:
        mark_due(db, [order.account])


def order(db: Connection, identity: str) -> StoredOrder | None:
    """The order of this id."""
    row = db.execute(_ORDER, {"identity": identity}).mappings().one_or_none()
    return StoredOrder(**row) if row else None


def orders_by_number(
    db: Connection, number: str, account: str | None = None, test: bool | None = None
) -> list[StoredOrder]:
    """Orders with this buyer's number, the newest last."""
    wanted = {"account": account, "test": test}
    found = [StoredOrder(**row) for row in db.execute(_BY_NUMBER, {"number": number}).mappings()]
    return [each for each in found if all(value in (None, getattr(each, name)) for name, value in wanted.items())]


def orders_called(db: Connection, name: str, account: str | None = None) -> list[StoredOrder]:
    """Orders that their buyer or we call so, the newest last."""
    found = [StoredOrder(**row) for row in db.execute(_CALLED, {"name": name}).mappings()]
    return [each for each in found if account in (None, each.account)]


def list_orders(db: Connection, account: str | None = None, limit: int | None = None) -> list[StoredOrder]:
    """Every order, or those of one account, oldest first."""
    query = select(_order).order_by(_order.c.id)
    if account is not None:
        query = query.where(_order.c.account == account)
    if limit is not None:
        query = query.limit(limit)
    return [StoredOrder(**row) for row in db.execute(query).mappings()]


def open_total(db: Connection, account: str, currency: str, but: str = "") -> Decimal:
    """What the account's orders in a currency that are not invoiced come to, one of them and all tests left out."""
    named = {"of_account": account, "in_currency": currency, "but": but}
    return unscale(db.execute(_OPEN_TOTAL, named).scalar_one() or 0)


def lines_of(db: Connection, identity: str) -> list[StoredLine]:
    """The order's lines by position."""
    return [StoredLine(**row) for row in db.execute(_LINES, {"identity": identity}).mappings()]
