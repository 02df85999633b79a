"""Events of the feed posted to an address as they happen, each signed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from connectors.webhook.config import FIELDS
from connectors.webhook.send import WebhookSender
from gateway.connector import ConnectionConfig, Connector, Delivery, Poller, Problem, Sender, Values
from gateway.errors import ConfigError, PermanentError
from gateway.outbound import target_of
from gateway.outbound.connections import credentials_of, door_of, url_problems, way_problems

__all__ = ["CONNECTOR"]

_EVENT = b'{"seq":0,"at":"%s","type":"webhook.test","aggregate":"webhook","id":"%s","account":null,"data":{}}'


class WebhookConnection:
    """An address that events are posted to."""

    def __init__(self, config: ConnectionConfig) -> None:
        self._config = config

    def poller(self) -> Poller:
        """Raises PermanentError: nothing is fetched."""
        raise PermanentError(f"{self._config.name} takes nothing: it is told of events. Name another connection.")

    def sender(self) -> Sender:
        """What posts to it; raises ConfigError for a URL that is none or a secret that is not there."""
        config = self._config
        url = config.values.text("url")
        try:
            target_of(url)
        except PermanentError as error:
            raise ConfigError(f"{config.name}: {error}") from None
        secrets = [config.secret(reference) for reference in config.values.texts("secret")]
        timeout_s = config.values.duration("timeout").total_seconds()
        return WebhookSender(url, secrets, door_of(config), credentials_of(config), timeout_s)

    def test(self) -> list[str]:
        """That it took an event of the type webhook.test, which is posted to it."""
        event = _EVENT % (datetime.now(UTC).isoformat().encode(), self._config.name.encode())
        receipt = self.sender().send(Delivery("test.json", event, "test", "webhook.test", "0"))
        return [f"took an event of the type webhook.test and answered {receipt.reference}"]


def _problems(values: Values) -> Iterator[Problem]:
    if values.text("url"):
        yield from url_problems(values, "url", values.text("url"))
    yield from way_problems(values)


CONNECTOR = Connector("webhook", FIELDS, WebhookConnection, check=_problems)
