"""Code lists: mappings/codes/NAME.toml, from the codes of a message to canonical words and back.

[values]                [preferred]
"220" = "order"         "order" = "220"
"105" = "order"
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.errors import ConfigError, Problem
from gateway.toml_source import TomlSource

MAX_CODES = 20_000


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list; `reverse` gives the code to send for a word, `undecided` the words that have several."""

    name: str
    values: dict[str, str]
    reverse: dict[str, str]
    undecided: tuple[str, ...]


def code_list(name: str, source: TomlSource) -> CodeList:
    """The code list a file states. Raises ConfigError with its problems."""
    problems = [
        source.problem((key,), f"a code list has no {key!r}", "it has [values] and [preferred]")
        for key in source.data
        if key not in ("values", "preferred")
    ]
    values = _texts(source, "values", problems)
    preferred = _texts(source, "preferred", problems)
    if not values:
        problems.append(source.problem((), "this code list has no [values]"))
    if len(values) > MAX_CODES:
        problems.append(source.problem(("values",), f"this code list has more than {MAX_CODES} codes"))
    problems += [
        source.problem(("preferred", word), f"{code!r} is no code of {word!r}", "prefer one that [values] has")
        for word, code in preferred.items()
        if values.get(code) != word
    ]
    if problems:
        raise ConfigError(problems=problems)
    return _built(name, values, preferred)


def _built(name: str, values: dict[str, str], preferred: dict[str, str]) -> CodeList:
    codes: dict[str, list[str]] = {}
    for code, word in values.items():
        codes.setdefault(word, []).append(code)
    single = {word: of_word[0] for word, of_word in codes.items() if len(of_word) == 1}
    reverse = single | preferred
    return CodeList(name, values, reverse, tuple(sorted(codes.keys() - reverse.keys())))


def _texts(source: TomlSource, key: str, problems: list[Problem]) -> dict[str, str]:
    table = source.data.get(key, {})
    if not isinstance(table, dict):
        problems.append(source.problem((key,), f"[{key}] is a table of texts"))
        return {}
    for code, word in table.items():
        if not isinstance(word, str) or not word:
            problems.append(source.problem((key, code), "a text belongs here", 'write "code" = "word"'))
    return {code: word for code, word in table.items() if isinstance(word, str)}
