"""Posts documents, and reads from the Status of the Response what the other side has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from gateway.connector import Delivery, Receipt
from gateway.cxml.document import CxmlDocument, read_cxml
from gateway.cxml.envelope import encoding_of, with_secret
from gateway.cxml.status import Outcome, Status
from gateway.errors import GatewayError, PermanentError, TransientError, UnknownOutcomeError
from gateway.outbound import Answer, Door, Limits
from gateway.outbound.answers import waits

_MOST_TOLD = 300
_NOT_TAKEN = {
    401: "it does not know us; see that secret, user and password of the connection are right",
    403: "we may not; ask for the right to",
    404: "there is nothing at this address; see that url is right",
    405: "nothing may be posted there; see that url is right",
    407: "a proxy stands before it and wants to know us; none is used",
    408: "it waited for us too long",
    425: "it does not take it now",
    429: "it wants fewer documents; set rate in the connection",
    503: "it is not available now",
}
"""Statuses of HTTP by which no program that speaks cXML has taken it: it is tried again."""


class CxmlSender:
    """Posts to one address; the payloadID of a document is what the other side knows it again by."""

    def __init__(
        self, url: str, secret: str | None, door: Door, credentials: Mapping[str, str], timeout_s: float
    ) -> None:
        self._url = url
        self._secret = secret
        self._door = door
        self._credentials = credentials
        self._limits = Limits(timeout_s=timeout_s)

    def send(self, delivery: Delivery) -> Receipt:
        """The Status of the Response, when it is one of success."""
        headers = {**self._credentials, "Content-Type": f"text/xml; charset={encoding_of(delivery.content)}"}
        answer = self._door.request("POST", self._url, headers, self._shown(delivery.content), self._limits)
        status = _status_in(answer)
        if status is None:
            raise _without_status(answer)
        if status.outcome is Outcome.DONE:
            return Receipt(self._plain(f"{status.code} {status.text}"))
        told = self._plain(f"{status.code} {status.text} {status.message}")
        if status.outcome is Outcome.REFUSED:
            raise PermanentError(f"The other side refuses it by Status {told}. Mend the cause, then resend.")
        raise TransientError(f"The other side answers Status {told}. It is tried again.", waits(answer, _now()))

    def _shown(self, content: bytes) -> bytes:
        try:
            return content if self._secret is None else with_secret(content, self._secret)
        except ValueError as error:
            raise PermanentError(f"No secret can be shown: {error}. Send cXML by this connection only.") from None

    def _plain(self, text: str) -> str:
        """What the other side says, on one line, not too long, and without the secret it may have repeated."""
        told = text.replace(self._secret, "***") if self._secret else text
        return "".join(sign if sign.isprintable() else " " for sign in told)[:_MOST_TOLD].strip()


def looked_at(url: str, door: Door, credentials: Mapping[str, str], timeout_s: float) -> str:
    """What the other side answers when it is asked for the head of its address, in a sentence.

    Raises what keeps it from answering.
    """
    answer = door.request("HEAD", url, credentials, None, Limits(timeout_s))
    return f"answers {answer.status} to HEAD; whether it takes documents shows the first one that is sent"


def _status_in(answer: Answer) -> Status | None:
    """The Status of a cXML Response, whatever HTTP says (cXML 1.2 Reference Guide, "Response")."""
    document = None if answer.is_cut else read_cxml(answer.body)
    return document.status if isinstance(document, CxmlDocument) else None


def _without_status(answer: Answer) -> GatewayError:
    told = f"The other side answers {answer.status} without a Status of cXML"
    if answer.status == 413:
        return PermanentError(f"{told}: the document is too large for it. Ask for its limit, then resend.")
    if 300 <= answer.status < 400:
        return TransientError(f"{told}: it is elsewhere now, and no redirect is followed. Set the new url.")
    if answer.status in _NOT_TAKEN:
        return TransientError(f"{told}: {_NOT_TAKEN[answer.status]}.", waits(answer, _now()))
    return UnknownOutcomeError(f"{told}. Whether it has the document is not known.")


def _now() -> datetime:
    return datetime.now(UTC)
