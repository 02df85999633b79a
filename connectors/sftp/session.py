"""A session with the server: opened when it is needed, kept, and cut where it takes too long."""

from __future__ import annotations

import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic

import paramiko
from paramiko.sftp import SFTPError
from paramiko.ssh_exception import IncompatiblePeer

from connectors.sftp.asking import Client
from connectors.sftp.config import Login
from connectors.sftp.keys import HostKey, pinned
from connectors.sftp.login import log_in
from connectors.sftp.transport import Transport
from gateway.errors import PermanentError, TransientError

KEEPALIVE_S = 30
REST_S = 300.0
"""After a refusal the server is not asked again for so long: some lock an account after a few wrong tries."""
_LOOK_S = 0.25
_WEAK = ("md5", "cbc", "3des", "sha1", "arcfour", "blowfish", "-96")

# It tells of every connection and prints tracebacks of its threads; what matters is raised.
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


class BrokenError(TransientError):
    """The server, or something between, ended the session. Nothing to do: it is tried again."""


class Session:
    """One login at the server for one thread; `login` tells where and who when it is opened."""

    def __init__(self, login: Callable[[], Login]) -> None:
        self._login = login
        self._socket: socket.socket | None = None
        self._transport: paramiko.Transport | None = None
        self._client: paramiko.SFTPClient | None = None
        self._deadline = float("inf")
        self._closed = threading.Event()
        self._refusal: tuple[float, PermanentError] | None = None
        self._label = ""

    @property
    def is_open(self) -> bool:
        """Whether there is a login that nobody has ended, as far as is known."""
        return self._client is not None and self._transport is not None and self._transport.is_active()

    @property
    def client(self) -> paramiko.SFTPClient:
        """What speaks with the server, opened where it is not; only within `within`."""
        if not self.is_open:
            self.close()
            self._open()
        assert self._client is not None  # noqa: S101 - opened above
        return self._client

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """The session is cut after so long; turns what is raised inside into what the gateway does about it.

        Refusals of a single file (FileNotFoundError, PermissionError and other OSErrors by the server) go through.
        """
        self._deadline, took = monotonic() + seconds, f"within {seconds:.3g} s"
        try:
            yield
        except (PermanentError, TransientError):
            raise
        except OSError as error:
            if not isinstance(error, ConnectionError | TimeoutError) and self.is_open:
                raise
            raise self._broken(error, took) from error
        except (paramiko.SSHException, SFTPError, EOFError, struct.error, ValueError, IndexError) as error:
            raise self._broken(error, took) from error
        except BaseException:
            self.close()
            raise
        finally:
            self._deadline = float("inf")

    def _broken(self, error: Exception, took: str) -> TransientError:
        is_over = monotonic() > self._deadline
        self.close()
        if is_over:
            return TransientError(f"{self._label} gave no whole answer {took}; it is tried again")
        return BrokenError(f"{self._label} broke off: {_told(error)}; it is tried again")

    def close(self) -> None:
        """No login is held; again is harmless."""
        self._closed.set()
        transport, self._transport, self._client = self._transport, None, None
        line, self._socket = self._socket, None
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)  # the library's thread waits up to a tenth of a second else
        if transport is not None:
            transport.close()
        if line is not None:
            line.close()  # a transport that never began leaves it open

    def _open(self) -> None:
        if self._refusal is not None and monotonic() < self._refusal[0]:
            raise PermanentError(str(self._refusal[1]))
        login = self._login()
        self._label = login.label
        try:
            self._connect(login)
        except PermanentError as error:
            self._refusal = monotonic() + REST_S, error
            self.close()
            raise
        self._refusal = None

    def _connect(self, login: Login) -> None:
        self._socket = _reached(login, self._left(login))
        transport = Transport(self._socket)
        transport.daemon = True
        self._transport = transport
        self._closed = threading.Event()
        threading.Thread(target=self._watch, args=(transport, self._closed), name="sftp watch", daemon=True).start()
        transport.handshake_timeout = transport.auth_timeout = self._left(login)
        transport.banner_timeout = self._left(login) / 2  # what is no SSH server says nothing, and that can be told
        wanted = [pinned(line) for line in login.host_keys]
        _strengthen(transport, wanted)
        _greet(transport, login, self._left(login))
        _verify(transport, login, wanted)
        log_in(transport, login)
        transport.set_keepalive(KEEPALIVE_S)
        client = Client.from_transport(transport)
        if client is None:
            raise PermanentError(f"{login.label} opens no SFTP; ask the partner to allow it to {login.user}")
        self._client = client

    def _left(self, login: Login) -> float:
        return max(min(self._deadline - monotonic(), login.timeout_s), 0.1)

    def _watch(self, transport: paramiko.Transport, closed: threading.Event) -> None:
        """Cuts the transport where what it is at takes too long: no time-out of the library counts a drip."""
        while not closed.wait(_LOOK_S):
            if monotonic() > self._deadline:
                transport.close()
                return


