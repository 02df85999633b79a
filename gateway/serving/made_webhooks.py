"""The webhooks made over the API as connections: what gives to each, opened anew when it is changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gateway.errors import ConfigError
from gateway.event_types import WEBHOOK
from gateway.fields import Reader
from gateway.pipeline.outlets import Outlet
from gateway.pipeline.work import Line
from gateway.registry import connectors
from gateway.store.webhooks import StoredWebhook, webhooks
from gateway.wiring import open_connection
from gateway.workspace.connections import connection_of
from gateway.workspace.values import Connection as Configured

AT_ONCE = 4
"""Events on their way to one receiver at once, each about another thing."""


class MadeWebhooks:
    """`networks` are those of our own that they may lead to; beside these they reach the public internet alone."""

    def __init__(self, workspace: Path, networks: tuple[str, ...], secret: Callable[[str], str]) -> None:
        self._workspace = workspace
        self._secret = secret
        self._networks = networks
        self._open: dict[str, tuple[str, Outlet]] = {}

    def outlets(self, line: Line) -> dict[str, Outlet]:
        """What gives to each, by the name of its connection."""
        with line.store.read() as db:
            found = {each.connection: each for each in webhooks(db)}
        for name in [name for name in self._open if name not in found]:
            self._open.pop(name)[1].drop()
        for name, made in found.items():
            changed_at, outlet = self._open.get(name, ("", None))
            if changed_at != made.changed_at:
                if outlet is not None:
                    outlet.drop()
                self._open[name] = made.changed_at, self._outlet(line, made)
        return {name: outlet for name, (_, outlet) in self._open.items()}

    def close(self) -> None:
        """Nothing is sent any more."""
        for _, outlet in self._open.values():
            outlet.drop()
        self._open.clear()

    def _outlet(self, line: Line, made: StoredWebhook) -> Outlet:
        configured = as_configured(made, self._networks)
        opened = open_connection(self._workspace, line.store, configured, line.clock, self._secret)
        return Outlet(opened.sender, repeatable=True, pace=configured.pace)


def as_configured(made: StoredWebhook, networks: tuple[str, ...]) -> Configured:
    """The connection that a file with the same words would make; raises ConfigError for one that could not be."""
    reader = Reader(made.connection, lambda _: (0, 0))
    data = {
        "kind": WEBHOOK, "url": made.url, "secret": [f"secret:{name}" for name in made.signs_with],
        "networks": list(networks), "concurrency": AT_ONCE,
    }  # fmt: skip
    kinds = {name: each.connector.fields for name, each in connectors().items()}
    configured = connection_of(reader, made.connection, data, kinds)
    if reader.problems:
        raise ConfigError(f"{made.connection} cannot be used.", reader.problems)
    return configured
