"""Tables read by the mapping language: layouts, records, what is one message, and what is refused at its cell."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bundle import bundled, read_tree
from gateway.errors import ConfigError
from gateway.issues import ADVICE, Severity
from gateway.mapping.inbound import Translation
from gateway.mapping.library import Library
from gateway.mapping.tree_mapping import MOST_ISSUES, Parts, TreeMapping
from gateway.model.trade_rows import Row
from gateway.tabular.writer import write_cells

ORDER = """
[order]
number     = "no | required"
ordered_on = "'2024-02-05' | date"
[order.lines]
each       = "rows"
position   = "pos | int"
quantity   = "qty | decimal"
"""
STOCK = '[rows]\neach = "rows"\nsku = "sku | required"\nquantity = "qty | decimal"\n'


def mapping(rules: str, header: str = 'split = "no"', reads: str = "csv orders", makes: str = "order") -> TreeMapping:
    text = f'mapping = "t"\nreads = "{reads}"\nmakes = "{makes}"\n{header}\n{rules}'
    compiled = Library({"t/mapping.toml": text.encode()}).inbound("t")
    assert isinstance(compiled, TreeMapping)
    return compiled


def stock(header: str = "", rules: str = STOCK) -> TreeMapping:
    return mapping(rules, header, "csv stock", "stock")


def read_all(compiled: TreeMapping, content: str | bytes) -> list[Translation]:
    parts = compiled.parts(content.encode() if isinstance(content, str) else content)
    assert not parts.issues, parts.issues
    return [compiled.read(part) for part in parts.parts]


def only(compiled: TreeMapping, content: str | bytes) -> Translation:
    (found,) = read_all(compiled, content)
    return found


def cells(found: Translation) -> list[dict[str, str]]:
    rows = found.document["rows"]
    assert isinstance(rows, list)
    return [row.cells for row in rows if isinstance(row, Row)]


def faults(parts: Parts) -> list[tuple[str, int | None, str | None]]:
    assert not parts.parts
    return [(issue.code, issue.line, issue.path) for issue in parts.issues]


def test_rows_of_one_number_are_one_message_wherever_they_stand() -> None:
    content = "no,pos,qty\nA,1,1\nB,1,2\nA,2,3\n"
    parts = mapping(ORDER).parts(content.encode())
    assert [(part.ordinal, part.line, part.reference) for part in parts.parts] == [(1, 2, "A"), (2, 3, "B")]
    assert [[line["quantity"] for line in one.document["lines"]] for one in read_all(mapping(ORDER), content)] == [  # type: ignore[attr-defined]
        [Decimal(1), Decimal(3)], [Decimal(2)],
    ]  # fmt: skip


def test_rows_are_grouped_by_columns_of_which_a_difference_holds_the_message() -> None:
    rules = (
        ORDER.replace('"rows"', '"rows by pos"')
        + '[order.lines.schedule]\neach = "rows"\nquantity = "part | decimal"\n'
    )
    found = only(mapping(rules), "no,pos,qty,part\nA,1,5,3\nA,1,5,2\nA,2,1,\n")
    assert found.document["lines"] == [
        {"position": 1, "quantity": Decimal(5), "schedule": [{"quantity": Decimal(3)}, {"quantity": Decimal(2)}]},
        {"position": 2, "quantity": Decimal(1)},
    ]
    found = only(mapping(rules), "no,pos,qty,part\nA,1,5,3\nA,1,6,2\n")
    assert [(one.line, one.column, one.path, one.holds) for one in found.unread] == [(3, 3, "qty", True)]


@pytest.mark.parametrize(
    ("layout", "content"),
    [
        ("", "sku,qty\nMüller,1.5\n"),
        ("", "\ufeffsku;qty\r\nMüller;1.5\r\n\r\n"),
        ("", "\n sku | qty |\n Müller | 1.5 |\n"),
        ("", "sku\tqty\nMüller\t1.5"),
        ('[layout]\nencoding = "windows-1252"\ndecimal = ","\n', "sku;qty\nMüller;1,5\n".encode("windows-1252")),
        ('[layout]\nencoding = "utf-16"\n', "sku;qty\nMüller;1.5\n".encode("utf-16")),
        ('[layout]\nencoding = "iso-8859-1"\ndelimiter = "#"\n', "sku#qty\nMüller#1.5\n".encode("iso-8859-1")),
        ('[layout]\ncolumns = ["sku", "qty"]\n', "Müller,1.5\n"),
        ("[layout]\nfixed = { sku = 8, qty = 6 }\n", "Müller     1.5\n"),
        ("[layout]\nfixed = { sku = 8, qty = 6 }\n", "Müller  1.5"),
    ],
)
def test_a_table_is_read_in_its_layout(layout: str, content: str | bytes) -> None:
    found = only(stock(layout), content)
    assert cells(found) == [{"sku": "Müller", "quantity": "1.5"}]
    assert not found.issues


RECORDS = """
root = "H"
[layout.columns]
H = ["type", "no", "on"]
L = ["type", "pos", "qty"]
S = ["type", "part"]
T = ["type", "count"]
"""
OF_RECORDS = """
[order]
number     = "H/no | required"
ordered_on = "H/on | date('%d.%m.%Y') | required"
[order.lines]
each       = "L"
position   = "L/pos | int"
quantity   = "L/qty | decimal"
note       = "H/no"
[order.lines.schedule]
each       = "S"
quantity   = "S/part | decimal"
[order.stated]
line_count = "T/count | int"
[ignore]
"H/type" = "type of record"
"L/type" = "type of record"
"S/type" = "type of record"
"T/type" = "type of record"
"""


def test_headers_and_lines_of_several_types_are_told_by_their_first_cell() -> None:
    found = read_all(
        mapping(OF_RECORDS, RECORDS), "H,A,05.02.2024\nL,1,5\nS,3\nS,2\nL,2,1\nT,2\nH,B,06.02.2024\nL,1,7\n"
    )
    assert [one.document["number"] for one in found] == ["A", "B"]
    assert found[0].document["lines"] == [
        {
            "position": 1,
            "quantity": Decimal(5),
            "note": "A",
            "schedule": [{"quantity": Decimal(3)}, {"quantity": Decimal(2)}],
        },
        {"position": 2, "quantity": Decimal(1), "note": "A"},
    ]
    assert found[0].document["stated"] == {"line_count": 2}
    assert not found[0].issues


def test_fixed_widths_have_types_too() -> None:
    fixed = RECORDS.partition("[")[0] + (
        "[layout.fixed.H]\ntype = 1\nno = 5\non = 10\n[layout.fixed.L]\ntype = 1\npos = 3\nqty = 6\n"
        "[layout.fixed.S]\ntype = 1\npart = 6\n[layout.fixed.T]\ntype = 1\ncount = 3\n"
    )
    found = only(mapping(OF_RECORDS, fixed, "fixed orders"), "HA    05.02.2024\nL001   5.0\r\nS   5.0\nT001\n")
    assert found.document["lines"] == [
        {"position": 1, "quantity": Decimal("5.0"), "note": "A", "schedule": [{"quantity": Decimal("5.0")}]}
    ]
    assert not found.issues


def test_rows_before_the_first_message_and_types_nobody_named_are_told() -> None:
    parts = mapping(OF_RECORDS, RECORDS).parts(b"T,9\nH,A,05.02.2024\nX,1\nL,1,1\n")
    assert [(one.code, one.line, one.path) for one in parts.issues] == [("mapping.unread", 1, "T/count")]
    (part,) = parts.parts
    assert [(one.code, one.line, one.is_error) for one in part.translate().issues] == [
        ("table.record.unknown", 3, True)
    ]


def test_a_fault_names_the_line_the_column_and_the_rule() -> None:
    found = only(mapping(ORDER), "no,pos,qty\nA,1,1\nA,2,two\n")
    assert [(one.code, one.line, one.column, one.path, one.rule, one.field) for one in found.issues] == [
        ("order.line.quantity.not-a-number", 3, 3, "qty", "t/mapping.toml:12", "lines[1].quantity")
    ]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("B", "table.row.ragged", None),
        ("B,2,3", "table.row.ragged", None),
        ('B,"2', "table.row.unreadable", None),
        ('"B"x,2', "table.row.unreadable", None),
        ("B\0,2", "charset.invalid", "sku"),
        ("B,2\x1b[31m", "charset.invalid", "qty"),
        ("sku,qty", "table.header", None),
        (",2", "mapping.value.missing", "sku"),
        ("B,1e9", "mapping.value.invalid", "qty"),
        ("B,١", "mapping.value.invalid", "qty"),
        (f"B,{'9' * 13}", "number.too-large", "qty"),
        (f"{'B' * (1 << 20)},2", "limit.exceeded", None),
    ],
)
def test_a_bad_row_of_trade_data_refuses_itself_only(row: str, code: str, column: str | None) -> None:
    found = only(stock(), f"sku,qty\nA,1\n{row}\n" + ("" if code.endswith("able") and row.endswith('"2') else "C,3\n"))
    assert [(one.code, one.line, one.path, one.severity) for one in found.issues] == [
        (code, 3, column, Severity.FINDING)
    ]
    assert [row["sku"] for row in cells(found)][:1] == ["A"]
    assert ADVICE[code]


def test_bytes_of_another_encoding_refuse_their_row_only() -> None:
    found = only(stock(), b"sku,qty\nA,1\nM\xfcller,2\nC,3\n")
    assert [(one.code, one.line, one.path) for one in found.issues] == [("charset.invalid", 3, "sku")]
    assert [row["sku"] for row in cells(found)] == ["A", "C"]


def test_a_bad_row_of_an_order_refuses_that_order_only() -> None:
    found = read_all(mapping(ORDER), "no,pos,qty\nA,1,1\nB,1,2,9\nA,2,2\n,1,5\n")
    assert [[(one.code, one.is_error) for one in each.issues] for each in found] == [
        [], [("table.row.ragged", True)], [("mapping.value.missing", True)],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", ("table.empty", 1, None)),
        (b"\n \r\n", ("table.empty", 1, None)),
        (b"a,b\n1,2\n", ("table.header", 1, None)),
        (b"qty\n1\n", ("table.column.missing", 1, "sku")),
        (b"sku,sku\n1,2\n", ("table.header", 1, "sku")),
        (b"sku,,qty\n1,2,3\n", ("table.header", 1, None)),
        (b'sku,"qty\n1,2\n', ("table.header", 1, None)),
        (b"sk\xfc,sku\n1,2\n", ("charset.invalid", 1, None)),
        ("sku,qty\nA,1\n".encode("utf-16"), ("charset.invalid", 1, None)),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_whole(content: bytes, wanted: tuple[str, int, str | None]) -> None:
    assert faults(stock().parts(content)) == [wanted]


def test_a_header_alone_is_no_message() -> None:
    assert stock().parts(b"sku,qty\n") == Parts([], [])


def test_formulas_and_quotes_come_through_as_texts() -> None:
    found = only(stock(), 'sku,qty\n\'=1+1,1\n"a ""b""\nc",2\n=1+1,3\n')
    assert [row["sku"] for row in cells(found)] == ["=1+1", 'a "b"\nc', "=1+1"]


def test_a_column_that_is_left_over_is_told_once_and_may_be_ignored() -> None:
    found = only(stock(), "sku,qty,store\nA,1,\nB,2,S1\nC,3,S2\n")
    assert [(one.line, one.column, one.path, one.value, one.holds) for one in found.unread] == [
        (3, 3, "store", "S1", False)
    ]
    assert not only(stock(rules=f'{STOCK}[ignore]\nstore = "one only"\n'), "sku,qty,store\nB,2,S1\n").issues


def test_names_with_blanks_stand_between_quotes() -> None:
    rules = '[rows]\neach = "rows"\nsku = \'"Art. No" | required\'\n"attr:colour" = "Farbe // \'red\'"\n'
    assert cells(only(stock(rules=rules), "Art. No;Farbe\nA;\nB;blue\n")) == [
        {"sku": "A", "attr:colour": "red"},
        {"sku": "B", "attr:colour": "blue"},
    ]


def test_a_hundred_thousand_bad_rows_are_told_by_fewer_issues() -> None:
    found = only(stock(), "sku,qty\n" + "A,x\n" * (MOST_ISSUES + 5))
    assert len(found.issues) == MOST_ISSUES + 1
    assert found.issues[-1].text == "5 further issues are not listed"


@pytest.mark.parametrize(
    ("header", "rules", "problem"),
    [
        ('[layout]\nencoding = "klingon"\n', STOCK, "there is no encoding 'klingon'"),
        ('[layout]\nencoding = "rot13"\n', STOCK, "is no encoding of texts"),
        ('[layout]\ndelimiter = ";;"\n', STOCK, "5:1: the delimiter is one character"),
        ('[layout]\ndecimal = "x"\n', STOCK, "the decimal mark is . or ,"),
        ("[layout]\nwidths = 5\n", STOCK, "'widths' is no key of [layout]"),
        ('[layout]\ncolumns = "sku"\n', STOCK, "columns are a list of names"),
        ('[layout]\ncolumns = ["sku", "sku"]\n', STOCK, "named twice"),
        ('[layout]\ncolumns = ["sku"]\n', STOCK, "there is no column 'qty' (columns are sku)"),
        ("[layout]\nfixed = { sku = 0, qty = 1 }\n", STOCK, "a width is a whole number"),
        ("[layout.fixed]\nH = { t = 1 }\nL = { t = 2 }\n", STOCK, "it has one width in all of them"),
        ('root = "H"\n', STOCK, "'H' is no type of record"),
        ('root = "H"\nsplit = "sku"\n', STOCK, "split or root, not both"),
        ("", '[rows]\neach = "L"\nsku = "sku"', "'L' is no type of record"),
        ("", '[rows]\neach = "rows"\nsku = "H/sku"', "the layout names none"),
        ("", '[rows]\nat = "rows"\nsku = "sku"', "rows is a list: the table needs each"),
        ("", f'{STOCK}[ignore]\nx = ""', "ignored without a reason"),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_compiled(header: str, rules: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        stock(header, rules)
    assert problem in str(error.value)


def test_a_table_of_fixed_widths_needs_them() -> None:
    with pytest.raises(ConfigError, match="needs them"):
        mapping(STOCK, "", "fixed stock", "stock")


@given(st.binary(max_size=80) | st.text('sku,qty;"\n\r\t\0A1=\x80', max_size=60).map(str.encode))
def test_any_bytes_give_rows_and_issues_that_say_what_to_do(content: bytes) -> None:
    for compiled in (stock(), stock("[layout]\nfixed = { sku = 3, qty = 2 }\n")):
        parts = compiled.parts(content)
        for issue in [*parts.issues, *(one for part in parts.parts for one in compiled.read(part).issues)]:
            assert ADVICE[issue.code]
            assert (issue.line or 0) >= 1


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=6).filter(
    lambda text: text == text.strip() and not text.startswith("'")
)


@given(st.lists(st.tuples(CELL, st.decimals(-999, 999, places=2)), min_size=1, max_size=8))
def test_what_the_writer_writes_is_read(rows: list[tuple[str, Decimal]]) -> None:
    table = "".join(write_cells(("sku", "qty"), ([sku, format(qty, "f")] for sku, qty in rows)))
    found = only(stock(rules='[rows]\neach = "rows"\nsku = "sku"\nquantity = "qty"\n'), table)
    assert cells(found) == [{"sku": sku, "quantity": format(qty, "f")} for sku, qty in rows]


def test_what_every_record_looks_for_in_the_header_is_found_in_time() -> None:
    content = "H,A,05.02.2024\n" + "".join(f"L,{n},1\n" for n in range(1, 20_001))
    found = only(mapping(OF_RECORDS, RECORDS), content)
    assert found.document["lines"][-1] == {"position": 20_000, "quantity": Decimal(1), "note": "A"}  # type: ignore[index]
    assert not found.issues


def test_a_partner_states_what_is_different_in_his_table() -> None:
    files = {path: content for path, content in read_tree(bundled("mappings")).items() if path[:4] in ("csv/", "code")}
    partner = (
        'extends = "csv/orders"\npartner = "acme"\nsplit = "bestellung"\n[layout]\nencoding = "iso-8859-1"\n'
        'decimal = ","\n[order]\nnumber = "bestellung | required"\n'
        "ordered_on = \"datum | date('%d.%m.%Y') | required\"\n"
        '[order.lines]\nquantity = "menge | decimal | required"\nbuyer_sku = "artikel"\ndrop = ["gtin"]\n'
        '[ignore]\nfarbe = "told by the article"\n'
    )
    library = Library({**files, "partners/acme/orders/mapping.toml": partner.encode()})
    assert library.problems("acme/orders") == []
    compiled = library.inbound("acme/orders")
    assert isinstance(compiled, TreeMapping)
    table = "bestellung;datum;artikel;menge;farbe\nB-1;05.02.2024;Mütze;1,5;rot\n".encode("iso-8859-1")
    found = only(compiled, table)
    assert found.document["lines"] == [{"buyer_sku": "Mütze", "quantity": Decimal("1.5"), "position": 1}]
    assert not [issue for issue in found.issues if issue.is_error]


def test_a_value_in_another_form_is_told_with_the_form_that_is_read() -> None:
    rules = ORDER.replace("'2024-02-05' | date", "day | date('%d.%m.%Y') | required").replace("decimal", "decimal(',')")
    found = only(mapping(rules), "no;day;pos;qty\nA;2026-11-26;1;3.5\n")
    assert [issue.text for issue in found.issues] == [
        "'2026-11-26' is no date of the form %d.%m.%Y", "'3.5' is not a number with the decimal mark ,"
    ]  # fmt: skip


def test_a_name_that_is_nearly_right_is_told_with_the_right_one() -> None:
    layout = '[layout]\ncolumns = ["no", "position", "quantity"]'
    rules = '[order]\nnumber = "no | required"\nordered_on = "\'2024-02-05\' | date"\n[order.lines]\neach = "rows"\n'
    with pytest.raises(ConfigError) as error:
        mapping(f'{rules}positon = "position | int"\nquantity = "quantitty | decimal"\n', layout)
    assert [(each.text, each.advice) for each in error.value.problems] == [
        ("Line has no field 'positon'", "did you mean position?"),
        ("there is no column 'quantitty'", "did you mean quantity?"),
    ]
