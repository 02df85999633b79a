"""A service as a connection, an ERP's mostly: SOAP by its WSDL, or XML and JSON over HTTP; documents both ways."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from connectors.soap.config import FIELDS, SOAP, SoapConfig
from gateway.connector import ConnectionConfig, Connector, Poller, Problem, Sender, Values
from gateway.errors import PermanentError

if TYPE_CHECKING:
    from connectors.soap.calls import PlainService, SoapService
    from connectors.soap.exchange import Exchange

__all__ = ["CONNECTOR"]


class SoapConnection:
    """A service, not called yet."""

    def __init__(self, config: ConnectionConfig) -> None:
        self._given = config
        self._config = SoapConfig.of(config)

    def poller(self) -> Poller:
        """What fetches documents from it."""
        from connectors.soap.poll import ServicePoller

        return ServicePoller(self._config, lambda: self._service, self._given.memory)

    def sender(self) -> Sender:
        """What gives documents to it; raises PermanentError where no send is named."""
        from connectors.soap.send import AskingSender, ServiceSender

        if not self._config.send:
            raise PermanentError(f"{self._config.name} sends nothing. Add a [[send]] to it.")
        can_ask = any(sending.look_up for sending in self._config.send)
        return (AskingSender if can_ask else ServiceSender)(self._config, self._service)

    def test(self) -> list[str]:
        """What the WSDL has, what the address answers, and that each look-up is understood."""
        from connectors.soap.trying import tried

        return tried(self._config, self._service, self._exchange)

    @cached_property
    def _exchange(self) -> Exchange:
        from connectors.soap.exchange import Exchange

        return Exchange(self._config, self._given)

    @cached_property
    def _service(self) -> SoapService | PlainService:
        # What speaks SOAP takes a third of a second to import, which few commands need.
        from connectors.soap.calls import PlainService, SoapService

        if self._config.mode != SOAP:
            return PlainService(self._config, self._exchange)
        return SoapService(self._config, self._exchange, self._user())

    def _user(self) -> tuple[str, str, bool] | None:
        """Name, password, and whether it is told as a digest, where the envelope tells them."""
        values = self._given.values
        if values.text("wsse") == "none":
            return None
        return values.text("user"), self._given.secret(values.text("password")), values.text("wsse") == "digest"


def _problems(values: Values) -> Iterable[Problem]:
    from connectors.soap.check import problems

    return problems(values)


CONNECTOR = Connector("soap", FIELDS, SoapConnection, needs={"poll": "receive", "send": "send"}, check=_problems)
