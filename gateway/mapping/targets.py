"""Fields of the canonical documents a mapping fills: their types, as the compiler asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import NamedTuple

import msgspec

from gateway.mapping.document_fields import Named, fields_of, find_field
from gateway.mapping.steps import Kind
from gateway.model.confirmation import OrderConfirmation
from gateway.model.order import Order, OrderChange
from gateway.model.punchout import PunchoutSetup
from gateway.model.status import OrderStatus
from gateway.model.trade_rows import ROW_KINDS, Row, TradeRows

DOCUMENTS: dict[str, type[msgspec.Struct]] = {
    "order": Order, "order_change": OrderChange, "order_confirmation": OrderConfirmation, "order_status": OrderStatus,
    "punchout_setup": PunchoutSetup,
    **dict.fromkeys(ROW_KINDS, TradeRows),
}  # fmt: skip
"""What an inbound mapping can make."""

POSITION = "position"
"""The field of a list's items that says which one it is; where it is not stated, items are counted."""

_KINDS: dict[type, Kind] = {
    str: Kind.TEXT, int: Kind.INT, Decimal: Kind.DECIMAL, date: Kind.DATE, datetime: Kind.DATETIME,
}  # fmt: skip
_CELL_KINDS = (Kind.TEXT, Kind.INT, Kind.DECIMAL, Kind.DATE)


class Texts(msgspec.Struct, frozen=True):
    """A field that has texts by their names, as one table fills it: it takes any name."""


class Target(NamedTuple):
    """A field to fill: its type without None, and whether it is a list of it.

    `is_cell` says that it is a column of trade data, which takes any value as an import file has it.
    """

    name: str
    type: type
    many: bool
    is_cell: bool = False

    @property
    def is_table(self) -> bool:
        """Whether the field is filled by a table."""
        return issubclass(self.type, msgspec.Struct)

    @property
    def is_named(self) -> bool:
        """Whether the field has texts by their names."""
        return self.type is Named

    @property
    def whole(self) -> Target:
        """The field as one table fills it: that of a field with texts by their names has a rule for each name."""
        return self._replace(type=Texts, many=False) if self.is_named else self

    @property
    def kind(self) -> Kind | None:
        """The kind of value a rule must end in, None where no rule fits."""
        if issubclass(self.type, Enum):
            return Kind.TEXT
        kind = _KINDS.get(self.type)
        if self.many:
            return Kind.TEXTS if kind is Kind.TEXT else None
        return kind

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of value that fill it."""
        if self.is_cell:
            return _CELL_KINDS
        return (self.kind,) if self.kind else ()

    def unknown_words(self, words: Sequence[str]) -> list[str]:
        """Those of the words that the field's enumeration does not have; none where it takes any text."""
        if not issubclass(self.type, Enum):
            return []
        known = {member.value for member in self.type}
        return sorted(set(words) - known)

    @property
    def words(self) -> str:
        """The values of the field's enumeration, for an advice."""
        return ", ".join(member.value for member in self.type) if issubclass(self.type, Enum) else ""


@cache
def target(owner: type[msgspec.Struct], name: str) -> Target | None:
    """The field of a document's part, None where it has none."""
    if owner is Texts:
        return Target(name, str, many=False)
    found = find_field((owner,), name) if "." not in name else None
    return Target(name, found.type, found.many, owner is Row) if found else None


def word_of(owner: type[msgspec.Struct]) -> str:
    """What issue codes about the fields of a document begin with."""
    if issubclass(owner, Order):
        return "order"
    return next(name for name, document in DOCUMENTS.items() if document is owner)


def required_fields(owner: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields a document's part cannot do without; those of trade data the mapping fills by itself."""
    if owner in (Row, TradeRows, Texts):
        return ()
    return tuple(name for name, field in fields_of(owner).items() if field.required)
