"""The master key: what seals the secrets of the store and opens them again, by AES-256 in GCM."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.errors import ConfigError
from gateway.settings import Settings

LEAST_CHARACTERS = 32
HOW_TO_MAKE = "`openssl rand -base64 32` makes one; put it into a file that only the gateway reads"

_NONCE_BYTES = 12
_ID_BYTES = 8


class MasterKeys:
    """The keys at hand: the first one seals, every one opens what it sealed."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._ciphers: Mapping[str, AESGCM] = {
            _derived(text, b"id", _ID_BYTES).hex(): AESGCM(_derived(text, b"cipher", 32)) for text in texts
        }
        self.first = next(iter(self._ciphers))

    def seal(self, name: str, value: str) -> bytes:
        """The value of a secret as only these keys open it, and only under its name."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[self.first].encrypt(nonce, value.encode(), name.encode())

    def opens(self, key_id: str) -> bool:
        """Whether the key of this id is at hand."""
        return key_id in self._ciphers

    def open(self, name: str, key_id: str, sealed: bytes) -> str:
        """The value of a secret. Raises ConfigError where its key is not at hand, or it was changed by somebody."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise ConfigError(f"The secret {name} was sealed by another master key ({key_id}). State that one, too.")
        try:
            return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode()).decode()
        except InvalidTag:
            text = f"The secret {name} does not open: its row was changed"
            raise ConfigError(f"{text}. Set it again: gateway secret set {name}.") from None


def master_keys(settings: Settings) -> MasterKeys | None:
    """The keys the settings state, several with blanks or line ends between them; None where they state none.

    A file is read anew each time. Raises ConfigError for a file that cannot be read, and for a key that is too short.
    """
    if settings.master_key is not None and settings.master_key_file is not None:
        raise ConfigError("master_key and master_key_file are both set. Keep one of them.")
    if settings.master_key is not None:
        text = settings.master_key.get_secret_value()
    elif settings.master_key_file is not None:
        text = _content(settings)
    else:
        return None
    keys = text.split()
    if not keys or any(len(key) < LEAST_CHARACTERS for key in keys):
        fault = f"A master key has at least {LEAST_CHARACTERS} characters, all of them random"
        raise ConfigError(f"{fault}: {HOW_TO_MAKE}.")
    return MasterKeys(keys)


def _content(settings: Settings) -> str:
    file = settings.workspace / (settings.master_key_file or "")
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(f"The master key cannot be read from {file}: {reason}. Correct master_key_file.") from None


def _derived(text: str, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=b"gateway secrets", info=purpose).derive(text.encode())
