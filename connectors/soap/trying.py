"""Whether a service can be reached as configured: its WSDL, its address, its look-ups; nothing is changed there."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.soap.answers import raise_status
from connectors.soap.calls import PlainService, SoapService
from connectors.soap.config import Asked, SoapConfig
from connectors.soap.exchange import Exchange
from gateway.errors import TransientError, UnknownOutcomeError

NO_KEY = "connection-test"
_TELLING = (301, 302, 303, 307, 308, 401, 403, 404, 407)


def tried(config: SoapConfig, service: SoapService | PlainService, exchange: Exchange) -> list[str]:
    """What was seen, a line each; raises TransientError or PermanentError with what keeps it from working."""
    try:
        return list(_seen(config, service, exchange))
    except UnknownOutcomeError as lost:
        raise TransientError(str(lost)) from lost


def _seen(config: SoapConfig, service: SoapService | PlainService, exchange: Exchange) -> Iterator[str]:
    if isinstance(service, SoapService):
        for asked in _all(config):
            service.wsdl.operation(asked.operation)
        yield f"{config.wsdl} has {len(service.wsdl.names())} operations, those of the connection among them"
        status = exchange.ask("GET", exchange.endpoint, {}, None).status
        if status in _TELLING:
            raise_status(exchange.where, status, "")
        yield f"{exchange.where} answers"
    else:
        for receiving in config.receive:
            if receiving.asked.method in (None, "GET"):
                service.ask(receiving.asked, {"cursor": receiving.start}, {})
                yield f"{exchange.where} answers to {receiving.name}"
    for sending in config.send:
        if sending.look_up is not None:
            service.ask(sending.look_up.asked, {"key": NO_KEY, "name": NO_KEY}, {})
            yield f"{sending.look_up.asked.operation or sending.look_up.asked.path} can be asked"


def _all(config: SoapConfig) -> Iterator[Asked]:
    for sending in config.send:
        yield sending.asked
        if sending.look_up is not None:
            yield sending.look_up.asked
    for receiving in config.receive:
        yield receiving.asked
        if receiving.confirm is not None:
            yield receiving.confirm
