"""XML and JSON read by the mapping language: paths, scopes, what is left unread, and what is refused at its place."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigError
from gateway.issues import Issue, Severity
from gateway.mapping.inbound import Translation
from gateway.mapping.library import Library
from gateway.mapping.tree_mapping import MOST_ISSUES, Parts, TreeMapping
from gateway.model.trade_rows import Row

ORDER = """
[order]
number     = "@no | required"
ordered_on = "'2024-02-05' | date"
"""


def mapping(rules: str, reads: str = "xml orders", makes: str = "order", header: str = "") -> TreeMapping:
    text = f'mapping = "t"\nreads = "{reads}"\nmakes = "{makes}"\n{header}\n{rules}'
    compiled = Library({"t/mapping.toml": text.encode()}).inbound("t")
    assert isinstance(compiled, TreeMapping)
    return compiled


def read(compiled: TreeMapping, content: str) -> Translation:
    (part,) = compiled.parts(content.encode()).parts
    return compiled.read(part)


def lines(rules: str, content: str) -> object:
    found = read(mapping(f'{ORDER}[order.lines]\neach = "l"\nposition = "@n | int"\n{rules}'), content)
    return found.document["lines"]


def test_a_path_goes_down_by_names_and_attributes() -> None:
    found = read(
        mapping('[order]\nnumber = "h/@no | required"\nordered_on = "h/on | date | required"\nnote = "h/t/x"'),
        '<o><h no="7"><on>2024-02-05</on><t><x>A</x></t></h></o>',
    )
    assert (found.document["number"], str(found.document["ordered_on"]), found.document["note"]) == (
        "7", "2024-02-05", "A",
    )  # fmt: skip
    assert not found.issues


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("r[@k='b']", "2"),
        ("r[k='c']/v", "3"),
        ("r[k='c']/v[2]", "4"),
        ("r[1]", "1"),
        ("r[m/k=d]/m/v", "5"),
        ("*[@k='b']", "2"),
        ("none // r", "1"),
        ("r[@k='x','b']", "2"),
        ("/@no", "7"),
        ("\"r\"[@k='a']", "1"),
    ],
)
def test_a_filter_or_a_number_says_which_of_several(path: str, value: str) -> None:
    escaped = path.replace('"', '\\"')
    found = read(
        mapping(f'{ORDER}note = "{escaped}"'),
        '<o no="7"><r k="a">1</r><r k="b">2</r><r><k>c</k><v>3</v><v>4</v></r><r><m><k>d</k><v>5</v></m></r></o>',
    )
    assert found.document["note"] == value


def test_a_star_takes_all_and_only_one() -> None:
    content = '<o no="7"><t>a</t><s><t>b</t></s><t>c</t></o>'
    assert read(mapping(f"{ORDER}note = \"t* | join('-')\""), content).document["note"] == "a-c"
    found = read(mapping(f'{ORDER}note = "t | only"'), content)
    assert [(issue.code, issue.path) for issue in found.issues if issue.is_error] == [
        ("mapping.value.ambiguous", "t[1]")
    ]


def test_lines_see_what_stands_around_them() -> None:
    found = lines(
        'note = "../t"\nbuyer_sku = "/b/sku"\ntext = "."\n',
        '<o no="7"><t>T</t><b><sku>S</sku></b><l n="1">one</l><l n="2"/></o>',
    )
    assert found == [
        {"position": 1, "note": "T", "buyer_sku": "S", "text": "one"},
        {"position": 2, "note": "T", "buyer_sku": "S"},
    ]


def test_a_table_stands_where_at_leads_and_when_allows() -> None:
    rules = f'{ORDER}[order.buyer]\nat = "p"\nwhen = "@role = \'BY\',\'OB\'"\nid = "id"\n'
    content = '<o no="7"><p role="SU"><id>1</id></p><p role="BY"><id>2</id></p></o>'
    assert read(mapping(rules), content).document["buyer"] == {"id": "2"}


def test_a_name_in_two_namespaces_is_told_apart_by_its_prefix() -> None:
    content = '<o no="7" xmlns:a="urn:a" xmlns:b="urn:b"><a:t>A</a:t><b:t>B</b:t></o>'
    spaces = '[namespaces]\nx = "urn:b"\n'
    assert read(mapping(f'{spaces}{ORDER}note = "x:t"'), content).document["note"] == "B"
    found = read(mapping(f'{spaces}{ORDER}note = "t"'), content)
    assert (found.document["note"], [one.path for one in found.unread]) == ("A", ["t[2]"])


def test_every_text_is_read_ignored_or_listed_with_its_path_and_line() -> None:
    rules = f'{ORDER}note = "t"\n[ignore]\n"s/i" = "internal"\n"@v" = "version"\n"k[q=\'1\']" = "known"\n'
    content = (
        '<o no="7" v="2">\n<t>A</t>\n<t>B</t>\n<s><i>x</i><e>y</e></s>\n<i>z</i>\n<k><q>1</q></k><k><q>2</q></k></o>'
    )
    found = read(mapping(rules), content)
    assert [(one.path, one.value) for one in found.unread] == [("t[2]", "B"), ("s/e", "y"), ("i", "z"), ("k[2]/q", "2")]
    assert [(issue.line, issue.severity) for issue in found.issues] == [
        (3, Severity.FINDING), (4, Severity.FINDING), (5, Severity.FINDING), (6, Severity.FINDING),
    ]  # fmt: skip


def test_what_is_left_of_a_line_holds_the_message() -> None:
    compiled = mapping(f'{ORDER}[order.lines]\neach = "l"\nposition = "@n | int"\n')
    found = read(compiled, '<o no="7"><l n="1"/><l n="2">\n<gate>4</gate></l></o>')
    assert [(one.line, one.path, one.holds) for one in found.unread] == [(2, "l[2]/gate", True)]
    assert [issue.is_error for issue in found.issues] == [True]


def test_a_fault_names_the_place_the_path_and_the_rule() -> None:
    rules = f'{ORDER}[order.lines]\neach = "l"\nposition = "@n | int"\nquantity = "q/v | decimal | required"\n'
    found = read(mapping(rules), '<o no="7">\n<l n="1"><q>\n<v>two</v></q></l>\n<l n="2"><q/></l>\n<l n="3"/></o>')
    assert [(one.code, one.line, one.path, one.rule, one.field) for one in found.issues] == [
        ("order.line.quantity.not-a-number", 3, "l[1]/q/v", "t/mapping.toml:12", "lines[0].quantity"),
        ("order.line.quantity.missing", 4, "l[2]/q/v", "t/mapping.toml:12", "lines[1].quantity"),
        ("order.line.quantity.missing", 5, "l[3]/q/v", "t/mapping.toml:12", "lines[2].quantity"),
    ]


def test_numbers_have_a_point_where_a_rule_names_no_mark() -> None:
    rules = 'quantity = "@q | decimal"\namount = "@a | decimal(\',\')"\n'
    assert str(lines(rules, '<o no="7"><l n="1" q="1.5" a="1,5"/></o>')) == str(
        [{"position": 1, "quantity": Decimal("1.5"), "amount": Decimal("1.5")}]
    )
    compiled = mapping(f'{ORDER}[order.lines]\neach = "l"\nquantity = "@q | decimal"\n')
    assert [one.code for one in read(compiled, '<o no="7"><l q="1,000"/></o>').issues if one.is_error] == [
        "order.line.quantity.not-a-number"
    ]


def test_a_text_that_should_have_a_name_and_has_none_is_told_and_the_others_are_kept() -> None:
    rules = f'{ORDER}[order.extras]\neach = "e"\nname = "@n | required"\ntext = "."\n'
    found = read(mapping(rules), '<o no="7"><e n="a">1</e><e>2</e><e n="b">3</e></o>')
    assert found.document["extras"] == {"a": "1", "b": "3"}
    assert [(each.code, each.path) for each in found.issues] == [("mapping.value.missing", "e[2]/@n")]


def test_texts_of_one_name_are_kept_line_by_line() -> None:
    rules = f'{ORDER}[order.extras]\neach = "e"\nname = "@n | required"\ntext = "."\n'
    found = read(mapping(rules), '<o no="7"><e n="a">1</e><e n="b">2</e><e n="a"/><e n="a">3</e><e n="c"/></o>')
    assert found.document["extras"] == {"a": "1\n3", "b": "2", "c": ""}


def test_a_file_is_cut_into_its_messages_and_what_stands_around_them_is_told() -> None:
    compiled = mapping(f'{ORDER}note = "../sender"\n', header='root = "batch/o"')
    parts = compiled.parts(b'<batch><sender>S</sender><o no="1"/>\n<o no="2"/><count>2</count></batch>')
    assert [(part.ordinal, part.line, part.reference) for part in parts.parts] == [(1, 1, "1"), (2, 2, "2")]
    assert [compiled.read(part).document["note"] for part in parts.parts] == ["S", "S"]
    assert [(one.code, one.path, one.severity) for one in parts.issues] == [
        ("mapping.unread", "batch/count", Severity.FINDING)
    ]


def test_a_file_without_its_messages_is_told_what_it_lacks() -> None:
    parts = mapping(ORDER, header='root = "batch/o"').parts(b"<batch/>")
    assert (parts.parts, [(one.code, one.line) for one in parts.issues]) == ([], [("document.missing", 1)])


def test_one_bad_message_leaves_its_neighbours_alone() -> None:
    compiled = mapping(ORDER, header='root = "batch/o"')
    found = [compiled.read(part) for part in compiled.parts(b'<batch><o/><o no="2"/></batch>').parts]
    assert [[issue.code for issue in one.issues] for one in found] == [["mapping.value.missing"], []]


JSON = '[order]\nnumber = "number | required"\nordered_on = "on | date | required"\n[order.lines]\neach = "lines"\n'


def test_json_is_read_by_the_same_paths() -> None:
    compiled = mapping(f'{JSON}position = "pos | int"\nquantity = "qty | decimal"\nsubstitutes = "alt*"', "json orders")
    found = read(compiled, '{"number": "1", "on": "2024-02-05", "lines": [{"pos": 1, "qty": 1.50, "alt": ["a", "b"]}]}')
    assert found.document["lines"] == [{"position": 1, "quantity": Decimal("1.50"), "substitutes": ["a", "b"]}]
    assert not found.issues


def test_a_list_of_json_is_a_message_each() -> None:
    compiled = mapping(f'{JSON}position = "pos | int"', "json orders")
    one = '{"number": "%s", "on": "2024-02-05"}'
    assert [part.reference for part in compiled.parts(f"[{one % 1}, {one % 2}]".encode()).parts] == ["1", "2"]
    assert [part.reference for part in compiled.parts(f"{one % 1}\n{one % 2}".encode()).parts] == ["1", "2"]
    assert [part.reference for part in compiled.parts((one % 1).encode()).parts] == ["1"]


def test_a_flag_of_json_is_a_flag_of_the_import_and_a_text_of_these_letters_stays() -> None:
    found = read(mapping("", "json products", "products"), '[{"sku": "true", "active": false, "sold_by_weight": true}]')
    cells = {"sku": "true", "active": "no", "sold_by_weight": "yes"}
    assert found.document["rows"] == [Row(position=1, line=1, cells=cells)]


def test_an_empty_text_of_json_is_an_empty_cell_of_the_import_and_null_is_none() -> None:
    content = '[{"sku": "A", "brand": "", "family": null, "documents": [], "attr:x": {}}]'
    found = read(mapping("", "json products", "products"), content)
    assert found.document["rows"] == [Row(position=1, line=1, cells={"sku": "A", "brand": ""})]
    assert found.issues == []


def test_rows_of_trade_data_have_their_columns_as_an_import_file_has_them() -> None:
    rules = (
        '[rows]\neach = "s/a"\nsku = "@id | required"\nquantity = "q | decimal(\',\')"\n'
        'available_on = "d | date(\'%d.%m.%Y\')"\n"attr:colour" = "c"\n'
    )
    found = read(
        mapping(rules, "xml stock", "stock"),
        '<x><s><a id="A"><q>1,50</q><d>05.02.2024</d><c>red</c></a>\n<a id="B"><q>x</q></a><a id="C"/></s></x>',
    )
    assert found.document == {
        "kind": "stock",
        "rows": [
            Row(
                position=1,
                line=1,
                cells={"sku": "A", "quantity": "1.5", "available_on": "2024-02-05", "attr:colour": "red"},
            ),
            Row(position=3, line=2, cells={"sku": "C"}),
        ],
    }
    assert [(one.code, one.line, one.field, one.severity) for one in found.issues] == [
        ("mapping.value.invalid", 2, "rows[1].quantity", Severity.FINDING)
    ]


@pytest.mark.parametrize(
    ("rules", "header", "problem"),
    [
        (f'{ORDER}note = "x:t"', "", "9:9: the prefix 'x' is not declared"),
        (f'{ORDER}note = "t[1][2]"', "", "the number of an element comes last"),
        (f'{ORDER}note = "t/"', "", "the name of an element"),
        (f'{ORDER}nope = "t"', "", "Order has no field 'nope'"),
        (f'{ORDER}deliver_on = "t"', "", "deliver_on is a date"),
        (f'{ORDER}[order.lines]\neach = "l*"', "", "leave out the *"),
        (ORDER, 'root = "/x"', "root begins at the document"),
        (ORDER, "root = 5", "root is a text"),
        (f'{ORDER}[ignore]\n"t[1]" = "x"', "", "names elements by the names"),
        (f'{ORDER}[ignore]\n"t" = ""', "", "without a reason"),
        (ORDER, "split = 'x'", "'split' is no part of a mapping"),
        ('[order]\nnumber = "@no"\nordered_on = "\'2024-01-01\' | date"', "", "can leave it empty"),
        (f'{ORDER}deliver_on = "t | period(from)"', "", "does not take a text"),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_compiled(rules: str, header: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        mapping(rules, header=header)
    assert problem in str(error.value)


NAMES = st.sampled_from("abl")
TREES = st.recursive(
    st.tuples(NAMES, st.sampled_from(["", "1", "x"]), st.just([])),
    lambda inner: st.tuples(NAMES, st.sampled_from(["", "1"]), st.lists(inner, max_size=3)),
    max_leaves=10,
)


def _xml(node: tuple[str, str, list[object]]) -> str:
    name, text, children = node
    return f"<{name}>{text}{''.join(map(_xml, children))}</{name}>"  # type: ignore[arg-type]


@given(TREES)
def test_any_document_comes_to_a_translation_with_every_issue_at_its_line(
    tree: tuple[str, str, list[object]],
) -> None:
    rules = f'{ORDER.replace("@no", "a")}[order.lines]\neach = "l"\ntext = "b"\n'
    content = _xml(tree)
    found = read(mapping(rules, header='[ignore]\n"b/a" = "x"\n'), content)
    shown = sum(1 for one in found.unread)
    assert shown <= content.count("1") + content.count("x")
    assert all(isinstance(one, Issue) and one.line == 1 for one in found.issues)


def test_a_part_can_be_read_again_with_the_same_outcome() -> None:
    compiled = mapping(ORDER)
    parts: Parts = compiled.parts(b'<o no="7"><x>1</x></o>')
    assert compiled.read(parts.parts[0]) == compiled.read(parts.parts[0])


def test_an_error_behind_a_thousand_findings_still_refuses() -> None:
    rules = f'{ORDER}[order.lines]\neach = "l"\nquantity = "@q | decimal"\n'
    lines = '<l q="1"/>' * (MOST_ISSUES + 500)
    found = read(mapping(rules), f'<o no="7">{lines}<l q="x"/></o>')
    assert [one.code for one in found.issues if one.is_error] == ["order.line.quantity.not-a-number"]
    assert found.issues[-1].text.endswith("further issues are not listed")


def test_what_every_line_looks_for_around_it_is_found_in_time() -> None:
    rules = f'{ORDER}[order.lines]\neach = "l"\nposition = "@n | int"\nnote = "../c"\ntext = "/k[@x=\'1\']"\n'
    content = "".join(f'<l n="{n}"><u>x</u></l>' for n in range(20_000))
    found = read(mapping(rules), f'<o no="7">{content}<c>C</c><k x="1">K</k></o>')
    assert found.document["lines"][-1] == {"position": 19_999, "note": "C", "text": "K"}  # type: ignore[index]
    assert (found.unread[-1].path, len(found.issues)) == ("l[20000]/u", MOST_ISSUES + 1)
