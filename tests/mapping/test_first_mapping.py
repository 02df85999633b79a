"""A first mapping from a sample, and a mapping as a page."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    assert tomllib.loads(text)["order"]["lines"]["each"] == "L"
    assert '# "L/@n" = "why"    # 1' in text
    compiled = completed(text, {"number": "No", "ordered_on": "Day | date", "position": "@n | int"})
    (part,) = compiled.parts(XML).parts
    found = compiled.read(part)
    assert found.document["lines"] == [{"position": 1}, {"position": 2}]
    assert [one.path for one in found.unread] == ["L[1]/Q", "L[2]/Q"]


def test_a_sample_of_cxml_gives_a_mapping_that_extends_the_one_of_its_document() -> None:
    document = b"<cXML><Header/><Request><OrderRequest/></Request></cXML>"
    assert tomllib.loads(first_mapping(LIBRARY, document, "order"))["extends"] == "cxml/order_request"
    with pytest.raises(UsageError, match="No published mapping reads any of ProfileRequest"):
        first_mapping(LIBRARY, document.replace(b"Order", b"Profile"), "order")
    with pytest.raises(UsageError, match="line 1"):
        first_mapping(LIBRARY, b"<cXML><Request>", "order")


def test_a_sample_of_a_table_gives_its_columns() -> None:
    text = first_mapping(LIBRARY, b"Order no;Qty\n1;5\n", "stock")
    assert tomllib.loads(text) == {
        "reads": "csv stock", "makes": "stock", "layout": {"delimiter": ";"}, "rows": {"each": "rows"}, "ignore": {},
    }  # fmt: skip
    assert '# "\\"Order no\\"" = "why"    # 1' in text


@pytest.mark.parametrize(
    ("content", "layout"),
    [
        ("Käufer;Menge\nMüller;1,5\n".encode("cp1252"), {"encoding": "windows-1252", "delimiter": ";", "decimal": ","}),
        ("Käufer\tMenge\nMüller\t1.5\n".encode("utf-16"), {"encoding": "utf-16", "delimiter": "\t"}),
        ("\ufeffKäufer|Menge\nMüller|1.200,50\n".encode(), {"delimiter": "|", "decimal": ","}),
        (b'no,amount\n1,"12,50"\n', {"delimiter": ",", "decimal": ","}),
        (b"no;amount\n1;1,200\n", {"delimiter": ";"}),
        (b"PO-1;12,50\nPO-2;3,10\n", {"delimiter": ";", "decimal": ",", "columns": ["column_1", "column_2"]}),
        (b"sku\nA-1\nA-2\n", {}),
        (
            b"PO-1    20240205A-100    12,50\nPO-2    20240206A-2       3,10\n",
            {"decimal": ",", "fixed": {"column_1": 8, "column_2": 17, "column_3": 5}},
        ),
    ],
)  # fmt: skip
def test_a_sample_of_a_table_gives_its_layout(content: bytes, layout: dict[str, object]) -> None:
    text = first_mapping(LIBRARY, content, "stock")
    stated = tomllib.loads(text)
    assert stated.get("layout", {}) == layout
    assert stated["reads"] == ("fixed stock" if "fixed" in layout else "csv stock")
    path = json.loads(next(line for line in text.splitlines() if line.startswith('# "')).split(" = ")[0][2:])
    rules = text.replace("# a line for", f"sku = {json.dumps(path)}\n# a line for")
    mapping = Library({**FILES, "t/mapping.toml": rules.encode()}).inbound("t")
    assert isinstance(mapping, TreeMapping)
    (part,) = mapping.parts(content).parts
    assert not [issue for issue in mapping.read(part).issues if issue.is_error]


ONE = "<Order><No>1</No><Day>2024-02-05</Day><L><Q>5</Q><S><D>2024-02-06</D></S><S/></L><L><Q>6</Q></L></Order>"
TWO = "<B><At>12:00</At><O n='1'><L><Q>5</Q></L><L><Q>6</Q></L></O><O n='2'><L><Q>5</Q></L></O></B>"


@pytest.mark.parametrize(
    ("content", "root", "each", "count"),
    [
        (ONE, "Order", "L", 1),
        (ONE.replace("Order>", "Doc>"), "Doc", "L", 1),
        (f"<Orders>{ONE}{ONE}</Orders>", "Orders/Order", "L", 2),
        (f"<Envelope><Head><Sent>2024-02-05</Sent></Head><Body>{ONE}</Body></Envelope>", "Envelope/Body/Order", "L", 1),
        (TWO, "B/O", "L", 2),
        ('{"orders": [{"no": 1, "ls": [{"q": 1}, {"q": 2}]}, {"no": 2, "ls": [{"q": 3}]}]}', "orders", "ls", 2),
        ('{"no": 1, "on": "2024-02-05", "ls": [{"q": 1, "p": [{"q": 1}, {"q": 2}]}, {"q": 2}]}', None, "ls", 1),
        ('{"no": 1}\n{"no": 2}', None, "ELEMENT", 2),
    ],
)  # fmt: skip
def test_a_sample_shows_what_is_one_message(content: str, root: str | None, each: str, count: int) -> None:
    text = first_mapping(LIBRARY, content.encode(), "order")
    stated = tomllib.loads(text)
    assert (stated.get("root"), stated["order"]["lines"]["each"]) == (root, each)
    compiled = completed(text, {"number": "number", "ordered_on": "on | date", "position": "line | int"})
    assert len(compiled.parts(content.encode()).parts) == count


@given(
    st.binary(max_size=80)
    | st.text("a1;, \t\n\"'|.-", max_size=80).map(str.encode)
    | st.text("<ab/> ='1\n{}[]\":,", max_size=60).map(str.encode)
)
def test_whatever_the_sample_is_it_gives_a_file_or_a_sentence(content: bytes) -> None:
    for makes in ("order", "stock"):
        try:
            text = first_mapping(LIBRARY, content, makes)
        except UsageError:
            continue
        assert tomllib.loads(text)["reads"]
        text.encode()


def test_what_stands_around_the_messages_is_told_as_a_message_reads_it() -> None:
    text = first_mapping(LIBRARY, TWO.encode(), "order")
    assert "#   ../At    # 12:00" in text.splitlines()


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
        (b"\0\1", "order", "no EDIFACT, cXML, XML, JSON, CSV or fixed columns"),
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
