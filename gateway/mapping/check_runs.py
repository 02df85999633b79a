"""Checks run: a mapping on what they give, and every way in which the outcome is not what they state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from gateway.edifact.directory import Directory
from gateway.errors import UsageError
from gateway.mapping.checks import Check, Given, issue_faults
from gateway.mapping.inbound import InboundMapping
from gateway.mapping.outbound import OutboundMapping
from gateway.mapping.splicing import spliced
from gateway.mapping.text_mapping import TextMapping
from gateway.mapping.tree_mapping import Parts, TreeMapping
from gateway.mapping.trial import Trial, Writing, try_message, try_parts, try_writing

_STEP = re.compile(r'"([^"]+)"|([^.\[\]"]+)|\[([0-9]+)\]')
_NOTHING = object()


def check_message(mapping: InboundMapping, directory: Directory, smallest: Given, check: Check) -> Trial:
    """The trial of the message a check gives."""
    return try_message(mapping, spliced(mapping.reads, directory, str(smallest), str(check.given)))


def check_part(mapping: TreeMapping, smallest: Given, check: Check) -> Trial:
    """The trial of the document a check gives. Raises UsageError where it is none, or several."""
    tried = try_parts(mapping, parts_given(mapping, smallest, check))
    if len(tried.trials) != 1:
        faults = "; ".join(f"{issue.code}: {issue.text}" for issue in tried.issues)
        raise UsageError(f"what is given is {len(tried.trials)} documents, not one. {faults}".strip())
    (trial,) = tried.trials
    return trial._replace(issues=[*tried.issues, *trial.issues])


def parts_given(mapping: TreeMapping, smallest: Given, check: Check) -> Parts:
    """The documents a check gives: a text of its own, or the smallest with some values laid over it.

    Raises UsageError for a text that the mapping's encoding has not, and a path that leads nowhere.
    """
    if isinstance(check.given, str):
        return mapping.parts(_encoded(check.given, mapping.encoding))
    values = {path: str(value) for path, value in check.given.items()}
    return mapping.laid(_encoded(str(smallest), mapping.encoding), values)


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        raise UsageError(f"what is given has {text[error.start]!r}, which {encoding} has not") from None


def inbound_faults(check: Check, trial: Trial) -> Iterator[str]:
    """What is not as the check states."""
    document = msgspec.to_builtins(trial.document)
    expected = check.expect if isinstance(check.expect, Mapping) else {}
    for field, wanted in expected.items():
        found = value_at(document, field)
        if found != _as_json(wanted):
            yield f"{field} is {'absent' if found is _NOTHING else repr(found)}, not {_as_json(wanted)!r}"
    for field in check.absent:
        if (found := value_at(document, field)) is not _NOTHING:
            yield f"{field} is {found!r}, it should be absent"
    yield from issue_faults(check, trial.issues)
    unread = tuple(one.path for one in trial.unread)
    if check.unread is not None and unread != check.unread:
        yield f"unread is {list(unread)}, not {list(check.unread)}"


def check_document(mapping: OutboundMapping | TextMapping, smallest: Given, check: Check) -> Writing:
    """What the mapping writes of the document a check gives. Raises UsageError for what is no such document."""
    stated = _laid_over(smallest, check.given)
    try:
        document = msgspec.convert(stated, mapping.reads)
    except msgspec.ValidationError as error:
        raise UsageError(f"what is given makes no {mapping.reads.__name__}: {error}") from None
    return try_writing(mapping, document)


def outbound_faults(check: Check, writing: Writing) -> Iterator[str]:
    """What is not as the check states."""
    yield from _segment_faults(check, writing.lines) if writing.is_message else _line_faults(check, writing.lines)
    yield from issue_faults(check, writing.issues)


def _segment_faults(check: Check, written: Sequence[str]) -> Iterator[str]:
    expected = str(check.expect)
    text = "'".join(["", *(segment.removesuffix("'") for segment in written), ""])
    if expected and f"'{expected.removesuffix(chr(39))}'" not in text:
        yield f"{expected} is not written; written is {''.join(written)}"
    for beginning in check.absent:
        found = next((segment for segment in written if _begins(segment, beginning)), None)
        if found:
            yield f"{found} is written, it should be absent"


def _line_faults(check: Check, written: Sequence[str]) -> Iterator[str]:
    """Lines are compared without the blanks around them: how deep an element stands is no part of a behaviour."""
    lines = [line.strip() for line in written]
    expected = [line.strip() for line in str(check.expect).strip().splitlines()]
    if not any(lines[index : index + len(expected)] == expected for index in range(len(lines) + 1)):
        yield "\n".join([*expected, "is not written; written is", *written])
    for beginning in check.absent:
        found = next((line for line in lines if line.startswith(beginning)), None)
        if found:
            yield f"{found} is written, it should be absent"


def value_at(document: object, field: str) -> object:
    """The value at a path of a document (`lines[0].price.amount`); a mark of its own where there is none."""
    for quoted, word, index in _STEP.findall(field):
        name = quoted or word
        if name and isinstance(document, Mapping) and name in document:
            document = document[name]
        elif index and isinstance(document, list) and int(index) < len(document):
            document = document[int(index)]
        else:
            return _NOTHING
    return document


def _as_json(value: object) -> object:
    """A value of TOML as canonical JSON has it: dates as ISO texts."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _as_json(inner) for key, inner in value.items()}
    return [_as_json(inner) for inner in value] if isinstance(value, list) else value


def _laid_over(below: object, above: object) -> object:
    """Tables merged, everything else replaced."""
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        return {**below, **{key: _laid_over(below.get(key), value) for key, value in above.items()}}
    return above


def _begins(segment: str, beginning: str) -> bool:
    return segment == f"{beginning}'" or segment.startswith((f"{beginning}+", f"{beginning}:"))
