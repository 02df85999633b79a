"""A server on the loopback that answers HTTP however a test wants, encrypted or not, and certificates for it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Respond = Callable[["Other", socket.socket], None]


def answered(
    status: int = 200, body: bytes = b"", kind: str = "text/plain", headers: dict[str, str] | None = None
) -> Respond:
    """What answers so."""
    further = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    head = f"HTTP/1.1 {status} So\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{further}\r\n"

    def respond(_: Other, line: socket.socket) -> None:
        line.sendall(head.encode() + body)

    return respond


class Taken:
    """A request that came: its first line, its headers by name in small letters, its body."""

    def __init__(self, head: bytes, body: bytes) -> None:
        first, *fields = head.decode("latin-1").split("\r\n")
        self.line = first
        self.headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
        self.body = body


class Other:
    """The other side: what it took, and how it answers; `respond` is asked anew each time. Set `ends` to end drips."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.respond: Respond = answered(204)
        self.ends = threading.Event()
        self.port = 0
        self.scheme = "http"

    def url(self, path: str = "/in?token=CANARY", host: str = "127.0.0.1") -> str:
        """Where it listens."""
        return f"{self.scheme}://{host}:{self.port}{path}"


class _Handler(BaseRequestHandler):
    other: Other
    context: ssl.SSLContext | None

    def handle(self) -> None:
        line: socket.socket = self.request
        line.settimeout(20)
        # Who goes away in the middle, or does not like the certificate, is not this side's fault.
        with suppress(OSError):
            if self.context is not None:
                line = self.context.wrap_socket(line, server_side=True)
            try:
                self.converse(line)
            finally:
                line.close()

    def converse(self, line: socket.socket) -> None:
        seen = b""
        while b"\r\n\r\n" not in seen:
            piece = line.recv(65536)
            if not piece:
                return
            seen += piece
            if not seen[:1].isalpha():
                line.sendall(b"HTTP/1.1 400 What\r\n\r\n")
                return
        head, _, body = seen.partition(b"\r\n\r\n")
        taken = Taken(head, body)
        while len(taken.body) < int(taken.headers.get("content-length", 0)):
            piece = line.recv(65536)
            if not piece:
                return  # who sends it was killed in the middle
            taken.body += piece
        self.other.taken.append(taken)
        self.other.respond(self.other, line)


class _Server(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


@contextmanager
def other_side(certificate: Path | None = None, ask_for: Path | None = None) -> Iterator[Other]:
    """A server on a free port, with TLS where it has a certificate; it asks for one that the file `ask_for` signed."""
    other, context = Other(), None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        other.scheme = "https"
        if ask_for is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(ask_for)
    handler = type("Handler", (_Handler,), {"other": other, "context": context})
    with _Server(("127.0.0.1", 0), handler) as server:
        other.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield other
        finally:
            other.ends.set()
            server.shutdown()
            thread.join()


class Authority:
    """Signs certificates; `file` holds its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority")])
        own = self._signed(self._name, self._key, [], 1).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        own = own.add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
        own = own.add_extension(x509.KeyUsage(*(name in (5, 6) for name in range(9))), critical=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def certificate(self, *names: str, days: int = 1, file: str = "server.pem") -> Path:
        """A file with a key and a certificate for these names and addresses; expired where `days` is below zero."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server")])
        built = self._signed(subject, key, list(names), days)
        built = built.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
        )
        signed = built.sign(self._key, hashes.SHA256())
        pem = serialization.Encoding.PEM
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        made = self._folder / file
        made.write_bytes(private + signed.public_bytes(pem))
        return made

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, names: list[str], days: int
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        built = x509.CertificateBuilder(self._name, subject, key.public_key(), x509.random_serial_number())
        built = built.not_valid_before(now - timedelta(days=9)).not_valid_after(now + timedelta(days=days))
        if names:
            built = built.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        return built


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
