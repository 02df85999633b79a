"""Mappings of XML, cXML, JSON and forms compiled: tables to readers over elements, and a file cut into messages.

root = "ORDERS05/IDOC"                   # what is one message; left out: the document, of a JSON list each item
[namespaces]
cbc = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from gateway.errors import ConfigError, Problem
from gateway.issues import Issue
from gateway.json.reader import read_json
from gateway.mapping.cxml_trees import reader_of
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.form_trees import read_form
from gateway.mapping.grammar import Position, parse_condition, parse_path
from gateway.mapping.inbound_tables import InboundTable, Stated, merge, stated_header
from gateway.mapping.plain_tables import FindPlaces, Holds, PlainFrame, PlainPart, PlainTable
from gateway.mapping.rules import CompiledRule, FieldPath, InboundRule, RuleCompiler, condition_of
from gateway.mapping.steps import FindCodes
from gateway.mapping.table_compiler import Dialect, TableCompiler
from gateway.mapping.targets import Target, word_of
from gateway.mapping.tree_mapping import TreeMapping
from gateway.mapping.tree_paths import ROOT, TreePath, tree_path
from gateway.mapping.tree_reader import IgnoredPath, TreeReader
from gateway.mapping.tree_reads import (
    CompiledTreePath,
    TreeNames,
    TreeReading,
    TreeRules,
    compile_tree_path,
    line_of,
    step_test,
)
from gateway.model.trade_rows import TradeRows
from gateway.tree import Node, Tree
from gateway.xml.reader import read_xml

TreeRule: TypeAlias = CompiledRule[CompiledTreePath, TreeReading, Node]
TreeTable: TypeAlias = PlainTable[CompiledTreePath, TreeReading, Node]
TreePart: TypeAlias = PlainPart[CompiledTreePath, TreeReading, Node]
TreeFrame: TypeAlias = PlainFrame[TreeReading, Node]


class TreeDialect(Dialect[TreeNames, TreeFrame, TreeRule, TreeTable, TreePart]):
    """Tables of the xml and json dialects; a scope is no more than the namespaces declared."""

    def __init__(self, find_codes: FindCodes, *, makes_rows: bool) -> None:
        self._find_codes = find_codes
        self._makes_rows = makes_rows

    def rule(self, stated: Stated, goal: Target, scope: TreeNames, field: FieldPath) -> TreeRule:
        """The rule that fills a field."""
        return RuleCompiler(TreeRules(scope), self._find_codes).compile(stated, goal, field)

    def frame(self, table: InboundTable, scope: TreeNames) -> tuple[TreeFrame, TreeNames]:
        """Where a table's places are found."""
        stated = table.stands
        find = _places(stated, scope, many=table.each is not None) if stated else None
        return PlainFrame(find, _condition(table.when, scope) if table.when else None), scope

    def table(self, rules: Mapping[str, TreeRule], parts: list[tuple[str, TreePart]]) -> TreeTable:
        """The reader of a table."""
        return PlainTable(tuple(rules.items()), tuple(parts))

    def part(self, table: TreeTable, frame: TreeFrame, goal: Target, position: InboundRule | None) -> TreePart:
        """The reader of a table inside another."""
        line = line_of if self._makes_rows and goal.many else None
        return PlainPart(table, frame, goal.many, position, line, goal.is_named)


def _places(stated: Stated, names: TreeNames, *, many: bool) -> FindPlaces[TreeReading, Node]:
    path = parse_path(stated.text, tree_path, stated.at)
    if path.every:
        raise ConfigError(problems=[stated.at.problem("at and each take all places there are; leave out the *")])
    find = compile_tree_path(path, names, stated.at, every=False).find
    if not many:
        return find

    def items(reading: TreeReading, place: Node) -> Sequence[Node]:
        found = find(reading, place)
        reading.items.update(node.index for node in found)
        return found

    return items


def _condition(stated: Stated, names: TreeNames) -> Holds[TreeReading, Node]:
    condition = parse_condition(stated.text, tree_path, stated.at)
    read = compile_tree_path(condition.path, names, stated.at, every=False).read
    return condition_of(read, condition)


