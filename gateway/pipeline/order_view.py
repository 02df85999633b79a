"""An order for people and for our own systems: the object of `orders show --json`, and its rows as CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

from gateway.commerce.verdict import Verdict
from gateway.model.order import Order
from gateway.model.party import Party
from gateway.model.quantity import plain
from gateway.model.status import OrderState
from gateway.pipeline.rulings import rulings_from_json
from gateway.store import Connection
from gateway.store.engine import Store
from gateway.store.order_states import LineState, line_states
from gateway.store.orders import StoredLine, StoredOrder, lines_of, list_orders
from gateway.store.types import unscale
from gateway.tabular.writer import write_csv

CSV_COLUMNS = (
    "order", "account", "number", "kind", "ordered_on", "currency", "buyer", "ship_to", "position", "sku", "gtin",
    "buyer_sku", "quantity", "unit", "price", "per", "deliver_on", "note",
)  # fmt: skip


PERSON = "person"
"""Who confirmed a line that no channel did."""


def order_as_shown(db: Connection, order: StoredOrder, traced: bool = False) -> dict[str, object]:
    """The order with its lines as they stand, as `orders show --json` has it."""
    return order_object(order, lines_of(db, order.id), traced, line_states(db, order.id))


def order_object(
    order: StoredOrder,
    lines: Sequence[StoredLine],
    traced: bool = False,
    states: Mapping[int, LineState] = MappingProxyType({}),
) -> dict[str, object]:
    """The order as `orders show --json` has it; all numbers are strings. `traced` tells how each price came about.

    `states` are how far its lines got.
    """
    named = _named_by_buyer(order) if lines else {}
    said = rulings_from_json(order.rulings) if lines else {}
    return {
        "order": order.our_number,
        "account": order.account,
        "number": order.number,
        "kind": order.kind,
        "version": order.version,
        "channel": order.channel,
        "message": order.message,
        "ordered_on": order.ordered_on,
        "currency": order.currency,
        "decision": order.decision,
        "state": order.state,
        "reasons": msgspec.json.decode(order.reasons),
        "lines": [
            {
                **_line_object(line, named.get(line.position)),
                **_heard(said.get(line.position), states.get(line.position)),
                **(_trace(line) if traced else {}),
            }
            for line in lines
        ],
        "charges": msgspec.json.decode(order.charges) if order.charges else [],
        "total": _text(order.total_e6),
    }


class _Named(msgspec.Struct):
    position: int
    supplier_sku: str | None = None


class _Stated(msgspec.Struct):
    lines: list[_Named]


def _named_by_buyer(order: StoredOrder) -> dict[int, str | None]:
    """Our number as the buyer wrote it, by position: for a line whose article is not known it may be all there is."""
    stated = msgspec.json.decode(order.document, type=_Stated)
    return {line.position: line.supplier_sku for line in stated.lines}


def _line_object(line: StoredLine, supplier_sku: str | None) -> dict[str, object]:
    return {
        "position": line.position,
        "product": line.product,
        "supplier_sku": supplier_sku,
        "gtin": line.gtin,
        "buyer_sku": line.buyer_sku,
        "ordered": {
            "quantity": _text(line.ordered_quantity_e6),
            "unit": line.ordered_unit,
            "price": _text(line.ordered_price_e6),
            "per": _text(line.ordered_per_e6),
        },
        "agreed": {
            "price": _text(line.agreed_price_e6),
            "per": _per(line.agreed_price_e6, line.agreed_per_e6),
            "unit": line.agreed_unit,
        },
        "confirmed": {
            "quantity": _text(line.confirmed_quantity_e6),
            "unit": line.confirmed_unit,
            "price": _text(line.confirmed_price_e6),
            "per": _per(line.confirmed_price_e6, line.confirmed_per_e6),
            "on": line.confirmed_on,
        },
        "schedule": [
            {"quantity": plain(Decimal(str(part["quantity"]))), "on": part.get("on")}
            for part in msgspec.json.decode(line.schedule)
        ],
        "decision": line.decision,
        "reasons": msgspec.json.decode(line.reasons),
    }


def _heard(verdict: Verdict | None, state: LineState | None) -> dict[str, object]:
    """Who confirmed a line and why so in his words, None where nobody but the gateway did; and how far it got."""
    told = verdict.told if verdict else None
    return {
        "confirmed_by": told.channel if told else PERSON if verdict else None,
        "reason": told.text if told else None,
        "progress": None
        if state is None
        else {
            "state": state.state,
            "shipped": plain(state.shipped),
            "invoiced": plain(state.invoiced),
            "on": state.on,
        },
    }


def _per(price_e6: int | None, per_e6: int | None) -> str | None:
    """What a price of ours is for: one, where the buyer's says nothing and ours is written like his."""
    return None if price_e6 is None else _text(per_e6) or "1"


def _trace(line: StoredLine) -> dict[str, object]:
    return {"trace": msgspec.json.decode(line.trace) if line.trace else None}


def _text(e6: int | None) -> str | None:
    return None if e6 is None else plain(unscale(e6))


def order_as_json(order: StoredOrder, lines: Sequence[StoredLine], stated: Order) -> bytes:
    """The order with its parties and note: what `send = "json order"` gives."""
    parties = {name: _party(getattr(stated, name)) for name in ("buyer", "ship_to", "invoicee", "seller")}
    value = {**order_object(order, lines), **parties, "note": stated.note}
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _party(party: Party | None) -> dict[str, object] | None:
    if party is None:
        return None
    return {name: value for name in party.__struct_fields__ if (value := getattr(party, name)) is not None}


def order_as_csv(order: StoredOrder, lines: Sequence[StoredLine], stated: Order) -> bytes:
    """The order with a row a line: what `send = "csv order"` gives."""
    return "".join(write_csv(CSV_COLUMNS, _csv_rows(order, lines, stated.note))).encode()


def _csv_rows(order: StoredOrder, lines: Sequence[StoredLine], note: str | None) -> Iterator[dict[str, str]]:
    head = {
        "order": order.our_number, "account": order.account, "number": order.number, "kind": order.kind,
        "ordered_on": order.ordered_on, "currency": order.currency, "buyer": order.buyer, "ship_to": order.ship_to,
        "note": note,
    }  # fmt: skip
    for line in lines:
        row = {**head, **_csv_line(line)}
        if order.state == OrderState.CANCELLED:  # the rows have no state of their own: none of it is to be delivered
            row["quantity"] = "0"
        yield {name: str(value) for name, value in row.items() if value is not None}


def export_orders(store: Store, form: str) -> Iterator[str]:
    """Every order: an object a line as JSON, or a row a line of it as CSV."""
    with store.read() as db:
        orders = list_orders(db)
        if form == "json":
            for order in orders:
                yield json.dumps(order_as_shown(db, order), ensure_ascii=False) + "\n"
        else:
            rows = (row for order in orders for row in _csv_rows(order, lines_of(db, order.id), order.note))
            yield from write_csv(CSV_COLUMNS, rows)


def _csv_line(line: StoredLine) -> dict[str, object]:
    return {
        "position": line.position, "sku": line.product, "gtin": line.gtin, "buyer_sku": line.buyer_sku,
        "quantity": _text(line.confirmed_quantity_e6), "unit": line.confirmed_unit,
        "price": _text(line.confirmed_price_e6), "per": _per(line.confirmed_price_e6, line.confirmed_per_e6),
        "deliver_on": line.confirmed_on,
    }  # fmt: skip
