"""Posts an event, signed; the same event has the same Gateway-Event however often it is posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from gateway.connector import Delivery, Receipt
from gateway.errors import PermanentError, TransientError
from gateway.outbound import Door, Limits
from gateway.outbound.answers import waits
from gateway.signing import SIGNATURE, TIMESTAMP, signatures

EVENT, TYPE = "Gateway-Event", "Gateway-Event-Type"
REFUSED = frozenset({400, 410, 413, 415, 422})
"""Statuses that are about this one event; any other may be gone when its receiver is mended."""
_MOST_ANSWER_BYTES = 1 << 16


class WebhookSender:
    """Posts to one address; `credentials` are further headers."""

    def __init__(
        self, url: str, secrets: Sequence[str], door: Door, credentials: Mapping[str, str], timeout_s: float
    ) -> None:
        self._url = url
        self._secrets = secrets
        self._door = door
        self._credentials = credentials
        self._limits = Limits(timeout_s=timeout_s, max_answer_bytes=_MOST_ANSWER_BYTES)

    def send(self, delivery: Delivery) -> Receipt:
        """Return when the receiver has answered with 2xx."""
        now = datetime.now(UTC)
        timestamp = f"{now.timestamp():.0f}"
        headers = {
            **self._credentials, "Content-Type": "application/json", EVENT: delivery.reference or delivery.name,
            TYPE: delivery.type or "test", TIMESTAMP: timestamp,
            SIGNATURE: signatures(self._secrets, timestamp, delivery.content),
        }  # fmt: skip
        answer = self._door.request("POST", self._url, headers, delivery.content, self._limits)
        if 200 <= answer.status < 300:
            return Receipt(str(answer.status))
        told = f"The receiver answered {answer.status}."
        if answer.status in REFUSED:
            raise PermanentError(f"{told} Mend it, then `gateway outbox resend`, or replay its webhook.")
        raise TransientError(f"{told} {_advice(answer.status)}", waits(answer, now))


def _advice(status: int) -> str:
    """What is looked at, on which side."""
    if 300 <= status < 400:
        return "It is elsewhere now, and no redirect is followed. Put the new address into url."
    return {
        401: "See that it has the secret we sign with, and that its clock is right.",
        403: "See that it has the secret we sign with, and lets our address in.",
        404: "See that url has the path at which it takes events.",
        405: "See that url has the path at which it takes a POST.",
    }.get(status, "See that it takes what is posted to it.")
