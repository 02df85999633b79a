"""The check of a webhook that a receiver makes: signed by a secret it knows, and not long ago.

Ready to use for receivers in Python, and a pattern for others.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping

from gateway.signing import SIGNATURE, TIMESTAMP, signature

TOLERANCE_S = 300.0


def refusal(
    headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now_s: float, tolerance_s: float = TOLERANCE_S
) -> str | None:
    """Why a request is no webhook of ours, None where it is one; `now_s` is Unix time.

    What is accepted may come again, within the tolerance as a replay and for days as a repetition of ours: a receiver
    also remembers the ids of the events it has taken, in Gateway-Event.
    """
    named = {name.lower(): value for name, value in headers.items()}
    timestamp, signed = named.get(TIMESTAMP.lower(), ""), named.get(SIGNATURE.lower(), "")
    if not timestamp.isascii() or not timestamp.isdecimal():
        return f"there is no {TIMESTAMP}"
    given = [each.partition(";")[0].strip().encode() for each in signed.split(",")]
    right = [signature(secret, timestamp, body).encode() for secret in secrets]
    if not any(hmac.compare_digest(one, other) for one in given for other in right):
        return "no secret that is known has signed this"
    if abs(now_s - int(timestamp[:12])) > tolerance_s:
        return "it was signed too long ago, or a clock is wrong"
    return None
