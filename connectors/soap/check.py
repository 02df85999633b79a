"""What is wrong with a connection file beyond its single keys, found before anything is reached."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.soap.config import SOAP
from gateway.connector import Problem, Values, word_problems
from gateway.outbound.connections import url_problems, way_problems

_OF_DOCUMENT = ("key", "name", "type", "reference", "id")
_PATH = re.compile(r"\{([^{}]+)\}")


def problems(values: Values) -> Iterator[Problem]:
    """Every problem of a connection file, with its place."""
    if values.text("endpoint"):
        yield from url_problems(values, "endpoint", values.text("endpoint"))
    yield from way_problems(values)
    if not (values.has("send") or values.has("receive")):
        yield values.place().problem("neither [[send]] nor [[receive]] is named", "say what is called")
    if values.text("mode") == SOAP and not values.text("wsdl"):
        yield values.place().problem("no wsdl is named", "name it, or set mode to xml or json")
    if values.text("wsse") != "none" and not (values.has("user") and values.has("password")):
        yield values.place("wsse").problem("wsse tells a user and a password", "name both")
    if values.text("mode") == SOAP:
        yield from _without_operation(values)
    yield from _of_names(values)
    yield from _of_words(values)
    for sending in values.tables("send"):
        if sending.has("key") and not _PATH.search(sending.text("key")):
            text = f"key {sending.text('key')!r} is the same for every document"
            yield sending.place("key").problem(text, "put its paths in braces, as {Order/Number}")


def _without_operation(values: Values) -> Iterator[Problem]:
    for name, inner in (("send", "look_up"), ("receive", "confirm")):
        for each in values.tables(name):
            for asked in (each, *([each.table(inner)] if each.has(inner) else [])):
                if not asked.text("operation"):
                    yield asked.place().problem("operation is missing", "name the operation of the WSDL")


def _of_words(values: Values) -> Iterator[Problem]:
    """What is put in the place of words in braces differs by when it is called."""
    for each in values.tables("send"):
        yield from _of_call(each, _OF_DOCUMENT)
        yield from _of_call(each.table("look_up"), _OF_DOCUMENT)
    for each in values.tables("receive"):
        yield from _of_call(each, ("cursor",))
        yield from _of_call(each.table("confirm"), ("id", "name"))


def _of_call(asked: Values, known: tuple[str, ...]) -> Iterator[Problem]:
    yield from word_problems(asked.place("path"), "path", asked.text("path"), known)
    for text in asked.words("parameters").values():
        yield from word_problems(asked.place("parameters"), "parameters", text, known)


def _of_names(values: Values) -> Iterator[Problem]:
    """By its name is known what was taken before, and how far a list was read."""
    taken = set[str]()
    for each in values.tables("receive"):
        name = each.text("name") or each.text("operation") or "answer"
        if name in taken:
            yield each.place("name").problem(f"two [[receive]] are called {name}", "give each a name of its own")
        taken.add(name)
