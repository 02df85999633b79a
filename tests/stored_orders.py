"""Orders as the line leaves them in the store, for tests of what is made of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from gateway.store import Connection
from gateway.store.identity import new_id
from gateway.store.messages import insert_messages
from gateway.store.orders import StoredLine, StoredOrder, put_order
from gateway.store.records import Message, Transmission
from gateway.store.transmissions import store_transmission
from gateway.store.types import scale

AT = "2026-06-15T08:00:00.000000+00:00"


def stored(account: str, on: date, total: str = "100", lines: str = "a", **fields: object) -> tuple:
    """An order of the account; a letter a line: `a` is accepted, `r` rejected. Its fields may be others."""
    order = StoredOrder(
        **{
            "id": new_id(), "account": account, "partner": "acme", "number": "PO-1", "our_number": "SO1",
            "kind": "order", "version": 1, "channel": "edifact", "message": new_id(), "ordered_on": on.isoformat(),
            "currency": "EUR", "decision": "accepted", "state": "confirmed", "total_e6": scale(Decimal(total)),
            "document": "{}", "created_at": AT, "changed_at": AT,
        } | fields  # type: ignore[arg-type]
    )  # fmt: skip
    decided = {"a": "accepted", "r": "rejected"}
    rows = [StoredLine(order_id=order.id, position=at, decision=decided[each]) for at, each in enumerate(lines, 1)]
    return order, rows


def put(db: Connection, order: StoredOrder, lines: list[StoredLine]) -> str:
    """The id of the order, stored with the message it came by."""
    transmission = Transmission(
        id=new_id(), connection=None, name="orders.edi", digest="", size=0, received_at=AT, state="decoded", issues="[]"
    )
    store_transmission(db, transmission, iter([b""]))
    insert_messages(db, [Message(
        id=order.message, transmission=transmission.id, interchange=None, start=0, length=0, file="orders.edi",
        syntax=order.channel, state="processed", received_at=AT, changed_at=AT,
    )])  # fmt: skip
    put_order(db, order, lines, is_new=True)
    return order.id
