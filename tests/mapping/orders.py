"""Orders and mappings of a test's own: a mapping with the rules under test, read on a few segments."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gateway.bundle import bundled, read_tree
from gateway.errors import ConfigError
from gateway.issues import Issue
from gateway.mapping.library import Library
from gateway.mapping.splicing import spliced
from gateway.mapping.trial import Trial, try_message
from gateway.mapping.verdicts import directory_of

CODES = {path: content for path, content in read_tree(bundled("mappings")).items() if path.startswith("codes/")}
BUNDLE = read_tree(bundled("mappings"))
SMALLEST = "BGM+220+1'DTM+137:20240205:102'UNS+S'"
FILE = "test/order/mapping.toml"
HEAD = """mapping = "test/order"
reads   = "edifact ORDERS D.96A"
makes   = "order"
"""
ORDER = """[order]
number     = "BGM/1004 | required"
ordered_on = "DTM[137] | date | required"
"""
LINES = """[order.lines]
each     = "LIN"
position = "LIN/1082 | int"
"""


def library(text: str, files: Mapping[str, str] | None = None) -> Library:
    """The shipped mappings and code lists, a mapping test/order, and what else a test adds."""
    added = {FILE: HEAD + text, **(files or {})}
    return Library({**BUNDLE, **{path: content.encode() for path, content in added.items()}})


def tried(text: str, segments: str) -> Trial:
    """The mapping of a test on segments spliced into the smallest order."""
    return tried_of(library(text), "test/order", segments)


def tried_of(mappings: Library, identity: str, segments: str) -> Trial:
    """One of several mappings on segments spliced into the smallest order."""
    mapping = mappings.inbound(identity)
    return try_message(mapping, spliced(mapping.reads, directory_of(mapping.reads), SMALLEST, segments))


def of_order(rules: str, segments: str) -> Trial:
    """Further rules of the order on segments."""
    return tried(ORDER + rules, segments)


def of_line(rules: str, segments: str) -> Trial:
    """Further rules of the line on segments."""
    return tried(ORDER + LINES + rules, segments)


def lines(trial: Trial) -> list[dict[str, object]]:
    """The lines of the document without their positions."""
    found = trial.document.get("lines", [])
    assert isinstance(found, list)
    return [{name: value for name, value in line.items() if name != "position"} for line in found]


def texts_of(rule: str, segments: str) -> object:
    """The value one rule gives for a field of text of the first line."""
    return lines(of_line(f'text = "{rule}"', segments))[0].get("text")


def unread(trial: Trial) -> list[str]:
    """The paths left unread, those of the envelope and of UNS left out."""
    return [one.path for one in trial.unread if one.path[:3] not in ("UNH", "UNS", "UNT")]


def errors(trial: Trial) -> list[Issue]:
    """The mapping's errors but those of unread elements."""
    return [issue for issue in trial.issues if issue.rule and issue.is_error]


def refused(text: str, files: Mapping[str, str] | None = None, identity: str = "test/order") -> list[str]:
    """The problems of a mapping that is not taken, as lines."""
    with pytest.raises(ConfigError) as error:
        library(text, files).mapping(identity)
    return [str(problem) for problem in error.value.problems]
