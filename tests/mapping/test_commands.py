"""`gateway mapping`: shown, tried, checked and measured, with a workspace and without one."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.bundle import bundled
from gateway.cli.app import main
from gateway.workbench import open_workbench

ORDER = bundled("sample_messages") / "edifact/orders_d96a/smallest.edi"
ANSWER = bundled("sample_messages") / "edifact/ordrsp_d96a/changed.json"
BASE = 'extends = "edifact/orders_d96a"\npartner = "acme"\n'
CHECKS = """[[check]]
says   = "the cost centre is no contract"
given  = "RFF+CT:4711'"
absent = ["contract"]
unread = []
"""
BROKEN = (
    ORDER.read_bytes()
    .replace(b"QTY+21:5:PCE", b"QTY+21:two:PCE")
    .replace(b"LIN+1++X1:VP'", b"LIN+1++X1:VP'PIA+1+R1:RC'")
)


class Ended(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `gateway --workspace <an empty one> mapping …`."""

    def run_(*words: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["gateway", "--workspace", str(tmp_path), "mapping", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return Ended(int(end.value.code or 0), out, err)

    return run_


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """A workspace with a mapping of a partner, a check and a sample without an expectation."""
    folder = tmp_path / "mappings/partners/acme/orders"
    folder.mkdir(parents=True)
    (folder / "mapping.toml").write_text(
        BASE + '[order]\ndrop = ["contract"]\n[ignore]\n"RFF[CT]" = "cost centre (page 11)"\n'
    )
    (folder / "checks.toml").write_text(CHECKS)
    samples = tmp_path / "sample_messages/acme/orders"
    samples.mkdir(parents=True)
    (samples / "order.edi").write_bytes(ORDER.read_bytes())
    return folder


def test_list_shows_what_is_shipped_without_a_workspace(run: Run) -> None:
    rows = {row["mapping"]: row for row in run("list", "--json").objects}
    assert rows.keys() == set(open_workbench(None).ids())
    assert rows["eancom/orders_97"]["extends"] == "edifact/orders_d96a"
    assert {row["from"] for row in rows.values()} == {"shipped"}


def test_list_shows_the_workspaces_own_beside_them(run: Run, acme: Path) -> None:
    (row,) = [row for row in run("list", "--json").objects if row["from"] == "workspace"]
    assert (row["mapping"], row["partner"], row["makes"]) == ("acme/orders", "acme", "order")


def test_list_shows_the_others_where_one_cannot_be_read(run: Run, acme: Path, tmp_path: Path) -> None:
    (acme / "mapping.toml").write_text("reads = \n")
    ended = run("list", "--json")
    assert ended.status == 1
    assert "edifact/orders_d96a" in {row["mapping"] for row in ended.objects}
    assert ended.err.startswith("mappings/partners/acme/orders/mapping.toml:1:")


def test_no_store_is_made_by_looking_at_mappings(run: Run, acme: Path, tmp_path: Path) -> None:
    run("list")
    run("check", "acme/orders")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mappings", "sample_messages"]


def test_show_prints_each_rule_with_its_file_and_line(run: Run, acme: Path) -> None:
    shown = run("show", "acme/orders")
    assert shown.status == 0
    lines = shown.out.splitlines()
    assert any(line.startswith("number ") and line.endswith("# edifact/orders_d96a/mapping.toml:9") for line in lines)
    assert any(
        line.startswith('"RFF[CT]"') and line.endswith("# partners/acme/orders/mapping.toml:6") for line in lines
    )
    assert "# extends edifact/orders_d96a" in lines
    assert not any(line.startswith("contract  ") and "RFF[CT]/1154" in line for line in lines[:20])


def test_show_prints_templates_with_their_file_and_line(run: Run) -> None:
    shown = run("show", "eancom/ordrsp_97", "--json").objects
    (lin,) = [entry for entry in shown if str(entry["text"]).startswith("LIN+")]
    assert (lin["table"], lin["origin"]) == ("lines", "eancom/ordrsp_97/mapping.toml:10")


def test_try_prints_document_issues_and_unread_of_each_message(run: Run) -> None:
    ended = run("try", "edifact/orders_d96a", ORDER, "--json")
    (shown,) = ended.objects
    assert ended.status == 0
    assert list(shown) == ["document", "issues", "unread"]
    assert shown["document"]["number"] == "O-1"  # type: ignore[index]
    assert shown["issues"] == shown["unread"] == []


def test_try_shows_an_issue_with_its_segment_and_its_rule(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.edi").write_bytes(BROKEN)
    ended = run("try", "edifact/orders_d96a", tmp_path / "broken.edi")
    assert ended.status == 1
    lines = ended.out.splitlines()
    at = lines.index("order.line.quantity.not-a-number   lines[0].quantity   'two'")
    assert lines[at + 1].split() == [
        "message",
        "segment",
        "6,",
        "QTY/6060,",
        "offset",
        str(BROKEN.index(b"QTY")),
        "QTY+21:two:PCE'",
    ]
    rule = lines[at + 2].split(maxsplit=2)
    assert rule[0] == "rule"
    assert rule[1].startswith("edifact/orders_d96a/mapping.toml:")
    assert rule[2] == 'quantity = "QTY[21]/6060 | decimal | required"'
    assert any(line.split()[:4] == ["unread", "segment", "5,", "PIA[1]/7140,"] for line in lines)


def test_try_json_has_issues_as_ingest_has_them(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.edi").write_bytes(BROKEN)
    (shown,) = run("try", "edifact/orders_d96a", tmp_path / "broken.edi", "--json").objects
    issues = {issue["code"]: issue for issue in shown["issues"]}  # type: ignore[attr-defined]
    quantity = issues["order.line.quantity.not-a-number"]
    assert (quantity["field"], quantity["element_position"], quantity["component_position"]) == (
        "lines[0].quantity",
        1,
        2,
    )
    assert quantity["advice"]
    assert shown["unread"][0] == {  # type: ignore[index]
        "segment": 5, "path": "PIA[1]/7140", "value": "R1", "offset": BROKEN.index(b"PIA"), "holds": True,
    }  # fmt: skip


def test_try_reads_every_message_of_a_file(run: Run, tmp_path: Path) -> None:
    head, _, rest = ORDER.read_text().partition("UNH+1+")
    message, _, _ = f"UNH+1+{rest}".partition("UNZ")
    second = message.replace("UNH+1+", "UNH+2+").replace("+O-1+", "+O-2+").replace("UNT+7+1", "UNT+7+2")
    (tmp_path / "two.edi").write_text(f"{head}{message}{second}UNZ+2+1'\n")
    shown = run("try", "edifact/orders_d96a", tmp_path / "two.edi", "--json").objects
    assert [one["document"]["number"] for one in shown] == ["O-1", "O-2"]  # type: ignore[index]


def test_try_writes_the_message_a_document_becomes(run: Run) -> None:
    ended = run("try", "eancom/ordrsp_97", ANSWER)
    assert ended.status == 0
    assert ended.out.splitlines()[0] == "BGM+231+OR00000007+4+AC'"


def test_try_of_a_document_that_lacks_something_names_field_and_rule(run: Run, tmp_path: Path) -> None:
    document = json.loads(ANSWER.read_text())
    del document["buyer"]["id"]
    (tmp_path / "answer.json").write_text(json.dumps(document))
    ended = run("try", "edifact/ordrsp_d96a", tmp_path / "answer.json")
    assert ended.status == 1
    assert "mapping.value.missing   buyer.id   buyer.id is empty" in ended.out
    assert '"NAD+BY+{buyer.id!}::{buyer.id_scheme | code(party_scheme, reverse)}"' in ended.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show", "acme/nothing"), "There is no mapping 'acme/nothing'. `gateway mapping list` shows those there are."),
        (("coverage", "edifact/order_d96a"), "no mapping 'edifact/order_d96a'. Did you mean edifact/orders_d96a?"),
        (("coverage", "nothing"), "There is no mapping 'nothing'."),
        (("check", "nothing"), "There is no mapping 'nothing'."),
        (("try", "nothing", ORDER), "There is no mapping 'nothing'."),
        (("try", "edifact/orders_d01b", ORDER), "edifact/orders_d01b reads edifact ORDERS D.01B, and"),
        (("try", "edifact/orders_d96a", ANSWER), "holds no message at all"),
        (("try", "edifact/ordrsp_d96a", ORDER), "This is no canonical OrderResponse in JSON"),
        (("try", "edifact/orders_d96a", "nowhere.edi"), "nowhere.edi"),
    ],
)
def test_wrong_use_ends_in_a_sentence_and_two(run: Run, words: tuple[str | Path, ...], sentence: str) -> None:
    ended = run(*words)
    assert ended.status == 2
    assert sentence in " ".join(ended.err.split())
    assert "Traceback" not in ended.err


def test_a_mapping_that_cannot_be_used_names_file_line_and_column(run: Run, acme: Path) -> None:
    (acme / "mapping.toml").write_text(BASE + '[order]\nnote = "BGM/9999"\n')
    ended = run("check", "acme/orders")
    assert ended.status == 2
    assert "partners/acme/orders/mapping.toml:4:13: BGM has no such element 9999" in " ".join(ended.err.split())


@pytest.mark.parametrize(
    "words", [("try", "acme/orders", ORDER), ("check", "acme/orders"), ("coverage", "acme/orders")]
)
def test_each_problem_of_a_mapping_is_told_once_with_its_file_in_the_workspace(
    run: Run, acme: Path, words: tuple[str | Path, ...]
) -> None:
    (acme / "mapping.toml").write_text(BASE + '[order]\nnote = "BGM/9999"\n')
    first, *told = run(*words).err.splitlines()
    assert first == "The mapping acme/orders cannot be used."
    [problem] = told
    assert problem.startswith("mappings/partners/acme/orders/mapping.toml:4:13: BGM has no such element 9999")


def test_a_mapping_that_does_not_say_what_it_makes_is_told_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mappings/own/orders").mkdir(parents=True)
    (tmp_path / "mappings/own/orders/mapping.toml").write_text('reads = "csv orders"\n')
    assert "mappings/own/orders/mapping.toml:1:1: makes is missing" in run("try", "own/orders", ORDER).err


def test_check_reports_a_sample_without_an_expectation(run: Run, acme: Path) -> None:
    ended = run("check", "acme/orders")
    assert ended.status == 1
    assert "there is no expect/order.json" in ended.out
    assert ended.out.splitlines()[-1] == "acme/orders: 2 checked, 1 differs"


def test_accept_prints_the_difference_and_writes_it_to_the_workspace(run: Run, acme: Path) -> None:
    ended = run("check", "acme/orders", "--accept")
    assert ended.status == 0
    assert '    +    "number": "O-1",' in ended.out.splitlines()
    stated = json.loads((acme / "expect/order.json").read_text())
    assert list(stated) == ["document", "issues", "unread"]
    assert run("check", "acme/orders").status == 0


def test_check_shows_what_differs_from_an_expectation(run: Run, acme: Path) -> None:
    run("check", "acme/orders", "--accept")
    file = acme / "expect/order.json"
    file.write_text(file.read_text().replace('"O-1"', '"O-9"'))
    ended = run("check", "acme/orders")
    assert ended.status == 1
    assert '    -    "number": "O-9",' in ended.out.splitlines()
    assert '    +    "number": "O-1",' in ended.out.splitlines()


def test_a_line_added_to_a_mapping_makes_no_expectation_wrong(run: Run, acme: Path) -> None:
    sample = acme.parents[3] / "sample_messages/acme/orders/order.edi"
    sample.write_bytes(BROKEN)
    mapping = acme / "mapping.toml"
    mapping.write_text(mapping.read_text() + '[order.lines]\nquantity = "QTY[21]/6060 | decimal | required"\n')
    run("check", "acme/orders", "--accept")
    assert "quantity.not-a-number" in (acme / "expect/order.json").read_text()
    mapping.write_text("# a comment\n" + mapping.read_text())
    assert run("check", "acme/orders").status == 0


def test_the_expectation_of_a_sample_with_several_messages_is_a_list(run: Run, acme: Path) -> None:
    sample = acme.parents[3] / "sample_messages/acme/orders/order.edi"
    sample.write_bytes(ORDER.read_bytes() * 2)
    run("check", "acme/orders", "--accept")
    assert [one["document"]["number"] for one in json.loads((acme / "expect/order.json").read_text())] == ["O-1", "O-1"]


def test_an_expectation_without_a_sample_is_reported(run: Run, acme: Path) -> None:
    run("check", "acme/orders", "--accept")
    (acme / "expect/old.json").write_text("{}")
    ended = run("check", "acme/orders")
    assert ended.status == 1
    assert "there is no sample for this expectation" in ended.out


def test_a_red_check_says_what_it_says_and_where_and_is_not_accepted(run: Run, acme: Path) -> None:
    (acme / "checks.toml").write_text(
        CHECKS + '[[check]]\nsays = "another number"\ngiven = ""\nexpect = { number = "O-7" }\n'
    )
    ended = run("check", "acme/orders", "--accept")
    assert ended.status == 1
    assert "partners/acme/orders/checks.toml:6: another number" in ended.out
    assert "number is 'O-1', not 'O-7'" in ended.out


def test_check_of_everything_checks_shipped_and_own(run: Run, acme: Path) -> None:
    found = run("check", "--json").objects
    red = [one["mapping"] for one in found if not one["green"]]
    assert red == ["acme/orders"]
    assert {str(one["mapping"]) for one in found} == {*open_workbench(None).ids(), "acme/orders"}


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ('given = "LIN+1\'QTY+21:1\'"\n', "a check says in a sentence what it checks"),
        ('says = "x"\nexpect = { number = "1" }\n', "this check has no given"),
        ('says = "x"\ngiven = ""\n', "this check expects nothing (add one of expect, absent, issue, unread)"),
        ('says = "x"\ngiven = { number = "1" }\nunread = []\n', "given is a text"),
        ('says = "x"\ngiven = ""\nexpect = "BGM"\n', "expect is a table of fields"),
        ('says = "x"\ngiven = ""\nissue = { at = "BGM" }\n', "an issue has code and, where wanted, at"),
        ('says = "x"\ngiven = ""\nunread = []\nwhy = "y"\n', "a check has no 'why'"),
    ],
)  # fmt: skip
def test_a_check_that_states_nothing_clear_is_refused(run: Run, acme: Path, check: str, fault: str) -> None:
    (acme / "checks.toml").write_text(f"[[check]]\n{check}")
    ended = run("check", "acme/orders")
    assert ended.status == 2
    assert "partners/acme/orders/checks.toml:" in ended.err
    assert fault in " ".join(ended.err.split())


