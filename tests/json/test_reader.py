"""JSON read: what is taken, and what is refused at its place."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.issues import ADVICE, Issue
from gateway.json.reader import read_json
from gateway.tree import Node, NodePaths, Tree, TreeLimits


def tree(text: str | bytes, limits: TreeLimits | None = None) -> Node:
    read = read_json(text.encode() if isinstance(text, str) else text, limits)
    assert isinstance(read, Tree), read
    return read.root


def refused(text: str | bytes, limits: TreeLimits | None = None) -> Issue:
    read = read_json(text.encode() if isinstance(text, str) else text, limits)
    assert isinstance(read, Issue)
    return read


def texts(node: Node) -> dict[str, str]:
    paths = NodePaths()
    return {paths.of(one): one.text for one in node.walk() if one.text}


def test_members_and_lists_are_named_texts() -> None:
    root = tree(
        '{"number": "P\\u00e4 1", "lines": [{"qty": 1.50}, {"qty": 2e3}], "tags": ["a"], "gone": null, "ok": true}'
    )
    assert texts(root) == {
        "number": "Pä 1", "lines[1]/qty": "1.50", "lines[2]/qty": "2e3", "tags": "a", "ok": "true",
    }  # fmt: skip


def test_every_value_knows_its_line_and_column() -> None:
    root = tree('{\n  "a": 1,\n  "b": {"c": "x"}}')
    assert [(one.name, one.line, one.column) for one in root.walk()] == [
        ("", 1, 1), ("a", 2, 8), ("b", 3, 8), ("c", 3, 14),
    ]  # fmt: skip


def test_a_list_and_lines_of_json_are_items() -> None:
    wanted = {"item[1]/a": "1", "item[2]/a": "2"}
    assert texts(tree('[{"a": 1}, {"a": 2}]')) == texts(tree('{"a": 1}\n{"a": 2}\n')) == wanted
    assert texts(tree('[{"a": 1}]')) == {"item/a": "1"}
    assert texts(tree("[[1, 2], [3]]")) == {"item[1]/item[1]": "1", "item[1]/item[2]": "2", "item[2]/item": "3"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encodings_of_json_are_read(encoding: str) -> None:
    assert texts(tree('{"n": "Müller"}'.encode(encoding))) == {"n": "Müller"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ('{"a": 1,\n "a": 2}', 2, 2),
        ('{"a": NaN}', 1, 7),
        ('{"a": -Infinity}', 1, 7),
        ('{"a": 01}', 1, 7),
        ('{"a": 1_000}', 1, 7),
        ('{"a": 1,}', 1, 9),
        ("[1,]", 1, 4),
        ("[1 2]", 1, 4),
        ('{"a" 1}', 1, 6),
        ('{"a": "x\ny"}', 1, 7),
        ('{"a": "\\q"}', 1, 7),
        ('{"a": 1', 1, 7),
        ("{'a': 1}", 1, 2),
        ("nulls", 1, 1),
        ("[1]]", 1, 4),
    ],
)
def test_what_is_no_json_is_refused_where_it_breaks(text: str, line: int, column: int) -> None:
    issue = refused(text)
    assert (issue.code, issue.line, issue.column) == ("json.unreadable", line, column)


def test_what_is_no_text_is_refused() -> None:
    assert refused(b'{"a": "\xff"}').code == "charset.invalid"
    assert refused('{"a": "\\ud800"}').code == "charset.invalid"
    assert refused('{"a": "\\u0000"}').code == "charset.invalid"


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, f"[{'1,' * 30}1]", f'["{"x" * 2000}"]'])
def test_more_than_is_taken_is_refused(text: str) -> None:
    assert (
        refused(text, TreeLimits(bytes=700_000 if "x" not in text else 1000, nodes=20, depth=8)).code
        == "limit.exceeded"
    )


@given(st.binary(max_size=100) | st.text('{}[]:,"\\ 01.-+eEtruefalsn\n', max_size=60).map(str.encode))
def test_any_bytes_give_a_tree_or_an_issue_that_says_what_to_do(content: bytes) -> None:
    read = read_json(content)
    if isinstance(read, Issue):
        assert ADVICE[read.code]
        assert (read.line or 0) >= 1
        assert (read.column or 0) >= 1


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES)
def test_what_json_writes_is_read(value: object) -> None:
    leaves = list(_leaves(value))
    read = tree(json.dumps(value))
    assert [one.text for one in read.walk() if one.text] == leaves


def _leaves(value: object) -> list[str]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [leaf for one in inner for leaf in _leaves(one)]
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    return [text] if text else []
