"""The played ERP as a process: says where it listens, and serves until its input ends."""

from __future__ import annotations

import argparse
import base64
import json
import ssl
import sys
import threading
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gateway.testing.erp.books import Books
from gateway.testing.erp.faults import Faults
from gateway.testing.erp.plain import Plain
from gateway.testing.erp.service import soap_application


class Doors:
    """What is served by path: SOAP 1.1 and 1.2, plain HTTP, and what a test tells the ERP."""

    def __init__(self, first: int) -> None:
        self._books = Books(first)
        self._services: dict[str, WSGIApplication] = {
            "soap": soap_application(self._books),
            "soap12": soap_application(self._books, "1.2"),
            "plain": Plain(self._books),
        }
        self.faults = Faults(self._served)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """What comes of one call."""
        if environ.get("PATH_INFO") != "/control":
            return self.faults(environ, start)
        told = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if told:
            self._hear(json.loads(told))
        answer = json.dumps(self._state()).encode()
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]

    def _served(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        service = self._services.get(environ.get("PATH_INFO", "").strip("/").partition("/")[0])
        if service is None:
            start("404 Not Found", [("Content-Type", "text/html")])
            return [b"<html>nothing here</html>"]
        return service(environ, start)

    def _hear(self, told: dict[str, object]) -> None:
        heard: dict[str, Callable[..., None]] = {
            "fault": self.faults.come,
            "leave": self._leave,
            "known": self._know,
            "own": self._books.own,
        }
        for name, values in told.items():
            if name == "burn":
                self._books.burn()
                self.faults.burn()
            elif name == "short" and isinstance(values, dict):
                self._books.short = {article: Decimal(most) for article, most in values.items()}
            elif isinstance(values, list):
                heard[name](*values)

    def _leave(self, name: str, content: str) -> None:
        self._books.leave(name, base64.b64decode(content))

    def _know(self, user: str, password: str, way: str) -> None:
        self.faults.user, self.faults.password, self.faults.way = user, password, way

    def _state(self) -> dict[str, object]:
        documents = {name: base64.b64encode(content).decode() for name, content in self._books.documents().items()}
        return {
            "orders": [order.key for order in self._books.orders()],
            "quantities": {order.key: [str(line.quantity) for line in order.lines] for order in self._books.orders()},
            "waiting": [each.identity for each in self._books.waiting("confirmations")],
            "documents": documents,
            "seen": self.faults.seen,
        }


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller who went away is no error of ours."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the handler names it
        """Nothing is logged."""


def main() -> None:
    """Serves until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m gateway.testing.erp", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="The port on 127.0.0.1; 0 takes a free one.")
    parser.add_argument("--first", type=int, default=70001, help="The first number it gives.")
    parser.add_argument("--certificate", type=Path, help="A PEM file with certificate and key: TLS is spoken.")
    parser.add_argument("--client-ca", type=Path, help="A PEM file: only callers with a certificate of it are served.")
    chosen = parser.parse_args()
    doors = Doors(chosen.first)
    with make_server("127.0.0.1", chosen.port, doors, _Server, _Quiet) as server:
        scheme = "http"
        if chosen.certificate:
            scheme = "https"
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=chosen.client_ca)
            context.load_cert_chain(chosen.certificate)
            context.verify_mode = ssl.CERT_REQUIRED if chosen.client_ca else ssl.CERT_NONE
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        sys.stdout.write(f"{scheme}://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        sys.stdin.read()
        doors.faults.end()
        server.shutdown()


if __name__ == "__main__":
    main()
