"""Trials for people: issues with the segment and the rule they come from, and what was left unread."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from gateway.edifact.message import Message
from gateway.issues import Issue
from gateway.mapping.trial import Trial

FindLine = Callable[[str], str]
"""The text of a rule by its FILE:LINE."""

_PLACE_WIDTH = 44
_RULE = re.compile(r"""([\w."'+-]+)\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*')""")


def issue_lines(trial: Trial, find_line: FindLine) -> Iterator[str]:
    """The issues but those of unread elements, which `unread_lines` has."""
    for issue in trial.issues:
        if issue.code != "mapping.unread":
            yield from _issue(issue, trial.message, find_line)


def unread_lines(trial: Trial) -> Iterator[str]:
    """Each value left unread, with its place."""
    for one in trial.unread:
        yield f"{'unread':<11}{one.where:<{_PLACE_WIDTH}} {one.value!r}{'  (holds the message)' if one.holds else ''}"


def rendering_lines(issues: Sequence[Issue], find_line: FindLine) -> Iterator[str]:
    """The issues of a document that was rendered: they have a field and a rule, no place in a message."""
    for issue in issues:
        yield from _issue(issue, None, find_line)


def rule_text(line: str) -> str:
    """What a mapping's line states: `quantity = "QTY[21]/6060"` without its comment, or the template it holds."""
    found = _RULE.match(line.strip())
    return f"{found[1]} = {found[2]}" if found else line.strip().rstrip(",")


def _issue(issue: Issue, message: Message | None, find_line: FindLine) -> Iterator[str]:
    value = _value(issue, message)
    shown = repr(value) if value else issue.text
    yield "   ".join(part for part in (issue.code, issue.field, shown) if part)
    if message is not None and issue.segment and issue.segment <= len(message.pieces):
        path = f"{issue.tag}/{issue.element}" if issue.element else str(issue.tag)
        place = f"segment {issue.segment}, {path}, offset {issue.offset}"
        yield f"  {'message':<9}{place:<{_PLACE_WIDTH}} {message.pieces[issue.segment - 1].strip()}'"
    elif issue.line:
        place = ", ".join(part for part in (f"line {issue.line}", issue.path) if part)
        yield f"  {'file':<9}{place}"
    if issue.rule:
        yield f"  {'rule':<9}{issue.rule:<{_PLACE_WIDTH}} {rule_text(find_line(issue.rule))}"


def _value(issue: Issue, message: Message | None) -> str:
    """The value an issue is about, empty where it names no element of a segment."""
    if message is None or not issue.segment or not issue.element_position:
        return ""
    segment = message.segments[issue.segment - 1]
    element = segment[issue.element_position] if len(segment) > issue.element_position else []
    component = (issue.component_position or 1) - 1
    return element[component] if len(element) > component else ""
