"""A first mapping from a sample: everything that stands in it listed, so that nothing is left to be found later."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from gateway.edifact.reader import read
from gateway.errors import UsageError
from gateway.issues import Issue
from gateway.json.reader import read_json
from gateway.mapping.library import Library
from gateway.mapping.sample_table import SampleTable, sample_table
from gateway.mapping.sample_tree import SampleTree, sample_tree
from gateway.mapping.targets import DOCUMENTS, required_fields
from gateway.model.trade_rows import ROW_KINDS
from gateway.syntaxes import begins_as
from gateway.tabular.reader import TableFault
from gateway.tabular.rows import open_rows
from gateway.xml.reader import read_xml

_COLUMN = re.compile(r"[^\W][\w:.#%-]*")
_SHOWN = 30


def first_mapping(library: Library, content: bytes, makes: str) -> str:
    """A mapping file that makes a document: what it has to fill, and every path of the sample, to be read or ignored.

    Of EDIFACT and cXML one that extends the published mapping of its type. Raises UsageError for what is no such file.
    """
    if makes not in DOCUMENTS:
        raise UsageError(f"No mapping makes {makes!r}: it makes {', '.join(DOCUMENTS)}.")
    syntax = begins_as(content[:4096])
    if syntax == "edifact":
        return _extending(library, content)
    if syntax == "cxml":
        return _extending_cxml(library, content)
    if syntax == "csv":  # so do fixed columns begin
        return "\n".join(_of_table(content, makes)) + "\n"
    if syntax in ("xml", "json"):
        return "\n".join(_of_tree(content, syntax, makes)) + "\n"
    raise UsageError(
        "The file is no EDIFACT, cXML, XML, JSON, CSV or fixed columns. Name a sample of what the mapping has to read."
    )


def _extending(library: Library, content: bytes) -> str:
    for interchange in read(content):
        for message in interchange.messages():
            kind = f"{message.type} {message.version}.{message.release}"
            base = library.standard(f"edifact {kind}", message.association, inbound=True)
            return _delta(base, kind)
    raise UsageError("The file holds no message. Name a sample of what the mapping has to read.")


def _extending_cxml(library: Library, content: bytes) -> str:
    tree = read_xml(content)
    if isinstance(tree, Issue):
        raise UsageError(f"line {tree.line}: {tree.text}.")
    held = [each.name for part in tree.root.children for each in part.children if not each.name.startswith("@")]
    bases = {name: library.standard(f"cxml {name}", inbound=True) for name in held}
    return _delta(next(filter(None, bases.values()), None), f"any of {', '.join(held) or 'nothing'}")


def _delta(base: str | None, kind: str) -> str:
    if base is None:
        raise UsageError(f"No published mapping reads {kind}. `gateway mapping list` shows those there are.")
    return f'extends = "{base}"\npartner = "NAME"    # the folder below partners/\n'


def _of_table(content: bytes, makes: str) -> Iterator[str]:
    sample = sample_table(content)
    table = open_rows(content, sample.layout)
    if isinstance(table, TableFault):
        raise UsageError(f"line {table.line}: {table.text}.")
    first = next((row for row in table.rows() if row.fault is None), None)
    split = ['split = "COLUMN"    # a message for each value; left out, the table is one']
    yield from _head(sample.syntax, makes, [] if makes in ROW_KINDS else split)
    yield from _laid(sample)
    yield from _tables(makes, '"rows"')
    columns = {name: first.cell(index) if first else "" for name, index in table.columns[""].items()}
    yield from _ignored((name if _COLUMN.fullmatch(name) else f'"{name}"', text) for name, text in columns.items())


def _laid(sample: SampleTable) -> Iterator[str]:
    """The layout as far as the sample shows it; nothing where it shows nothing that has to be said."""
    layout, stated = sample.layout, []
    if layout.encoding != "utf-8":
        stated.append(f"encoding = {_text(layout.encoding)}    # it is no UTF-8; see that names come out right")
    if layout.delimiter:
        stated.append(f"delimiter = {_text(layout.delimiter)}")
    if sample.number:
        stated.append(f'decimal = ","    # as in {sample.number}')
    names = layout.columns.get("", ())
    if names and not layout.widths:
        stated.append(f"columns = {_text(names)}    # there is no header: call them what they are")
    if stated:
        yield from ("[layout]", *stated, "")
    if layout.widths:
        yield "# As far as blanks show it: take names and widths from the description. Types of row have a table each."
        yield "[layout.fixed]"
        yield from (f"{name} = {width}" for name, width in zip(names, layout.widths[""], strict=True))
        yield ""


def _of_tree(content: bytes, syntax: str, makes: str) -> Iterator[str]:
    tree = read_xml(content) if syntax == "xml" else read_json(content)
    if isinstance(tree, Issue):
        raise UsageError(f"line {tree.line}: {tree.text}.")
    document = tree.root
    sample = SampleTree([document], document.name) if makes in ROW_KINDS else sample_tree(document, makes)
    root = [f"root = {_text(sample.root)}    # what is one message"] if sample.root else []
    yield from _head(syntax, makes, root)
    yield from _tables(makes, _text(sample.lines))
    around = sample.around(document)
    if around:
        yield "# What stands around the messages, as a rule of the message reads it:"
        yield from (f"#   {path}    # {_shown(text)}" for path, text in around.items())
        yield ""
    yield from _ignored(sample.values().items())


def _head(syntax: str, makes: str, more: list[str]) -> Iterator[str]:
    yield f'reads = "{syntax} {makes if makes in ROW_KINDS else f"{makes}s"}"'
    yield f'makes = "{makes}"'
    yield from more
    yield ""


def _tables(makes: str, each: str) -> Iterator[str]:
    """The tables to fill; rules that are needed stand there with an empty path, which is refused until it is named."""
    if makes in ROW_KINDS:
        columns = (
            f"# a line for each column of an import file of {makes}, as COLUMN = PATH (docs/reference/import-files.md)"
        )
        yield from ("[rows]", f"each = {each}", columns, "")
        return
    yield f"[{makes}]    # what else there is to fill: docs/reference/documents.md"
    for name in required_fields(DOCUMENTS[makes]):
        yield f'{name} = " | required"    # the document needs it'
    yield from ("", f"[{makes}.lines]", f"each = {each}", 'position = ""', "")


def _ignored(paths: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield "# All that stands in the sample. What no rule reads is reported, until it is ignored for a reason."
    yield "[ignore]"
    for path, text in paths:
        yield f'# {_text(path)} = "why"    # {_shown(text)}'.rstrip()


def _shown(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text[:_SHOWN])


def _text(value: object) -> str:
    """A text, or a list of texts, as TOML writes it."""
    return json.dumps(value, ensure_ascii=False)
