"""The http connector: it says what is let in where it is posted, and goes no other way."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.http import CONNECTOR
from gateway.connector import ConnectionConfig, Listener, Listening
from gateway.errors import PermanentError
from gateway.testing.memory import Notes
from gateway.workspace.configuration import load
from tests.workspace.test_configuration import told, workspace


def opened(content: str) -> Listening:
    """A connection of this file."""
    values = load({"connections/in.toml": content.encode()}).connections["in"].values
    connection = CONNECTOR.open(ConnectionConfig("in", Path(), values, str, Notes()))
    assert isinstance(connection, Listening)
    return connection


@pytest.mark.parametrize(
    ("content", "lets_in"),
    [
        ('kind = "http"\n', Listener((), None)),
        ('kind = "http"\naccepts = "edifact"\nmax_bytes = 1000\n', Listener(("edifact",), 1_000)),
        ('kind = "http"\naccepts = ["csv", "xml"]\n', Listener(("csv", "xml"), None)),
    ],
)
def test_it_lets_in_what_its_file_says(content: str, lets_in: Listener) -> None:
    assert opened(content).listener() == lets_in


def test_it_neither_fetches_nor_sends_and_tells_where_is_posted() -> None:
    connection = opened('kind = "http"\n')
    for way in ("poller", "sender"):
        with pytest.raises(PermanentError, match="in "):
            getattr(connection, way)()
    [line] = connection.test()  # type: ignore[attr-defined]
    assert "/in/in" in line


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'kind = "http"\nmax_bytes = 0\n', "connections/more.toml:2:1: max_bytes: 0 is too small (write 1 or more)"),
        (b'kind = "http"\nmax_bytes = "1"\n', "connections/more.toml:2:1: max_bytes: '1' is no whole number"),
        (b'kind = "http"\naccepts = "pdf"\n', "connections/more.toml:2:1: accepts: 'pdf' is not possible"),
        (b'kind = "http"\npath = "inbox"\n', "connections/more.toml:2:1: unknown key path"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(content: bytes, problem: str) -> None:
    [only] = told(workspace(connections_more=content))
    assert only.startswith(problem)


def test_nothing_is_sent_by_a_connection_that_only_listens() -> None:
    [only] = told(workspace(connections_outbox=b'kind = "http"\n'))
    assert only.startswith("partners/acme.toml:")
    assert "nothing can be sent by outbox, of kind http (name another connection in via)" in only
