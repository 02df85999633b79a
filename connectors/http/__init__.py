"""Documents posted over HTTP as a connection: the gateway listens at /in/NAME, this says what it lets in."""

from __future__ import annotations

from connectors.http.config import FIELDS
from connectors.http.listen import listener_of
from gateway.connector import ConnectionConfig, Connector, Listener, Poller, Sender
from gateway.errors import PermanentError

__all__ = ["CONNECTOR"]


class HttpConnection:
    """An address of ours that one partner posts to."""

    def __init__(self, config: ConnectionConfig) -> None:
        self._config = config

    def listener(self) -> Listener:
        """What it lets in."""
        return listener_of(self._config.values)

    def poller(self) -> Poller:
        """Raises PermanentError: nothing is fetched."""
        raise PermanentError(f"{self._config.name} fetches nothing: its partner posts. Name it in a `receive` only.")

    def sender(self) -> Sender:
        """Raises PermanentError: nothing is sent."""
        raise PermanentError(f"{self._config.name} sends nothing. Name another connection where something is sent.")

    def test(self) -> list[str]:
        """Where it listens; there is no other side to reach."""
        name = self._config.name
        return [f"its partner posts to /in/{name} with a key of `gateway key add NAME --scope connection:{name}`"]


CONNECTOR = Connector("http", FIELDS, HttpConnection)