def _reached(login: Login, timeout_s: float) -> socket.socket:
    try:
        line = socket.create_connection((login.host, login.port), timeout_s)
    except socket.gaierror as error:
        text = f"the host name {login.host} is not known; see that `host` is spelled right"
        raise TransientError(f"{text} and that names are resolved here") from error
    except ConnectionRefusedError as error:
        text = f"nobody listens at {login.host}:{login.port}; see that `host` and `port` are right"
        raise TransientError(f"{text} and that the server runs") from error
    except TimeoutError as error:
        text = f"{login.host}:{login.port} does not answer; see that `host` and `port` are right"
        raise TransientError(f"{text} and that no firewall stands between") from error
    except OSError as error:
        raise TransientError(f"{login.host}:{login.port} cannot be reached: {_told(error)}") from error
    # Else a request waits here until the one before it is acknowledged, which servers put off for 40 ms.
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _strengthen(transport: paramiko.Transport, wanted: list[HostKey]) -> None:
    """Weak algorithms are not offered; of its keys the server is asked for those that are pinned first."""
    options = transport.get_security_options()
    for name in ("ciphers", "digests", "kex"):
        setattr(
            options, name, tuple(each for each in getattr(options, name) if not any(weak in each for weak in _WEAK))
        )
    known = {each.type for each in wanted}
    known |= {"rsa-sha2-512", "rsa-sha2-256"} if "ssh-rsa" in known else set()
    strong = [each for each in options.key_types if each not in ("ssh-rsa", "ssh-dss")]
    options.key_types = tuple(sorted(strong, key=lambda name: name not in known))


def _greet(transport: paramiko.Transport, login: Login, timeout_s: float) -> None:
    try:
        transport.start_client(timeout=timeout_s)
    except IncompatiblePeer as error:
        text = f"{login.host}:{login.port} offers no algorithm that we know and that is safe today ({error})"
        advice = "ask the partner for curve25519 or ECDH, AES in CTR or GCM mode and HMAC with SHA-2"
        raise PermanentError(f"{text}; {advice}") from error
    except paramiko.SSHException as error:
        if "banner" in str(error).lower():
            text = f"what answers at {login.host}:{login.port} is no SSH server; see that `port` is the one of SFTP"
            raise TransientError(text) from error
        raise


def _verify(transport: paramiko.Transport, login: Login, wanted: list[HostKey]) -> None:
    key = transport.get_remote_server_key()
    shown = HostKey(key.get_name(), key.asbytes())
    if shown in wanted:
        return
    has = f"{login.host}:{login.port} has the key {shown.fingerprint}"
    take_up = f'compare it with what the partner says, then take "{shown.line}" up in host_keys'
    if not wanted:
        raise PermanentError(f"{has}, and none is named in host_keys: {take_up}.")
    pins = ", ".join(each.fingerprint for each in wanted)
    text = f"{has}, which is not among those pinned ({pins}): nothing was sent to it"
    raise PermanentError(f"{text}. Ask the partner whether the key was changed; where it was, {take_up}.")


def _told(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
