"""JSON written by rules: each table of the mapping an object, or a list with one for each part of a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast

import msgspec

from gateway.mapping.repeats import Repeat
from gateway.mapping.template_values import Fill, JoinedFill, Rendering
from gateway.mapping.text_mapping import Chunks
from gateway.model.trade_rows import TradeRows


class MemberMaker(NamedTuple):
    """A member of an object: its name as JSON with the colon, what fills it, and what an empty value means."""

    name: str
    value: Fill | JoinedFill | str
    is_gate: bool = False
    is_required: bool = False


class ObjectMaker(NamedTuple):
    """An object, or the list of those of a table that repeats; values and tables that are empty are left out.

    An object whose values are all empty is left out with its constant texts.
    """

    name: str
    repeat: Repeat
    members: tuple[MemberMaker | ObjectMaker, ...]
    has_values: bool

    def text(self, rendering: Rendering) -> str:
        """The object or list as JSON, empty where it is left out."""
        made = [self._object(rendering) for _ in self.repeat.places(rendering)]
        kept = [text for text in made if text]
        if not self.repeat.is_list:
            return kept[0] if kept else ""
        return f"[{','.join(kept)}]" if kept else ""

    def _object(self, rendering: Rendering) -> str:
        parts: list[str] = []
        is_filled = not self.has_values
        for member in self.members:
            value = member.text(rendering) if isinstance(member, ObjectMaker) else _value(member, rendering)
            if value is None:
                return ""
            if value:
                parts.append(member.name + value)
                is_filled = is_filled or isinstance(member, ObjectMaker) or not isinstance(member.value, str)
        return f"{{{','.join(parts)}}}" if is_filled else ""


def _value(member: MemberMaker, rendering: Rendering) -> str | None:
    """The value as JSON, empty where there is none, None where that leaves the object out."""
    if isinstance(member.value, str):
        return member.value
    value = str(member.value.text(rendering))
    if not value and member.is_gate:
        return None
    if not value and member.is_required:
        member.value.report_missing(rendering)
    return value


class JsonWriter(NamedTuple):
    """A whole text of JSON, laid out for people: the object or list of the root."""

    root: ObjectMaker

    def put(self, rendering: Rendering, chunks: Chunks) -> None:
        """Adds the text; of a document that fills nothing an empty object, or an empty list."""
        text = self.root.text(rendering) or ("[]" if self.root.repeat.is_list else "{}")
        chunks.append(msgspec.json.format(text, indent=2) + "\n")


def put_rows(rendering: Rendering, chunks: Chunks) -> None:
    """Adds rows of trade data as a list of objects, a member a column."""
    rows = [row.cells for row in cast("TradeRows", rendering.scope[0]).rows]
    chunks.append(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode() + "\n")


def put_document(convert: Callable[[msgspec.Struct], bytes]) -> Callable[[Rendering, Chunks], None]:
    """What adds the document as it is, in its canonical form."""

    def put(rendering: Rendering, chunks: Chunks) -> None:
        chunks.append(msgspec.json.format(convert(rendering.scope[0]), indent=2).decode() + "\n")

    return put
