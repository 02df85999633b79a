"""Tables written by rules: CSV and fixed columns."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.row_columns import unknown_columns
from gateway.model.trade_rows import Row, TradeRows
from tests.mapping.written import TWO, codes, compiled, library, line, order, problems

HEAD = 'reads = "sales_order"\nmakes = "csv order"\n'
ROWS = HEAD + '[rows]\neach = "lines"\n'
FIXED = HEAD.replace("csv", "fixed") + ('[layout]\nheader = false\nline_end = "lf"\nfixed = { number = 6, at = 3 }\n')


def text(mapping: str, *lines: object, **stated: object) -> str:
    """What a mapping writes of an order; nothing is found on the way."""
    written = compiled(mapping=mapping).write(order(*(lines or TWO), **stated))  # type: ignore[arg-type]
    assert written.issues == []
    return written.content.decode()


def test_a_row_is_written_for_each_line_under_the_names_of_the_columns() -> None:
    rules = 'number = "number"\n"Pos." = "position"\nquantity = "confirmed.quantity"\non = "confirmed.on"\n'
    assert text(ROWS + rules) == "number,Pos.,quantity,on\r\nPO-1,1,1.5,2024-02-09\r\nPO-1,2,3,\r\n"


def test_the_layout_says_delimiter_decimal_mark_header_and_line_end() -> None:
    layout = '[layout]\ndelimiter = ";"\ndecimal = ","\nheader = false\nline_end = "lf"\n'
    rules = 'quantity = "confirmed.quantity"\nprice = "confirmed.price | fixed(2)"\n'
    rules += "on = \"confirmed.on | pattern('%d.%m.%Y')\"\n"
    assert text(HEAD + layout + ROWS.removeprefix(HEAD) + rules) == "1,5;-12,35;09.02.2024\n3;;\n"


def test_a_text_a_list_and_a_fallback_fill_a_column() -> None:
    rules = "a = \"'EUR'\"\nb = \"(number, '/', position) | join('')\"\nc = \"confirmed.unit // 'C62'\"\n"
    assert text(ROWS + rules) == "a,b,c\r\nEUR,PO-1/1,PCE\r\nEUR,PO-1/2,C62\r\n"


def test_a_path_with_a_slash_is_one_of_the_whole_document() -> None:
    assert text(ROWS + 'a = "note"\nb = "/note"\n', line(note="of the line"), note="of the order") == (
        "a,b\r\nof the line,of the order\r\n"
    )


def test_tables_inside_a_table_are_rows_after_its_own() -> None:
    mapping = HEAD + (
        "[layout]\nheader = false\n"
        '[head]\ntype = "\'H\'"\nnumber = "number"\n'
        '[lines]\neach = "lines"\ntype = "\'L\'"\nat = "position"\n'
        '[lines.parts]\neach = "schedule"\ntype = "\'S\'"\nat = "position"\nquantity = "quantity"\n'
    )
    assert text(mapping) == "H,PO-1\r\nL,1\r\nL,2\r\nS,2,2\r\nS,2,1\r\n"


def test_a_row_of_texts_alone_stands_by_itself_and_none_of_empty_values() -> None:
    mapping = HEAD + '[layout]\nheader = false\n[mark]\na = "\'END\'"\n[none]\na = "\'X\'"\nb = "contract"\n'
    assert text(mapping) == "END\r\n"


def test_when_asks_for_a_text_for_presence_and_for_absence() -> None:
    mapping = HEAD + (
        '[layout]\nheader = false\n[one]\neach = "lines"\nwhen = "schedule"\na = "position"\n'
        '[two]\neach = "lines"\nwhen = "schedule = \'\'"\na = "position"\n'
        '[three]\neach = "lines"\nwhen = "confirmed.unit != \'PCE\'"\na = "position"\n'
        '[four]\nwhen = "test"\na = "number"\n'
    )
    assert text(mapping) == "2\r\n1\r\n2\r\n"


def test_a_gate_leaves_the_row_out_and_a_value_that_must_be_there_is_told() -> None:
    written = compiled(mapping=ROWS + 'a = "confirmed.unit?"\nb = "confirmed.price!"\n').write(order(*TWO))
    assert written.content == b"a,b\r\nPCE,-12.345\r\n"
    missing = compiled(mapping=ROWS + 'a = "position"\nb = "confirmed.price!"\n').write(order(*TWO))
    assert codes(missing) == [("mapping.value.missing", "lines[1].confirmed.price")]
    assert missing.issues[0].rule == "test/it/mapping.toml:6"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("-2.5", "-2.5"),
        ("+49 30 1", "'+49 30 1"),
        ('say "a", b', '"say ""a"", b"'),
        ("two\nlines", '"two\nlines"'),
    ],
)
def test_a_cell_is_quoted_where_it_must_be_and_no_spreadsheet_runs_it(cell: str, shown: str) -> None:
    assert text(ROWS + 'a = "note"\n', line(note=cell)) == f"a\r\n{shown}\r\n"


def test_a_system_that_is_no_spreadsheet_gets_its_texts_as_they_are() -> None:
    mapping = HEAD + "[layout]\nformulas = true\n" + ROWS.removeprefix(HEAD)
    assert text(mapping + 'a = "note"\n', line(note="=1+1")) == "a\r\n=1+1\r\n"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1, max_size=3))
def test_what_any_reader_of_csv_reads_is_what_was_written(notes: list[str]) -> None:
    mapping = HEAD + "[layout]\nformulas = true\n" + ROWS.removeprefix(HEAD) + 'at = "position"\nnote = "note"\n'
    written = compiled(mapping=mapping).write(order(*(line(at, note) for at, note in enumerate(notes))))
    _, *rows = csv.reader(io.StringIO(written.content.decode(), newline=""))
    assert [row[1] for row in rows] == notes


def test_fixed_columns_are_filled_up_and_what_is_too_long_is_told_not_cut() -> None:
    rules = '[rows]\neach = "lines"\nnumber = "number"\nat = "position | plain | pad(3)"\n'
    assert text(FIXED + rules, line(7)) == "PO-1  007\n"
    cut = compiled(mapping=FIXED + rules).write(order(line(1), number="PO-4711"))
    assert codes(cut) == [("mapping.value.does-not-fit", "number")]
    broken = compiled(mapping=FIXED + rules).write(order(line(1), number="a\nb"))
    assert codes(broken) == [("mapping.value.not-writable", "number")]


def test_a_character_the_encoding_has_not_is_told_and_the_rest_is_written() -> None:
    mapping = HEAD + '[layout]\nencoding = "iso-8859-1"\n' + ROWS.removeprefix(HEAD)
    written = compiled(mapping=mapping + 'a = "position"\nb = "note"\n').write(order(line(1, "ü"), line(2, "€")))
    assert written.content == b"a,b\r\n1,\xfc\r\n2,\r\n"
    assert codes(written) == [("mapping.value.not-writable", "lines[1].note")]


def test_rows_of_trade_data_have_a_column_for_each_that_is_filled_or_for_each_that_is_ruled() -> None:
    rows = TradeRows(
        kind="products",
        rows=(
            Row(position=1, cells={"sku": "A", "attr:thread": "M8"}),
            Row(position=2, cells={"sku": "B", "unit:CT": "1/3"}),
        ),
    )
    plain = compiled(mapping='reads = "products"\nmakes = "csv products"\n').write(rows)
    assert plain.content == b"sku,attr:thread,unit:CT\r\nA,M8,\r\nB,,1/3\r\n"
    rules = '[rows]\neach = "rows"\nArtikel = "sku"\nGewinde = "attr:thread // \'?\'"\n'
    ruled = compiled(mapping=f'reads = "products"\nmakes = "csv products"\n{rules}').write(rows)
    assert ruled.content == b"Artikel,Gewinde\r\nA,M8\r\nB,?\r\n"
    assert compiled(mapping='reads = "stock"\nmakes = "csv stock"\n').write(TradeRows(kind="stock")).content == b""


def test_a_partner_replaces_drops_and_adds_columns_where_they_belong() -> None:
    base = ROWS + 'number = "number"\nat = "position"\nunit = "confirmed.unit"\n'
    partner = (
        'extends = "test/it"\npartner = "acme"\n[layout]\ndelimiter = ";"\n[rows]\nnumber = "order"\ndrop = ["unit"]\n'
    )
    after = '[rows.after.number]\ncurrency = "currency"\n'
    written = compiled("acme/it", mapping=base, partner=partner + after).write(order(line(1)))
    assert written.content == b"number;currency;at\r\nAB1;EUR;1\r\n"


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        (ROWS + 'a = "numbr"\n', "test/it/mapping.toml:5:6: SalesLine has no field 'numbr'"),
        (ROWS + 'a = "confirmed"\n', ":5:6: confirmed is no single value"),
        (ROWS + 'a = "number | yyyymmdd"\n', ":5:15: yyyymmdd does not take a text"),
        (ROWS + 'a = "reasons"\n', ":5:6: a list of texts is no text of a cell (add | join(' '))"),
        (ROWS + 'a = "confirmed.on | pattern(\'%A\')"\n', ":5:21: pattern: a pattern has %d"),
        (ROWS.replace("lines", "buyer") + 'a = "number"\n', ":4:9: buyer is no list of parts"),
        (ROWS + "a = 3\n", ":5:1: a rule is a text"),
        (HEAD, ":1:1: this mapping has no table"),
        ('delimiter = ";"\n' + ROWS + 'a = "number"\n', ":1:1: 'delimiter' is no part of this mapping"),
        ('layout = ";"\n' + ROWS + 'a = "number"\n', ":1:1: 'layout' is no part of this mapping"),
        (HEAD + '[layout]\ndelimitr = ";"\n[a]\nb = "number"\n', ":4:1: 'delimitr' is no key of [layout]"),
        (HEAD + '[layout]\ndelimiter = "--"\n[a]\nb = "number"\n', ":4:1: the delimiter is one character"),
        (HEAD + '[layout]\nencoding = "klingon"\n[a]\nb = "number"\n', ":4:1: there is no encoding 'klingon'"),
        (HEAD + '[layout]\nencoding = "base64"\n[a]\nb = "number"\n', ":4:1: 'base64' is no encoding of texts"),
        (HEAD + '[layout]\nheader = "no"\n[a]\nb = "number"\n', ":4:1: header is true or false"),
        (HEAD + '[a]\nb = "number"\n[c]\nd = "number"\n', "the rows of these tables have different columns"),
        (FIXED + '[rows]\nnumber = "number"\nto = "currency"\n', ":9:7: the column 'to' has no width"),
        (FIXED + "[rows]\nat = \"'1234'\"\n", ":8:7: '1234' has 4 characters, the column 3"),
        (ROWS.replace("csv order", "cvs order"), ":2:1: nothing writes 'cvs order'"),
        (HEAD.replace("sales_order", "sales"), ":1:1: there is no canonical document 'sales' to send"),
        (HEAD + '[a.b.c.d.e]\nf = "number"\n', "tables are nested at most 4 deep"),
        (ROWS + "".join(f'a{index} = "number"\n' for index in range(501)), "this mapping has more than 500 rules"),
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_be_right_is_refused_at_its_place(mapping: str, problem: str) -> None:
    assert [found for found in problems(mapping=mapping) if problem in found], problems(mapping=mapping)


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ('[rows]\ndrop = ["unit"]\n', "partners/acme/it/mapping.toml:4:9: there is no rule 'unit' here to drop"),
        ('[rows.after.unit]\na = "number"\n', "there is no rule 'unit' here (this table has number)"),
    ],
)
def test_a_partner_that_changes_what_is_not_there_is_refused(rules: str, problem: str) -> None:
    partner = f'extends = "test/it"\npartner = "acme"\n{rules}'
    found = problems("acme/it", mapping=ROWS + 'number = "number"\n', partner=partner)
    assert [each for each in found if problem in each], found


def test_a_column_that_no_import_file_has_is_found_wherever_a_mapping_names_it() -> None:
    head = 'reads = "stock"\nmakes = "%s stock"\n'
    rules = '[rows]\neach = "rows"\nwhen = "skuu"\na = "sku // quantty"\nb = "(unit, onn) | join(\'\')"\n'
    template = '<S><I map:each="rows" map:if="skew = \'1\'" q="{quantitee}">{sku} {kind}</I></S>'
    documents = [
        library(mapping=head % "csv" + rules).effective("test/it"),
        library(mapping=head % "xml", template=template).effective("test/it"),
    ]
    known = {"sku", "quantity", "unit"}.__contains__
    assert [str(found).partition(" (")[0] for each in documents for found in unknown_columns(each, known)] == [
        "test/it/mapping.toml:5:1: stock have no column 'skuu'",
        "test/it/mapping.toml:6:1: stock have no column 'quantty'",
        "test/it/mapping.toml:7:1: stock have no column 'onn'",
        "test/it/template.xml:1:1: stock have no column 'skew'",
        "test/it/template.xml:1:1: stock have no column 'quantitee'",
    ]