@pytest.mark.parametrize(
    ("given", "keys", "fault"),
    [
        ("LIN+1'QTY+21:1'", 'expect = { "lines[0].quantity" = "2" }', "lines[0].quantity is '1', not '2'"),
        ("LIN+1'QTY+21:1'", 'expect = { "lines[1].quantity" = "2" }', "lines[1].quantity is absent, not '2'"),
        ("LIN+1'QTY+21:1'", 'absent = ["lines[0].quantity"]', "lines[0].quantity is '1', it should be absent"),
        (
            "LIN+1'QTY+21:1'",
            'issue = { code = "mapping.value.missing" }',
            "there is no issue code mapping.value.missing",
        ),
        ("LIN+1'", "absent = []", "not expected: order.line.quantity.missing at LIN lines[0].quantity"),
        ("LIN+1'QTY+21:1'DOC+105'", "absent = []", "not expected: mapping.unread at DOC/1001"),
        ("LIN+1'QTY+21:1'DOC+105'", "unread = []", "unread is ['DOC/1001'], not []"),
        ("XYZ+1'", "unread = []", "XYZ has no place in ORDERS"),
    ],
)
def test_a_check_is_red_for_everything_it_does_not_state(
    run: Run, acme: Path, given: str, keys: str, fault: str
) -> None:
    (acme / "checks.toml").write_text(f'[[check]]\nsays = "x"\ngiven = "{given}"\n{keys}\n')
    ended = run("check", "acme/orders")
    assert ended.status == 1
    assert fault in ended.out


