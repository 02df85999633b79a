"""JSON documents read into trees; what is no JSON, or more than is taken, is an issue with its place.

Numbers stay the texts they are: a binary double would change them. A list `lines: [a, b]` is two children `lines`;
the items of a list in a list, and those of a list that is the document, are called `item`.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from json import JSONDecodeError, JSONDecoder

from gateway.issues import Issue
from gateway.tree import Blank, Flag, Node, Tree, TreeLimits

ITEM = "item"

_TOKEN = re.compile(
    r'[ \t\r\n]*(?:([{}\[\]:,])|"((?:[^"\\\x00-\x1f]++|\\.)*+)"|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?'
    r"(?![0-9A-Za-z_.+-]))|(true|false|null)(?![0-9A-Za-z_]))"
)
_BLANKS = re.compile(r"[ \t\r\n]*")
# Controls, and halves of a surrogate pair.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_SIGN, _TEXT, _NUMBER, _WORD = range(1, 5)
_decode = JSONDecoder().decode


def read_json(content: bytes, limits: TreeLimits | None = None) -> Tree | Issue:
    """The document as a tree, or the issue it is refused for.

    Several values one after the other (JSON lines) are read as a list of them. `null` is an empty text, `true` and
    `false` are texts. UTF-8 with or without byte order mark, or UTF-16 with one.
    """
    taken = limits or TreeLimits()
    if len(content) > taken.bytes:
        return Issue(code="limit.exceeded", text=f"the document has more than {taken.bytes} bytes", line=1, column=1)
    try:
        text = decoded(content)
    except UnicodeDecodeError as error:
        before = content[: error.start].removeprefix(BOM_UTF8)
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        return Issue(code="charset.invalid", text="the document is no UTF-8 text", line=line, column=column)
    reader = _Reader(text, taken)
    try:
        return reader.read()
    except _RefusedError as refused:
        return Issue(code=refused.code, text=str(refused), line=reader.line, column=reader.column)


def decoded(content: bytes) -> str:
    """The text of a document, without a byte order mark. Raises UnicodeDecodeError."""
    return content.decode("utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")


class _RefusedError(Exception):
    """A document that is not taken: its code and why; where, the reader knows."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class _Open:
    """An object or list that has not ended: its names so far (None for a list), and what its items are called.

    The items of a list stand in the node around it, unless that is a list too.
    """

    __slots__ = ("begun", "item", "names", "node")

    def __init__(self, node: Node, names: set[str] | None, item: str = ITEM) -> None:
        self.node = node
        self.names = names
        self.item = item
        self.begun = False


