"""The reference pages list what the program has: no code, setting, command, key or column is missing or invented."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from pydantic.fields import FieldInfo

from gateway.cli import commands as cli
from gateway.commerce.metrics import DAYS_SINCE_ORDER, METRICS
from gateway.commerce.policy import Action, DecidePolicy
from gateway.commerce.rule_grammar import RuleError
from gateway.commerce.segment_rules import FIELDS, parse
from gateway.commerce.term_fields import FIELDS as TERMS
from gateway.edifact.control import ERROR_CODES
from gateway.fields import Field
from gateway.http.problems import PROBLEMS
from gateway.issues import ADVICE
from gateway.masterdata.kind import Kind
from gateway.masterdata.kinds import KINDS
from gateway.model.quantity import plain
from gateway.registry import connectors
from gateway.settings import (
    AlarmSettings,
    ApiSettings,
    LimitSettings,
    ReceiveSettings,
    RetentionSettings,
    Settings,
    ShopSettings,
)
from gateway.workspace import agreements, connections, decide, partners, schedules
from tests.architecture import document_pages
from tests.architecture.connector_pages import PAGES as PAGES_OF_CONNECTORS
from tests.architecture.connector_pages import keys_of, told_on

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
Rows = list[list[str]]


def _rows(text: str) -> Rows:
    """The cells of every table row that begins with a name in back quotes."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.removeprefix("|").removesuffix("|").split(" | ")] for line in lines]


def rows(page: str) -> Rows:
    """The rows of a whole reference page."""
    return _rows((REFERENCE / page).read_text("utf-8"))


