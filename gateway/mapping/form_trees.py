"""Forms as mappings see them: each field an element of its name, in capitals, as OCI does not tell them apart."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from gateway.issues import Issue
from gateway.tree import Node, Tree, TreeLimits

_TAKEN = TreeLimits()


def form_content(fields: Iterable[tuple[str, str]]) -> bytes:
    """The fields as the one text that a mapping reads: names and values as `application/x-www-form-urlencoded`."""
    return urlencode(list(fields), errors="surrogatepass").encode("ascii")


def read_form(content: bytes) -> Tree | Issue:
    """The form as a tree; a field that has no value is left out. All stand on line 1, their column is their place."""
    if len(content) > _TAKEN.bytes:
        return Issue(code="limit.exceeded", text=f"the form has more than {_TAKEN.bytes} bytes", line=1, column=1)
    fields = parse_qsl(content.decode("latin-1").strip("\r\n"), encoding="utf-8", errors="replace")
    if len(fields) > _TAKEN.nodes:
        return Issue(code="limit.exceeded", text=f"the form has more than {_TAKEN.nodes} fields", line=1, column=1)
    root = Node("", "", None, (0, 1, 1))
    for place, (name, value) in enumerate(fields, 1):
        field = Node(name.strip().upper(), "", root, (place, 1, place))
        field.text = value
        root.add(field)
    return Tree(root, len(fields) + 1)
