"""The reference page of the language: its examples run, its tables are complete."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import msgspec
import pytest

from gateway.edifact.message import Message
from gateway.mapping.inbound_compiler import compile_inbound
from gateway.mapping.layouts import Layout
from gateway.mapping.library import Library
from gateway.mapping.splicing import PlainEnvelope
from gateway.mapping.steps import STEPS, Kind
from gateway.mapping.trial import Trial, try_document, try_file, try_message
from gateway.mapping.verdicts import check_verdicts
from tests.mapping.orders import BUNDLE, texts_of

_TABLE_KEYS = ("each", "when", "drop`, `after")
PAGE = (Path(__file__).parents[2] / "docs/reference/mapping-language.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text below a heading, to the next heading of its rank."""
    mark, _, _ = title.partition(" ")
    rest = PAGE.partition(f"\n{title}\n")[2]
    assert rest, title
    return re.split(rf"\n#{{2,{len(mark)}}} ", rest)[0]


def blocks(title: str, language: str = "") -> list[str]:
    """The fenced blocks of a section, in order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", section(title), re.DOTALL | re.MULTILINE)
    return [text for named, text in found if named == language]


def rows(title: str) -> list[list[str]]:
    """The cells of a section's table, without head and backticks."""
    found = [line.strip("|") for line in section(title).splitlines() if line.startswith("| `")]
    return [[cell.replace("\\|", "|").strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)] for line in found]


def test_the_mapping_that_reads_makes_the_document_shown() -> None:
    (mapping,) = blocks("## Reading: tables and rules", "toml")[:1]
    (segments,) = blocks("## Reading: tables and rules", "edifact")
    (document,) = blocks("## Reading: tables and rules", "json")
    unread = blocks("## Reading: tables and rules")[0].split()
    library = Library({**BUNDLE, "page/orders/mapping.toml": mapping.encode()})
    raw = segments.replace("\n", "").encode()
    trial = try_message(library.inbound("page/orders"), Message(raw, PlainEnvelope()))
    assert msgspec.to_builtins(trial.document) == json.loads(document)
    assert [one.path for one in trial.unread] == unread
    assert [issue.code for issue in trial.issues if issue.code != "mapping.unread"] == []


def read_files(title: str, mapping: str, content: bytes) -> list[Trial]:
    """What the first mapping of a section that stands there makes of a file."""
    library = Library({**BUNDLE, "page/read/mapping.toml": mapping.encode()})
    assert library.problems("page/read") == [], title
    found = try_file(library.inbound("page/read"), content)
    assert not found.issues
    return found.trials


def test_the_mapping_that_reads_xml_makes_the_document_shown() -> None:
    title = "## Reading: XML and JSON"
    (mapping,), (file,), (document,) = (blocks(title, language) for language in ("toml", "xml", "json"))
    library = Library({**BUNDLE, "page/read/mapping.toml": mapping.encode()})
    found = try_file(library.inbound("page/read"), file.encode())
    (trial,) = found.trials
    assert msgspec.to_builtins(trial.document) == json.loads(document)
    assert [one.path for one in trial.unread] == blocks(title)[0].split()
    assert not [issue for issue in [*found.issues, *trial.issues] if issue.code != "mapping.unread"]


def test_the_mapping_that_reads_cxml_makes_the_setup_shown() -> None:
    title = "## Reading: cXML and forms"
    (file,), (document,) = blocks(title, "xml"), blocks(title, "json")
    (trial,) = read_files(title, blocks(title, "toml")[0], file.encode())
    assert msgspec.to_builtins(trial.document) == json.loads(document)


def test_a_partner_reads_a_field_of_his_own_of_a_call() -> None:
    partner = blocks("## Reading: cXML and forms", "toml")[1]
    library = Library({**BUNDLE, "partners/acme/call/mapping.toml": partner.encode()})
    (trial,) = try_file(library.inbound("acme/call"), b"hook_url=https%3A%2F%2Fsrm.example&kostl=4711").trials
    assert msgspec.to_builtins(trial.document)["extras"] == {"cost_centre": "4711"}


def test_the_mapping_that_writes_a_form_makes_the_fields_shown() -> None:
    title = "## Writing: cXML and forms"
    (mapping,), (document,), (fields_,) = (blocks(title, language) for language in ("toml", "json", "text"))
    library = Library({**BUNDLE, "page/form/mapping.toml": mapping.encode()})
    writing = try_document(library.outbound("page/form"), document.encode())
    assert (writing.lines, writing.issues) == (fields_.splitlines(), [])


def test_the_mapping_that_reads_a_table_makes_the_orders_shown() -> None:
    title = "## Reading: CSV and fixed columns"
    (table,), (document,) = blocks(title, "csv"), blocks(title, "json")
    first, second = read_files(title, blocks(title, "toml")[0], table.encode("windows-1252"))
    assert (msgspec.to_builtins(first.document), first.issues) == (json.loads(document), [])
    assert [(one.path, one.holds) for one in second.unread] == [("Colour", True)]


def test_the_mapping_that_reads_types_of_record_makes_the_order_told() -> None:
    title = "## Reading: CSV and fixed columns"
    (trial,) = read_files(title, blocks(title, "toml")[1], blocks(title, "text")[0].encode())
    assert not trial.issues
    assert [line.get("schedule") for line in msgspec.to_builtins(trial.document)["lines"]] == [
        [{"quantity": "3.0"}, {"quantity": "2.0"}],
        None,
    ]


