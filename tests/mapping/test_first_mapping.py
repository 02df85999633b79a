"""A first mapping from a sample, and a mapping as a page."""

from __future__ import annotations

import tomllib

import pytest

from gateway.bundle import bundled, read_tree
from gateway.errors import UsageError
from gateway.mapping.first_mapping import first_mapping
from gateway.mapping.library import Library
from gateway.mapping.mapping_page import mapping_page
from gateway.mapping.tree_mapping import TreeMapping

FILES = read_tree(bundled("mappings"))
LIBRARY = Library(FILES)
XML = b"<Orders><Order><No>1</No><Day>2024-02-05</Day><L n='1'><Q>5</Q></L><L n='2'><Q>6</Q></L></Order></Orders>"


def completed(text: str, paths: dict[str, str]) -> TreeMapping:
    """The mapping with the rules that it asks for."""
    for field, path in paths.items():
        text = text.replace(f'{field} = "', f'{field} = "{path}')
    compiled = Library({**FILES, "t/mapping.toml": text.encode()}).inbound("t")
    assert isinstance(compiled, TreeMapping)
    return compiled


def test_a_sample_of_xml_gives_a_mapping_that_only_lacks_what_only_a_person_knows() -> None:
    text = first_mapping(LIBRARY, XML, "order")
    assert tomllib.loads(text)["order"]["lines"]["each"] == "Order/L"
    assert '# "Order/L/@n" = "why"    # 1' in text
    compiled = completed(text, {"number": "Order/No", "ordered_on": "Order/Day | date", "position": "@n | int"})
    (part,) = compiled.parts(XML).parts
    found = compiled.read(part)
    assert found.document["lines"] == [{"position": 1}, {"position": 2}]
    assert [one.path for one in found.unread] == ["Order/L[1]/Q", "Order/L[2]/Q"]


def test_a_sample_of_a_table_gives_its_columns() -> None:
    text = first_mapping(LIBRARY, b"Order no;Qty\n1;5\n", "stock")
    assert tomllib.loads(text) == {"reads": "csv stock", "makes": "stock", "rows": {"each": "rows"}, "ignore": {}}
    assert '# "\\"Order no\\"" = "why"    # 1' in text


def test_a_sample_of_json_gives_its_members() -> None:
    text = first_mapping(LIBRARY, b'[{"no": 1, "lines": [{"q": 1}, {"q": 2}]}]', "order")
    assert tomllib.loads(text)["order"]["lines"]["each"] == "lines"
    assert '# "lines/q" = "why"    # 1' in text


def test_a_sample_of_edifact_extends_what_is_published() -> None:
    sample = (bundled("sample_messages") / "01_acme_order.edi").read_bytes()
    assert tomllib.loads(first_mapping(LIBRARY, sample, "order"))["extends"] in LIBRARY.ids()


@pytest.mark.parametrize(
    ("content", "makes", "says"),
    [
        (b"\0\1", "order", "no EDIFACT, XML, JSON or CSV"),
        (b"<a>", "order", "line 1"),
        (b"{", "order", "line 1"),
        (b"a,a\n1,2\n", "order", "names a twice"),
        (b"a,b\n", "invoice", "No mapping makes 'invoice'"),
    ],
)
def test_what_is_no_sample_is_told_in_a_sentence(content: bytes, makes: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        first_mapping(LIBRARY, content, makes)


def test_a_page_tells_where_each_field_comes_from_and_what_is_not_read() -> None:
    page = "\n".join(mapping_page(LIBRARY.effective("idoc/ordrsp")))
    assert "| `erp_order` | `E1EDK02[QUALF='002']/BELNR // E1EDK01/BELNR` |" in page
    assert "- each: `E1EDP01`" in page
    assert "| `E1EDK14` | sales organisation |" in page
