"""Whether a service can be reached as configured: its WSDL, its address, its look-ups; nothing is changed there."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.soap.answers import nodes_at, raise_status
from connectors.soap.calls import PlainService, SoapService
from connectors.soap.config import Asked, Receiving, SoapConfig
from connectors.soap.exchange import Exchange
from gateway.errors import TransientError, UnknownOutcomeError

NO_KEY = "connection-test"
_TELLING = (301, 302, 303, 307, 308, 401, 403, 407)


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
        for receiving in config.receive:
            service.question(receiving.asked, {"cursor": receiving.start})
        yield f"{config.wsdl} has {len(service.wsdl.names())} operations, those of the connection among them"
        yield _answering(exchange, *_TELLING, 404)
    else:
        questions = [each for each in config.receive if each.asked.method in (None, "GET")]
        for receiving in questions:
            yield f"{exchange.where} answers to {receiving.name}" + _listed(service, receiving)
        if not questions and not any(sending.look_up for sending in config.send):
            # Nothing need be at the endpoint itself, below which the paths are.
            yield f"{_answering(exchange, *_TELLING)}; whether it takes documents, the first one shows"
    for sending in config.send:
        if sending.look_up is not None:
            service.ask(sending.look_up.asked, {"key": NO_KEY, "name": NO_KEY}, {})
            yield f"{sending.look_up.asked.operation or sending.look_up.asked.path} can be asked"


def _answering(exchange: Exchange, *telling: int) -> str:
    """That somebody answers at the endpoint; raises for a status that tells of something wrong."""
    status = exchange.ask("GET", exchange.endpoint, {}, None).status
    if status in telling:
        raise_status(exchange.where, status, "")
    return f"{exchange.where} answers"


def _listed(service: PlainService, receiving: Receiving) -> str:
    """How many documents there are, where the path of one is named: a wrong path finds none."""
    told = service.ask(receiving.asked, {"cursor": receiving.start}, {})
    if receiving.each is None or told is None:
        return ""
    return f", with {len(nodes_at(told.root, receiving.each))} documents at {receiving.each}"


def _all(config: SoapConfig) -> Iterator[Asked]:
    for sending in config.send:
        yield sending.asked
        if sending.look_up is not None:
            yield sending.look_up.asked
    for receiving in config.receive:
        yield receiving.asked
        if receiving.confirm is not None:
            yield receiving.confirm
