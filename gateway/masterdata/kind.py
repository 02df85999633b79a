"""A kind of table: its columns, declared once, and how a row becomes a value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import msgspec

from gateway.masterdata.columns import CellType, RefusedError, read_cell
from gateway.masterdata.known import Known, Names
from gateway.model.value import Value

Cells: TypeAlias = dict[str, object]


class Kind(NamedTuple):
    """One kind of table. Defaults and what is required are those of the value's fields.

    `patterns` are beginnings of further column names (`attr:`), `names` says what rows name in the store, `build` makes
    the value of a row and raises RefusedError, `defaulted` are required fields that `build` fills when left out.
    """

    name: str
    value: type[Value]
    columns: Mapping[str, CellType]
    names: Callable[[Sequence[Cells]], Names]
    build: Callable[[Cells, Known], Value]
    patterns: Mapping[str, CellType] = {}
    defaulted: frozenset[str] = frozenset()

    def required(self) -> tuple[str, ...]:
        """The columns that every row fills."""
        fields = msgspec.structs.fields(self.value)
        return tuple(field.name for field in fields if field.required and field.name not in self.defaulted)

    def read(self, row: Mapping[str, str]) -> Cells:
        """The values that the cells state, by column; raises RefusedError for the first that is none."""
        return {name: _value(name, self._type(name), cell) for name, cell in row.items()}

    def header_faults(self, columns: Collection[str]) -> list[RefusedError]:
        """What is wrong with these columns: those that the kind has not, and the missing ones of those every row fills.

        Rows with an action may do with fewer.
        """
        faults = []
        for name in columns:
            try:
                self._type(name)
            except RefusedError as reason:
                faults.append(reason)
        missing = () if "action" in columns else (name for name in self.required() if name not in columns)
        return faults + [RefusedError("import.value.missing", each, f"the header has no {each}") for each in missing]

    def has_column(self, name: str) -> bool:
        """Whether rows may have a column of this name."""
        return self._known_type(name) is not None

    def _known_type(self, name: str) -> CellType | None:
        beginning, colon, rest = name.partition(":")
        return self.columns.get(name) or (self.patterns.get(beginning + colon) if rest else None)

    def _type(self, name: str) -> CellType:
        found = self._known_type(name)
        if found is None:
            raise RefusedError("import.column.unknown", name, f"{self.name} have no column {name}")
        return found


# A table says the same few things again and again: lists, units, currencies, amounts.
_value = lru_cache(maxsize=65_536)(read_cell)


def demand(cells: Cells, names: Sequence[str]) -> None:
    """Raises RefusedError when one of these columns is empty."""
    for name in names:
        if name not in cells:
            raise RefusedError("import.value.missing", name, f"{name} is empty or left out")


def check_validity(cells: Cells) -> None:
    """Raises RefusedError when the validity ends before it begins."""
    first, last = cells.get("valid_from"), cells.get("valid_to")
    if isinstance(first, date) and isinstance(last, date) and last < first:
        raise RefusedError("import.validity", "valid_to", f"valid_to {last} is before valid_from {first}")


def texts(rows: Sequence[Cells], column: str) -> frozenset[str]:
    """The texts of a column over all rows."""
    return frozenset(str(row[column]) for row in rows if column in row)
