"""Forms written by rules: a field for each rule, in the order of the tables, with the number of the part it is of."""

from __future__ import annotations

from typing import NamedTuple

from gateway.mapping.repeats import Repeat
from gateway.mapping.template_values import Fill, JoinedFill, Rendering
from gateway.mapping.text_mapping import Chunks

NUMBER = "{n}"
"""What stands in the name of a field for the number of the part it is of, from 1."""


class FieldMaker(NamedTuple):
    """A field: its name, what fills it, and what an empty value means."""

    name: str
    value: Fill | JoinedFill | str
    is_gate: bool
    is_required: bool


class FormTable(NamedTuple):
    """A table: its fields, once or for each part of a list, and the tables inside it.

    Fields without a value are left out; a part whose gate is empty, or that has no value of the document, is left out
    and has no number.
    """

    repeat: Repeat
    fields: tuple[FieldMaker, ...]
    tables: tuple[FormTable, ...]

    def put(self, rendering: Rendering, chunks: Chunks, around: int = 0) -> bool:
        """Adds the names and values of the fields, in turn; whether a value of the document is among them."""
        written, number = False, 0
        for _ in self.repeat.places(rendering):
            is_written = self._put_once(rendering, chunks, number + 1 if self.repeat.is_list else around)
            number += is_written
            written = written or is_written
        return written

    def _put_once(self, rendering: Rendering, chunks: Chunks, number: int) -> bool:
        begin, is_filled = len(chunks), False
        for name, value, is_gate, is_required in self.fields:
            text = value if isinstance(value, str) else str(value.text(rendering))
            if text:
                chunks += (name.replace(NUMBER, str(number)), text)
                is_filled = is_filled or not isinstance(value, str)
            elif is_gate:
                del chunks[begin:]
                return False
            elif is_required and not isinstance(value, str):
                value.report_missing(rendering)
        for table in self.tables:
            is_filled = table.put(rendering, chunks, number) or is_filled
        if not is_filled:
            del chunks[begin:]
        return is_filled


class FormWriter(NamedTuple):
    """A whole form: its tables in order."""

    tables: tuple[FormTable, ...]

    def put(self, rendering: Rendering, chunks: Chunks) -> None:
        """Adds every field, name and value in turn."""
        for table in self.tables:
            table.put(rendering, chunks)
