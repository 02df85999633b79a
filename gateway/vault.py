"""The vault: what a reference to a secret stands for, from the environment or, sealed, from the store."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from msgspec.structs import replace

from gateway.errors import ConfigError, UsageError
from gateway.master_key import HOW_TO_MAKE, MasterKeys, master_keys
from gateway.settings import Settings
from gateway.store.engine import Store
from gateway.store.sealed_secrets import SealedSecret, all_secrets, put_secret, seal_anew, secret_of

ENVIRONMENT, KEPT = "env:", "secret:"
MOST_BYTES = 65_536

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)


class Sealed(NamedTuple):
    """A text as it is kept: sealed by the key of this id."""

    key_id: str
    content: bytes


class Vault:
    """The secrets of one installation. No value is kept here: each time it is asked for, it is looked up."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store

    def secret(self, reference: str) -> str:
        """The value that `env:NAME` or `secret:NAME` stands for. Raises ConfigError where there is none."""
        if not reference.startswith(KEPT):
            return environment_secret(reference)
        name = reference.removeprefix(KEPT)
        with self._store.read() as db:
            found = secret_of(db, name)
        if found is None:
            raise ConfigError(f"The secret {reference} is not set. Run gateway secret set {name}.")
        return self._keys(f"The secret {reference}").open(name, found.key_id, found.sealed)

    def put(self, name: str, value: str, at: str) -> None:
        """From now on the secret of this name has this value; else as `kept`."""
        secret = self.kept(name, value, at)
        with self._store.write() as db:
            put_secret(db, secret)

    def kept(self, name: str, value: str, at: str) -> SealedSecret:
        """The secret as it is kept, for a transaction of the caller's.

        Raises UsageError for what is no name and no value, ConfigError where no master key is set.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name[:100]!r} is no name of a secret: use letters, digits, _ . and -, at most 100.")
        if not value or len(value.encode()) > MOST_BYTES or "\0" in value:
            raise UsageError(f"The value of {name} is empty, longer than 64 kB, or no text.")
        keys = self._keys("A secret")
        return SealedSecret(name=name, key_id=keys.first, sealed=keys.seal(name, value), version=1, set_at=at)

    def rotate(self) -> int:
        """How many secrets are sealed anew, by the first master key; all of them or, where one does not open, none."""
        keys = self._keys("A secret")
        with self._store.write() as db:
            old = [secret for secret in all_secrets(db) if secret.key_id != keys.first]
            seal_anew(db, [_anew(secret, keys) for secret in old])
        return len(old)

    def seal(self, name: str, text: str) -> Sealed | None:
        """A text that only the master key opens, and only under this name; None where no master key is set."""
        keys = master_keys(self._settings)
        return None if keys is None else Sealed(keys.first, keys.seal(name, text))

    def unseal(self, name: str, sealed: Sealed) -> str:
        """The text that was sealed under this name. Raises ConfigError where it does not open."""
        return self._keys(name).open(name, sealed.key_id, sealed.content)

    def check(self) -> None:
        """Raises ConfigError where the store has secrets that nothing here can open."""
        with self._store.read() as db:
            secrets = all_secrets(db)
        for secret in secrets:
            self._keys(f"The secret {secret.name}").open(secret.name, secret.key_id, secret.sealed)

    def _keys(self, what: str) -> MasterKeys:
        keys = master_keys(self._settings)
        if keys is None:
            advice = "Set GATEWAY_MASTER_KEY_FILE or GATEWAY_MASTER_KEY"
            raise ConfigError(f"{what} is sealed by the master key, and none is set. {advice}: {HOW_TO_MAKE}.")
        return keys


def environment_secret(reference: str) -> str:
    """The value of an `env:NAME` reference; raises ConfigError where the variable is not set, or is empty."""
    value = os.environ.get(reference.removeprefix(ENVIRONMENT))
    if not (reference.startswith(ENVIRONMENT) and value):
        raise ConfigError(f"The secret {reference} is not set, or empty. Set the environment variable it names.")
    return value


def _anew(secret: SealedSecret, keys: MasterKeys) -> SealedSecret:
    value = keys.open(secret.name, secret.key_id, secret.sealed)
    return replace(secret, key_id=keys.first, sealed=keys.seal(secret.name, value))
