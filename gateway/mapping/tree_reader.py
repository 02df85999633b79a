"""Trees read by a mapping: a file cut into messages, each one's document, its faults, and everything left unread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, cast

from gateway.errors import ConfigError, UsageError
from gateway.issues import Issue
from gateway.json.reader import ITEM
from gateway.mapping.grammar import Position, parse_path
from gateway.mapping.inbound import Translation
from gateway.mapping.plain_tables import PlainTable
from gateway.mapping.rules import Fault
from gateway.mapping.table_reader import Document
from gateway.mapping.tree_mapping import (
    Located,
    Part,
    Parts,
    as_document,
    fault_issue,
    hits_of,
    limited,
    reference_of,
    weightiest,
)
from gateway.mapping.tree_paths import tree_path
from gateway.mapping.tree_reads import CompiledTreePath, Matches, TreeNames, TreeReading, compile_tree_path
from gateway.mapping.unread import UnreadText
from gateway.model.trade_rows import Row
from gateway.tree import Blank, Flag, Node, NodePaths, Tree


class IgnoredPath(NamedTuple):
    """A line of [ignore]: what a node and those around it must be, innermost first; `anchored` ends at the message."""

    tests: tuple[Matches, ...]
    anchored: bool

    def covers(self, node: Node, root: Node) -> bool:
        """Whether a node of the message at `root` is the one named."""
        around: Node | None = node
        for test in self.tests:
            if around is None or not test(around):
                return False
            around = around.parent
        return not self.anchored or around is root


class TreeReader(NamedTuple):
    """How a mapping reads one syntax: `root` names what is one message, `ignored` has the lines of [ignore] by name.

    `outward` are the names of what its rules read around the message.
    """

    read: Callable[[bytes], Tree | Issue]
    root: CompiledTreePath | None
    table: PlainTable[CompiledTreePath, TreeReading, Node]
    ignored: Mapping[str, Sequence[IgnoredPath]]
    outward: frozenset[str]
    makes: str
    makes_rows: bool

    def open(self, content: bytes) -> Parts:
        """The messages of a file; an issue where it cannot be read, or holds none."""
        tree = self.read(content)
        return Parts([], [tree]) if isinstance(tree, Issue) else self._parts(tree)

    def _parts(self, tree: Tree) -> Parts:
        roots = self._roots(tree.root)
        if not roots:
            sought = self.root.text if self.root else "message"
            text = f"the document holds no {sought}"
            return Parts(
                [], [Issue(code="document.missing", text=text, line=tree.root.line, path=tree.root.name or None)]
            )
        parts = [self._part(ordinal, root) for ordinal, root in enumerate(roots, 1)]
        return Parts(parts, limited(self._outside(tree.root, {root.index for root in roots})))

    def laid(self, content: bytes, values: Mapping[str, str]) -> Parts:
        """The messages of a file after values were laid over its first by their paths. Raises UsageError."""
        tree = self.read(content)
        if isinstance(tree, Issue):
            return Parts([], [tree])
        roots = self._roots(tree.root)
        for path, text in values.items() if roots else ():
            _lay(roots[0], path, text)
        return self._parts(tree)

    def _roots(self, document: Node) -> Sequence[Node]:
        around = Node("", "", None, (-1, 1, 1))
        if document.name:
            around.add(document)  # a path of root begins with the name of the document's element
        else:
            around = document
        if self.root is None:
            is_list = not document.name and document.children and all(one.name == ITEM for one in document.children)
            return document.children if is_list else (document,)
        if not self.root.path.steps:
            return (document,)
        return self.root.find(TreeReading(around), around)

    def _part(self, ordinal: int, root: Node) -> Part:
        reference = reference_of(self.table, TreeReading(root), root)
        hits = partial(hits_of, self.table, TreeReading(root), root)
        return Part(ordinal, root.line, reference, partial(self._translate, root), hits)

    def _translate(self, root: Node) -> Translation:
        reading = TreeReading(root)
        found = self.fill(reading, root)
        unread = list(self._unread(reading, root))
        paths = NodePaths(root)
        told = [
            fault_issue(fault, _located(fault, reading, paths), in_rows=self.makes_rows)
            for fault in weightiest(reading.faults)
        ]
        issues = limited([*told, *(one.issue() for one in unread)], more=len(reading.faults) - len(told))
        return Translation(as_document(found, self.makes, in_rows=self.makes_rows), issues, unread)

    def fill(self, reading: TreeReading, root: Node) -> Document | None:
        """What the tables of the mapping give; without any, rows with every member of each item as it is called."""
        if self.table.parts or not self.makes_rows:
            return self.table.fill(reading, root)
        items = root.children if all(one.name == ITEM for one in root.children) else [root]
        return {"rows": [_as_it_is(reading, number, item) for number, item in enumerate(items, 1)]}

    def _unread(self, reading: TreeReading, root: Node) -> Iterator[UnreadText]:
        """Every node with a text that was neither read nor ignored, in document order."""
        paths, waiting = NodePaths(root), [(root, False)]
        while waiting:
            node, holds = waiting.pop()
            is_read = node.index in reading.read
            if (is_read and not node.children) or self._is_ignored(node, root):
                continue
            holds = not self.makes_rows and (holds or node.index in reading.items)
            if node.text and not is_read:
                yield UnreadText(node.line, node.column or None, paths.of(node), node.text, holds)
            waiting.extend((child, holds) for child in reversed(node.children))

    def _is_ignored(self, node: Node, root: Node) -> bool:
        return any(line.covers(node, root) for line in self.ignored.get(node.name, ()))

    def _outside(self, document: Node, roots: set[int]) -> Iterator[Issue]:
        """Findings of what stands around the messages, read by none of them."""
        paths, waiting = NodePaths(), [document]
        while waiting:
            node = waiting.pop()
            if node.index in roots or self._is_ignored(node, document):
                continue
            if node.text and node.name not in self.outward:
                yield UnreadText(node.line, node.column or None, paths.of(node), node.text, holds=False).issue()
            waiting.extend(reversed(node.children))


def _as_it_is(reading: TreeReading, number: int, item: Node) -> Row:
    leaves = [node for node in item.children if (node.text or isinstance(node, Blank)) and not node.children]
    reading.read.update(node.index for node in leaves)
    cells = {node.name: _FLAGS[node.text] if isinstance(node, Flag) else node.text for node in leaves}
    return Row(position=number, line=item.line, cells=cells)


_FLAGS = {"true": "yes", "false": "no"}
"""What a file of an import says for the flags of JSON."""


def _lay(root: Node, path: str, text: str) -> None:
    """Sets the text at a path; names that are missing are added. Raises UsageError for a path that names no place."""
    try:
        stated = parse_path(path, tree_path, Position("", 0, 0))
        found = compile_tree_path(stated, TreeNames(), Position("", 0, 0), every=False)
    except ConfigError as error:
        raise UsageError(f"{path!r} is no path to lay a value at: {error}") from None
    if stated.up or not stated.steps:
        raise UsageError(f"{path!r} does not lead down from the message.")
    node, missing = found.locate(TreeReading(root), root)
    last = max(one.index for one in root.walk())
    for number, name in enumerate(filter(None, missing.split("/")), 1):
        node.add(Node(name, "", node, (last + number, node.line, node.column)))
        node = node.children[-1]
    node.text = text


def _located(fault: Fault, reading: TreeReading, paths: NodePaths) -> Located:
    """Where a fault lies: at the value its rule reads, else at the nearest element, with the names that are missing."""
    place = cast("Node", fault.place)
    node, missing = place, ""
    for path in fault.rule.paths:
        node, missing = cast("CompiledTreePath", path).locate(reading, place)
        if not missing:
            break
    return Located(node.line, node.column or None, f"{paths.of(node)}{missing}".removeprefix("./"))
