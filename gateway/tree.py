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


class Flag(Node):
    """A member of an object that is true or false, which a text of these letters is not."""

    __slots__ = ()


class Blank(Node):
    """A member of an object that is an empty text, which `null` is not."""

    __slots__ = ()


class NodePaths:
    """The paths of nodes inside one (`IDOC/E1EDP01[2]/MENGE`), with a number where there are several of a name.

    The children of a node are numbered once, however many of them are asked for.
    """

    def __init__(self, within: Node | None = None) -> None:
        self._within = within
        self._numbers: dict[int, dict[int, int]] = {}

    def of(self, node: Node) -> str:
        """The path of a node; `.` for the one it is inside of."""
        names: list[str] = []
        around: Node | None = node
        while around is not None and around is not self._within:
            names.append(self._numbered(around))
            around = around.parent
        return "/".join(reversed([name for name in names if name])) or "."

    def _numbered(self, node: Node) -> str:
        parent = node.parent
        if parent is None:
            return node.name
        numbers = self._numbers.get(parent.index)
        if numbers is None:
            numbers = self._numbers[parent.index] = _numbers(parent.children)
        return f"{node.name}[{numbers[node.index]}]" if node.index in numbers else node.name


def _numbers(children: list[Node]) -> dict[int, int]:
    """The number of each child among those of its name, by its index; left out where there is one only."""
    alike: dict[str, list[Node]] = {}
    for child in children:
        alike.setdefault(child.name, []).append(child)
    return {node.index: number for nodes in alike.values() if len(nodes) > 1 for number, node in enumerate(nodes, 1)}


# Most nodes are leaves: one empty list stands for all of theirs.
_NO_CHILDREN: list[Node] = []


class Tree(NamedTuple):
    """A document read: its root (of JSON a node without a name), how many nodes it has, and the DTD that XML names."""

    root: Node
    size: int
    doctype: str = ""
