"""An ERP for tests and the demo: a SOAP service made by spyne, another's code, in a process of its own on the loopback.

with played_erp() as erp:
    erp.wsdl()            what it says of itself
    erp.come("html502")   the next call is answered so
    erp.state()["orders"] what it has
"""

from __future__ import annotations

import base64
import http.client
import importlib.util
import json
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import urlsplit

from gateway.errors import ConfigError, TransientError

PATIENCE_S = 30.0
WITHOUT_SPYNE = 'The ERP is played by spyne, which is not installed. Run: pip install "edi-procurement-gateway[demo]"'


def can_be_played() -> bool:
    """Whether what plays the ERP is installed."""
    return importlib.util.find_spec("spyne") is not None


class PlayedErp:
    """The ERP that listens at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def wsdl(self, path: str = "soap") -> bytes:
        """Its WSDL, as it says it itself."""
        return self._ask("GET", f"/{path}?wsdl")

    def burn(self) -> None:
        """Its books are empty and it does everything right, as after a start."""
        self._tell(burn=True)

    def come(self, fault: str, times: int = 1) -> None:
        """The next calls are answered by a fault of `gateway.testing.erp.faults`."""
        self._tell(fault=[fault, times])

    def know(self, user: str, password: str, way: str) -> None:
        """Only who names these is served: by `basic`, `bearer`, or a WS-Security `text` or `digest`."""
        self._tell(known=[user, password, way])

    def leave(self, name: str, content: bytes) -> None:
        """A document waits for whoever asks."""
        self._tell(leave=[name, base64.b64encode(content).decode()])

    def lack(self, short: Mapping[str, str]) -> None:
        """Of these articles it has no more than that."""
        self._tell(short=dict(short))

    def own(self, kind: str, rows: list[dict[str, str]]) -> None:
        """Of `prices`, `products` or `accounts` it has these, named as in its WSDL."""
        self._tell(own=[kind, rows])

    def state(self) -> dict[str, Any]:
        """What it has in its books, and the headers of each call."""
        state: dict[str, Any] = json.loads(self._ask("GET", "/control"))
        return state

    def documents(self) -> dict[str, bytes]:
        """The documents it was given, by name."""
        return {name: base64.b64decode(content) for name, content in self.state()["documents"].items()}

    def _tell(self, **told: object) -> None:
        self._ask("POST", "/control", json.dumps(told).encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        parts = urlsplit(self.url)
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            unchecked = ssl._create_unverified_context()  # noqa: S323, SLF001 - our own process on the loopback
            connection = http.client.HTTPSConnection(parts.netloc, timeout=PATIENCE_S, context=unchecked)
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body)
            return connection.getresponse().read()
        finally:
            connection.close()


@contextmanager
def played_erp(*options: str) -> Iterator[PlayedErp]:
    """The ERP while the block runs; `options` as `python -m gateway.testing.erp --help` names them.

    Raises ConfigError where spyne is not installed, TransientError where the process does not start.
    """
    if not can_be_played():
        raise ConfigError(WITHOUT_SPYNE)
    command = [sys.executable, "-m", "gateway.testing.erp", *options]
    with (
        TemporaryFile("w+") as complaints,
        subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as process,
    ):
        if process.stdin is None or process.stdout is None:
            raise TransientError("The played ERP has no pipes. Run it again.")
        try:
            url = process.stdout.readline().strip()
            if not url:
                complaints.seek(0)
                raise TransientError(f"The played ERP does not start: {complaints.read()}")
            yield PlayedErp(url)
        finally:
            process.stdin.close()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
