"""The webhook: alarms posted as JSON, signed, to one address, within a time and without following anything."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
import msgspec

from gateway.errors import PermanentError, TransientError
from gateway.store.alarms import Notice

DEADLINE_S = 30.0
TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 1 << 16
SIGNATURE, TIMESTAMP = "Gateway-Signature", "Gateway-Timestamp"


class Webhook:
    """Posts to `url`; with a secret, signed by HMAC-SHA256 of the timestamp, a point and the body."""

    name = "webhook"
    most = 100
    rest = timedelta()
    in_sum = False

    def __init__(self, url: str, secret: str | None, clock: Callable[[], datetime]) -> None:
        self._url = url
        self._secret = secret
        self._clock = clock

    def tell(self, notices: list[Notice], total: int) -> None:
        """Return when the other side has answered with 2xx; raises TransientError or PermanentError otherwise."""
        told = {"alarms": [msgspec.to_builtins(each) for each in notices], "more": total - len(notices)}
        body = json.dumps(told, ensure_ascii=False).encode()
        timestamp = f"{self._clock().timestamp():.0f}"
        headers = {"Content-Type": "application/json", TIMESTAMP: timestamp}
        if self._secret is not None:
            headers[SIGNATURE] = signature(self._secret, timestamp, body)
        where = urlsplit(self._url).netloc  # the path may hold a token
        try:
            # A server that sends a byte now and then keeps within every timeout: the whole has an end of its own.
            status = asyncio.run(asyncio.wait_for(self._post(body, headers), DEADLINE_S))
        except TimeoutError:
            raise TransientError(f"{where} did not answer in {DEADLINE_S:g} s.") from None
        except httpx.HTTPError as error:
            raise TransientError(f"{where} cannot be reached: {type(error).__name__}.") from None
        if not 200 <= status < 300:
            raise PermanentError(f"{where} answered {status}. Look at its log, and at webhook_url and webhook_secret.")

    async def _post(self, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer, which is read up to a size and thrown away."""
        context = ssl.create_default_context()
        async with (
            httpx.AsyncClient(verify=context, timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", self._url, content=body, headers=headers) as answer,
        ):
            size = 0
            async for piece in answer.aiter_raw():
                size += len(piece)
                if size > MAX_ANSWER_BYTES:
                    break
            return answer.status_code


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What the header of the signature holds: `sha256=` and the hexadecimal HMAC."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
