"""What a sample of XML or JSON shows of itself: which elements are one message each, and which are its lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.json.reader import ITEM
from gateway.tree import Node

_PLAIN = re.compile(r"@?[^\W\d][\w.\-]*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}|[0-9]{8}")


class SampleTree(NamedTuple):
    """The messages of a sample; `root` is the path that names them, empty where no word of it is needed."""

    messages: Sequence[Node]
    root: str

    @property
    def lines(self) -> str:
        """The path of what is most likely a line: of those there are several of, the one that holds most."""
        fullest = max(self.messages, key=lambda message: sum(1 for _ in message.walk()))
        often, held = Counter[str](), Counter[str]()
        for node in fullest.walk():
            if node.children and node is not fullest:
                path = path_within(node, fullest)
                often[path] += 1
                held[path] += sum(1 for _ in node.walk())
        return max((path for path in held if often[path] > 1), key=lambda path: held[path], default="ELEMENT")

    def values(self) -> dict[str, str]:
        """The first value at each path of the messages."""
        found: dict[str, str] = {}
        for message in self.messages:
            for node in message.walk():
                path = path_within(node, message)
                if node.text and path:
                    found.setdefault(path, node.text)
        return found

    def around(self, document: Node) -> dict[str, str]:
        """The first value at each path of what stands outside of the messages, as a message names it."""
        first = self.messages[0]
        above = {node.index: "../" * up for up, node in enumerate(_ancestry(first))}
        found: dict[str, str] = {}
        for node in _outside(document, self.messages):
            around = next(each for each in _ancestry(node) if each.index in above)
            if node.text and around is not node:
                found.setdefault(above[around.index] + path_within(node, around), node.text)
        return found


def sample_tree(document: Node, makes: str) -> SampleTree:
    """The messages of a sample of what becomes this document; the whole sample where it shows no several."""
    if not document.name and document.children and all(child.name == ITEM for child in document.children):
        return SampleTree(document.children, "")
    whole = SampleTree([document], document.name)
    word = _letters(makes)
    if _letters(document.name).endswith(word):
        return whole
    groups: dict[str, list[Node]] = {}
    for node in document.walk():
        if node.children and node is not document:
            groups.setdefault(path_within(node, document), []).append(node)
    for path, nodes in groups.items():
        is_called = _letters(nodes[0].name) in (word, f"{word}s")
        is_list = len(nodes) > 1 and _holds_lists(nodes) and not _is_dated(document, nodes)
        if is_called or is_list:
            return SampleTree(nodes, "/".join(filter(None, (_step(document), path))))
        if len(nodes) > 1:
            break  # what is inside of lines is no message
    return whole


def path_within(node: Node, root: Node) -> str:
    """The path from one node to another inside it."""
    names: list[str] = []
    around: Node | None = node
    while around is not None and around is not root:
        names.append(_step(around))
        around = around.parent
    return "/".join(reversed(names))


def _step(node: Node) -> str:
    return node.name if not node.name or _PLAIN.fullmatch(node.name) else f'"{node.name}"'


def _letters(name: str) -> str:
    return re.sub("[^a-z]", "", name.lower())


def _holds_lists(nodes: Sequence[Node]) -> bool:
    """Whether one of them holds several elements of a path."""
    for node in nodes:
        paths = Counter(path_within(inner, node) for inner in node.walk() if inner.children and inner is not node)
        if any(count > 1 for count in paths.values()):
            return True
    return False


def _is_dated(document: Node, nodes: Sequence[Node]) -> bool:
    """Whether a day stands outside of them: then it is one message, and they are its lines."""
    return any(_DAY.fullmatch(node.text) for node in _outside(document, nodes))


def _outside(document: Node, nodes: Sequence[Node]) -> Iterator[Node]:
    inside, waiting = {node.index for node in nodes}, [document]
    while waiting:
        node = waiting.pop()
        if node.index not in inside:
            yield node
            waiting.extend(reversed(node.children))


def _ancestry(node: Node | None) -> Iterator[Node]:
    while node is not None:
        yield node
        node = node.parent
