"""Elements of a document as documents of their own: what a service put into one answer, each stored by itself."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree


def cut_xml(content: bytes, names: Sequence[str]) -> list[bytes]:
    """The elements at this path, the root's name first, in UTF-8 with the namespaces they stand in; names are local.

    The document is one that read_xml takes.
    """
    parser = etree.XMLParser(resolve_entities="internal", no_network=True, load_dtd=False, remove_pis=True)
    root = etree.fromstring(content, parser)
    found = [root] if _name(root) == names[0] else []
    for name in names[1:]:
        found = [child for element in found for child in element if _name(child) == name]
    return [etree.tostring(element, encoding="UTF-8", xml_declaration=True, with_tail=False) for element in found]


def _name(element: etree._Element) -> str:
    """The local name; empty for a comment."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
