"""A buyer's cXML server for tests: it takes what is posted, answers as told, and keeps what came."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from gateway.cxml.document import CxmlDocument, read_cxml
from gateway.cxml.envelope import Stamp, response
from gateway.cxml.status import Status, status

_MOST_WAIT_S = 30.0
_DRIP_S = 0.05


class Posted(NamedTuple):
    """A document that came: `content` as it was posted, `headers` by name in small letters."""

    document: CxmlDocument
    content: bytes
    headers: Mapping[str, str]


Reply = Callable[["CxmlBuyer", BaseHTTPRequestHandler, Posted | None], None]
"""How a post is answered; None stands for one that is no cXML."""


class CxmlBuyer:
    """The server: `posted` is all that came, in its order; `reply` is asked anew each time, set it to answer otherwise.

    By itself it does what the guide wants: a payloadID that came before is answered again and kept once.
    """

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.reply: Reply = taken
        self.port = 0
        self.ends = threading.Event()

    @property
    def url(self) -> str:
        """Where it takes documents."""
        return f"http://127.0.0.1:{self.port}/cxml"

    @property
    def kept(self) -> dict[str, Posted]:
        """What it has, by payloadID: of what came twice the first."""
        return {each.document.payload_id: each for each in reversed(self.posted)}


def taken(buyer: CxmlBuyer, handler: BaseHTTPRequestHandler, posted: Posted | None) -> None:
    """Status 200; 409 for other content under a payloadID that came before, 406 for what is no cXML."""
    if posted is None:
        answered(406)(buyer, handler, posted)
        return
    first = buyer.kept[posted.document.payload_id]
    answered(200 if first.content == posted.content else 409)(buyer, handler, posted)


def answered(code: int, message: str = "", http: int = 200) -> Reply:
    """A Response with this Status, of a code that is known or not, by this status of HTTP."""

    def reply(_: CxmlBuyer, handler: BaseHTTPRequestHandler, posted: Posted | None) -> None:
        try:
            told = status(code, message)
        except KeyError:
            told = Status(code, "Other", message)
        about = posted.document.payload_id if posted else "none"
        stamp = Stamp(dtd="1.2.014", payload_id=f"answer.{about}", timestamp=datetime.now(UTC))
        _write(handler, http, "text/xml", response(stamp, told))

    return reply


def page(http: int, headers: Mapping[str, str] | None = None) -> Reply:
    """A page of HTML, as a proxy or a server that failed answers."""

    def reply(_: CxmlBuyer, handler: BaseHTTPRequestHandler, __: Posted | None) -> None:
        _write(handler, http, "text/html", b"<html><body>Sorry</body></html>", headers)

    return reply


def hanging(buyer: CxmlBuyer, _: BaseHTTPRequestHandler, __: Posted | None) -> None:
    """No answer, until the server ends."""
    buyer.ends.wait(_MOST_WAIT_S)


def dripping(buyer: CxmlBuyer, handler: BaseHTTPRequestHandler, _: Posted | None) -> None:
    """An answer that never comes to its end."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/xml")
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not buyer.ends.wait(_DRIP_S):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def dropped(_: CxmlBuyer, handler: BaseHTTPRequestHandler, __: Posted | None) -> None:
    """The connection closed without an answer."""
    handler.close_connection = True


@contextmanager
def cxml_buyer() -> Iterator[CxmlBuyer]:
    """A buyer's server on a free port of the loopback, for as long as the block runs."""
    buyer = CxmlBuyer()
    handler = type("Handler", (_Handler,), {"buyer": buyer})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        buyer.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield buyer
        finally:
            buyer.ends.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    buyer: CxmlBuyer

    def do_POST(self) -> None:
        """Keeps what came, and answers."""
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        document = read_cxml(content)
        posted = None
        if isinstance(document, CxmlDocument):
            posted = Posted(document, content, {name.lower(): value for name, value in self.headers.items()})
            self.buyer.posted.append(posted)
        # Who goes away in the middle is not this side's fault.
        with suppress(OSError):
            self.buyer.reply(self.buyer, self, posted)

    def do_HEAD(self) -> None:
        """That nothing is asked for so."""
        _write(self, 405, "text/plain", b"")

    def log_message(self, *_: object) -> None:
        """Nothing is written."""


def _write(
    handler: BaseHTTPRequestHandler, http: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None
) -> None:
    handler.send_response(http)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