class _Reader:
    """Reads piece by piece, so that no depth of nesting is a depth of calls; `line`, `column`: of the last.

    `_piece` leaves in `_kind` what the piece is.
    """

    def __init__(self, text: str, limits: TreeLimits) -> None:
        self._text = text
        self._limits = limits
        self._at = self._begin = self._line_start = self._size = self._kind = 0
        self.line = 1
        self._open: list[_Open] = []

    @property
    def column(self) -> int:
        """The column of the last piece, from 1."""
        return self._begin - self._line_start + 1

    def read(self) -> Tree:
        """The tree. Raises _RefusedError."""
        document = self._node("", None)
        objects = values = 0
        while values == 0 or not self._at_end():
            opening = self._piece()
            objects += opening == "{"
            values += 1
            self._value(document, opening, ITEM)
            while self._open:
                self._member()
        if objects == values == 1:
            (document,) = document.children
            document.name, document.parent = "", None
        return Tree(document, self._size)

    def _member(self) -> None:
        """Reads the next member or item of what is open, or its end."""
        inside = self._open[-1]
        piece = self._piece()
        if self._kind == _SIGN and piece == ("]" if inside.names is None else "}"):
            self._open.pop()
            return
        if inside.begun:
            self._expect(piece, ",")
            piece = self._piece()
        inside.begun = True
        if inside.names is None:
            self._value(inside.node, piece, inside.item)
            return
        name = self._name(piece, inside.names)
        self._expect(self._piece(), ":")
        self._value(inside.node, self._piece(), name)

    def _name(self, piece: str, names: set[str]) -> str:
        if self._kind != _TEXT:
            raise _RefusedError("json.unreadable", f"a name between quotes is expected here, not {piece[:20]!r}")
        name = self._unescaped(piece)
        if name in names:
            raise _RefusedError("json.unreadable", f"the name {name[:40]!r} stands twice in one object")
        names.add(name)
        return name

    def _value(self, around: Node, piece: str, name: str) -> None:
        """A value under a name; an object or list is left open."""
        if self._kind == _SIGN:
            if piece not in "{[":
                raise _RefusedError("json.unreadable", f"a value is expected here, not {piece!r}")
            if len(self._open) >= self._limits.depth:
                raise _RefusedError("limit.exceeded", f"the document is more than {self._limits.depth} deep")
            in_list = bool(self._open) and self._open[-1].names is None
            if piece == "{":
                self._open.append(_Open(self._node(name, around), set()))
            elif in_list:
                self._open.append(_Open(self._node(name, around), None))
            else:
                self._open.append(_Open(around, None, name))
            return
        node = self._node(name, around, self._leaf(piece))
        if self._kind == _TEXT:
            node.text = self._unescaped(piece)
        elif piece != "null":
            node.text = piece

    def _leaf(self, piece: str) -> type[Node]:
        """The kind of node that a value is which holds no others."""
        if self._kind == _WORD and piece != "null":
            return Flag
        return Blank if self._kind == _TEXT and not piece else Node

    def _piece(self) -> str:
        """The next piece; of a text what stands between its quotes."""
        begin = self._begin
        found = _TOKEN.match(self._text, self._at)
        if found is None or found.lastindex is None:
            self._begin = min(blanks_end(self._text, self._at), max(len(self._text) - 1, 0))
            self._count_lines(begin)
            raise _RefusedError("json.unreadable", self._unreadable())
        self._kind = found.lastindex
        self._begin = found.start(self._kind) - (self._kind == _TEXT)
        self._count_lines(begin)
        self._at = found.end()
        return found[self._kind]

    def _count_lines(self, since: int) -> None:
        lines = self._text.count("\n", since, self._begin)
        if lines:
            self.line += lines
            self._line_start = self._text.rfind("\n", since, self._begin) + 1

    def _unreadable(self) -> str:
        rest = self._text[self._begin : self._begin + 20]
        if blanks_end(self._text, self._at) >= len(self._text):
            return "the document ends too early"
        return f"this is no JSON: {rest!r}"

    def _expect(self, piece: str, sign: str) -> None:
        if self._kind != _SIGN or piece != sign:
            raise _RefusedError("json.unreadable", f"{sign!r} is expected here, not {piece[:20]!r}")

    def _unescaped(self, text: str) -> str:
        """The text between quotes. Raises _RefusedError for what is no text."""
        if "\\" in text:
            try:
                text = str(_decode(f'"{text}"'))
            except JSONDecodeError:
                raise _RefusedError("json.unreadable", f"this text holds a wrong escape: {text[:40]!r}") from None
        wrong = _NO_TEXT.search(text)
        if wrong:
            raise _RefusedError("charset.invalid", f"this text holds U+{ord(wrong[0]):04X}, which is no character")
        return text

    def _node(self, name: str, parent: Node | None, kind: type[Node] = Node) -> Node:
        node = kind(name, "", parent, (self._size, self.line, self.column))
        self._size += 1
        if self._size > self._limits.nodes:
            raise _RefusedError("limit.exceeded", f"the document has more than {self._limits.nodes} values")
        if parent is not None:
            parent.add(node)
        return node

    def _at_end(self) -> bool:
        return blanks_end(self._text, self._at) >= len(self._text)


def blanks_end(text: str, start: int) -> int:
    """Where the blanks that begin there end."""
    found = _BLANKS.match(text, start)
    return found.end() if found else start
