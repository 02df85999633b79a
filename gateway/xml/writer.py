"""XML written: texts and attributes escaped, and what XML 1.0 cannot hold told apart."""

from __future__ import annotations

import re

_UNHOLDABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
# A reader makes blanks of line breaks and tabs that stand in an attribute as they are (XML 1.0, 3.3.3).
_ATTRIBUTE = str.maketrans({
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;",
})  # fmt: skip


def unholdable(text: str) -> str:
    """The first character that no document of XML 1.0 can hold, not even escaped (2.2); empty where there is none."""
    found = _UNHOLDABLE.search(text)
    return found[0] if found else ""


def escaped_text(text: str) -> str:
    """The text as it stands between tags."""
    return text.translate(_TEXT)


def escaped_attribute(text: str) -> str:
    """The text as it stands between the double quotes of an attribute."""
    return text.translate(_ATTRIBUTE)


def declaration(encoding: str) -> str:
    """The line a document begins with."""
    return f'<?xml version="1.0" encoding="{encoding}"?>\n'
