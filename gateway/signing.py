"""Signatures of what is posted: that it came from us, unchanged, and when."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

SIGNATURE, TIMESTAMP = "Gateway-Signature", "Gateway-Timestamp"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and the hexadecimal HMAC-SHA256 of the timestamp, a point and the body."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def key_id(secret: str) -> str:
    """What names a secret and tells nothing of it: eight digits of the SHA-256 of a text it is the end of."""
    return hashlib.sha256(f"key id of {secret}".encode()).hexdigest()[:8]


def signatures(secrets: Iterable[str], timestamp: str, body: bytes) -> str:
    """What the header of the signature holds: for each secret, its signature and `; key=` with its id."""
    return ", ".join(f"{signature(secret, timestamp, body)}; key={key_id(secret)}" for secret in secrets)
