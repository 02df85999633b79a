"""Servers on the loopback that take what alarms are told by: one of HTTP, one of SMTP with STARTTLS and a login."""

from __future__ import annotations

import base64
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

RIGHT = "the-right-one"
"""The password the mail server lets in."""


@contextmanager
def _running(server: ThreadingTCPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class HttpServer:
    """What was posted, with its headers; answers what it is told to."""

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.answer: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.url = ""


@contextmanager
def http_server() -> Iterator[HttpServer]:
    """A server on a free port."""
    taken = HttpServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.posts.append((dict(self.headers), body))
            if taken.answer is not None:
                taken.answer(self)
                return
            self.send_response(taken.status)
            self.send_header("Location", taken.url + "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, _running(server):
        taken.url = f"http://127.0.0.1:{server.server_port}/alarms?token=CANARY"
        yield taken


class MailServer:
    """The mails that were taken, and how: whether encrypted, and by whose login."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.recipients: list[list[str]] = []
        self.logins: list[tuple[str, str]] = []
        self.refuses: set[str] = set()
        self.speaks_tls = True
        self.is_away = False
        self.port = 0


class _MailHandler(StreamRequestHandler):
    """One connection to a mail server, whose `taken` and `context` the server carries."""

    taken: MailServer
    context: ssl.SSLContext

    def handle(self) -> None:
        if self.taken.is_away:
            return
        try:
            self.converse()
        finally:
            if isinstance(self.connection, ssl.SSLSocket):
                self.rfile.close()
                self.wfile.close()
                self.connection.close()

    def converse(self) -> None:
        self.recipients: list[str] = []
        self.say("220 test")
        while line := self.rfile.readline():
            word, _, rest = line.decode().strip().partition(" ")
            if word.upper() == "QUIT":
                self.say("221 bye")
                return
            getattr(self, f"on_{word.lower()}", self.on_other)(rest)

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def on_ehlo(self, _: str) -> None:
        encrypted = isinstance(self.connection, ssl.SSLSocket)
        offers = ["AUTH PLAIN"] if encrypted else ["STARTTLS"] * self.taken.speaks_tls
        self.say("250-test", *(f"250-{each}" for each in offers), "250 SIZE 1000000")

    def on_starttls(self, _: str) -> None:
        self.say("220 go on")
        self.connection = self.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def on_auth(self, rest: str) -> None:
        user, given = base64.b64decode(rest.split()[1]).decode().split("\0")[1:]
        self.taken.logins.append((user, given))
        self.say("235 in" if given == RIGHT else "535 no")

    def on_rcpt(self, rest: str) -> None:
        address = rest.partition("<")[2].partition(">")[0]
        if address in self.taken.refuses:
            self.say("550 nobody")
            return
        self.recipients.append(address)
        self.say("250 ok")

    def on_data(self, _: str) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.taken.mails.append(message_from_bytes(b"".join(lines)))
        self.taken.recipients.append(list(self.recipients))
        self.say("250 taken")

    def on_other(self, _: str) -> None:
        self.say("250 ok")


@contextmanager
def mail_server(certificate: Path) -> Iterator[MailServer]:
    """A server on a free port that offers STARTTLS with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    taken = MailServer()
    handler = type("Handler", (_MailHandler,), {"taken": taken, "context": context})
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server, _running(server):
        taken.port = server.server_address[1]
        yield taken


def certificate_for_loopback(folder: Path) -> Path:
    """A file with a key and a certificate for 127.0.0.1 that is signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    file = folder / "certificate.pem"
    file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(pem))
    return file
