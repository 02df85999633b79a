"""The webhook: alarms posted as JSON, signed, to one address."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from gateway.errors import PermanentError
from gateway.outbound import Door, Limits, Reach, target_of
from gateway.signing import SIGNATURE, TIMESTAMP, signature
from gateway.store.alarms import Notice

DEADLINE_S = 30.0
MAX_ANSWER_BYTES = 1 << 16


class Webhook:
    """Posts to `url`, in our own network too; with a secret, signed."""

    name = "webhook"
    most = 100
    rest = timedelta()
    in_sum = False

    def __init__(self, url: str, secret: str | None, clock: Callable[[], datetime]) -> None:
        self._url = url
        self._secret = secret
        self._clock = clock
        self._door = Door(Reach(private=True))

    def tell(self, notices: list[Notice], total: int) -> None:
        """Return when the other side has answered with 2xx; raises what kept it from that."""
        told = {"alarms": [msgspec.to_builtins(each) for each in notices], "more": total - len(notices)}
        body = json.dumps(told, ensure_ascii=False).encode()
        timestamp = f"{self._clock().timestamp():.0f}"
        headers = {"Content-Type": "application/json", TIMESTAMP: timestamp}
        if self._secret is not None:
            headers[SIGNATURE] = signature(self._secret, timestamp, body)
        limits = Limits(timeout_s=DEADLINE_S, max_answer_bytes=MAX_ANSWER_BYTES)
        status = self._door.request("POST", self._url, headers, body, limits).status
        if not 200 <= status < 300:
            where = target_of(self._url).where  # the path may hold a token
            raise PermanentError(f"{where} answered {status}. Look at its log, and at webhook_url and webhook_secret.")