def compile_tree(document: EffectiveDocument, owner: type[msgspec.Struct], find_codes: FindCodes) -> TreeMapping:
    """The mapping as closures. Raises ConfigError with every problem of the document."""
    problems: list[Problem] = []
    syntax, _, kind = document.reads.partition(" ")
    merged = merge(document, problems, ("root", "namespaces"))
    names = _namespaces(document, problems)
    makes_rows = owner is TradeRows
    compiler = TableCompiler(TreeDialect(find_codes, makes_rows=makes_rows), problems)
    table = compiler.table(merged.root, owner, names, FieldPath(singular=word_of(owner)))
    ignored = _ignored(merged.ignored, names, problems)
    root = _root(document, names, problems, makes_rows=makes_rows)
    if makes_rows and not merged.root.tables and syntax != "json":
        problems.append(merged.root.at.problem("a mapping of XML says what its rows are", 'add [rows] with each = "…"'))
    if problems:
        raise ConfigError(f"The mapping {document.id} cannot be used.", problems)
    outward = _outward(compiler.rules)
    reader = TreeReader(_READERS[syntax](kind.strip()), root, table, ignored, outward, document.makes, makes_rows)
    return TreeMapping(
        document.id, document.reads, document.makes, tuple(compiler.rules), merged.ignored, reader.open, reader.laid
    )


_READERS: dict[str, Callable[[str], Callable[[bytes], Tree | Issue]]] = {
    "xml": lambda _: read_xml,
    "json": lambda _: read_json,
    "cxml": reader_of,
    "oci": lambda _: read_form,
}
"""What reads a document of a syntax, for the kind of document that a mapping reads."""
TREES = tuple(_READERS)
"""The syntaxes that are read as trees."""


def _namespaces(document: EffectiveDocument, problems: list[Problem]) -> TreeNames:
    """The namespaces declared, those of what is extended included."""
    spaces: dict[str, str] = {}
    for source in document.sources:
        stated = source.data.get("namespaces", {})
        for prefix, space in stated.items() if isinstance(stated, dict) else ():
            if isinstance(space, str) and space:
                spaces[prefix] = space
            else:
                problems.append(source.problem(("namespaces", prefix), "a namespace is a text", 'as in cbc = "urn:…"'))
    return TreeNames(tuple(sorted(spaces.items())))


def _root(
    document: EffectiveDocument, names: TreeNames, problems: list[Problem], *, makes_rows: bool
) -> CompiledTreePath | None:
    """The path of what is one message; None where each document is one."""
    stated = stated_header(document, "root", problems)
    if stated is None:
        return compile_tree_path(_SELF, names, Position("", 0, 0), every=False) if makes_rows else None
    try:
        path = parse_path(stated.text, tree_path, stated.at)
        if path.up or path.every:
            raise ConfigError(problems=[stated.at.problem("root begins at the document and takes all there are")])
        return compile_tree_path(path, names, stated.at, every=False)
    except ConfigError as error:
        problems.extend(error.problems)
        return None


def _outward(rules: Sequence[InboundRule]) -> frozenset[str]:
    """The names that rules read by paths which begin around their place."""
    paths = [path.path for rule in rules for path in rule.paths if isinstance(path, CompiledTreePath)]
    return frozenset(path.steps[-1].name.name for path in paths if path.up > 0 and path.steps)


_SELF = TreePath(0, (), every=False, text=".")


def _ignored(stated: Mapping[str, Stated], names: TreeNames, problems: list[Problem]) -> dict[str, list[IgnoredPath]]:
    """The lines of [ignore] by the name they end in."""
    lines: dict[str, list[IgnoredPath]] = {}
    for key, reason in stated.items():
        try:
            path = parse_path(key, tree_path, reason.key)
            if path.up > 0 or not path.steps or any(step.number for step in path.steps):
                fault = f"{key}: [ignore] names elements by the names they stand in"
                raise ConfigError(problems=[reason.key.problem(fault, "as in E1EDK14[QUALF='014']/ORGID")])
            tests = tuple(step_test(step, names, reason.key) for step in reversed(path.steps))
            lines.setdefault(path.steps[-1].name.name, []).append(IgnoredPath(tests, path.up == ROOT))
        except ConfigError as error:
            problems.extend(error.problems)
    return lines
