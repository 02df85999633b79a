"""Posts documents, each under its idempotency key, and reads from the answer what the other side has."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from connectors.http.config import Posting, filled
from gateway.connector import Delivery, Receipt
from gateway.errors import PermanentError, TransientError, UnknownOutcomeError
from gateway.outbound import Answer, Door, Limits
from gateway.outbound.answers import NOT_DONE, UNSURE, waits

MOST_KEY = 255
MOST_RECEIPT = 200
_TYPES = {
    "edi": "application/EDIFACT", "xml": "application/xml", "json": "application/json", "csv": "text/csv",
    "txt": "text/plain",
}  # fmt: skip
_KEY = re.compile(rf"[!-~]{{1,{MOST_KEY}}}", re.ASCII)
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_CLOSED = frozenset({401, 403, 407, 502, 503, 504})
"""Statuses by which whoever asks for whatever is not let in, or does not get through."""
_BEGINNING = 8192
"""So many bytes of an answer tell whether it is a page."""


class HttpSender:
    """Sends to one address; `credentials` are the headers that say who we are."""

    def __init__(self, posting: Posting, door: Door, credentials: Mapping[str, str]) -> None:
        self._posting = posting
        self._door = door
        self._credentials = credentials
        self._limits = Limits(timeout_s=posting.timeout.total_seconds())

    def send(self, delivery: Delivery) -> Receipt:
        """What the other side says it has."""
        posting, key = self._posting, key_of(delivery)
        headers = {
            **self._credentials,
            "Content-Type": posting.content_type or _TYPES.get(_extension(delivery), "application/octet-stream"),
            posting.key_header: key,
        }
        answer = self._door.request(
            posting.method, filled(posting.url, delivery), headers, delivery.content, self._limits
        )
        return self._read(answer, key)

    def _read(self, answer: Answer, key: str) -> Receipt:
        told = f"answered {answer.status}"
        if answer.status in self._posting.repeated or (answer.status == 409 and _names(answer, key)):
            return Receipt(_reference(answer), repeated=True)
        if answer.status in UNSURE and not self._posting.repeatable:
            raise UnknownOutcomeError(f"The other side {told}: whether it has the document is not known.")
        if answer.status in NOT_DONE | UNSURE:
            raise TransientError(f"The other side {told}. It is tried again.", waits(answer, datetime.now(UTC)))
        if 200 <= answer.status < 300:
            self._refuse_page(answer, told)
            return Receipt(_reference(answer))
        raise PermanentError(f"The other side {told}: {_advice(answer)} Then `gateway outbox resend`.")

    def _refuse_page(self, answer: Answer, told: str) -> None:
        """Raise UnknownOutcomeError where something else than the receiver seems to have answered."""
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        expected = self._posting.expects
        fits = kind in expected if expected else not _is_page(answer.body)
        if not fits:
            wanted = " or ".join(sorted(expected)) or "what a program answers"
            raise UnknownOutcomeError(f"The other side {told} with {kind or 'no Content-Type'}, not with {wanted}.")


def _is_page(body: bytes) -> bool:
    """Whether it begins as HTML, in whichever encoding."""
    return bool(_HTML.match(body[:_BEGINNING].replace(b"\0", b"")))


def key_of(delivery: Delivery) -> str:
    """The idempotency key as a header holds it; one that does not fit there as its SHA-256."""
    key = delivery.idempotency_key
    return key if _KEY.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()


def looked_at(door: Door, posting: Posting, credentials: Mapping[str, str]) -> str:
    """What the other side answers when it is asked for the head of its address, in a sentence.

    Raises what keeps it from answering, PermanentError where nothing would be taken there.
    """
    url = filled(posting.url, Delivery("test", b"", "test", "test", "test", "test"))
    try:
        answer = door.request("HEAD", url, credentials, None, Limits(posting.timeout.total_seconds()))
    except UnknownOutcomeError as lost:
        text = f"{lost} It was asked for its head only. See that url has the scheme and the port of a web server."
        raise TransientError(text) from lost
    if 300 <= answer.status < 400 or answer.status in _CLOSED:
        raise PermanentError(f"It answers {answer.status}: {_advice(answer)}")
    seen = f"answers {answer.status} to HEAD; whether it takes documents shows the first one that is sent"
    return f"{seen}; see that the path of url is right" if answer.status == 404 else seen


def _extension(delivery: Delivery) -> str:
    return delivery.name.rpartition(".")[2].lower()


def _names(answer: Answer, key: str) -> bool:
    """Whether the answer is about this key: it stands in it."""
    return key.encode() in answer.body or key in answer.headers.values()


def _reference(answer: Answer) -> str:
    where = answer.headers.get("location", "")
    plain = "".join(sign for sign in where if sign.isprintable())[:MOST_RECEIPT]
    return f"{answer.status} {plain}".strip()


def _advice(answer: Answer) -> str:
    """What an engineer looks at for this status."""
    if 300 <= answer.status < 400:
        return "it is at another address now, and nobody goes there by himself. Ask for the address, put it into url."
    return {
        401: "it does not know us. Look at user, password and token.",
        403: "it does not let us in. Look at user, password and token.",
        404: "there is nothing at this address. Look at url.",
        407: "a proxy stands before it and wants to know us; none is used. Look at url.",
        405: "it takes documents in another way. Look at method.",
        409: "it has something else under this key. Ask the other side.",
        413: "the document is too large for it. Ask the other side for its limit.",
        415: "it does not take the syntax. Look at content_type.",
        **dict.fromkeys((502, 504), "what stands before it does not reach it. Ask the other side whether it runs."),
        503: "it is away for now. Try again later, or ask the other side.",
    }.get(answer.status, "it refuses the document. Look at the document and ask the other side.")
