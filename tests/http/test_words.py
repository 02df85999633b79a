"""What a caller of the API reads names nothing of the command line, which he has not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import gateway.http

ROOT = Path(gateway.http.__file__).parents[2]
TOLD = frozenset({"UsageError", "ConflictError", "RefusedError", "Fault"})
"""What ends in a problem document with its words."""
OF_THE_COMMAND_LINE = re.compile(r"--[a-z]|\bgateway [a-z]")
SERVING = ROOT / "gateway/http/serving.py"
"""It listens, and answers the person who started it."""


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def behind_the_api() -> set[Path]:
    """The modules of the API, and those that they name and that raise what it tells."""
    own = sorted((ROOT / "gateway/http").glob("*.py"))
    named = {
        name
        for file in own
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.ImportFrom) and node.module and re.match(r"gateway\.(pipeline|commerce)\b", node.module)
        for name in (node.module, *(f"{node.module}.{each.name}" for each in node.names))
    }
    files = {file for name in named if (file := ROOT / f"{name.replace('.', '/')}.py").exists()}
    return {*own, *files, ROOT / "gateway/commerce/quotes.py", ROOT / "gateway/store/usage.py"} - {SERVING}


def words(file: Path) -> Iterator[str]:
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) in TOLD:
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def test_no_problem_names_an_option_or_a_command() -> None:
    found = {file.name: [each for each in words(file) if OF_THE_COMMAND_LINE.search(each)] for file in behind_the_api()}
    assert {name: told for name, told in found.items() if told} == {}
    assert {"quoting.py", "price.py", "price_routes.py"} <= found.keys()
