"""Outbound documents compiled: tables of templates to makers of segments, every fault with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.edifact.directory import load, releases
from gateway.errors import ConfigError, Problem
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.grammar import Position
from gateway.mapping.outbound import MessageKind, OutboundMapping, SegmentMaker, TableMaker, element_maker
from gateway.mapping.placeholders import Filled, PlaceholderCompiler, Types, Watch, unwatched
from gateway.mapping.repeats import compile_repeat
from gateway.mapping.sources import source_document
from gateway.mapping.steps import FindCodes
from gateway.mapping.template_checks import check_templates
from gateway.mapping.template_tables import TemplateTable, merge
from gateway.mapping.templates import Component, Placeholder, SegmentTemplate
from gateway.toml_source import TomlSource

_MAKES = re.compile(r"edifact ([A-Z]{6}) ([A-Z0-9])\.([0-9A-Z]{1,3})(?: ([A-Z]{1,3})(?: ([A-Z0-9]{1,6}))?)?")


def compile_outbound(document: EffectiveDocument, find_codes: FindCodes, watch: Watch = unwatched) -> OutboundMapping:
    """The mapping compiled. Raises ConfigError with every problem of its templates."""
    header = document.chain[0].source
    document_type = source_document(document)
    stated = _MAKES.fullmatch(document.makes)
    if stated is None:
        advice = 'as in makes = "edifact ORDRSP D.96A UN"'
        raise ConfigError(problems=[header.problem(("makes",), f"{document.makes!r} names no message", advice)])
    message = MessageKind(stated[1], stated[2], stated[3], stated[4] or "UN", stated[5] or "")
    problems: list[Problem] = []
    tables = merge(document.sources, problems)
    problems += _against_directory(tables, message, header)
    compiler = TableCompiler(PlaceholderCompiler(find_codes, problems, watch=watch), problems)
    makers = tuple(compiler.table(table, (document_type,)) for table in tables.values())
    if problems:
        raise ConfigError(problems=sorted(problems))
    return OutboundMapping(document.id, document_type, message, makers)


def _against_directory(tables: dict[str, TemplateTable], message: MessageKind, header: TomlSource) -> Iterator[Problem]:
    """The faults of the templates as templates of this message of the directory."""
    directory = load(message.version, message.release)
    table = directory.message(message.type) if directory else None
    if directory is None or table is None:
        known = ", ".join(releases())
        fault = f"the directory has no {message.type} {message.version}.{message.release}"
        yield header.problem(("makes",), fault, f"there are tables of {known}")
        return
    yield from check_templates(tables, directory, table)


class TableCompiler:
    """Compiles the tables of one document; `problems` collects what it refuses."""

    def __init__(self, placeholders: PlaceholderCompiler, problems: list[Problem]) -> None:
        self._placeholders = placeholders
        self._problems = problems

    def table(self, table: TemplateTable, around: Types) -> TableMaker:
        """The maker of a table; `around` are the types of the items it stands in, the document first."""
        repeat, scope = compile_repeat(table.each, table.when, around, self._problems)
        placed = {segment.template.key for segment in table.segments}
        for nested, inner in table.tables.items():
            if f"@{nested}" not in placed:
                self._problems.append(inner.at.problem(f"no template places this table by @{nested}"))
        makers = tuple(self._makers(table, scope))
        only_literals = all(isinstance(maker, SegmentMaker) and not maker.fills for maker in makers)
        return TableMaker(repeat, makers, only_literals)

    def _makers(self, table: TemplateTable, scope: Types) -> Iterator[SegmentMaker | TableMaker]:
        for placed in table.segments:
            template = placed.template
            if isinstance(template, SegmentTemplate):
                yield self._segment(template, placed.at, scope)
            elif template.name in table.tables:
                yield self.table(table.tables[template.name], scope)
            else:
                self._problems.append(placed.at.problem(f"there is no table {template.name!r} in this one"))

    def _segment(self, template: SegmentTemplate, at: Position, scope: Types) -> SegmentMaker:
        filled: list[Filled] = []
        elements = []
        for slot in template.slots:
            parts: list[str | int] = []
            for component in slot.components:
                made = self._component(component, template.tag, at, scope)
                if isinstance(made, Filled):
                    parts.append(len(filled))
                    filled.append(made)
                else:
                    parts.append(made)
            if any(filled[part].fill.many for part in parts[:-1] if isinstance(part, int)):
                self._problems.append(at.problem("only the last component takes a list", offset=slot.offset))
            spread = isinstance(parts[-1], int) and filled[parts[-1]].fill.many
            elements.append(element_maker(tuple(parts), spread, slot.listed))
        return SegmentMaker(
            template.tag,
            tuple(one.fill for one in filled),
            tuple(elements),
            gates=tuple(index for index, one in enumerate(filled) if "?" in one.marks),
            required=tuple(index for index, one in enumerate(filled) if "!" in one.marks),
            has_list=any(slot.listed for slot in template.slots),
        )

    def _component(self, component: Component, tag: str, at: Position, scope: Types) -> Filled | str:
        """What fills the component, or its text; a refused one is empty text, its problem is noted."""
        if any(isinstance(part, Placeholder) for part in component):
            return self._placeholders.component(component, tag, at, scope) or ""
        return "".join(part for part in component if isinstance(part, str))