def test_coverage_names_rules_never_hit_and_elements_out_of_reach(run: Run, acme: Path) -> None:
    (measured,) = run("coverage", "acme/orders", "--json").objects
    rules = {rule["field"]: rule for rule in measured["rules"]}  # type: ignore[attr-defined]
    assert rules["number"]["hit"] == ["BGM/1004"]
    assert rules["ordered_on"]["missed"] == ["DTM[4]"]
    assert rules["lines[*].charges[*].kind"]["hit"] == []
    assert "contract" not in rules
    reach = {one["segment"]: one for one in measured["out_of_reach"]}  # type: ignore[attr-defined]
    assert reach["LIN>GIN"]["whole"]
    assert "9213" in reach["LIN>ALI"]["elements"]
    assert "BGM" not in reach


def test_an_element_read_from_inside_a_group_is_not_out_of_reach(run: Run, acme: Path) -> None:
    mapping = acme / "mapping.toml"
    without = BASE + '[order.lines]\ndrop = ["configuration"]\n'
    mapping.write_text(without)
    (before,) = run("coverage", "acme/orders", "--json").objects
    mapping.write_text(without + '[order.lines.schedule]\nrequirement = "LIN/7083"\n')
    (after,) = run("coverage", "acme/orders", "--json").objects
    assert {"segment": "LIN", "elements": ["7083"], "whole": False} in before["out_of_reach"]  # type: ignore[operator]
    assert "LIN" not in [one["segment"] for one in after["out_of_reach"]]  # type: ignore[attr-defined]