def sections(page: str) -> dict[str, Rows]:
    """The rows below each heading of a reference page, by the heading without its marks."""
    parts = re.split(r"^#+ (.+)$", (REFERENCE / page).read_text("utf-8"), flags=re.MULTILINE)
    return {title.strip("` "): _rows(text) for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def names(table: Rows) -> list[str]:
    """The first word in back quotes of every row."""
    return [cells[0].strip("`").split()[0] for cells in table]


def _written(value: object) -> str:
    """A default as a page writes it, without its back quotes; "none" and the like are up to the page."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        units = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
        unit, size = next(each for each in units.items() if not seconds % each[1] and each != ("d", seconds))
        return f"{seconds // size}{unit}"
    if isinstance(value, tuple):
        return json.dumps(value)
    return plain(value) if isinstance(value, Decimal) else str(value)


# Codes and settings ---------------------------------------------------------------------------------------------------


def test_every_issue_code_is_listed_once_with_its_advice():
    listed = [(cells[0].strip("`"), cells[2]) for cells in rows("issue-codes.md") if "." in cells[0]]
    assert sorted(listed) == sorted(ADVICE.items())


@pytest.mark.parametrize("code", ERROR_CODES)
def test_the_code_that_contrl_reports_an_issue_by_is_listed(code):
    listed = next(cells[3] for cells in rows("issue-codes.md") if cells[0] == f"`{code}`")
    assert ERROR_CODES[code] in re.findall(r"[0-9]+", listed)
    table = (REFERENCE / "edifact.md").read_text("utf-8").partition("The error codes (0085)")[2].partition("\nWhat")[0]
    assert re.search(rf"^\| {ERROR_CODES[code]} \|.*`{code}`", table, re.MULTILINE)


def _settings() -> dict[str, FieldInfo]:
    tables = {
        "limits": LimitSettings,
        "api": ApiSettings,
        "receive": ReceiveSettings,
        "retention": RetentionSettings,
        "alarms": AlarmSettings,
        "shop": ShopSettings,
    }
    fields = {name: field for name, field in Settings.model_fields.items() if name not in tables}
    inner = {f"{table}.{name}": field for table, kind in tables.items() for name, field in kind.model_fields.items()}
    return fields | inner


def test_every_setting_is_listed_once_with_its_sentence():
    stated = {name: field.description for name, field in _settings().items()}
    assert sorted((cells[0].strip("`"), cells[2]) for cells in rows("settings.md")) == sorted(stated.items())


def test_every_setting_is_listed_with_its_default():
    defaults = {name: field.default for name, field in _settings().items() if name != "workspace"}
    listed = {cells[0].strip("`"): cells[1] for cells in rows("settings.md")}
    wrong = {
        name: listed[name]
        for name, default in defaults.items()
        if default not in (None, "", ()) and not listed[name].startswith(f"`{_written(default)}`")
    }
    assert wrong == {}


def test_every_problem_of_the_api_is_listed_with_its_status():
    listed = {cells[0].strip("`"): (int(cells[1]), cells[2]) for cells in sections("api.md")["Problems"]}
    assert listed == PROBLEMS


def test_every_figure_for_prometheus_is_listed():
    stated = re.findall(r'"(gateway_[a-z_]+)"', (ROOT / "gateway" / "metrics.py").read_text("utf-8"))
    listed = [cells[0].strip("`").removesuffix("_total") for cells in sections("metrics.md")["Figures"]]
    assert sorted(listed) == sorted(stated)


# Commands -------------------------------------------------------------------------------------------------------------


def _commands(command: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every command that does something, with its words."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, each in inner.items():
        yield from _commands(each, (*path, name))


COMMANDS = dict(each for name in cli.COMMANDS for each in _commands(cli.command(name), ("gateway", name)))


def _documented(path: Sequence[str]) -> tuple[str, Rows] | None:
    """The heading and the option rows of a command."""
    words = " ".join(path)
    return next(
        ((title, table) for title, table in sections("cli.md").items() if f"{title} ".startswith(f"{words} ")), None
    )


def test_every_command_is_listed_and_no_other():
    titles = [title for title in sections("cli.md") if title.startswith("gateway ")]
    unknown = [title for title in titles if not any(f"{title} ".startswith(" ".join(path) + " ") for path in COMMANDS)]
    assert [path for path in COMMANDS if _documented(path) is None] == []
    assert unknown == []


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_and_argument_of_a_command_is_listed(path):
    found = _documented(path)
    assert found is not None
    title, table = found
    params = COMMANDS[path].params
    options = [param.opts[0] for param in params if param.param_type_name == "option"]
    assert sorted(names(table)) == sorted(options)
    arguments = [param for param in params if param.param_type_name == "argument"]
    assert len(title.split()) == len(path) + len(arguments), "the heading names every argument"


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_is_listed_with_its_default(path):
    found = _documented(path)
    told = {names([cells])[0]: cells[1] for cells in (found[1] if found else [])}
    for param in COMMANDS[path].params:
        if param.param_type_name == "option" and param.default not in (None, "", False):
            default = getattr(param.default, "value", param.default)
            assert f"Default `{default}`" in told[param.opts[0]]
        if param.param_type_name == "option" and param.required:
            assert "Required." in told[param.opts[0]]


def _called(page: Path) -> Iterator[list[str]]:
    """The words of every call of the command line that a page prints, after `gateway` and its workspace."""
    parts = re.split(r"^```.*$", page.read_text("utf-8"), flags=re.MULTILINE)
    calls = re.findall(r"^(?:\$ )?(?:\.venv/bin/)?gateway (.+)$", "\n".join(parts[1::2]), re.MULTILINE)
    calls += re.findall(r"`gateway ([^`]+)`", "\n".join(parts[0::2]))
    for call in calls:
        words = re.sub(r"^--workspace \S+ ", "", call).split()
        if words[0] not in ("COMMAND", "[--workspace"):
            yield words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_a_page_prints_exists_with_its_options(page):
    for words in _called(page):
        path = next((each for each in COMMANDS if each[1:] == tuple(words[: len(each) - 1])), None)
        if path is None:
            assert words[0] in {each[1] for each in COMMANDS}, words
            assert len(words) == 1, words
            continue
        options = {param.opts[0] for param in COMMANDS[path].params}
        assert {word for word in words if word.startswith("--")} <= options, words


# Workspace ------------------------------------------------------------------------------------------------------------


def _inside(fields: Sequence[Field], name: str) -> tuple[Field, ...]:
    return next(field.fields for field in fields if field.name == name)


TABLES = {
    "Connections": connections.FIELDS,
    "Partners": partners.FIELDS,
    "Identifiers": _inside(partners.FIELDS, "identifiers"),
    "Us": _inside(partners.FIELDS, "us"),
    "Agreements": agreements.FIELDS,
    "Decide": decide.CASES,
    "Tolerance": decide.LIMITS,
    "Channels": connections.CHANNEL_FIELDS,
    "Schedules": schedules.FIELDS,
}


@pytest.mark.parametrize("title", TABLES)
def test_every_key_of_the_workspace_is_listed_with_its_default(title):
    listed = sections("workspace.md")[title]
    assert names(listed) == [field.name for field in TABLES[title]]
    for field, cells in zip(TABLES[title], listed, strict=True):
        assert (cells[1] == "required") == field.required
        if isinstance(field.default, str | timedelta):
            assert cells[1] == f"`{_written(field.default)}`"


@pytest.mark.parametrize("kind", connectors())
def test_every_connector_has_a_page_with_its_keys_as_it_declares_them(kind):
    told = (REFERENCE / "workspace.md").read_text("utf-8")
    assert f"(connectors/{kind}.md)" in told
    assert told_on(PAGES_OF_CONNECTORS / f"{kind}.md") == keys_of(kind), "python -m tests.architecture.connector_pages"


def test_the_fields_of_every_document_are_listed_as_the_model_has_them():
    assert document_pages.told() == document_pages.fields(), "python -m tests.architecture.document_pages"


def test_every_limit_of_the_tolerance_is_listed_with_its_default():
    listed = {cells[0].strip("`"): cells[1].strip("`") for cells in sections("workspace.md")["Tolerance"]}
    assert listed == {name: str(number) for name, number in decide.DEFAULT_TOLERANCE.items()}


def test_the_cases_in_which_counter_holds_are_listed():
    page = (REFERENCE / "workspace.md").read_text("utf-8")
    told = page.partition("**Where `counter` holds.**")[2].partition("There\n`counter` means")[0]
    codes = {cells[0].strip("`"): cells[3].strip("`") for cells in sections("workspace.md")["Decide"]}
    countered = DecidePolicy(**{case.name: Action.COUNTER for case in decide.CASES})
    held = {case for case, code in codes.items() if countered.action(code) is Action.HOLD}
    assert set(re.findall(r"`([a-z_]+)`", told)) == held


# Import files ---------------------------------------------------------------------------------------------------------

FURTHER = {
    "gtin:": "gtin:X",
    "unit:": "unit:X",
    "attr:": "attr:NAME",
    "name:": "name:LANG",
    "description:": "description:LANG",
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_column_of_an_import_file_is_listed_with_its_default(kind: Kind):
    listed = sections("import-files.md")[kind.name]
    assert sorted(names(listed)) == sorted([*kind.columns, *(FURTHER[name] for name in kind.patterns)])
    defaults = {field.name: field.default for field in msgspec.structs.fields(kind.value)}
    for cells in listed:
        name = cells[0].strip("`")
        assert (cells[2] == "required") == (name in kind.required()), name
        default = defaults.get(name)
        if default not in (None, "", msgspec.NODEFAULT):
            written = {True: "yes", False: "no"}[default] if isinstance(default, bool) else _written(default)
            assert cells[2] == f"`{written}`", name


def test_every_field_of_the_terms_is_listed_with_its_form_and_its_sentence():
    stated = [[f"`{name}`", field.form, field.help] for name, field in TERMS.items()]
    assert sections("import-files.md")["Fields of terms"] == stated


def test_every_refusal_of_an_import_is_listed():
    found = {
        code
        for folder in ("masterdata", "tabular")
        for file in (ROOT / "gateway" / folder).glob("*.py")
        for code in re.findall(r'"(import\.[a-z.-]+|number\.too-large)"', file.read_text("utf-8"))
    }
    assert sorted(names(sections("import-files.md")["Refusals"])) == sorted(found)


# Rules of segments ----------------------------------------------------------------------------------------------------


def test_every_metric_is_listed_with_its_type():
    listed = {cells[0].strip("`"): cells[1] for cells in sections("segment-rules.md")["Metrics"]}
    assert listed == {name: FIELDS[name].value for name in (*METRICS, DAYS_SINCE_ORDER)}


def test_what_a_refused_rule_is_told_is_what_the_page_says():
    page = (REFERENCE / "segment-rules.md").read_text("utf-8").partition("## Refusals")[2]
    told = re.findall(r"^\| (.+?) \| (column .+) \|$", page, re.MULTILINE)
    assert len(told) > 3
    for rule, text in told:
        with pytest.raises(RuleError) as refusal:
            parse(rule)
        assert str(refusal.value) == text


def test_every_test_a_page_names_is_there():
    named = {name for page in PAGES for name in re.findall(r"`(tests/[a-z_/]+\.py)`", page.read_text("utf-8"))}
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


# Pages ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_between_pages_leads_somewhere(page):
    text = page.read_text("utf-8")
    for target, part in re.findall(r"\]\(([^)#\s]*)(#[^)\s]+)?\)", text):
        if "://" in target:
            continue
        goal = page.parent / target if target else page
        assert goal.exists(), target
        if part and goal.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", goal.read_text("utf-8"), flags=re.MULTILINE)
            assert part[1:] in [re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-") for title in headings]
