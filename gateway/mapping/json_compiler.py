"""Mappings to JSON compiled: tables of rules to objects and lists, every fault with its place."""

from __future__ import annotations

import json
from typing import cast

from gateway.errors import ConfigError, Problem
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.grammar import StatedText
from gateway.mapping.json_outbound import JsonWriter, MemberMaker, ObjectMaker, put_document, put_rows
from gateway.mapping.placeholders import PLAIN_TEXTS, Endings, Filled, PlaceholderCompiler, Types, Watch, unwatched
from gateway.mapping.repeats import compile_repeat
from gateway.mapping.rule_tables import RuleTable, merge_rules
from gateway.mapping.sources import source_document
from gateway.mapping.step_values import StepError
from gateway.mapping.steps import Apply, FindCodes, Kind
from gateway.mapping.text_mapping import TextMapping
from gateway.model.trade_rows import TradeRows
from gateway.model.value import to_json

ROOT = "object"


def _quoted(value: object) -> str:
    text = str(value)
    try:
        text.encode()
    except UnicodeError:
        raise StepError("not-writable", f"{text[:40]!r} has a character that JSON cannot hold") from None
    return json.dumps(text, ensure_ascii=False)


_LAST: dict[Kind, Apply] = {
    **PLAIN_TEXTS,
    Kind.TEXT: _quoted,
    Kind.TEXTS: lambda texts: f"[{','.join(map(_quoted, cast('list[str]', texts)))}]",
    Kind.DATE: lambda day: _quoted(PLAIN_TEXTS[Kind.DATE](day)),
    Kind.DATETIME: lambda moment: _quoted(PLAIN_TEXTS[Kind.DATETIME](moment)),
}
_ENDINGS = Endings(frozenset(_LAST), _LAST, what="value of JSON")
"""A number stands as it is, exactly, with no quotes around it; one that a step made a text is a text."""


def compile_json(document: EffectiveDocument, find_codes: FindCodes, watch: Watch = unwatched) -> TextMapping:
    """The mapping compiled; without a table it writes the document as it is. Raises ConfigError with every problem."""
    reads = source_document(document)
    problems: list[Problem] = []
    root = merge_rules(document.sources, (ROOT,), problems).members.get(ROOT)
    if not isinstance(root, RuleTable):
        if problems:
            raise ConfigError(problems=sorted(problems))
        put = put_rows if reads is TradeRows else put_document(to_json)
        return TextMapping(document.id, reads, document.makes, "utf-8", put)
    compiler = PlaceholderCompiler(find_codes, problems, _ENDINGS, watch)
    maker = _object(compiler, "", root, (reads,), problems)
    if problems:
        raise ConfigError(problems=sorted(problems))
    return TextMapping(document.id, reads, document.makes, "utf-8", JsonWriter(maker).put)


def _object(
    compiler: PlaceholderCompiler, name: str, table: RuleTable, around: Types, problems: list[Problem]
) -> ObjectMaker:
    repeat, scope = compile_repeat(table.each, table.when, around, problems)
    members: list[MemberMaker | ObjectMaker] = []
    for key, member in table.members.items():
        label = json.dumps(key, ensure_ascii=False) + ":"
        if isinstance(member, RuleTable):
            members.append(_object(compiler, label, member, scope, problems))
        else:
            members.append(_member(compiler, label, member, key, scope))
    has_values = any(isinstance(member, ObjectMaker) or not isinstance(member.value, str) for member in members)
    return ObjectMaker(name, repeat, tuple(members), has_values)


def _member(compiler: PlaceholderCompiler, label: str, stated: StatedText, key: str, scope: Types) -> MemberMaker:
    made = compiler.rule(stated.text, key, stated.at, scope)
    if isinstance(made, Filled):
        return MemberMaker(label, made.fill, "?" in made.marks, "!" in made.marks)
    return MemberMaker(label, _quoted(made or ""))
