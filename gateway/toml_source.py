"""TOML with the place of each key and value: what tomllib reads, and where it stands."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from typing import TypeAlias

from gateway.errors import ConfigError, Problem

TomlPath: TypeAlias = tuple[str | int, ...]

_AT = re.compile(r"^(.*) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.DOTALL)
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_TEXT = re.compile(
    r"""\"{3}(?:[^\\]|\\.)*?\"{3,5}|'{3}.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


class TomlSource:
    """A TOML file read: its data, and the line and column (both from 1) of what it says."""

    __slots__ = ("_ends", "_keys", "_values", "data", "file")

    def __init__(self, file: str, text: str, data: dict[str, object]) -> None:
        self.file = file
        self.data = data
        self._ends = [match.end() for match in re.finditer("\n", text)]
        scan = _Scan(text)
        self._keys = scan.keys
        self._values = scan.values

    def position(self, path: TomlPath) -> tuple[int, int]:
        """Line and column of the key or table header at `path`, or of its nearest ancestor that stands there."""
        return self._nearest(self._keys, path)

    def value_position(self, path: TomlPath) -> tuple[int, int]:
        """Line and column of the value at `path`; of a text, its opening quote."""
        return self._nearest(self._values if path in self._values else self._keys, path)

    def problem(self, path: TomlPath, text: str, advice: str = "") -> Problem:
        """A problem at the key at `path`."""
        return Problem(self.file, *self.position(path), text, advice)

    def _nearest(self, offsets: dict[TomlPath, int], path: TomlPath) -> tuple[int, int]:
        while path and path not in offsets:
            path = path[:-1]
        offset = offsets.get(path, 0)
        line = bisect_right(self._ends, offset)
        return line + 1, offset - (self._ends[line - 1] if line else 0) + 1


def parse(text: str, file: str) -> TomlSource:
    """The TOML text read, with positions. Raises ConfigError, with the place, for what is no TOML."""
    text = text.replace("\r\n", "\n")
    try:
        data: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(problems=[_problem_of(str(error), text, file)]) from None
    return TomlSource(file, text, data)


def parse_bytes(content: bytes, file: str) -> TomlSource:
    """The TOML file read, with positions. Raises ConfigError too for bytes that are not UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(file, line, 1, "this is not UTF-8", "save the file as UTF-8")
        raise ConfigError(problems=[problem]) from None
    return parse(text, file)


def _problem_of(message: str, text: str, file: str) -> Problem:
    found = _AT.match(message)
    if found is None:
        return Problem(file, 1, 1, message)
    line, column = int(found[2] or text.count("\n") + 1), int(found[3] or 1)
    return Problem(file, line, column, found[1], "correct the TOML")


class _Scan:
    """Offsets of keys, headers and values of a text tomllib has accepted."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.keys: dict[TomlPath, int] = {}
        self.values: dict[TomlPath, int] = {}
        self._counts: dict[TomlPath, int] = {}
        table: TomlPath = ()
        at = self._blank(0)
        while at < len(text):
            if text[at] == "[":
                table, at = self._header(at)
            else:
                at = self._pair(table, at)
            at = self._blank(at)

    def _blank(self, at: int) -> int:
        found = _BLANK.match(self.text, at)
        return found.end() if found else at

    def _space(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def _header(self, at: int) -> tuple[TomlPath, int]:
        begin, many = at, self.text.startswith("[[", at)
        names, at = self._dotted(at + (2 if many else 1))
        path = self._resolved(names[:-1]) + names[-1:]
        if many:
            count = self._counts.get(path, 0)
            self._counts[path] = count + 1
            self.keys.setdefault(path, begin)
            path = (*path, count)
        else:
            path = self._resolved(names)
        self.keys[path] = begin
        return path, self.text.index("]", at) + (2 if many else 1)

    def _resolved(self, names: TomlPath) -> TomlPath:
        """The path through the last item of each array of tables it crosses."""
        path: TomlPath = ()
        for name in names:
            path = (*path, name)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path

    def _dotted(self, at: int) -> tuple[TomlPath, int]:
        names: list[str | int] = []
        while True:
            at = self._space(at)
            found = _KEY.match(self.text, at)
            if found is None:
                return tuple(names), at
            names.append(_unquoted(found[0]))
            at = self._space(found.end())
            if not self.text.startswith(".", at):
                return tuple(names), at
            at += 1

    def _pair(self, table: TomlPath, at: int) -> int:
        begin = at
        names, at = self._dotted(at)
        for depth in range(1, len(names) + 1):
            self.keys.setdefault(table + names[:depth], begin)
        return self._value(table + names, self._space(self.text.index("=", at) + 1))

    def _value(self, path: TomlPath, at: int) -> int:
        self.values[path] = at
        text = self.text
        if text[at] == "[":
            return self._array(path, at)
        if text[at] == "{":
            return self._inline(path, at)
        found = (_TEXT if text[at] in "\"'" else _SCALAR).match(text, at)
        return found.end() if found else len(text)

    def _array(self, path: TomlPath, at: int) -> int:
        at, index = self._blank(at + 1), 0
        while self.text[at] != "]":
            self.keys[(*path, index)] = at
            at = self._blank(self._value((*path, index), at))
            index += 1
            if self.text[at] == ",":
                at = self._blank(at + 1)
        return at + 1

    def _inline(self, path: TomlPath, at: int) -> int:
        at = self._blank(at + 1)
        while self.text[at] != "}":
            at = self._blank(self._pair(path, at))
            if self.text[at] == ",":
                at = self._blank(at + 1)
        return at + 1


def _unquoted(key: str) -> str:
    if key[0] == "'":
        return key[1:-1]
    if key[0] == '"':
        return str(next(iter(tomllib.loads(f"{key} = 0")))) if "\\" in key else key[1:-1]
    return key