def test_coverage_of_what_is_written_names_values_never_filled(run: Run) -> None:
    (measured,) = run("coverage", "edifact/ordrsp_d96a", "--json").objects
    assert [rule["field"] for rule in measured["rules"] if not rule["hit"]] == []  # type: ignore[attr-defined]


def test_coverage_for_people_counts_the_rules(run: Run) -> None:
    ended = run("coverage", "edifact/orders_d96a")
    assert ended.status == 0
    first = ended.out.splitlines()[0].split()
    assert (first[0], first[2], first[4:]) == ("edifact/orders_d96a:", "of", ["rules", "hit"])
    assert "elements neither read nor ignored:" in ended.out


@pytest.mark.parametrize("command", ["list", "show", "try", "check", "coverage"])
def test_every_command_has_help_with_an_example(run: Run, command: str) -> None:
    ended = run(command, "--help")
    assert ended.status == 0
    assert f"Example: gateway mapping {command}" in ended.out


TABLE = """reads = "csv orders"
makes = "order"
split = "no"

[layout]
delimiter = ";"

[order]
number     = "no | required"
ordered_on = "day | date('%d.%m.%Y') | required"

[order.lines]
each     = "rows"
quantity = "qty | decimal | required"
text     = "text"
"""
TABLE_CHECKS = """smallest = '''
no;day;qty
1;05.02.2024;5
'''
[[check]]
says   = "a quantity is a number"
given  = { qty = "two" }
issue  = { code = "order.line.quantity.not-a-number", at = "qty" }
[[check]]
says   = "a column that is not there cannot be laid over"
given  = { colour = "red" }
expect = { number = "1" }
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A workspace with a mapping of tables of its own, its checks, a file to try."""
    folder = tmp_path / "mappings/shop/orders"
    folder.mkdir(parents=True)
    (folder / "mapping.toml").write_text(TABLE, encoding="utf-8")
    (folder / "checks.toml").write_text(TABLE_CHECKS, encoding="utf-8")
    (tmp_path / "orders.csv").write_text("no;day;qty;colour\n1;05.02.2024;5;\n2;05.02.2024;two;red\n", encoding="utf-8")
    return tmp_path


