"""Keys of the HTTP interface: what one looks like, what is kept of it, and what its scope allows.

A key is `gwk_IDENTITY_SECRETCHECK`: ten characters that name it, a random secret of 256 bits, and a checksum over both,
so that programs which look for leaked secrets recognise one without asking anybody. Of the secret only the SHA-256 is
kept: there is nothing to guess in 256 random bits, so a slow hash would only slow every request.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import zlib
from enum import StrEnum
from typing import NamedTuple

from gateway.errors import UsageError

PREFIX = "gwk"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_IDENTITY, _SECRET, _CHECK = 10, 43, 6
_KEY = re.compile(
    rf"{PREFIX}_([0-9A-Za-z]{{{_IDENTITY}}})_([0-9A-Za-z]{{{_SECRET}}})([0-9A-Za-z]{{{_CHECK}}})", re.ASCII
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


class ScopeKind(StrEnum):
    """What a scope is about: one connection, one account with what stands below it, or a role over everything."""

    CONNECTION = "connection"
    ACCOUNT = "account"
    ROLE = "role"


class Role(StrEnum):
    """What someone of the house may do; each may do what the one before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ENGINEER = "engineer"
    ADMIN = "admin"

    def covers(self, other: Role) -> bool:
        """Whether it may do what the other may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


class Scope(NamedTuple):
    """What a key opens: `name` is the connection, the account's number, or the role."""

    kind: ScopeKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.name}"


class Secret(NamedTuple):
    """A key's two parts: `identity` names it and is no secret, `digest` is all that is kept of the rest."""

    identity: str
    digest: str

    def is_of(self, kept: str) -> bool:
        """Whether the digest is the one kept; how long that takes does not tell how much of it is right."""
        return hmac.compare_digest(self.digest, kept)


def parse_scope(text: str) -> Scope:
    """The scope a text names; raises UsageError for any other text."""
    kind, _, name = text.partition(":")
    if kind not in list(ScopeKind) or not name:
        raise UsageError(f"{text!r} is no scope. Name connection:NAME, account:NUMBER or role:ROLE.")
    if kind == ScopeKind.ROLE and name not in list(Role):
        raise UsageError(f"{name!r} is no role. Name one of {', '.join(role.value for role in Role)}.")
    return Scope(ScopeKind(kind), name)


def check_name(name: str) -> str:
    """The name of a key; raises UsageError for one that could not be written everywhere."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a key. Use up to 64 letters, digits, dots, dashes and underscores.")
    return name


def new_key() -> tuple[str, Secret]:
    """A new key, shown once to whom it is for, and what is kept of it."""
    identity = "".join(secrets.choice(_ALPHABET) for _ in range(_IDENTITY))
    secret = _base62(secrets.randbits(256), _SECRET)
    key = f"{PREFIX}_{identity}_{secret}{_check(identity, secret)}"
    return key, Secret(identity, _digest(key))


def parse_key(text: str) -> Secret | None:
    """The key's parts; None for a text that was never a key, which its checksum says without a look at the store."""
    found = _KEY.fullmatch(text)
    if found is None:
        return None
    identity, secret, check = found.groups()
    if not hmac.compare_digest(check, _check(identity, secret)):
        return None
    return Secret(identity, _digest(text))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("ascii")).hexdigest()


def _check(identity: str, secret: str) -> str:
    return _base62(zlib.crc32(f"{identity}{secret}".encode("ascii")), _CHECK)


def _base62(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, rest = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[rest] + digits
    return digits
