"""What a service answered: its values by path, and what its status says of what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, NoReturn

from gateway.errors import PermanentError, TransientError, UnknownOutcomeError
from gateway.tree import Node

MOST_TEXT = 300

_NOT_TAKEN = {
    401: "it does not know us; see that user, password, token and wsse of the connection are right",
    403: "we may not; ask for the right to",
    404: "there is nothing at this address; see that endpoint and path of the connection are right",
    405: "the method is not allowed there; see that endpoint and method of the connection are right",
    407: "a proxy stands before it and wants to know us; none is used",
    408: "it waited for us too long",
    425: "it does not take it now",
    429: "it wants fewer calls; set rate in the connection",
    503: "it is not available now",
}
"""Statuses of RFC 9110 by which nothing was done of what was asked: it is tried again."""


class Told(NamedTuple):
    """An answer that could be read: `root` is the element or object in it, `within` the names of those around it.

    `url` is the address that gave it, where addresses in it may be relative to that.
    """

    root: Node
    content: bytes
    within: tuple[str, ...] = ()
    tag: str = ""
    url: str = ""


UNCHANGED = Told(Node("", "", None, (0, 1, 1)), b"")
"""The answer of who has nothing new since it was asked before: what it told then still stands."""


def nodes_at(root: Node, path: str) -> list[Node]:
    """What stands at a path of names inside a node, in its order; "." is the node itself."""
    found = [root]
    for name in path.split("/"):
        if name != ".":
            found = [child for node in found for child in node.children if child.name == name]
    return found


def text_at(root: Node, path: str | None) -> str:
    """The first text at the path; empty where there is none."""
    return next((node.text for node in nodes_at(root, path) if node.text), "") if path else ""


def holds(root: Node, wanted: Mapping[str, str]) -> bool:
    """Whether any of these texts stands at its path."""
    return any(node.text == text for path, text in wanted.items() for node in nodes_at(root, path))


def has_key(root: Node, path: str | None, key: str) -> bool:
    """Whether the key is a text of the answer, at its path where one is named."""
    return any(node.text == key for node in (nodes_at(root, path) if path else root.walk()))


def plain(text: str) -> str:
    """What a service says, on one line and not too long."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:MOST_TEXT].strip()


def raise_refusal(where: str, reason: str) -> NoReturn:
    """Raises PermanentError: the service read it and does not want it."""
    raise PermanentError(f"{where} refuses it: {plain(reason) or 'it says not why'}. Mend the cause, then resend.")


def raise_status(where: str, status: int, reason: str) -> NoReturn:
    """Raises what follows from an HTTP status that is no success, RFC 9110 section 15."""
    told = f"{where} answers {status}"
    if 300 <= status < 400:
        raise TransientError(f"{told}: it is elsewhere now, and no redirect is followed. Set the new endpoint.")
    if status in _NOT_TAKEN:
        raise TransientError(f"{told}: {_NOT_TAKEN[status]}.")
    if 400 <= status < 500:
        raise_refusal(told, reason)
    raise UnknownOutcomeError(f"{told}. Whether it did what was asked is not known.")
