"""Checks: small behaviours stated in `checks.toml` beside a mapping.

    smallest = "BGM+220+1'DTM+137:20240205:102'UNS+S'"     # the smallest valid message; inherited from what is extended
    [[check]]
    says   = "the buyer's number is found in any of the five places of PIA"
    given  = "LIN+1'PIA+1+A1:SA+B1:IN'QTY+21:1'"           # spliced into the smallest valid message
    expect = { "lines[0].buyer_sku" = "B1" }               # values of the document as its JSON has them
    absent = ["lines[0].price"]                            # fields the document does not have
    issue  = { code = "order.line.quantity.not-a-number", at = "QTY/6060", field = "lines[0].quantity" }
    unread = ["FTX[ZZZ]/4440"]                             # exactly what is left unread, in order

An error that a check does not state, as issue or unread, makes it red; findings need not be stated. `issue` may be a
list. Of a mapping that makes a message, `smallest` and `given` are tables of the canonical document, the second laid
over the first, and `expect` and `absent` are segments:

    smallest = { number = "R1", decision = "accepted", issued_on = 2024-02-05 }
    [[check]]
    says   = "a held order is answered without lines"
    given  = { decision = "held" }
    expect = "BGM+231+R1+12'"                              # segments that follow each other somewhere in the message
    absent = ["LIN"]                                       # what no segment begins with; lines, where it makes a text
    issue  = { code = "mapping.value.missing", field = "lines[0].ordered" }

Of a mapping that reads XML, JSON or tables, `smallest` is a document as a text, and `given` either another one or a
table of values, each laid over the smallest by its path:

    given  = { "E1EDP01/MENGE" = "two" }                   # or { quantity = "two" }: a column of the first row
    issue  = { code = "mapping.value.invalid", at = "E1EDP01/MENGE" }
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from gateway.errors import ConfigError, Problem
from gateway.issues import Issue
from gateway.mapping.grammar import Position
from gateway.toml_source import TomlPath, TomlSource

FILE_NAME = "checks.toml"

Given: TypeAlias = "str | Mapping[str, object]"

_TOP = ("smallest", "check")
_KEYS = ("says", "given", "expect", "absent", "issue", "unread")
_ISSUE_KEYS = {"code", "at", "field", "severity"}
_RESULTS = ("expect", "absent", "issue", "unread")


class Form(NamedTuple):
    """What stands where in the checks of a mapping: `smallest`, the kinds that `given` may be, and `expect`."""

    smallest: type
    given: tuple[type, ...]
    expect: type


MESSAGES = Form(str, (str,), dict)
"""Of a mapping that reads EDIFACT."""
FILES = Form(str, (str, dict), dict)
"""Of a mapping that reads XML, JSON or tables."""
DOCUMENTS = Form(dict, (dict,), str)
"""Of a mapping that reads canonical documents."""
_WORDS: dict[type, str] = {str: "a text", dict: "a table of values by their fields or paths"}


class Check(NamedTuple):
    """One check. `expect` is a table of fields, or the text of segments; empty where a key is left out."""

    says: str
    given: Given
    expect: Given
    absent: tuple[str, ...]
    issues: tuple[Mapping[str, str], ...]
    unread: tuple[str, ...] | None
    at: Position


class CheckFile(NamedTuple):
    """The checks of one mapping; `smallest` is None where it is inherited."""

    smallest: Given | None
    checks: tuple[Check, ...]


def read_checks(source: TomlSource, form: Form) -> CheckFile:
    """The checks a file states for a mapping of this form. Raises ConfigError with what is wrong with it."""
    problems = [
        source.problem((key,), f"{key!r} is no part of checks", "it has smallest and [[check]]")
        for key in source.data
        if key not in _TOP
    ]
    smallest = source.data.get("smallest")
    given = _Given(source, form, problems)
    stated = source.data.get("check", [])
    tables = stated if isinstance(stated, list) else []
    if stated != tables or not all(isinstance(table, dict) for table in tables):
        problems.append(source.problem(("check",), "checks are tables", "begin each with [[check]]"))
        tables = []
    checks = tuple(given.check(("check", index), table) for index, table in enumerate(tables))
    result = CheckFile(None if smallest is None else given.given(("smallest",), smallest, form.smallest), checks)
    if problems:
        raise ConfigError(problems=problems)
    return result


class _Given(NamedTuple):
    """Reads the tables of one file."""

    source: TomlSource
    form: Form
    problems: list[Problem]

    def check(self, path: TomlPath, table: dict[str, object]) -> Check:
        """One check; what is wrong with it goes to the problems."""
        for key in table:
            if key not in _KEYS:
                self._refuse((*path, key), f"a check has no {key!r}", f"it has {', '.join(_KEYS)}")
        says = table.get("says", "")
        if not isinstance(says, str) or not says:
            self._refuse(path, "a check says in a sentence what it checks", 'add says = "…"')
        if "given" not in table:
            self._refuse(path, "this check has no given")
        if not any(key in table for key in _RESULTS):
            self._refuse(path, "this check expects nothing", f"add one of {', '.join(_RESULTS)}")
        expects = self.form.expect
        expect = table.get("expect", expects())
        if not isinstance(expect, expects):
            self._refuse((*path, "expect"), "expect is a table of fields" if expects is dict else "expect is a text")
        at = Position(self.source.file, *self.source.position(path))
        unread = self._texts((*path, "unread"), table["unread"]) if "unread" in table else None
        return Check(
            str(says), self.given((*path, "given"), table.get("given", ""), *self.form.given),
            expect if isinstance(expect, str | dict) else "", self._texts((*path, "absent"), table.get("absent", [])),
            self._issues((*path, "issue"), table.get("issue", [])), unread, at,
        )  # fmt: skip

    def given(self, path: TomlPath, value: object, *kinds: type) -> Given:
        """What stands at `given` or `smallest`."""
        if not isinstance(value, kinds):
            self._refuse(path, f"{path[-1]} is {' or '.join(_WORDS[kind] for kind in kinds)}")
        return value if isinstance(value, str | dict) else ""

    def _texts(self, path: TomlPath, value: object) -> tuple[str, ...]:
        texts = value if isinstance(value, list) else [value]
        if not all(isinstance(text, str) for text in texts):
            self._refuse(path, f"{path[-1]} is a list of texts")
        return tuple(str(text) for text in texts)

    def _issues(self, path: TomlPath, value: object) -> tuple[Mapping[str, str], ...]:
        issues = value if isinstance(value, list) else [value]
        tables = [issue for issue in issues if isinstance(issue, dict)]
        if len(tables) < len(issues) or any("code" not in table or table.keys() - _ISSUE_KEYS for table in tables):
            self._refuse(path, "an issue has code and, where wanted, at, field and severity")
        return tuple({key: str(text) for key, text in table.items()} for table in tables)

    def _refuse(self, path: TomlPath, text: str, advice: str = "") -> None:
        self.problems.append(self.source.problem(path, text, advice))


def issue_faults(check: Check, issues: Sequence[Issue]) -> Iterator[str]:
    """What the issues lack of those stated, and each error that is not. `unread`, where stated, speaks for its own."""
    stated = [wanted for wanted in check.issues if any(_is(issue, wanted) for issue in issues)]
    for wanted in check.issues:
        if wanted not in stated:
            yield f"there is no issue {_shown(wanted)}"
    for issue in issues:
        listed = check.unread is not None and issue.code == "mapping.unread"
        if issue.is_error and not listed and not any(_is(issue, wanted) for wanted in stated):
            yield f"not expected: {issue.code} at {at_of(issue)} {issue.field or ''}: {issue.text}"


def at_of(issue: Issue) -> str:
    """Where an issue stands, as a check states it: QTY/6060, or the path in its file."""
    if issue.path:
        return issue.path
    return f"{issue.tag}/{issue.element}" if issue.element else str(issue.tag or "")


def _is(issue: Issue, wanted: Mapping[str, str]) -> bool:
    found = {"code": issue.code, "at": at_of(issue), "field": issue.field or "", "severity": issue.severity.value}
    return all(found[key] == text for key, text in wanted.items())


def _shown(wanted: Mapping[str, str]) -> str:
    return ", ".join(f"{key} {text}" for key, text in wanted.items())
