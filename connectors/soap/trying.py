"""Whether a service can be reached as configured: its WSDL, its address, its look-ups; nothing is changed there."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.soap.answers import nodes_at, raise_status
from connectors.soap.calls import PlainService, SoapService
from connectors.soap.config import Asked, Receiving, Sending, SoapConfig
from connectors.soap.exchange import Exchange
from gateway.errors import TransientError, UnknownOutcomeError

NO_KEY = "connection-test"
_TELLING = (301, 302, 303, 307, 308, 401, 403, 407, 503)
_BEFORE_IT = (502, 504)
"""Statuses of what stands before a service, and does not reach it."""


def tried(config: SoapConfig, service: SoapService | PlainService, exchange: Exchange) -> list[str]:
    """What was seen, a line each; raises TransientError or PermanentError with what keeps it from working."""
    try:
        return list(_seen(config, service, exchange))
    except UnknownOutcomeError as lost:
        raise TransientError(str(lost)) from lost


def _seen(config: SoapConfig, service: SoapService | PlainService, exchange: Exchange) -> Iterator[str]:
    if isinstance(service, SoapService):
        _compare(config, service)
        yield f"{config.wsdl} has {len(service.wsdl.names())} operations, those of the connection among them"
        yield from _unwritten(config, service)
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


def _unwritten(config: SoapConfig, service: SoapService) -> Iterator[str]:
    for name in dict.fromkeys(asked.operation for asked in _all(config)):
        headers = service.wsdl.operation(name).headers
        if headers:
            yield f"{name} has in its header {', '.join(headers)}, which is not written: ask whether it can be left out"


def _compare(config: SoapConfig, service: SoapService) -> None:
    """Raises TransientError where an operation, its parameters or a path into its answer is not in the WSDL."""
    for asked in _all(config):
        service.wsdl.operation(asked.operation)
    for receiving in config.receive:
        service.question(receiving.asked, {"cursor": receiving.start})
        if receiving.confirm is not None:
            service.question(receiving.confirm, {"id": NO_KEY, "name": NO_KEY})
    for asked, key, path in _paths(config):
        operation = service.wsdl.operation(asked.operation)
        lacking = operation.lacks(path)
        if operation.is_one_way or lacking:
            what = "no answer" if operation.is_one_way else f"no {lacking} there"
            text = f"{config.wsdl}: {key} is {path!r}, and {asked.operation} has {what}"
            raise TransientError(f"{text}. Mend {key} in the connection.")


def _paths(config: SoapConfig) -> Iterator[tuple[Asked, str, str]]:
    """What is called, and each path into its answer with the key that names it."""
    for sending in config.send:
        for asked, key, path in _paths_of(sending):
            if path:
                yield asked, key, path
    for receiving in config.receive:
        each = receiving.each or "."
        named = {"each": each, "cursor_in": receiving.cursor_in, "next_in": receiving.next_in}
        for key, path in (("id_in", receiving.id_in), ("name_in", receiving.name_in)):
            named[key] = f"{each}/{path}" if path else None
        yield from ((receiving.asked, key, path) for key, path in named.items() if path not in (None, "."))


def _paths_of(sending: Sending) -> Iterator[tuple[Asked, str, str | None]]:
    yield sending.asked, "found_in", sending.found_in
    yield sending.asked, "receipt_in", sending.receipt_in
    yield sending.asked, "reason_in", sending.reason_in
    yield from ((sending.asked, "refused", path) for path in sending.refused)
    yield from ((sending.asked, "repeated", path) for path in sending.repeated)
    if sending.look_up is not None:
        yield sending.look_up.asked, "found_in of look_up", sending.look_up.found_in
        yield sending.look_up.asked, "receipt_in of look_up", sending.look_up.receipt_in


def _answering(exchange: Exchange, *telling: int) -> str:
    """That somebody answers at the endpoint; raises for a status that tells of something wrong."""
    status = exchange.ask("GET", exchange.endpoint, {}, None).status
    if status in _BEFORE_IT:
        raise TransientError(f"{exchange.where} answers {status}: what stands before it does not reach it.")
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
