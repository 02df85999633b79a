"""Keys: ours as the file of a secret holds it, and the server's as it is pinned."""

from __future__ import annotations

import base64
import binascii
import hashlib
from io import StringIO
from typing import NamedTuple

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from gateway.errors import PermanentError


class HostKey(NamedTuple):
    """A server's public key: its type, as ssh-ed25519, and its blob."""

    type: str
    blob: bytes

    @property
    def line(self) -> str:
        """As `host_keys` names it."""
        return f"{self.type} {base64.b64encode(self.blob).decode('ascii')}"

    @property
    def fingerprint(self) -> str:
        """As ssh-keygen -l shows it."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode("ascii").rstrip("=")
        return f"{self.type} SHA256:{digest}"


def pinned(line: str) -> HostKey:
    """The key of a line as in known_hosts or a .pub file, without the host; raises PermanentError where it is none."""
    words = line.split()
    try:
        blob = base64.b64decode(words[1], validate=True)
        length = int.from_bytes(blob[:4], "big")
        if blob[4 : 4 + length].decode("ascii") != words[0]:
            raise ValueError
    except (IndexError, ValueError, binascii.Error):
        advice = 'write type and key as `ssh-keyscan HOST` shows them after the host, as "ssh-ed25519 AAAA..."'
        raise PermanentError(f"{line[:40]!r} in host_keys is no public key; {advice}") from None
    return HostKey(words[0], blob)


def own_key(text: str, password: str) -> paramiko.PKey:
    """Our private key from the text of its file; raises PermanentError where it cannot be read."""
    encoded, secret = text.strip().encode() + b"\n", password.encode() or None
    try:
        load = load_ssh_private_key if b"BEGIN OPENSSH" in encoded else load_pem_private_key
        key = load(encoded, secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # What the library says may hold a part of the key.
        raise PermanentError(_unread(text, password)) from error
    kind: type[paramiko.PKey]
    if isinstance(key, Ed25519PrivateKey):
        kind = paramiko.Ed25519Key
    elif isinstance(key, EllipticCurvePrivateKey):
        kind = paramiko.ECDSAKey
    elif isinstance(key, RSAPrivateKey):
        kind = paramiko.RSAKey
    else:
        raise PermanentError(
            "Our private key is of a kind that is not used any more; make one by `ssh-keygen -t ed25519`."
        )
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode("ascii")
    return kind.from_private_key(StringIO(plain))


def _unread(text: str, password: str) -> str:
    if text.startswith("PuTTY"):
        return "Our private key is in PuTTY's form; convert it by `puttygen KEY.ppk -O private-openssh`."
    if "BEGIN" not in text:
        return "The secret named by `key` holds no private key; it has to hold the text of the whole file."
    if password:
        return "Our private key cannot be read; see that it is whole and that key_password is the right one."
    return "Our private key cannot be read; see that it is whole, and name key_password where it is encrypted."
