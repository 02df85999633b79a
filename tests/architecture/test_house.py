"""The house rules that a program can check: sizes, names, docstrings, and codes that say what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.event_types import EVENT_TYPES
from gateway.issues import ADVICE

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for name in ("gateway", "connectors") for path in (ROOT / name).rglob("*.py"))
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"}
MOST_MODULE_LINES, MOST_FUNCTION_LINES, MOST_PARAMETERS = 400, 40, 6
# Where what stands is a command line: its parameters are its options.
COMMANDS = ROOT / "gateway" / "cli"
# Steps of the schema are lists of columns, written once and never changed.
STEPS = ROOT / "gateway" / "store" / "migrations" / "versions"
# To become fewer, never more.
OWED_CODES: set[str] = set()
OWED_PARAMETERS: set[str] = set()


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 100


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_stays_small_and_says_what_it_is(path: Path) -> None:
    text = path.read_text("utf-8")
    lines = len(text.splitlines())
    assert lines < MOST_MODULE_LINES
    assert ast.get_docstring(ast.parse(text))
    assert not FORBIDDEN & set(re.split(r"[/_.]", name(path)))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_functions_stay_short_and_take_few_things(path: Path) -> None:
    too_long, too_many = [], []
    for function in functions(parsed(path)):
        lines = (function.end_lineno or 0) - function.lineno + 1
        given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        given = [each for each in given if each.arg not in ("self", "cls")]
        if lines > MOST_FUNCTION_LINES and STEPS not in path.parents:
            too_long.append(f"{name(path)}:{function.lineno} {function.name}: {lines} lines")
        if len(given) >= MOST_PARAMETERS and COMMANDS not in path.parents and "settings_cls" not in given[0].arg:
            too_many.append(f"{name(path)} {function.name}")
    assert too_long == []
    assert set(too_many) <= OWED_PARAMETERS


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_what_is_public_says_what_comes_out(path: Path) -> None:
    tree = parsed(path)
    public = [
        node
        for parent in (tree, *(node for node in tree.body if isinstance(node, ast.ClassDef)))
        for node in parent.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
        if isinstance(parent, ast.Module) or not parent.name.startswith("_")
    ]
    assert [f"{name(path)}:{node.lineno} {node.name}" for node in public if not ast.get_docstring(node)] == []


def test_every_code_an_issue_is_made_with_says_what_to_do() -> None:
    used: dict[str, str] = {}
    for path in (each for each in MODULES if not each.name.endswith("_tables.py") and STEPS not in each.parents):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                family = node.value.split(".")[0]
                if re.fullmatch(r"[a-z-]+(\.[a-z-]+)+", node.value) and f"{family}." in _FAMILIES:
                    used[node.value] = f"{name(path)}:{node.lineno}"
    unknown = {code: place for code, place in used.items() if code not in _TOLD and not _is_start(code)}
    assert unknown == {}


_TOLD = frozenset({*ADVICE, *EVENT_TYPES})
_FAMILIES = {f"{code.split('.')[0]}." for code in ADVICE}


def _is_start(code: str) -> bool:
    """Whether codes begin so: the line compares families of codes too."""
    return any(known.startswith(f"{code}.") for known in ADVICE) or code.endswith((".toml", ".py"))


def test_every_code_with_advice_is_made_somewhere() -> None:
    text = "\n".join(path.read_text("utf-8") for path in MODULES if path.name != "issues.py")
    assert {code for code in ADVICE if not _is_made(code, text)} <= OWED_CODES


def _is_made(code: str, text: str) -> bool:
    """Whether the code stands in the program, whole or put together of its family and its end."""
    family, _, end = code.rpartition(".")
    return code in text or (f"{family}." in text and re.search(rf"[\"'.]{re.escape(end)}[\"'.]", text) is not None)


def test_the_program_knows_no_reference_data_outside_the_repository() -> None:
    kept = [
        path for folder in ("gateway", "connectors", "mappings", "schedules") for path in (ROOT / folder).rglob("*")
    ]
    texts = [path for path in kept if path.suffix in (".py", ".toml")]
    outside = re.compile(r"\.\./shared|edifact-corpus|cxml-corpus|/work/")
    assert [name(path) for path in texts if outside.search(path.read_text("utf-8"))] == []


def test_only_the_edges_of_worker_and_http_catch_everything() -> None:
    edges = {
        "gateway/queue/drain.py",
        "gateway/queue/files.py",
        "gateway/queue/jobs.py",
        "gateway/pipeline/deliver.py",
        "gateway/pipeline/outlets.py",
        "gateway/serving/rounds.py",
        "gateway/alarms/telling.py",
        "gateway/http/calls.py",
        "gateway/store/shared_commits.py",
    }
    found = set()
    for path in MODULES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ExceptHandler):
                caught = node.type.id if isinstance(node.type, ast.Name) else ""
                if node.type is None or caught == "Exception":
                    found.add(name(path))
    assert found <= edges


def test_tests_mirror_the_packages() -> None:
    packages = {path.name for path in (ROOT / "gateway").iterdir() if (path / "__init__.py").exists()}
    tests = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert packages - tests <= {"testing"}  # the contract suite is tested by the connectors' tests


def test_every_module_at_the_top_is_named_where_things_are() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Where things are")[2].partition("## House")[0]
    top = {
        path.stem for path in (ROOT / "gateway").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert {name for name in top if not name.startswith("_")} - set(re.findall(r"\w+", told)) == set()


def test_every_decision_has_a_number_of_its_own_and_says_it() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [record.name[:4] for record in records]
    assert numbers == [f"{number:04}" for number in range(1, len(records) + 1)]
    assert [record.read_text().split()[1] for record in records] == numbers
