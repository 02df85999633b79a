"""A first mapping from a sample: everything that stands in it listed, so that nothing is left to be found later."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from gateway.edifact.reader import read
from gateway.errors import UsageError
from gateway.issues import Issue
from gateway.json.reader import ITEM, read_json
from gateway.mapping.library import Library
from gateway.mapping.targets import DOCUMENTS, required_fields
from gateway.model.trade_rows import ROW_KINDS
from gateway.syntaxes import begins_as
from gateway.tabular.reader import TableFault
from gateway.tabular.rows import RowLayout, open_rows
from gateway.tree import Node
from gateway.xml.reader import read_xml

_PLAIN = re.compile(r"@?[^\W\d][\w.\-]*")
_COLUMN = re.compile(r"[^\W][\w:.#%-]*")
_SHOWN = 30


def first_mapping(library: Library, content: bytes, makes: str) -> str:
    """A mapping file that makes a document: what it has to fill, and every path of the sample, to be read or ignored.

    Of an EDIFACT file one that extends the published mapping of its type. Raises UsageError for what is no such file.
    """
    if makes not in DOCUMENTS:
        raise UsageError(f"No mapping makes {makes!r}: it makes {', '.join(DOCUMENTS)}.")
    syntax = begins_as(content[:4096])
    if syntax == "edifact":
        return _extending(library, content)
    if syntax == "csv":
        return "\n".join(_of_table(content, makes)) + "\n"
    if syntax in ("xml", "json"):
        return "\n".join(_of_tree(content, syntax, makes)) + "\n"
    raise UsageError("The file is no EDIFACT, XML, JSON or CSV. Name a sample of what the mapping has to read.")


def _extending(library: Library, content: bytes) -> str:
    for interchange in read(content):
        for message in interchange.messages():
            kind = f"{message.type} {message.version}.{message.release}"
            base = library.standard(f"edifact {kind}", message.association, inbound=True)
            if base is None:
                raise UsageError(f"No published mapping reads {kind}. `gateway mapping list` shows those there are.")
            return f'extends = "{base}"\npartner = "NAME"    # the folder below partners/\n'
    raise UsageError("The file holds no message. Name a sample of what the mapping has to read.")


def _of_table(content: bytes, makes: str) -> Iterator[str]:
    table = open_rows(content, RowLayout())
    if isinstance(table, TableFault):
        raise UsageError(f"line {table.line}: {table.text}.")
    first = next((row for row in table.rows() if row.fault is None), None)
    split = ['split = "COLUMN"    # a message for each value; left out, the table is one']
    yield from _head("csv", makes, [] if makes in ROW_KINDS else split)
    yield from _tables(makes, '"rows"')
    columns = {name: first.cell(index) if first else "" for name, index in table.columns[""].items()}
    yield from _ignored((name if _COLUMN.fullmatch(name) else f'"{name}"', text) for name, text in columns.items())


def _of_tree(content: bytes, syntax: str, makes: str) -> Iterator[str]:
    tree = read_xml(content) if syntax == "xml" else read_json(content)
    if isinstance(tree, Issue):
        raise UsageError(f"line {tree.line}: {tree.text}.")
    root = tree.root
    if not root.name and makes not in ROW_KINDS and any(child.name == ITEM for child in root.children):
        root = root.children[0]
    paths: dict[str, str] = {}
    for node in root.walk():
        path = _path(node, root)
        if node.text and path:
            paths.setdefault(path, node.text)
    yield from _head(syntax, makes, [f'root  = "{root.name}"    # what is one message'] if syntax == "xml" else [])
    yield from _tables(makes, _text(_lines(root)))
    yield from _ignored(paths.items())


def _lines(root: Node) -> str:
    """The path of the element that is most likely a line: of those there are several of, the one that holds most."""
    often: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for node in root.walk():
        if node.children and node is not root:
            path = _path(node, root)
            often[path] += 1
            held[path] += sum(1 for _ in node.walk())
    return max((path for path in held if often[path] > 1), key=lambda path: held[path], default="ELEMENT")


def _path(node: Node, root: Node) -> str:
    names: list[str] = []
    around: Node | None = node
    while around is not None and around is not root:
        names.append(around.name if _PLAIN.fullmatch(around.name) else f'"{around.name}"')
        around = around.parent
    return "/".join(reversed(names))


def _head(syntax: str, makes: str, more: list[str]) -> Iterator[str]:
    yield f'reads = "{syntax} {makes if makes in ROW_KINDS else f"{makes}s"}"'
    yield f'makes = "{makes}"'
    yield from more
    yield ""


def _tables(makes: str, each: str) -> Iterator[str]:
    """The tables to fill; rules that are needed stand there with an empty path, which is refused until it is named."""
    if makes in ROW_KINDS:
        yield from ("[rows]", f"each = {each}", "# column of the import = path", "")
        return
    yield f"[{makes}]"
    for name in required_fields(DOCUMENTS[makes]):
        yield f'{name} = " | required"    # the document needs it'
    yield from ("", f"[{makes}.lines]", f"each = {each}", 'position = ""', "")


def _ignored(paths: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield "# All that stands in the sample. What no rule reads is reported, until it is ignored for a reason."
    yield "[ignore]"
    for path, text in paths:
        yield f'# {_text(path)} = "why"    # {text[:_SHOWN]}'.replace("\n", " ").rstrip()


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
