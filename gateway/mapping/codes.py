"""Code lists: mappings/codes/NAME.toml, from the codes of a message to canonical words and back.

[values]                [preferred]
"220" = "order"         "order" = "220"
"105" = "order"

A list that `extends` another has the codes of that one too; what it says of a code or a word itself counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.errors import ConfigError, Problem
from gateway.toml_source import TomlSource

MAX_CODES = 20_000


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list; `reverse` gives the code to send for a word, `undecided` the words that have several.

    `extends` is the name of the list whose codes it has too, "" where there is none.
    """

    name: str
    values: dict[str, str]
    reverse: dict[str, str]
    undecided: tuple[str, ...]
    extends: str = ""


def code_list(name: str, source: TomlSource, find: Callable[[str], CodeList | None] = lambda _: None) -> CodeList:
    """The code list a file states; `find` gives the one it extends. Raises ConfigError with its problems."""
    problems = [
        source.problem((key,), f"a code list has no {key!r}", "it has extends, [values] and [preferred]")
        for key in source.data
        if key not in ("extends", "values", "preferred")
    ]
    base = _extended(name, source, find, problems) if "extends" in source.data else None
    values = _texts(source, "values", problems)
    preferred = _texts(source, "preferred", problems)
    if not values:
        problems.append(source.problem((), "this code list has no [values]"))
    if len(values) > MAX_CODES:
        problems.append(source.problem(("values",), f"this code list has more than {MAX_CODES} codes"))
    known = base.values | values if base else values
    problems += [
        source.problem(("preferred", word), f"{code!r} is no code of {word!r}", "prefer one that [values] has")
        for word, code in preferred.items()
        if known.get(code) != word
    ]
    if problems:
        raise ConfigError(problems=problems)
    own = _built(name, values, preferred)
    return _laid_over(base, own) if base else own


def _extended(
    name: str, source: TomlSource, find: Callable[[str], CodeList | None], problems: list[Problem]
) -> CodeList | None:
    """The list that this one extends; None with a problem where there is none that can be extended."""
    stated = str(source.data["extends"])
    base = find(stated) if stated != name else None
    if base is None:
        fault = f"there is no code list {stated!r} to extend"
        problems.append(source.problem(("extends",), fault, f"make mappings/codes/{stated}.toml, or name another"))
    elif base.extends:
        fault = f"{stated} extends {base.extends} itself"
        problems.append(source.problem(("extends",), fault, f"extend {base.extends}"))
    return base


def _built(name: str, values: dict[str, str], preferred: dict[str, str]) -> CodeList:
    codes: dict[str, list[str]] = {}
    for code, word in values.items():
        codes.setdefault(word, []).append(code)
    single = {word: of_word[0] for word, of_word in codes.items() if len(of_word) == 1}
    reverse = single | preferred
    return CodeList(name, values, reverse, tuple(sorted(codes.keys() - reverse.keys())))


def _laid_over(base: CodeList, own: CodeList) -> CodeList:
    """Both lists as one: a word that the own list has codes for is written by one of them."""
    values = base.values | own.values
    kept = {word: code for word, code in base.reverse.items() if values[code] == word and word not in own.undecided}
    reverse = kept | own.reverse
    return CodeList(own.name, values, reverse, tuple(sorted(set(values.values()) - reverse.keys())), base.name)


def _texts(source: TomlSource, key: str, problems: list[Problem]) -> dict[str, str]:
    table = source.data.get(key, {})
    if not isinstance(table, dict):
        problems.append(source.problem((key,), f"[{key}] is a table of texts"))
        return {}
    for code, word in table.items():
        if not isinstance(word, str) or not word:
            problems.append(source.problem((key, code), "a text belongs here", 'write "code" = "word"'))
    return {code: word for code, word in table.items() if isinstance(word, str)}
