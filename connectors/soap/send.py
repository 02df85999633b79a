"""Gives documents to a service, and asks it what it has of them."""

from __future__ import annotations

import re
from urllib.parse import quote

from connectors.soap.answers import Told, has_key, holds, plain, raise_refusal, text_at
from connectors.soap.bodies import read
from connectors.soap.calls import Service
from connectors.soap.config import JSON, LookUp, Sending, SoapConfig
from gateway.connector import Delivery, Receipt, safe_name
from gateway.errors import PermanentError, TransientError, UnknownOutcomeError
from gateway.issues import Issue

_PATH = re.compile(r"\{([^{}]+)\}")
_NO_ERROR = frozenset({"false", "0"})
"""What stands below `error` where there was none."""


class ServiceSender:
    """Gives a document to the service; what it answers counts only where our key stands in it."""

    def __init__(self, config: SoapConfig, service: Service) -> None:
        self._config = config
        self._service = service

    def send(self, delivery: Delivery) -> Receipt:
        """What the service calls it; raises UnknownOutcomeError where its answer does not speak of this document."""
        sending = self._sending(delivery)
        key = self._key(sending, delivery)
        words = _words(delivery, key)
        # RFC 9110 knows a field value in ASCII only.
        headers = {"Idempotency-Key": quote(delivery.idempotency_key, safe="/:._-")}
        told = self._service.give(sending.asked, words, delivery.content, headers)
        where = f"{self._config.name}: {sending.asked.operation or sending.asked.path or 'the service'}"
        if holds(told.root, sending.refused):
            raise_refusal(where, text_at(told.root, sending.reason_in))
        if not has_key(told.root, sending.found_in, key):
            raise UnknownOutcomeError(
                f"{where} answers, and {key!r} does not stand in the answer. Whether it has the document is not known."
            )
        reference = text_at(told.root, sending.receipt_in) or key
        return Receipt(reference, repeated=holds(told.root, sending.repeated))

    def _sending(self, delivery: Delivery) -> Sending:
        for each in self._config.send:
            if not each.documents or delivery.type in each.documents:
                return each
        raise PermanentError(
            f"{self._config.name} has no [[send]] for {delivery.type or delivery.name}. Add one, then resend."
        )

    def _key(self, sending: Sending, delivery: Delivery) -> str:
        """The business key; raises PermanentError where the document has none."""
        if sending.key is None:
            return delivery.idempotency_key
        root = read(delivery.content, as_json=self._config.mode == JSON)
        if isinstance(root, Issue):
            raise PermanentError(f"{delivery.name} cannot be read: {root.text}. Mend the mapping, then resend.")
        values = {path: text_at(root, path) for path in _PATH.findall(sending.key)}
        missing = [path for path, value in values.items() if not value]
        if missing:
            text = f"{delivery.name} has nothing at {', '.join(missing)}"
            raise PermanentError(f"{text}. Mend key in the connection or the mapping, then resend.")
        return _PATH.sub(lambda found: values[found[1]], sending.key)


class AskingSender(ServiceSender):
    """A sender whose service can be asked what it has."""

    def find(self, delivery: Delivery) -> Receipt | None:
        """What the service has of it; raises PermanentError where its answer leaves that open."""
        sending = self._sending(delivery)
        if sending.look_up is None:
            raise PermanentError(f"{delivery.name} has no look_up in {self._config.name}: a person has to ask there.")
        key = self._key(sending, delivery)
        try:
            told = self._service.ask(sending.look_up.asked, _words(delivery, key), {})
        except UnknownOutcomeError as lost:
            raise TransientError(str(lost)) from lost  # asking changes nothing there
        return None if told is None else self._found(sending.look_up, told, key)

    def _found(self, look_up: LookUp, told: Told, key: str) -> Receipt | None:
        if has_key(told.root, look_up.found_in, key):
            return Receipt(text_at(told.root, look_up.receipt_in) or key, repeated=True)
        others = text_at(told.root, look_up.found_in) if look_up.found_in else _any_text(told)
        asked = f"{self._config.name} was asked for {key!r} and"
        if others:
            raise PermanentError(f"{asked} tells of another. Ask there, then settle or resend it.")
        if has_key(told.root, None, key):
            text = f"{asked} tells of it elsewhere than at {look_up.found_in}"
            raise PermanentError(f"{text}. Mend found_in of look_up, ask there, then settle or resend it.")
        if failure := _failure(told):
            raise TransientError(f"{asked} tells of an error: {plain(failure)}. It is asked again.")
        return None


def _words(delivery: Delivery, key: str) -> dict[str, str]:
    """What may stand in braces in a call."""
    return {
        "key": key, "name": safe_name(delivery.name), "type": delivery.type, "reference": delivery.reference,
        "id": delivery.id,
    }  # fmt: skip


def _failure(told: Told) -> str:
    """What an answer says of an error, as OData and many others call it: it says not that there is nothing."""
    named = [node for node in (told.root, *told.root.children) if node.name.lower() in ("error", "errors")]
    texts = [node.text for each in named for node in each.walk() if node.text]
    return "" if _NO_ERROR.issuperset(texts) else ", ".join(texts)


def _any_text(told: Told) -> str:
    return next((node.text for node in told.root.walk() if node.text), "")
