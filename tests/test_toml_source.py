"""TOML with positions."""

from __future__ import annotations

import pytest

from gateway.errors import ConfigError
from gateway.toml_source import parse, parse_bytes

TEXT = '''# a comment with = and [brackets]
mapping = "x"

[order]
number = "BGM/1004 | trim"   # = [not this]
"RFF[CT]" = 'a # text'
list = [
  "one",   # [1]
  "two",
]
inline = { a.b = 1, "c" = "}" }

[[check]]
says = """
[no.header]
"""
[check.expect]
"lines[0].quantity" = 1
[[check]]
  says = 'second'
'''


def test_keys_headers_and_array_items_have_their_line_and_column():
    source = parse(TEXT, "m.toml")
    assert source.position(("mapping",)) == (2, 1)
    assert source.position(("order",)) == (4, 1)
    assert source.position(("order", "RFF[CT]")) == (6, 1)
    assert source.position(("order", "list", 1)) == (9, 3)
    assert source.position(("order", "inline", "a", "b")) == (11, 12)
    assert source.position(("order", "inline", "c")) == (11, 21)
    assert source.position(("check", 0, "expect", "lines[0].quantity")) == (18, 1)
    assert source.position(("check", 1, "says")) == (20, 3)


def test_a_value_stands_where_its_quote_opens():
    assert parse(TEXT, "m.toml").value_position(("order", "number")) == (5, 10)


def test_an_unknown_path_stands_at_its_nearest_ancestor():
    source = parse(TEXT, "m.toml")
    assert source.position(("order", "missing", "deeper")) == (4, 1)
    assert source.position(("nothing",)) == (1, 1)


def test_a_fault_in_the_toml_is_a_problem_with_its_place():
    with pytest.raises(ConfigError) as caught:
        parse('a = 1\nb = "open\n', "m.toml")
    assert caught.value.problems[0][:3] == ("m.toml", 2, 10)


def test_bytes_that_are_no_utf8_are_a_problem_with_their_line():
    with pytest.raises(ConfigError) as caught:
        parse_bytes(b"a = 1\nb = '\xff'\n", "m.toml")
    assert caught.value.problems[0][:2] == ("m.toml", 2)
