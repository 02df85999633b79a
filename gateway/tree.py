"""Documents as trees of named texts: what XML and JSON have in common, with the place of everything in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class TreeLimits(NamedTuple):
    """How much of a document is taken; past it the document is refused with limit.exceeded."""

    bytes: int = 64 << 20
    nodes: int = 1_000_000
    attributes: int = 256
    depth: int = 64


class Node:
    """An element, an attribute (its name begins with @) or a member of an object; `index` counts in document order.

    `space` is the namespace, `line` counts from 1, `column` too (0 where the parser does not know it). `text` is what
    stands directly inside; of a list every item is a child of the list's name.
    """

    __slots__ = ("children", "column", "index", "line", "name", "parent", "space", "text")

    def __init__(self, name: str, space: str, parent: Node | None, at: tuple[int, int, int]) -> None:
        self.name = name
        self.space = space
        self.text = ""
        self.parent = parent
        self.children = _NO_CHILDREN
        self.index, self.line, self.column = at

    def add(self, child: Node) -> None:
        """Puts a child behind those there are."""
        if self.children is _NO_CHILDREN:
            self.children = []
        self.children.append(child)

    def walk(self) -> Iterator[Node]:
        """The node and everything inside it, in document order."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    def path(self, within: Node | None = None) -> str:
        """Its path inside a node (`IDOC/E1EDP01[2]/MENGE`), with a number where there are several of the name."""
        names: list[str] = []
        node: Node | None = self
        while node is not None and node is not within:
            names.append(_numbered(node))
            node = node.parent
        return "/".join(reversed([name for name in names if name])) or "."


# Most nodes are leaves: one empty list stands for all of theirs.
_NO_CHILDREN: list[Node] = []


class Tree(NamedTuple):
    """A document read: its root (of JSON a node without a name) and how many nodes it has."""

    root: Node
    size: int


def _numbered(node: Node) -> str:
    """The node's name among its siblings."""
    siblings = node.parent.children if node.parent else []
    alike = [one for one in siblings if one.name == node.name]
    return f"{node.name}[{alike.index(node) + 1}]" if len(alike) > 1 else node.name
