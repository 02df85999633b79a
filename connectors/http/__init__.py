"""Documents over HTTP: the gateway listens at /in/NAME for what a partner posts, and posts to an address of his."""

from __future__ import annotations

from connectors.http.config import FIELDS, Posting, problems
from connectors.http.listen import listener_of
from connectors.http.send import HttpSender, looked_at
from gateway.connector import ConnectionConfig, Connector, Listener, Poller, Sender
from gateway.errors import PermanentError
from gateway.outbound.connections import credentials_of, door_of

__all__ = ["CONNECTOR"]


class HttpConnection:
    """An address of ours that one partner posts to, an address of his that we post to, or both."""

    def __init__(self, config: ConnectionConfig) -> None:
        self._config = config

    def listener(self) -> Listener:
        """What it lets in."""
        return listener_of(self._config.values)

    def poller(self) -> Poller:
        """Raises PermanentError: nothing is fetched."""
        raise PermanentError(f"{self._config.name} fetches nothing: its partner posts. Name it in a `receive` only.")

    def sender(self) -> Sender:
        """What posts to the other side; raises PermanentError where no url is given."""
        posting = Posting.of(self._config)
        return HttpSender(posting, door_of(self._config), credentials_of(self._config))

    def test(self) -> list[str]:
        """Where it listens, and what the other side answers where there is one."""
        name = self._config.name
        listens = f"its partner posts to /in/{name} with a key of `gateway key add NAME --scope connection:{name}`"
        if not self._config.values.text("url"):
            return [listens]
        posting = Posting.of(self._config)
        return [listens, looked_at(door_of(self._config), posting, credentials_of(self._config))]


CONNECTOR = Connector("http", FIELDS, HttpConnection, needs={"send": "url"}, check=problems)
