from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.tabular.reader import TableFault, TableRow, read_table
from gateway.tabular.writer import csv_line, write_csv, write_json_lines


def read(content: bytes) -> list[TableRow | TableFault]:
    return list(read_table(io.BytesIO(content)))


@pytest.mark.parametrize(
    "content",
    [
        b"sku,name\nA,Screw\n",
        b"sku;name\r\nA;Screw\r\n",
        b"\xef\xbb\xbfsku;name\nA;Screw",
        b' sku , "name"\n'.replace(b' "name"', b'"name"') + b" A ,Screw\n",
        b'\xef\xbb\xbf{"sku": "A", "name": "Screw"}\n',
        b'\n{"sku": "A", "name": "Screw", "brand": null}\n',
    ],
)
def test_csv_by_comma_or_semicolon_and_json_lines_give_the_same_row(content: bytes) -> None:
    (row,) = read(content)
    assert isinstance(row, TableRow)
    assert row.cells == {"sku": "A", "name": "Screw"}


def test_a_semicolon_inside_a_comma_table_is_text() -> None:
    assert read(b'sku,name,"a;b"\nA,"x; y",1\n') == [TableRow(2, {"sku": "A", "name": "x; y", "a;b": "1"})]


def test_rows_know_the_line_they_begin_on_even_behind_a_cell_of_two_lines() -> None:
    rows = read(b'sku,name\nA,"two\nlines"\n\nB,x\n')
    assert [(row.line, row.cells["sku"]) for row in rows if isinstance(row, TableRow)] == [(2, "A"), (5, "B")]


def test_numbers_of_json_lines_keep_every_digit() -> None:
    (row,) = read(b'{"amount": 0.10000000000000000001, "step": 12, "stop": true}')
    assert row == TableRow(1, {"amount": "0.10000000000000000001", "step": "12", "stop": "yes"})


def test_a_line_that_names_a_value_twice_is_refused_and_neither_is_dropped() -> None:
    (fault,) = read(b'{"sku": "A", "name": "x", "sku": "B"}')
    assert fault == TableFault(
        1, None, "import.row.unreadable", "the line cannot be read as JSON: it names 'sku' twice"
    )


def test_a_zero_of_json_lines_is_a_value() -> None:
    assert read(b'{"a": 0, "b": "", "c": false}') == [TableRow(1, {"a": "0", "c": "no"})]


@pytest.mark.parametrize(
    ("content", "line", "column", "code"),
    [
        (b"", 1, None, "import.empty"),
        (b"\n \n", 1, None, "import.empty"),
        ("sku\nA\n".encode("utf-16"), 1, None, "import.encoding"),
        (b"sku,name,sku\n", 1, "sku", "import.header"),
        (b"sku,,name\n", 1, None, "import.header"),
        (b"sku,na\x07me\n", 1, None, "import.header"),
        ("sku,n\u00e4me\nA,b\n".encode("cp1252"), 1, None, "import.encoding"),
        ("sku,name\nA,\u201eGut\u201c \u20ac\n".encode("cp1252"), 2, "name", "import.encoding"),
        ("sku\nA\n".encode("utf-16-le"), 1, None, "import.encoding"),
        ("sku\nA\n".encode("utf-32"), 1, None, "import.encoding"),
        (b'{"na\\u0007me": "A"}\n', 1, None, "import.header"),
        (b"sku,name\nA\n", 2, None, "import.row.ragged"),
        (b"sku,name\nA,b,c\n", 2, None, "import.row.ragged"),
        (b"sku,name\nA,M\xfcller\n", 2, "name", "import.encoding"),
        (b"sku,name\nA,x\x00y\n", 2, "name", "import.encoding"),
        (b'sku,name\nA,"open\nB,c\n', 2, None, "import.row.unreadable"),
        (b'{"sku": "A"\n', 1, None, "import.row.unreadable"),
        (b'{"sku": "A"}\n[1]\n', 2, None, "import.row.unreadable"),
        (b'{"sku": ["A"]}\n', 1, "sku", "import.value.invalid"),
        (b'{"sku": "\\ud800"}\n', 1, "sku", "import.encoding"),
    ],
)
def test_a_fault_names_line_column_and_code(content: bytes, line: int, column: str | None, code: str) -> None:
    faults = [entry for entry in read(content) if isinstance(entry, TableFault)]
    assert [(fault.line, fault.column, fault.code) for fault in faults] == [(line, column, code)]


def test_a_bad_row_does_not_stop_its_neighbours() -> None:
    entries = read(b"sku,name\nA,a\nB\nC,\xff\nD,d\n")
    assert [entry.cells["sku"] for entry in entries if isinstance(entry, TableRow)] == ["A", "D"]
    assert [entry.line for entry in entries if isinstance(entry, TableFault)] == [3, 4]


def test_rubbish_without_a_line_end_is_one_fault() -> None:
    entries = read(b"x" * 5_000_000)
    assert all(isinstance(entry, TableFault) for entry in entries)
    assert len(entries) == 1


def test_what_a_spreadsheet_would_run_is_disarmed_and_numbers_are_not() -> None:
    text = "".join(write_csv(["a", "b"], [{"a": "=1+1", "b": "-2.5"}, {"a": "@x", "b": "-x"}]))
    assert text == "a,b\r\n'=1+1,-2.5\r\n'@x,'-x\r\n"


@given(st.lists(st.text(st.sampled_from("ab ,;\"\r\n\t'=1"), max_size=6), min_size=1, max_size=3))
def test_cells_are_quoted_as_by_the_standard_library(cells: list[str]) -> None:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    disarmed = [cell for cell in cells if cell[:1] in set("'=\t\r")]
    assert disarmed or csv_line(cells) == line.getvalue()


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20).map(str.strip)


@given(st.lists(st.fixed_dictionaries({"a": texts, "b": texts}), max_size=5))
def test_what_is_written_reads_back(rows: list[dict[str, str]]) -> None:
    wanted = [filled for row in rows if (filled := {name: text for name, text in row.items() if text})]
    for written in (write_csv(["a", "b"], wanted), write_json_lines(wanted)):
        content = "".join(written).encode()
        assert [entry.cells for entry in read(content) if isinstance(entry, TableRow)] == wanted
