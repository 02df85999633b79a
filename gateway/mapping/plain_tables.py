"""Tables at work where asking is cheap, in trees and in rows: from a place to a part of the document, rule by rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Generic, NamedTuple, TypeAlias

from gateway.mapping.rules import CompiledRule, CompiledT, InboundRule, PlaceT, ReadingT
from gateway.mapping.table_reader import Document, items_of, texts_by_name
from gateway.model.quantity import plain
from gateway.model.trade_rows import Row

FindPlaces: TypeAlias = Callable[[ReadingT, PlaceT], Iterable[PlaceT]]
Holds: TypeAlias = Callable[[ReadingT, PlaceT], bool]


class PlainFrame(NamedTuple, Generic[ReadingT, PlaceT]):
    """Where a table's places are found, None where it stands at the place of the table around, and what must hold."""

    find: FindPlaces[ReadingT, PlaceT] | None
    when: Holds[ReadingT, PlaceT] | None


class PlainTable(NamedTuple, Generic[CompiledT, ReadingT, PlaceT]):
    """One target table: values and parts by name. It is absent where none of its values came from the source."""

    rules: tuple[tuple[str, CompiledRule[CompiledT, ReadingT, PlaceT]], ...]
    parts: tuple[tuple[str, PlainPart[CompiledT, ReadingT, PlaceT]], ...]

    def fill(self, reading: ReadingT, place: PlaceT) -> Document | None:
        """The table's values read from a place; None where nothing was there."""
        document: Document = {}
        for name, rule in self.rules:
            value = rule.evaluate(reading, place)
            if value is not None:
                document[name] = value
        for name, part in self.parts:
            value = part.read(reading, place)
            if value:
                document[name] = value
        if not document:
            return None
        for name, rule in self.rules:
            if rule.default is not None:
                document.setdefault(name, rule.default)
        return document


class PlainPart(NamedTuple, Generic[CompiledT, ReadingT, PlaceT]):
    """A table inside another: at the same place, once elsewhere, or for every place `each` finds.

    `position` counts items that state none; `line` tells where one begins that is a row of trade data. Items that
    are `named` are texts by their names.
    """

    table: PlainTable[CompiledT, ReadingT, PlaceT]
    frame: PlainFrame[ReadingT, PlaceT]
    many: bool
    position: InboundRule | None
    line: Callable[[PlaceT], int] | None
    named: bool

    def read(self, reading: ReadingT, place: PlaceT) -> object:
        """The part, or the list of parts."""
        places = self.places(reading, place)
        if self.line is not None:
            return self._rows(reading, places, self.line)
        if self.many:
            items = items_of(self.table.fill, self.position, reading, places)
            return texts_by_name(items) if self.named else items
        for one in places:
            return self.table.fill(reading, one)
        return None

    def places(self, reading: ReadingT, place: PlaceT) -> Iterable[PlaceT]:
        """The places the part is read from: of one that is no list, the first counts."""
        find, when = self.frame
        found = (place,) if find is None else find(reading, place)
        return found if when is None else (one for one in found if when(reading, one))

    def _rows(self, reading: ReadingT, places: Iterable[PlaceT], line: Callable[[PlaceT], int]) -> list[Row]:
        """The rows of trade data without those that have a fault: one bad row refuses itself only."""
        rows: list[Row] = []
        for index, one in enumerate(places):
            before = len(reading.faults)
            item = self.table.fill(reading, one)
            if len(reading.faults) > before:
                reading.number_faults(before, index)
            elif item is not None:
                cells = {name: cell(value) for name, value in item.items()}
                rows.append(Row(position=index + 1, line=line(one), cells=cells))
        return rows


def cell(value: object) -> str:
    """A value as an import file has it: numbers with a point, ISO dates."""
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else str(value)
