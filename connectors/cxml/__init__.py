"""cXML: a buyer's system calls the gateway's own door, and gets what answers its orders posted."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.cxml.config import FIELDS
from connectors.cxml.send import CxmlSender, looked_at
from gateway.connector import ConnectionConfig, Connector, Poller, Problem, Sender, Values
from gateway.errors import ConfigError, PermanentError
from gateway.outbound import target_of
from gateway.outbound.connections import credentials_of, door_of, url_problems, way_problems
from gateway.punchout_fields import origin_problems

__all__ = ["CONNECTOR"]


class CxmlConnection:
    """A buyer's system that calls /cxml, and the address where it takes documents."""

    def __init__(self, config: ConnectionConfig) -> None:
        self._config = config

    def poller(self) -> Poller:
        """Raises PermanentError: nothing is fetched."""
        raise PermanentError(f"{self._config.name} fetches nothing: its buyer posts to /cxml.")

    def sender(self) -> Sender:
        """What posts to the other side; raises PermanentError where no url is given."""
        config = self._config
        secret = config.values.text_or_none("secret")
        timeout_s = config.values.duration("timeout").total_seconds()
        shown = config.secret(secret) if secret else None
        return CxmlSender(self._url(), shown, door_of(config), credentials_of(config), timeout_s)

    def test(self) -> list[str]:
        """Where it is called, and what the other side answers where there is one."""
        called = "its buyer posts to /cxml and is known by the credentials of its partner"
        if not self._config.values.text("url"):
            return [called]
        timeout_s = self._config.values.duration("timeout").total_seconds()
        return [called, looked_at(self._url(), door_of(self._config), credentials_of(self._config), timeout_s)]

    def _url(self) -> str:
        url = self._config.values.text("url")
        if not url:
            raise PermanentError(f"{self._config.name} sends nothing. Give it a url, or name another connection.")
        try:
            target_of(url)
        except PermanentError as error:
            raise ConfigError(f"{self._config.name}: {error}") from None
        return url


def _problems(values: Values) -> Iterator[Problem]:
    yield from origin_problems(values)
    if values.text("url"):
        yield from url_problems(values, "url", values.text("url"))
    yield from way_problems(values)


CONNECTOR = Connector("cxml", FIELDS, CxmlConnection, needs={"send": "url"}, check=_problems)
