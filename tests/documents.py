"""Orders as CSV, fixed columns, JSON and XML, and a partner of the demo who sends them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests import sent
from tests.workspaces import Place

CONNECTION = "acme_files"
ENDS = {"fixed": "txt"}
"""The ends of file names that are not the syntax."""
WAYS = ("csv", "fixed", "json", "xml")
Lines = Sequence[tuple[str, str]]
"""GTIN and quantity."""

_ORDER = """
[order]
number     = "{number} | required"
ordered_on = "{ordered_on} | date | required"
deliver_on = "{deliver_on} | date"
currency   = "{currency} | code(currency)"

[order.buyer]
id         = "{buyer}"
id_scheme  = "'gln'"

[order.lines]
each       = "{each}"
position   = "{position} | int"
gtin       = "{gtin} | gtin"
quantity   = "{quantity} | decimal | required"
"""
_PLAIN = {
    "number": "number", "ordered_on": "ordered_on", "deliver_on": "deliver_on", "currency": "currency",
    "buyer": "buyer", "position": "position", "gtin": "gtin", "quantity": "quantity",
}  # fmt: skip
_FIXED = {
    "number": 10,
    "ordered_on": 10,
    "deliver_on": 10,
    "currency": 3,
    "buyer": 13,
    "position": 6,
    "gtin": 13,
    "quantity": 8,
}


def posted(syntax: str) -> str:
    """The connection that documents in a syntax are posted to."""
    return f"acme_{syntax}"


def mapping_of(syntax: str) -> str:
    """The mapping that reads orders in a syntax."""
    head = f'mapping = "files/{syntax}_orders"\nreads = "{syntax} orders"\nmakes = "order"\n'
    if syntax == "json":
        return head + _ORDER.format(**_PLAIN, each="lines")
    if syntax == "xml":
        tags = {name: name.title() for name in _PLAIN}
        return head + 'root = "Orders/Order"\n' + _ORDER.format(**tags, each="Line")
    split = 'split = "number"\n'
    if syntax == "csv":
        return head + split + _ORDER.format(**_PLAIN, each="rows")
    widths = "".join(f"{name} = {width}\n" for name, width in _FIXED.items())
    return head + split + "\n[layout.fixed]\n" + widths + _ORDER.format(**_PLAIN, each="rows")


def agree(place: Place, *syntaxes: str, more: str = "") -> Place:
    """The workspace, in which acme sends orders in these syntaxes, by a folder and by posts."""
    place.write(f"connections/{CONNECTION}.toml", 'kind = "folder"\npath = "inbox/files"\npoll = "1s"\n')
    agreements = []
    for syntax in syntaxes:
        place.write(f"connections/{posted(syntax)}.toml", f'kind = "http"\naccepts = ["{syntax}"]\n')
        place.write(f"mappings/files/{syntax}_orders/mapping.toml", mapping_of(syntax))
        # Tables are told apart by the names of their files; what is posted has none.
        files = f'files = "*.{ENDS.get(syntax, syntax)}"\n' if len(syntaxes) > 1 else ""
        for connection, named in ((CONNECTION, files), (posted(syntax), "")):
            agreements.append(
                f'\n[[agreement]]\nreceive = "{syntax} orders"\nvia = "{connection}"\n'
                f'mapping = "files/{syntax}_orders"\n{named}{more}'
            )
    acme = place.root / "partners" / "acme.toml"
    acme.write_text(acme.read_text("utf-8") + "".join(agreements), "utf-8")
    return place


def written(syntax: str, *orders: tuple[str, Lines], buyer: str = sent.HAMBURG) -> bytes:
    """A file with these orders, each a number and its lines."""
    documents = [_head(number, buyer) | {"lines": _numbered(lines)} for number, lines in orders]
    if syntax == "json":
        return json.dumps(documents).encode()
    if syntax == "xml":
        return f"<Orders>{''.join(map(_xml, documents))}</Orders>".encode()
    rows = [_head(number, buyer) | line for number, lines in orders for line in _numbered(lines)]
    if syntax == "csv":
        return "\n".join([",".join(_PLAIN), *(",".join(row.values()) for row in rows), ""]).encode()
    return "".join("".join(row[name].ljust(width) for name, width in _FIXED.items()) + "\n" for row in rows).encode()


def _head(number: str, buyer: str) -> dict[str, Any]:
    days = {"ordered_on": sent.TODAY.isoformat(), "deliver_on": sent.WANTED.isoformat()}
    return {"number": number, **days, "currency": "EUR", "buyer": buyer}


def _numbered(lines: Lines) -> list[dict[str, str]]:
    return [{"position": str(n), "gtin": gtin, "quantity": quantity} for n, (gtin, quantity) in enumerate(lines, 1)]


def _xml(document: dict[str, Any]) -> str:
    lines = "".join(f"<Line>{_elements(line)}</Line>" for line in document["lines"])
    head = {name: value for name, value in document.items() if name != "lines"}
    return f"<Order>{_elements(head)}{lines}</Order>"


def _elements(values: dict[str, str]) -> str:
    return "".join(f"<{name.title()}>{value}</{name.title()}>" for name, value in values.items())


def sent_by(place: Place, content: bytes, name: str) -> list[dict]:
    """The lines of `ingest --json` of a file that came by the partner's folder."""
    file = place.root / name
    file.write_bytes(content)
    return place.ingest(file, options=("--connection", CONNECTION))
