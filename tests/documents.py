"""Orders as CSV, fixed columns, JSON and XML, and a partner of the demo who sends them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests import sent
from tests.workspaces import Place

CONNECTION, POSTED = "acme_files", "acme_http"
WAYS = ("csv", "fixed", "json", "xml")
Lines = Sequence[tuple[str, str]]
"""GTIN and quantity."""

_ORDER = """
[order]
number     = "{number} | required"
ordered_on = "{ordered_on} | date | required"
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
    "number": "number", "ordered_on": "ordered_on", "currency": "currency", "buyer": "buyer", "position": "position",
    "gtin": "gtin", "quantity": "quantity",
}  # fmt: skip
_FIXED = {"number": 10, "ordered_on": 10, "currency": 3, "buyer": 13, "position": 6, "gtin": 13, "quantity": 8}


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
    widths = ", ".join(f"{name} = {width}" for name, width in _FIXED.items())
    return head + split + f"\n[layout]\nfixed = {{ {widths} }}\nheader = false\n" + _ORDER.format(**_PLAIN, each="rows")


def agree(place: Place, *syntaxes: str, more: str = "") -> Place:
    """The workspace, in which acme sends orders in these syntaxes, by a folder and by posts."""
    place.write(f"connections/{CONNECTION}.toml", 'kind = "folder"\npath = "inbox/files"\npoll = "1s"\n')
    place.write(f"connections/{POSTED}.toml", 'kind = "http"\n')
    agreements = []
    for syntax in syntaxes:
        place.write(f"mappings/files/{syntax}_orders/mapping.toml", mapping_of(syntax))
        files = 'files = "*.txt"\n' if syntax == "fixed" else 'files = "*.csv"\n' if syntax == "csv" else ""
        agreements.append(
            f'\n[[agreement]]\nreceive = "{syntax} orders"\nvia = ["{CONNECTION}", "{POSTED}"]\n'
            f'mapping = "files/{syntax}_orders"\n{files if len(syntaxes) > 1 else ""}{more}'
        )
    acme = place.root / "partners" / "acme.toml"
    acme.write_text(acme.read_text("utf-8") + "".join(agreements), "utf-8")
    return place


def written(syntax: str, *orders: tuple[str, Lines], buyer: str = sent.HAMBURG) -> bytes:
    """A file with these orders, each a number and its lines."""
    day = sent.TODAY.isoformat()
    rows = [
        {"number": number, "ordered_on": day, "currency": "EUR", "buyer": buyer, "position": str(position),
         "gtin": gtin, "quantity": quantity}
        for number, lines in orders
        for position, (gtin, quantity) in enumerate(lines, 1)
    ]  # fmt: skip
    if syntax == "csv":
        return "\n".join([",".join(_PLAIN), *(",".join(row.values()) for row in rows), ""]).encode()
    if syntax == "fixed":
        return "".join(
            "".join(row[name].ljust(width) for name, width in _FIXED.items()) + "\n" for row in rows
        ).encode()
    heads = {number: {"number": number, "ordered_on": day, "currency": "EUR", "buyer": buyer} for number, _ in orders}
    lines = {
        number: [
            {name: row[name] for name in ("position", "gtin", "quantity")} for row in rows if row["number"] == number
        ]
        for number in heads
    }
    if syntax == "json":
        return json.dumps([{**head, "lines": lines[number]} for number, head in heads.items()]).encode()
    return f"<Orders>{''.join(_xml(head, lines[number]) for number, head in heads.items())}</Orders>".encode()


def _xml(head: dict[str, str], lines: list[dict[str, str]]) -> str:
    inner = "".join(f"<Line>{_elements(line)}</Line>" for line in lines)
    return f"<Order>{_elements(head)}{inner}</Order>"


def _elements(values: dict[str, str]) -> str:
    return "".join(f"<{name.title()}>{value}</{name.title()}>" for name, value in values.items())


def sent_by(place: Place, content: bytes, name: str) -> list[dict]:
    """The lines of `ingest --json` of a file that came by the partner's folder."""
    file = place.root / name
    file.write_bytes(content)
    return place.ingest(file, options=("--connection", CONNECTION))
