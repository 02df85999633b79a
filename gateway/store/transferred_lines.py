"""Lines that were given to a buyer with a cart: what an order of them is held against."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from gateway.model.shopping import TransferredLine
from gateway.model.value import to_json
from gateway.store.lookup import among
from gateway.store.punchout_tables import TransferredLineRow
from gateway.store.tables import table

_transferred = table(TransferredLineRow)

# Built once: composing a statement costs more than SQLite takes to run it.
_ADD = insert(_transferred)
_OF_IDS = (
    select(_transferred.c.auxiliary_id, _transferred.c.document)
    .where(_transferred.c.account == bindparam("of_account"), among(_transferred.c.auxiliary_id, "auxiliary_ids"))
    .order_by(_transferred.c.transferred_at, _transferred.c.position)
)
_DECODER = msgspec.json.Decoder(TransferredLine)


def decision_for(db: Connection, account: str, auxiliary_id: str) -> TransferredLine | None:
    """The line of a cart as it was given last to this account under the id; None for any other id.

    It holds until its `valid_until`, that day included: whoever reads it looks at the day.
    """
    return decisions_for(db, account, (auxiliary_id,)).get(auxiliary_id)


def decisions_for(db: Connection, account: str, auxiliary_ids: Collection[str]) -> dict[str, TransferredLine]:
    """The lines of carts as they were given last to this account, by auxiliary id; other ids are left out."""
    return {identity: given[-1] for identity, given in all_decisions_for(db, account, auxiliary_ids).items()}


def all_decisions_for(db: Connection, account: str, auxiliary_ids: Collection[str]) -> dict[str, list[TransferredLine]]:
    """The lines of carts each time they were given to this account, the last time last, by auxiliary id."""
    found: dict[str, list[TransferredLine]] = {}
    if auxiliary_ids:
        for row in db.execute(_OF_IDS, {"of_account": account, "auxiliary_ids": auxiliary_ids}):
            found.setdefault(row.auxiliary_id, []).append(_DECODER.decode(row.document))
    return found


def add_transferred(db: Connection, lines: Collection[TransferredLine], at: str) -> None:
    """Keep lines as they are given to the buyer."""
    rows = [
        {
            "session": each.session, "position": each.line.position, "auxiliary_id": each.line.auxiliary_id,
            "account": each.account, "transferred_at": at, "valid_until": each.valid_until,
            "document": to_json(each).decode(),
        }
        for each in lines
    ]  # fmt: skip
    if rows:
        db.execute(_ADD, rows)
