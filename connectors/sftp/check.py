"""What is wrong with a connection file beyond its single keys, found before anything is reached."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sftp.config import as_path
from connectors.sftp.keys import pinned
from gateway.connector import Problem, Values, word_problems
from gateway.errors import PermanentError

_MOST_PORT = 65_535
_WORDS = ("type", "reference", "id", "extension")


def problems(values: Values) -> Iterator[Problem]:
    """Every problem of a connection file, with its place."""
    if values.integer("port") > _MOST_PORT:
        yield values.place("port").problem(f"port {values.integer('port')} is none", f"write at most {_MOST_PORT}")
    for line in values.texts("host_keys"):
        try:
            pinned(line)
        except PermanentError as error:
            text, _, advice = str(error).partition("; ")
            yield values.place("host_keys").problem(text, advice)
    if not (values.has("key") or values.has("password") or values.flag("agent")):
        yield values.place().problem("nothing to log in with", "name key or password, or set agent = true")
    yield from _of_places(values)


def _of_places(values: Values) -> Iterator[Problem]:
    receive, send = values.table("receive"), values.table("send")
    if values.has("receive") and values.has("send") and as_path(receive.text("folder")) == as_path(send.text("folder")):
        text = f"what we send would be put where {receive.text('folder')} is taken from"
        yield send.place("folder").problem(text, "give each its own folder")
    form = send.text("name")
    unknown = list(word_problems(send.place("name"), "name", form, _WORDS))
    yield from unknown
    if not unknown and form and "{id}" not in form and "{reference}" not in form:
        yield send.place("name").problem("name is the same for every document", "add {id} or {reference}")
