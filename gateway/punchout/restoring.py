"""The cart that a buyer's system brings back: its lines found by their auxiliary ids, and kept as they are."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from msgspec.structs import replace

from gateway.model.cart import CartLine
from gateway.model.money import round_money
from gateway.model.punchout import Operation, SetupItem
from gateway.model.quantity import is_taken
from gateway.model.shopping import CartEntry, Origin, Session, TransferredLine
from gateway.store import Connection
from gateway.store.transferred_lines import all_decisions_for

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""32 of them, of which eight bits choose none more often than another."""
_LENGTH = 20


def new_auxiliary_id() -> str:
    """An id for a line: opaque, of figures and capitals, since suites refuse others in it; nobody guesses one."""
    return "".join(_LETTERS[each % len(_LETTERS)] for each in secrets.token_bytes(_LENGTH))


def restored(db: Connection, session: Session, today: date) -> list[CartEntry]:
    """The lines that the buyer's system brought, in its order; none where a new cart is wanted.

    A line that was given to this account before is that line again, under the same id; any other is one that nothing
    here knows, and goes back as it came.
    """
    if session.setup.operation is Operation.CREATE:
        return []
    ids = {item.auxiliary_id for item in session.setup.items if item.auxiliary_id}
    known = all_decisions_for(db, session.account, ids)
    return list(_entries(session, known, today))


def _given_as(item: SetupItem, given: Sequence[TransferredLine]) -> TransferredLine | None:
    """The line as the buyer's system has it: as it was given last in this quantity, else as it was given last.

    Who discarded the changes of an edit brings back what he was given before it.
    """
    just = [each for each in given if each.line.quantity == item.quantity]
    return next(reversed(just or given), None)


def _entries(session: Session, known: dict[str, list[TransferredLine]], today: date) -> Iterator[CartEntry]:
    taken: set[str] = set()
    for position, item in enumerate(session.setup.items, 1):
        before = _given_as(item, known.get(item.auxiliary_id or "", ()))
        line = None if before is None else _line_again(before.line, item, before.currency)
        if before is None or line is None:
            yield CartEntry(line=_as_it_came(session, item, position), origin=Origin.FOREIGN, on=today, asked=item)
            continue
        # A requisition that was copied names a line twice; what is ordered of either must be told apart.
        identity = new_auxiliary_id() if line.auxiliary_id in taken else line.auxiliary_id
        taken.add(line.auxiliary_id)
        yield CartEntry(
            line=replace(line, position=position, auxiliary_id=identity), origin=Origin.RESTORED, on=before.on,
            data_seq=before.data_seq, before=replace(before, trace=""), asked=item,
        )  # fmt: skip


def _line_again(line: CartLine, item: SetupItem, currency: str) -> CartLine | None:
    """The line as it was given, in the quantity it comes back in; None where it comes back in another unit."""
    stated = item.unit_as_received
    if stated is not None and stated not in (line.unit_as_sent, line.unit) and item.unit != line.unit:
        return None
    if item.quantity is None or item.quantity == line.quantity:
        return line
    return replace(line, quantity=item.quantity, amount=amount_of(line.price, line.per, item.quantity, currency))


def _as_it_came(session: Session, item: SetupItem, position: int) -> CartLine:
    """The line of an item that nothing here knows; what it left out, or no document could hold, is 0 or empty."""
    price = item.price.amount if item.price and item.price.amount is not None else Decimal(0)
    per = item.price.per if item.price and item.price.per else Decimal(1)
    quantity, currency = item.quantity or Decimal(0), session.called.currency
    amount = amount_of(price, per, quantity, currency)
    if not is_taken(amount):
        price, amount = Decimal(0), Decimal(0)
    return CartLine(
        position=position, sku=item.supplier_sku or "", auxiliary_id=item.auxiliary_id or "", buyer_sku=item.buyer_sku,
        quantity=quantity, unit=item.unit or item.unit_as_received or "", unit_as_sent=item.unit_as_received,
        price=price, per=per, amount=amount, text=item.text or "",
        language=session.called.language, unspsc=item.unspsc,
    )  # fmt: skip


def amount_of(price: Decimal, per: Decimal, quantity: Decimal, currency: str) -> Decimal:
    """What a quantity comes to at a price for `per`, rounded once."""
    return round_money(Fraction(price) / Fraction(per) * Fraction(quantity), currency)
