"""cXML documents as mappings see them: the one element that an envelope holds, without the envelope."""

from __future__ import annotations

from collections.abc import Callable

from gateway.issues import Issue
from gateway.tree import Node, Tree
from gateway.xml.reader import read_xml


def reader_of(name: str) -> Callable[[bytes], Tree | Issue]:
    """What reads a document and gives the tree of the element of that name which its Request or Message holds.

    The element may be the document itself. Lines are those of the whole.
    """

    def read(content: bytes) -> Tree | Issue:
        tree = read_xml(content)
        if isinstance(tree, Issue):
            return tree
        root = _held(tree.root, name)
        if root is None:
            text = f"the document holds no {name}"
            return Issue(code="document.missing", text=text, line=tree.root.line, path=tree.root.name)
        return tree._replace(root=root)

    return read


def _held(document: Node, name: str) -> Node | None:
    if document.name == name:
        return document
    return next((held for part in document.children for held in part.children if held.name == name), None)
