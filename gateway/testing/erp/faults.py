"""Faults on demand: what a server, or what stands before it, answers instead of what was asked for."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gateway.testing.erp.service import NAMESPACE

Headers = list[tuple[str, str]]
XML: Headers = [("Content-Type", "text/xml; charset=utf-8")]
HTML: Headers = [("Content-Type", "text/html")]
MOST_DRIPS = 600

_SOAP = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:erp="{namespace}"><e:Body>{body}</e:Body>'
    "</e:Envelope>"
)
_FAULT = "<e:Fault><faultcode>e:{code}</faultcode><faultstring>{text}</faultstring></e:Fault>"


def _enveloped(body: str) -> bytes:
    return _SOAP.format(namespace=NAMESPACE, body=body).encode()


_ANSWERS: dict[str, tuple[str, Headers, bytes]] = {
    "client": ("500 Internal Server Error", XML, _enveloped(_FAULT.format(code="Client", text="no credit"))),
    "server": ("500 Internal Server Error", XML, _enveloped(_FAULT.format(code="Server", text="out of order"))),
    "html502": ("502 Bad Gateway", HTML, b"<html><body><h1>502 Bad Gateway</h1></body></html>"),
    "html503": ("503 Service Unavailable", HTML, b"<html><body>maintenance</body></html>"),
    "html200": ("200 OK", HTML, b"<html><body>please log in</body></html>"),
    "other": ("200 OK", XML, _enveloped("<erp:PingResponse><erp:Key>pong</erp:Key></erp:PingResponse>")),
    "foreign": (
        "200 OK",
        XML,
        _enveloped(
            "<erp:CreateOrderResponse><erp:CreateOrderResult><erp:Key>0</erp:Key></erp:CreateOrderResult>"
            "</erp:CreateOrderResponse>"
        ),
    ),
    "empty": ("200 OK", XML, b""),
    "unauthorized": ("401 Unauthorized", HTML, b"who are you"),
    "forbidden": ("403 Forbidden", HTML, b"not you"),
    "missing": ("404 Not Found", HTML, b"nothing here"),
    "busy": ("429 Too Many Requests", HTML, b"slower"),
    "redirect": ("302 Found", [("Location", "http://127.0.0.1:9/")], b""),
    "huge": ("200 OK", XML, b" " * (3 << 20)),
    "bomb": (
        "200 OK",
        XML,
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + _enveloped("<x>&b;</x>"),
    ),
}
"""By name: what is answered without the service being asked."""

LOST = ("cut", "drip", "silent", "html504")
"""By name: what is answered after the service did what was asked."""


class Faults:
    """Stands before a service: answers amiss as often as it was told, and asks for a password where it was told."""

    def __init__(self, service: WSGIApplication) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._ends = threading.Event()
        self.burn()

    def burn(self) -> None:
        """No fault is to come, everybody is served, and nobody was seen."""
        self._next: list[str] = []
        self.user = ""
        self.password = ""
        self.way = ""
        self.seen: list[dict[str, str]] = []

    def come(self, name: str, times: int) -> None:
        """The next calls are answered so."""
        with self._lock:
            self._next = [name] * times

    def end(self) -> None:
        """Nobody is kept waiting any more."""
        self._ends.set()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """What comes of one call."""
        with self._lock:
            fault = self._next.pop(0) if self._next else ""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = _Body(body)
        self.seen.append({"path": environ.get("PATH_INFO", ""), **_headers(environ)})
        if fault in _ANSWERS:
            status, headers, content = _ANSWERS[fault]
            start(status, [*headers, ("Content-Length", str(len(content)))])
            return [content]
        if not self._is_known(environ, body):
            start("401 Unauthorized", [("WWW-Authenticate", "Basic"), ("Content-Length", "0")])
            return []
        return self._lost(fault, environ, start) if fault else self._service(environ, start)

    def _lost(self, fault: str, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        answered: list[tuple[str, Headers]] = []

        def note(status: str, headers: Headers, *_: object) -> Callable[[bytes], object]:
            answered.append((status, headers))
            return lambda _: None

        content = b"".join(self._service(environ, note))
        if fault == "html504":
            start("504 Gateway Timeout", [*HTML])
            return [b"<html>too late</html>"]
        status, headers = answered[0]
        start(status, headers)
        if fault == "cut":
            return [content[: len(content) // 2]]
        return self._slowly(content if fault == "drip" else b"")

    def _slowly(self, content: bytes) -> Iterator[bytes]:
        for at in range(MOST_DRIPS):
            yield content[at : at + 1]
            if self._ends.wait(0.2):
                return

    def _is_known(self, environ: WSGIEnvironment, body: bytes) -> bool:
        if not self.way:
            return True
        if self.way == "basic":
            expected = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            return bool(environ.get("HTTP_AUTHORIZATION") == f"Basic {expected}")
        if self.way == "bearer":
            return bool(environ.get("HTTP_AUTHORIZATION") == f"Bearer {self.password}")
        return self._has_token(body.decode())

    def _has_token(self, body: str) -> bool:
        """Whether a WS-Security user name token is there; a digest is SHA-1 over nonce, time and password."""
        found = dict(re.findall(r"<\w+:(Username|Password|Nonce|Created)\b[^>]*>([^<]*)<", body))
        if found.get("Username") != self.user:
            return False
        if self.way == "text":
            return found.get("Password") == self.password
        secret = base64.b64decode(found.get("Nonce", "")) + found.get("Created", "").encode() + self.password.encode()
        digest = hashlib.sha1(secret).digest()  # noqa: S324 - as the user name token profile 1.1 says
        return found.get("Password") == base64.b64encode(digest).decode()


class _Body:
    """A request's body that was read before."""

    def __init__(self, content: bytes) -> None:
        self._left = content

    def read(self, size: int = -1) -> bytes:
        """So many bytes, all where it is negative."""
        size = len(self._left) if size < 0 else size
        read, self._left = self._left[:size], self._left[size:]
        return read


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    return {name[5:].lower(): str(value) for name, value in environ.items() if name.startswith("HTTP_")}
