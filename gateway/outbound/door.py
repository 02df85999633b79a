"""One HTTP exchange with a checked address: no redirect, no proxy, nothing of the environment, and an end in time."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import re
import ssl
from collections import Counter
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway import __version__
from gateway.errors import PermanentError, TransientError, UnknownOutcomeError
from gateway.outbound.addresses import PUBLIC, Address, Reach, Target, addresses_of, target_of
from gateway.outbound.tls import Tls

if TYPE_CHECKING:
    import httpcore
    import httpx

# They tell the address of every request, with what a query holds.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.CRITICAL + 1)

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)
_VALUE = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?", re.ASCII)
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})
# What stands before services often turns libraries away by their name. A connection may say another one.
_SAID = {"User-Agent": f"gateway/{__version__}"}
# What to do about a certificate, by the codes of X509_verify_cert of OpenSSL.
_CERTIFICATES = {
    **dict.fromkeys((18, 19, 20, 21), "; name who vouches for it in ca"),
    **dict.fromkeys((9, 10), "; it has to be renewed there, or the clock is wrong here"),
    **dict.fromkeys((62, 64), "; see that the address has the name it is for"),
}
_CONNECTED, _SENDING = "connection.connect_tcp.complete", "http11.send_request_headers.started"


class Limits(NamedTuple):
    """How long the whole may take, and its connecting; how much of an answer's body is read."""

    timeout_s: float = 60.0
    connect_s: float = 10.0
    max_answer_bytes: int = 1 << 20


USUAL = Limits()


class Answer(NamedTuple):
    """What came back: `headers` by name in small letters; of a body beyond the limit, `is_cut`, only the beginning."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False


class Door:
    """Exchanges with what `reach` allows; may be used by several threads.

    Every exchange has a connection of its own: on one that was used before, a request can be lost without anybody
    knowing whether it was taken.
    """

    def __init__(self, reach: Reach = PUBLIC, tls: Tls | None = None) -> None:
        self._reach = reach
        self._tls = tls or Tls()
        self._context: ssl.SSLContext | None = None

    def request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, limits: Limits = USUAL
    ) -> Answer:
        """The answer, whatever its status; a redirect is an answer as any other.

        Raises TransientError where nothing was sent, UnknownOutcomeError where the answer did not come whole,
        PermanentError for a URL or a header that is not taken, ConfigError for a file of TLS that is none.
        """
        target, fields = target_of(url), _checked(headers)
        importlib.import_module("httpx")  # may take seconds on a busy machine, which are none of the exchange's
        ends = monotonic() + limits.timeout_s
        addresses = addresses_of(target, self._reach, limits.timeout_s)
        context = self._encryption(target)
        exchange = _Exchange(method, target, fields, content, limits)
        return asyncio.run(exchange.done(addresses, context, ends))

    def _encryption(self, target: Target) -> ssl.SSLContext | bool:
        if target.scheme == "http":
            return False
        if self._context is None:
            self._context = self._tls.context()
        return self._context


class _Exchange:
    """One request on its way; `is_begun` once anything of it may have left."""

    def __init__(
        self, method: str, target: Target, fields: dict[str, str], content: bytes | None, limits: Limits
    ) -> None:
        self.is_begun = False
        self._streams: list[httpcore.AsyncNetworkStream] = []
        self._method = method
        self._target = target
        self._fields = {**fields, "Host": target.host_field, "Accept-Encoding": "identity", "Connection": "close"}
        self._content = content
        self._limits = limits

    async def done(self, addresses: list[Address], context: ssl.SSLContext | bool, ends: float) -> Answer:
        """The answer of the first address that takes the connection."""
        import httpx  # few commands need it

        reason: Exception | None = None
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + ends - monotonic()):
                timeout = httpx.Timeout(self._limits.timeout_s, connect=self._limits.connect_s)
                async with httpx.AsyncClient(
                    verify=context, timeout=timeout, follow_redirects=False, trust_env=False, headers=_SAID
                ) as client:
                    for address in addresses:
                        try:
                            return await self._once(client, self._target.at(address))
                        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                            reason = error
        except TimeoutError as late:
            raise self._lost(f"did not answer in {self._limits.timeout_s:.3g} s") from late
        except (httpx.HTTPError, OSError) as error:  # what TLS says after the handshake comes as it is
            if _is_unknown_to_it(error):
                told = f"{self._target.where} does not take our certificate, or wants one of us"
                raise TransientError(f"{told}. See that certificate is the one agreed. Nothing was done.") from error
            raise self._lost(f"gave no whole answer ({type(error).__name__})") from error
        finally:
            for stream in self._streams:  # who is out of time in a handshake is not closed by the client
                await stream.aclose()
        raise self._lost(f"cannot be reached ({_plain(reason)})") from reason

    async def _once(self, client: httpx.AsyncClient, url: str) -> Answer:
        extensions = {"trace": self._watch, "sni_hostname": self._target.host}
        request = client.build_request(
            self._method, url, headers=self._fields, content=self._content, extensions=extensions
        )
        answer = await client.send(request, stream=True)
        try:
            body, is_cut = await self._body(answer)
        finally:
            await answer.aclose()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, headers, body, is_cut)

    async def _watch(self, event: str, told: Mapping[str, Any]) -> None:
        self.is_begun = self.is_begun or event == _SENDING
        if event == _CONNECTED:
            self._streams.append(told["return_value"])

    async def _body(self, answer: httpx.Response) -> tuple[bytes, bool]:
        pieces, size, most = [], 0, self._limits.max_answer_bytes
        async for piece in answer.aiter_raw():
            pieces.append(piece)
            size += len(piece)
            if size > most:
                return b"".join(pieces)[:most], True
        return b"".join(pieces), False

    def _lost(self, text: str) -> TransientError | UnknownOutcomeError:
        told = f"{self._target.where} {text}"
        if self.is_begun:
            return UnknownOutcomeError(f"{told}: whether it has what was sent is not known.")
        return TransientError(f"{told}. Nothing was sent.")


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers; raises PermanentError for one that would be something else on its way."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or name.lower() in _OURS:
            raise PermanentError(
                f"The header {name[:100]!r} cannot be sent. Use ASCII on one line, and no header of HTTP itself."
            )
    twice = [name for name, often in Counter(name.lower() for name in headers).items() if often > 1]
    if twice:
        raise PermanentError(f"The header {twice[0]!r} would be sent twice. State it in one place.")
    return dict(headers)


def _is_unknown_to_it(error: Exception) -> bool:
    """Whether the other side breaks off for our certificate's sake, before a request is read: RFC 8446 section 6.2."""
    reason = str(getattr(error, "reason", "")) if isinstance(error, ssl.SSLError) else ""
    return "_ALERT_" in reason and ("CERTIFICATE" in reason or reason.endswith("UNKNOWN_CA"))


def _plain(error: Exception | None) -> str:
    """What kept a connection from being made, in few words."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            advice = _CERTIFICATES.get(error.verify_code, "")
            return f"its certificate is not taken: {error.verify_message}{advice}"
        if isinstance(error, ssl.SSLError):
            return f"TLS: {error.reason}; see that it speaks TLS at this port"
        if isinstance(error, OSError) and error.errno:
            return f"{os.strerror(error.errno)}; see that host and port are right and that it runs"
        inner = error.__cause__ or error.__context__
        error = inner if isinstance(inner, Exception) else None
    return "it takes no connection"
