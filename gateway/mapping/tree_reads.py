"""Paths of trees compiled: closures from an element to the elements, attributes and texts a path leads to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, TypeGuard

from gateway.errors import ConfigError
from gateway.mapping import rules
from gateway.mapping.grammar import Listing, Literal, Position, Rule, parse_rule, with_decimal_mark
from gateway.mapping.rules import Findings, PathCompiler
from gateway.mapping.tree_paths import ANY, ROOT, TreeFilter, TreeName, TreePath, TreeStep, tree_path
from gateway.tree import Node


class TreeReading(Findings):
    """One message of a tree being read: which nodes were read, and which are items of a list of the document."""

    __slots__ = ("_named", "items", "read", "root")

    def __init__(self, root: Node) -> None:
        super().__init__()
        self.root = root
        self.read: set[int] = set()
        self.items: set[int] = set()
        self._named: dict[int, dict[str, list[Node]]] = {}

    def named(self, node: Node, name: str) -> Sequence[Node]:
        """The children of a name. Where there are many they are sorted once: every line may look at them."""
        children = node.children
        if len(children) < _MANY:
            return [child for child in children if child.name == name]
        named = self._named.get(node.index)
        if named is None:
            named = self._named[node.index] = {}
            for child in children:
                named.setdefault(child.name, []).append(child)
        return named.get(name, ())


_MANY = 32


def line_of(place: Node) -> int:
    """The line on which a place begins."""
    return place.line


Read: TypeAlias = rules.Read[TreeReading, Node]
Find: TypeAlias = Callable[[TreeReading, Node], Sequence[Node]]
Matches: TypeAlias = Callable[[Node], bool]


class CompiledTreePath(NamedTuple):
    """A path compiled: its text, how its value is read, the nodes it leads to, and its steps for messages."""

    text: str
    read: Read
    find: Find
    path: TreePath
    selects: tuple[Select, ...]

    def locate(self, reading: TreeReading, place: Node) -> tuple[Node, str]:
        """The node of the value read, or the nearest there is and the names that are missing below it."""
        nodes = _beginning(self.path.up, reading, place)
        nearest = nodes[0] if nodes else place
        for done, select in enumerate(self.selects):
            nodes = select(reading, nodes)
            if not nodes:
                missing = "".join(f"/{step.name.name}" for step in self.path.steps[done:])
                return nearest, missing
            nearest = nodes[0]
        return next((node for node in nodes if node.index in reading.read), nearest), ""


Select: TypeAlias = Callable[[TreeReading, Sequence[Node]], Sequence[Node]]


class TreeNames(NamedTuple):
    """The namespaces a mapping declares, by prefix."""

    spaces: tuple[tuple[str, str], ...] = ()

    def matcher(self, name: TreeName, at: Position) -> Matches:
        """Whether a node has the name. Raises ConfigError for a prefix that is not declared."""
        wanted = name.name
        if wanted == ANY:
            return lambda node: not node.name.startswith("@")
        if not name.prefix:
            return lambda node: node.name == wanted
        declared = dict(self.spaces)
        if name.prefix not in declared:
            fault = f"the prefix {name.prefix!r} is not declared"
            advice = f'add {name.prefix} = "urn:…" to [namespaces]'
            raise ConfigError(problems=[at.problem(fault, advice, name.offset)])
        space = declared[name.prefix]
        return lambda node: node.name == wanted and node.space == space


class TreeRules(PathCompiler[TreePath, CompiledTreePath, TreeReading, Node]):
    """Rules of the xml and json dialects; `decimal` alone reads numbers with a point."""

    def __init__(self, names: TreeNames) -> None:
        self._names = names

    def parse(self, text: str, at: Position) -> Rule[TreePath]:
        """The rule as a tree. Raises ConfigError."""
        return with_decimal_mark(parse_rule(text, tree_path, at), ".")

    def compile(self, path: TreePath, at: Position, composite: tuple[str, ...], *, every: bool) -> CompiledTreePath:
        """The path as a closure. Raises ConfigError."""
        del composite  # a path of a tree names one text
        return compile_tree_path(path, self._names, at, every=every)

    def is_path(self, source: TreePath | Literal | Listing[TreePath]) -> TypeGuard[TreePath]:
        """Whether a source of a rule is a path."""
        return isinstance(source, TreePath)

    def gives_list(self, path: TreePath) -> bool:
        """Whether the path gives all values there are."""
        return path.every

    def is_whole(self, path: TreePath) -> bool:
        """Whether the path hands a composite to a step: none does."""
        del path
        return False


def compile_tree_path(path: TreePath, names: TreeNames, at: Position, *, every: bool) -> CompiledTreePath:
    """The path as a closure. Raises ConfigError."""
    try:
        return _known_path(path, names, every=every)
    except ConfigError:
        return _compiled(path, names, at, every=every)


@lru_cache(maxsize=20_000)
def _known_path(path: TreePath, names: TreeNames, *, every: bool) -> CompiledTreePath:
    """The path without its place: partners share most of theirs, and the closures with them."""
    return _compiled(path, names, Position("", 0, 0), every=every)


def _compiled(path: TreePath, names: TreeNames, at: Position, *, every: bool) -> CompiledTreePath:
    selects = tuple(_select(step, names, at) for step in path.steps)
    find = _finder(path.up, selects)
    read = _read_every(find) if every or path.every else _read_one(find)
    return CompiledTreePath(path.text, read, find, path, selects)


def step_test(step: TreeStep, names: TreeNames, at: Position) -> Matches:
    """Whether a node is what a step without a number names; nothing is marked as read. Raises ConfigError."""
    named = names.matcher(step.name, at)
    tests = [_test(stated, names, at) for stated in step.filters]
    return lambda node: named(node) and all(test(node) is not None for test in tests)


def _finder(up: int, selects: Sequence[Select]) -> Find:
    if up == 0 and len(selects) == 1:
        select = selects[0]
        return lambda reading, place: select(reading, (place,))

    def find(reading: TreeReading, place: Node) -> Sequence[Node]:
        nodes: Sequence[Node] = (place,) if up == 0 else _beginning(up, reading, place)
        for select in selects:
            if not nodes:  # most paths of a mapping lead to what a place does not have
                break
            nodes = select(reading, nodes)
        return nodes

    return find


def _beginning(up: int, reading: TreeReading, place: Node) -> Sequence[Node]:
    if up == ROOT:
        return (reading.root,)
    node: Node | None = place
    for _ in range(up):
        node = node.parent if node else None
    return (node,) if node else ()


def _select(step: TreeStep, names: TreeNames, at: Position) -> Select:
    named = names.matcher(step.name, at)
    tests = [_test(stated, names, at) for stated in step.filters]
    number, wanted = step.number, step.name.name

    def candidates(reading: TreeReading, node: Node) -> Sequence[Node]:
        return node.children if wanted == ANY else reading.named(node, wanted)

    def select(reading: TreeReading, nodes: Sequence[Node]) -> Sequence[Node]:
        found: list[Node] = []
        for node in nodes:
            own = [child for child in candidates(reading, node) if named(child)]
            for test in tests:
                own = _passing(test, own, reading)
            found += own if number is None else own[number - 1 : number]
        return found

    def of_name(reading: TreeReading, nodes: Sequence[Node]) -> Sequence[Node]:
        if len(nodes) == 1:
            return reading.named(nodes[0], wanted)
        return [child for node in nodes for child in reading.named(node, wanted)]

    return select if tests or number is not None or step.name.prefix or wanted == ANY else of_name


def _passing(test: Callable[[Node], Node | None], nodes: Sequence[Node], reading: TreeReading) -> list[Node]:
    """The nodes that pass; what they pass by counts as read."""
    passing = []
    for node in nodes:
        witness = test(node)
        if witness is not None:
            reading.read.add(witness.index)
            passing.append(node)
    return passing


def _test(stated: TreeFilter, names: TreeNames, at: Position) -> Callable[[Node], Node | None]:
    """From a node to the one inside it that has a wanted value, None where none has."""
    steps = [names.matcher(name, at) for name in stated.names]
    wanted = frozenset(stated.values)

    def test(node: Node) -> Node | None:
        nodes = [node]
        for matches in steps:
            nodes = [child for one in nodes for child in one.children if matches(child)]
        return next((one for one in nodes if one.text in wanted), None)

    return test


def _read_one(find: Find) -> Read:
    def read(reading: TreeReading, place: Node) -> object:
        for node in find(reading, place):
            if node.text:
                reading.read.add(node.index)
                return node.text
        return None

    return read


def _read_every(find: Find) -> Read:
    def read(reading: TreeReading, place: Node) -> object:
        nodes = [node for node in find(reading, place) if node.text]
        reading.read.update(node.index for node in nodes)
        return [node.text for node in nodes] or None

    return read