def test_the_mapping_that_reads_trade_data_compiles() -> None:
    (mapping,) = blocks("## Reading: trade data", "toml")
    assert Library({"page/read/mapping.toml": mapping.encode()}).problems("page/read") == []


@pytest.mark.parametrize(("rule", "segments", "value"), rows("### Paths"))
def test_a_path_gives_what_its_row_says(rule: str, segments: str, value: str) -> None:
    assert texts_of(rule, segments) == (value or None)


def test_every_step_is_listed_with_what_it_takes_and_gives() -> None:
    table = {row[0]: (row[1], row[2]) for row in rows("### Steps")}
    assert list(table) == list(STEPS)
    for name, (takes, gives) in table.items():
        kinds = STEPS[name].kinds
        if takes == "anything":
            assert set(kinds) == set(Kind)
            continue
        assert {kind.value for kind in kinds} == set(takes.split(", ")), name
        given = dict.fromkeys(kind.value for kind in kinds.values())
        assert gives == "the same" or set(gives.split(", ")) == set(given), name


def test_every_line_of_ignore_is_taken() -> None:
    (mapping,) = blocks("## Reading: tables and rules", "toml")[:1]
    lines = "".join(f'{row[0]} = "not read"\n' for row in rows("### What is left unread"))
    library = Library({**BUNDLE, "page/orders/mapping.toml": (mapping + lines).encode()})
    assert library.inbound("page/orders").ignored


def test_the_mapping_that_writes_makes_the_message_shown() -> None:
    (mapping,) = blocks("## Writing: segment templates", "toml")
    (document,) = blocks("## Writing: segment templates", "json")
    (segments,) = blocks("## Writing: segment templates", "edifact")
    library = Library({**BUNDLE, "page/ordrsp/mapping.toml": mapping.encode()})
    writing = try_document(library.outbound("page/ordrsp"), document.encode())
    assert writing.lines == segments.split("\n")[:-1]
    assert writing.issues == []


def written(identity: str, files: dict[str, str]) -> list[str]:
    """The lines a mapping of the page writes of the order of the page; nothing is found on the way."""
    (document,) = blocks("## Writing: CSV and fixed columns", "json")
    library = Library({**BUNDLE, **{f"{identity}/{name}": text.encode() for name, text in files.items()}})
    writing = try_document(library.outbound(identity), document.encode())
    assert writing.issues == []
    return writing.lines


def test_the_mapping_that_writes_csv_makes_the_rows_shown() -> None:
    (mapping,) = blocks("## Writing: CSV and fixed columns", "toml")
    (shown,) = blocks("## Writing: CSV and fixed columns", "csv")
    assert written("page/csv", {"mapping.toml": mapping}) == shown.splitlines()


def test_every_key_of_a_layout_is_listed_with_its_default() -> None:
    listed = {row[0]: row[1] for row in rows("## Writing: CSV and fixed columns") if row[0] not in _TABLE_KEYS}
    layout = {each.name: each.default for each in fields(Layout) if each.name != "fixed"}
    assert {name: json.loads(value) for name, value in listed.items() if value} == layout
    assert listed.keys() - layout.keys() == {"fixed"}


def test_the_mapping_that_writes_json_makes_the_object_shown() -> None:
    (mapping,) = blocks("## Writing: JSON", "toml")
    (shown,) = blocks("## Writing: JSON", "json")
    assert written("page/json", {"mapping.toml": mapping}) == shown.splitlines()


def test_the_template_makes_the_document_shown() -> None:
    template, shown = blocks("## Writing: XML", "xml")
    mapping = 'reads = "sales_order"\nmakes = "xml ORDER"\n'
    assert written("page/xml", {"mapping.toml": mapping, "template.xml": template}) == shown.splitlines()


@pytest.mark.parametrize(("block", "folder"), [(0, "orders"), (1, "ordrsp"), (2, "csv"), (3, "idoc")])
def test_the_partners_mappings_compile(block: int, folder: str) -> None:
    text = blocks("## Changing what is extended", "toml")[block]
    library = Library({**BUNDLE, f"partners/acme/{folder}/mapping.toml": text.encode()})
    assert library.problems(f"acme/{folder}") == []
    library.mapping(f"acme/{folder}")


def test_the_checks_shown_are_green() -> None:
    checks = blocks("### `gateway mapping check [ID] [--accept]`", "toml")[0]
    files = {**BUNDLE, "edifact/orders_d96a/checks.toml": checks.encode()}
    found = list(check_verdicts(Library(files), "edifact/orders_d96a"))
    assert [verdict.faults for verdict in found] == [(), ()]


def test_the_code_list_shown_is_one() -> None:
    (codes,) = blocks("### Code lists", "toml")
    found = Library({"codes/page.toml": codes.encode()}).find_codes("page")
    assert found is not None
    assert found.reverse == {"gln": "9", "theirs": "92", "ours": "91"}


def test_the_rule_shown_by_try_stands_where_it_says() -> None:
    library = Library(BUNDLE)
    compiled = compile_inbound(library.effective("edifact/orders_d96a"), library.find_codes)
    (origin,) = [str(rule.stated.key) for rule in compiled.rules if rule.field.template == "lines[{}].quantity"]
    assert origin in section("### `gateway mapping try ID FILE`")
