"""Mappings to forms compiled: tables of rules to fields by name, every fault with its place.

[items]
each = "lines"
"NEW_ITEM-VENDORMAT[{n}]" = "sku!"                       # {n}: the number of the part, from 1
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import ConfigError, Problem
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.form_outbound import NUMBER, FieldMaker, FormTable, FormWriter
from gateway.mapping.grammar import StatedText
from gateway.mapping.placeholders import PLAIN_TEXTS, Endings, Filled, PlaceholderCompiler, Types, Watch, unwatched
from gateway.mapping.repeats import compile_repeat
from gateway.mapping.rule_tables import RuleTable, merge_rules
from gateway.mapping.sources import source_document
from gateway.mapping.steps import FindCodes, Kind
from gateway.mapping.text_mapping import TextMapping

_ENDINGS = Endings(frozenset((*PLAIN_TEXTS, Kind.TEXT)), PLAIN_TEXTS, what="value of a field")


def compile_form(document: EffectiveDocument, find_codes: FindCodes, watch: Watch = unwatched) -> TextMapping:
    """The mapping compiled. Raises ConfigError with every problem of its tables."""
    reads = source_document(document)
    problems: list[Problem] = []
    root = merge_rules(document.sources, None, problems)
    tables = [member for member in root.members.values() if isinstance(member, RuleTable)]
    if not tables:
        problems.append(root.at.problem("this mapping has no table", 'add [items] with each = "…" and a rule a field'))
    compiler = _Compiler(PlaceholderCompiler(find_codes, problems, _ENDINGS, watch), problems)
    writer = FormWriter(tuple(compiler.table(table, (reads,), numbered=False) for table in tables))
    if problems:
        raise ConfigError(problems=sorted(problems))
    return TextMapping(document.id, reads, document.makes, "utf-8", writer.put, is_form=True)


class _Compiler:
    """Compiles the tables of one form; `problems` collects what it refuses."""

    def __init__(self, compiler: PlaceholderCompiler, problems: list[Problem]) -> None:
        self._compiler = compiler
        self._problems = problems

    def table(self, table: RuleTable, around: Types, *, numbered: bool) -> FormTable:
        """The writer of a table; `around` are the types of the items it stands in, the document first."""
        repeat, scope = compile_repeat(table.each, table.when, around, self._problems)
        numbered = numbered or repeat.is_list
        inner = [member for member in table.members.values() if isinstance(member, RuleTable)]
        fields = tuple(self._fields(table, scope, numbered=numbered))
        return FormTable(repeat, fields, tuple(self.table(each, scope, numbered=numbered) for each in inner))

    def _fields(self, table: RuleTable, scope: Types, *, numbered: bool) -> Iterator[FieldMaker]:
        for name, stated in table.members.items():
            if isinstance(stated, StatedText):
                if (NUMBER in name) is not numbered:
                    self._problems.append(stated.at.problem(*_misnamed(name, numbered=numbered)))
                made = self._compiler.rule(stated.text, name, stated.at, scope)
                if isinstance(made, Filled):
                    yield FieldMaker(name, made.fill, "?" in made.marks, "!" in made.marks)
                else:
                    yield FieldMaker(name, made or "", is_gate=False, is_required=False)


def _misnamed(name: str, *, numbered: bool) -> tuple[str, str]:
    if numbered:
        return f"every part of the list would have the same field {name!r}", f"put {NUMBER} where its number belongs"
    return f"{name!r} has a number, but its table repeats over nothing", 'add each = "…"'
