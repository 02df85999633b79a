"""Tables written by rules, as CSV or fixed columns: a row for each table, or for each part of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias, cast

from gateway.mapping.repeats import Repeat
from gateway.mapping.template_values import Fill, JoinedFill, Rendering
from gateway.mapping.text_mapping import Chunks
from gateway.model.trade_rows import TradeRows

Line: TypeAlias = Callable[[Sequence[str]], str]


class RowMaker(NamedTuple):
    """The row of a table: its cells in order, constant texts among them, and what asks for a value to be there.

    A row of values that are all empty is left out; so is one where that of a gate is.
    """

    cells: tuple[Fill | JoinedFill | str, ...]
    gates: tuple[int, ...]
    required: tuple[int, ...]
    line: Line

    def put(self, rendering: Rendering, chunks: Chunks) -> None:
        """Adds the row, unless it is left out."""
        values = [cell if isinstance(cell, str) else str(cell.text(rendering)) for cell in self.cells]
        for index in self.gates:
            if not values[index]:
                return
        for index in self.required:
            cell = self.cells[index]
            if not values[index] and not isinstance(cell, str):
                cell.report_missing(rendering)
        fills = [value for cell, value in zip(self.cells, values, strict=True) if not isinstance(cell, str)]
        if any(fills) or not fills:
            chunks.append(self.line(values))


class TableWriter(NamedTuple):
    """A table: its row, where it has one, and after it those of the tables inside it."""

    repeat: Repeat
    row: RowMaker | None
    tables: tuple[TableWriter, ...]

    def put(self, rendering: Rendering, chunks: Chunks) -> None:
        """Adds the rows of the table."""
        for _ in self.repeat.places(rendering):
            if self.row is not None:
                self.row.put(rendering, chunks)
            for table in self.tables:
                table.put(rendering, chunks)


class RowsWriter(NamedTuple):
    """Rows of trade data as they are: a column for each that some row fills, in the order in which they come up."""

    line: Callable[[Iterable[str]], str]
    header: bool

    def put(self, rendering: Rendering, chunks: Chunks) -> None:
        """Adds the header and every row."""
        rows = cast("TradeRows", rendering.scope[0]).rows
        columns = list(dict.fromkeys(name for row in rows for name in row.cells))
        if self.header and columns:
            chunks.append(self.line(columns))
        chunks.extend(self.line([row.cells.get(name, "") for name in columns]) for row in rows)


class TabularWriter(NamedTuple):
    """A whole table: the line of its header, empty where it has none, and its tables in order."""

    header: str
    tables: tuple[TableWriter, ...]

    def put(self, rendering: Rendering, chunks: Chunks) -> None:
        """Adds the header and every row."""
        chunks.append(self.header)
        for table in self.tables:
            table.put(rendering, chunks)