def test_try_shows_each_order_of_a_table_with_the_line_of_what_is_wrong(run: Run, table: Path) -> None:
    ended = run("try", "shop/orders", str(table / "orders.csv"))
    assert ended.status == 1
    assert "document 1, line 2: csv orders" in ended.out
    assert "order.line.quantity.not-a-number" in ended.out
    assert "line 3, qty" in ended.out
    assert "shop/orders/mapping.toml:14" in ended.out
    assert "unread     line 3, colour" in ended.out
    found = run("try", "shop/orders", str(table / "orders.csv"), "--json").objects
    assert [one["document"]["number"] for one in found if isinstance(one["document"], dict)] == ["1", "2"]


def test_try_tells_what_is_wrong_with_the_whole_file(run: Run, table: Path) -> None:
    (table / "orders.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    ended = run("try", "shop/orders", str(table / "orders.csv"))
    assert (ended.status, ended.out) == (1, "")
    assert "error: table.header at line 1" in ended.err


def test_check_and_coverage_work_on_tables(run: Run, table: Path) -> None:
    green, red = run("check", "shop/orders", "--json").objects
    assert green["green"]
    assert red["faults"] == ["There is no row with a column 'colour' to lay a value over."]
    (covered,) = run("coverage", "shop/orders", "--json").objects
    rules = covered["rules"]
    assert isinstance(rules, list)
    assert [rule["field"] for rule in rules if not rule["hit"]] == ["lines[*].text"]


LATIN = """reads = "csv orders"
makes = "order"
[layout]
encoding = "iso-8859-1"
[order]
number = "no | required"
ordered_on = "day | date | required"
[order.lines]
each = "rows"
text = "text"
[order.lines.extras]
"Cost Center" = "cc"
"""
LATIN_CHECKS = """smallest = "no,day,text,cc\\n1,2024-02-05,Größe,4"
[[check]]
says   = "of the smallest"
given  = { no = "2" }
expect = { "lines[0].text" = "Größe", 'lines[0].extras."Cost Center"' = "4" }
[[check]]
says   = "a text of its own"
given  = "no,day,text,cc\\n1,2024-02-05,Maß,4"
expect = { "lines[0].text" = "Maß" }
[[check]]
says   = "a letter that is none of the encoding"
given  = "no,day,text,cc\\n1,2024-02-05,5 €,4"
expect = { "lines[0].text" = "5 €" }
"""


def test_checks_are_given_in_the_encoding_of_the_table(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "mappings/latin/orders"
    folder.mkdir(parents=True)
    (folder / "mapping.toml").write_text(LATIN, "utf-8")
    (folder / "checks.toml").write_text(LATIN_CHECKS, "utf-8")
    found = [verdict["faults"] for verdict in run("check", "latin/orders", "--json").objects]
    assert found == [[], [], ["what is given has '€', which iso-8859-1 has not"]]


def test_show_says_how_a_table_is_cut_and_laid_out(run: Run, table: Path) -> None:
    shown = run("show", "shop/orders").out
    assert 'split   = "no"' in shown
    assert '[layout]\ndelimiter = ";"' in shown
