"""XML documents read into trees; what is no XML, or more than is taken, is an issue with its place.

No DTD is loaded and nothing is fetched. A DOCTYPE is taken only where it is cXML's, entities of a document's own never.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from lxml import etree

from gateway.issues import Issue
from gateway.tree import Node, Tree, TreeLimits

_FEED_BYTES = 64 << 10
_PIECE_BYTES = 10_000_000
# The DTDs that cXML documents name (cXML 1.2 Reference Guide, "cXML Document Type Definitions").
_CXML_DTD = re.compile(r"https?://(?i:xml\.cxml\.org)/schemas/cXML/[0-9A-Za-z.]{1,20}/[0-9A-Za-z]{1,40}\.dtd")
_BLANK = " \t\r\n"
# What schema tools write beside the data (xsi:schemaLocation, xsi:type) says nothing about the trade.
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"


def read_xml(content: bytes, limits: TreeLimits | None = None, until: Collection[str] = frozenset()) -> Tree | Issue:
    """The document as a tree, or the issue it is refused for.

    Where an element that `until` names begins directly inside the root, the rest of the document is not read: of that
    element there are its attributes.

    Texts and attributes have no blanks around them. Comments and processing instructions are left out, and attributes
    of XML Schema's own namespace; lines count from 1, columns are not known.
    """
    taken = limits or TreeLimits()
    if len(content) > taken.bytes:
        return Issue(code="limit.exceeded", text=f"the document has more than {taken.bytes} bytes", line=1, column=1)
    try:
        return _Reader(taken, until).read(content)
    except _RefusedError as refused:
        return refused.issue
    except etree.XMLSyntaxError as error:
        line, column = error.position
        is_limit = error.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT
        code = "limit.exceeded" if is_limit else "xml.not-well-formed"
        text = f"more than is read of a document: {_reason(error)}" if is_limit else f"this is no XML: {_reason(error)}"
        return Issue(code=code, text=text, line=max(line or 1, 1), column=max(column or 1, 1))


class _RefusedError(Exception):
    """A document that is not taken."""

    def __init__(self, code: str, text: str, line: int) -> None:
        super().__init__(text)
        self.issue = Issue(code=code, text=text, line=line, column=1)


class _Open(NamedTuple):
    """An element that has not ended, and the texts between its children so far."""

    node: Node
    texts: list[str]


class _Reader:
    """Builds the tree while the parser goes; what has been read is taken out of the parser's own."""

    def __init__(self, limits: TreeLimits, until: Collection[str]) -> None:
        self._limits = limits
        self._until = until
        self._is_enough = False
        self._size = 0
        self._open: list[_Open] = []
        self._root: Node | None = None
        self._doctype = ""

    def read(self, content: bytes) -> Tree:
        """The tree. Raises _RefusedError, and XMLSyntaxError for what is no XML."""
        parser = etree.XMLPullParser(
            events=("start", "end"), resolve_entities="internal", no_network=True, load_dtd=False,
            huge_tree=False, remove_comments=True, remove_pis=True, attribute_defaults=False,
        )  # fmt: skip
        quiet = 0
        for start in range(0, len(content), _FEED_BYTES):
            parser.feed(content[start : start + _FEED_BYTES])
            quiet = 0 if self._take(parser) else quiet + _FEED_BYTES
            if self._root is not None and self._is_enough:
                return Tree(self._root, self._size, self._doctype)
            # A tag is kept until it ends, and takes many times its size then; libxml2 takes no longer text either.
            if quiet > _PIECE_BYTES:
                line = self._open[-1].node.line if self._open else 1
                raise _RefusedError("limit.exceeded", f"one tag or text has more than {_PIECE_BYTES} bytes", line)
        parser.close()
        self._take(parser)
        if self._root is None:
            raise _RefusedError("xml.not-well-formed", "the document has no element", 1)
        return Tree(self._root, self._size, self._doctype)

    def _take(self, parser: etree.XMLPullParser[etree._Element]) -> bool:
        """Whether anything began or ended; what comes once there is enough is left."""
        event = None
        for event, element in parser.read_events():
            if event == "start":
                self._start(element)
            else:
                self._end(element)
            if self._is_enough:
                break
        return event is not None

    def _start(self, element: etree._Element) -> None:
        if self._root is None:
            self._doctype = _checked_doctype(element)
        parent = self._open[-1].node if self._open else None
        node = self._node(str(element.tag), parent, element.sourceline or 1)
        self._root = self._root or node
        if len(self._open) >= self._limits.depth:
            raise self._too_much(f"elements more than {self._limits.depth} deep", node)
        attributes = element.items()
        if len(attributes) > self._limits.attributes:
            raise self._too_much(f"an element with more than {self._limits.attributes} attributes", node)
        for name, text in attributes:
            if not str(name).startswith(_INSTANCE):
                attribute = self._node(str(name), node, node.line)
                attribute.name, attribute.text = f"@{attribute.name}", str(text).strip(_BLANK)
        self._open.append(_Open(node, []))
        self._is_enough = self._is_enough or (parent is self._root and node.name in self._until)

    def _end(self, element: etree._Element) -> None:
        node, texts = self._open.pop()
        for child in element:
            texts.append(child.tail or "")
        node.text = "".join([str(element.text or ""), *texts]).strip(_BLANK)
        element.clear(keep_tail=True)
        self._forget_before(element)

    def _forget_before(self, element: etree._Element) -> None:
        """Drops the elements before this one in the parser's tree; what stands behind them goes to the parent."""
        around = element.getparent()
        before = element.getprevious()
        while around is not None and before is not None:
            self._open[-1].texts.append(before.tail or "")
            around.remove(before)
            before = element.getprevious()

    def _node(self, tag: str, parent: Node | None, line: int) -> Node:
        space, _, name = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
        node = Node(name, space, parent, (self._size, line, 0))
        self._size += 1
        if self._size > self._limits.nodes:
            raise self._too_much(f"more than {self._limits.nodes} elements and attributes", node)
        if parent is not None:
            parent.add(node)
        return node

    def _too_much(self, what: str, node: Node) -> _RefusedError:
        return _RefusedError("limit.exceeded", f"the document has {what}", node.line)


def _checked_doctype(root: etree._Element) -> str:
    """The DTD that is named, empty where none is.

    Raises _RefusedError for a DOCTYPE other than cXML's, and for declarations of the document's own.
    """
    document = root.getroottree().docinfo
    declared = document.internalDTD
    if declared is None:
        return ""
    if next(declared.iterentities(), None) is not None or next(declared.iterelements(), None) is not None:
        raise _RefusedError("xml.doctype", "the document declares entities or elements of its own", 1)
    if not _CXML_DTD.fullmatch(document.system_url or ""):
        raise _RefusedError("xml.doctype", f"the document has a DOCTYPE ({(document.system_url or '')[:80]!r})", 1)
    return document.system_url or ""


def _reason(error: etree.XMLSyntaxError) -> str:
    # What it advises is for the author of a program.
    return str(error.msg).strip().partition(", line ")[0].partition(", use XML")[0][:200]
