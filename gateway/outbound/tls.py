"""TLS as a connection wants it: whom it trusts, and what it shows of itself."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from gateway.errors import ConfigError


class Tls(NamedTuple):
    """`authorities` is a file of the certificates that are trusted in the place of the system's own.

    `certificate` is a file with ours and those above it, `key` its key as PEM.
    """

    authorities: Path | None = None
    certificate: Path | None = None
    key: str | None = None

    def context(self) -> ssl.SSLContext:
        """What connections are encrypted with: TLS 1.2 or newer, the other side's name checked.

        Raises ConfigError for a file that cannot be used.
        """
        # Not create_default_context(): that one writes its keys where a variable of the environment says.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            if self.authorities is None:
                context.load_default_certs()
            else:
                context.load_verify_locations(self.authorities)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{self.authorities}: {_plain(error)}. Put a file of certificates in PEM there."
            ) from None
        if self.certificate is not None:
            self._show(context, self.certificate)
        return context

    def _show(self, context: ssl.SSLContext, certificate: Path) -> None:
        try:
            if self.key is None:
                context.load_cert_chain(certificate, password="")
                return
            # OpenSSL takes a key from a file only; nobody else can read the folder, and it is gone at once.
            with TemporaryDirectory() as folder:
                file = os.open(Path(folder) / "key.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(file, "w") as stream:
                    stream.write(self.key)
                context.load_cert_chain(certificate, Path(folder) / "key.pem", password="")
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{certificate}: {_plain(error)}. Put our certificate there in PEM, and its key, without a password,"
                " beside it or in a secret."
            ) from None


def _plain(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
