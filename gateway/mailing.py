"""The one door for mail that goes out: encrypted, within a time, and told apart by what the server surely has not."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from email.policy import SMTP
from pathlib import Path
from typing import NamedTuple

from gateway.errors import ConfigError, PermanentError, TransientError, UnknownOutcomeError
from gateway.outbound.tls import Tls

WRITTEN = SMTP.clone(cte_type="7bit")
"""How mails are written: in ASCII, since nothing else is said to the server, which may take nothing else (RFC 6152)."""
TIMEOUT_S = 10.0
DEADLINE_S = 60.0
_TAKEN = 250
_LATER = range(400, 500)
_AWAY: Mapping[type[Exception], str] = {
    socket.gaierror: "its name is not known; see that the host is spelled right and that names are resolved here",
    ConnectionRefusedError: "nobody listens there; see that host and port are right and that the server runs",
    TimeoutError: "it does not answer in time; see that host and port are right and that no firewall stands between",
    ssl.SSLCertVerificationError: "its certificate is not taken",
    ssl.SSLError: "it does not speak TLS as we do; see that port and security belong together",
    smtplib.SMTPServerDisconnected: "it hung up, or took too long; see that port and security belong together",
    smtplib.SMTPNotSupportedError: "it offers no STARTTLS, or no way to log in",
}
"""What keeps us from a server, in words of our own."""

Replies = Mapping[str, int]


class MailServer(NamedTuple):
    """Who takes mails, and how: security is starttls, tls or none; `authorities` is who vouches for it."""

    host: str
    port: int
    security: str
    user: str | None = None
    password: str | None = None
    authorities: Path | None = None

    @property
    def where(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"


class Envelope(NamedTuple):
    """Whom a mail is from and to, as its server is told."""

    sender: str
    recipients: Sequence[str]


def send_mail(server: MailServer, envelope: Envelope, mail: bytes, *, to_all: bool, within_s: float) -> Replies:
    """The recipients that were refused, each with the server's reply; the others have the mail.

    `to_all`: nobody gets it unless all do. Raises TransientError where nobody has it and that may be so later,
    PermanentError where a setting, an address or the mail is wrong, UnknownOutcomeError where the answer was lost.
    """
    with _told(server), _connected(server, within_s) as client:
        refused = _address(client, envelope, len(mail))
        if refused and (to_all or len(refused) == len(envelope.recipients)):
            raise _refusal(server, refused)
        _hand_over(server, client, mail)
        return refused


def try_server(server: MailServer, envelope: Envelope, within_s: float) -> None:
    """Return where the server lets us in and takes mail for all recipients; none is sent.

    Raises as `send_mail`.
    """
    with _told(server), _connected(server, within_s) as client:
        refused = _address(client, envelope, 1)
        client.rset()
        if refused:
            raise _refusal(server, refused)


def _address(client: smtplib.SMTP, envelope: Envelope, size: int) -> dict[str, int]:
    """The recipients that the server refuses, with its replies."""
    options = [f"size={size}"] if client.has_extn("size") else []
    code, text = client.mail(envelope.sender, options)
    if code != _TAKEN:
        raise smtplib.SMTPSenderRefused(code, text, envelope.sender)
    replies = {each: client.rcpt(each)[0] for each in envelope.recipients}
    return {each: code for each, code in replies.items() if code not in (250, 251)}


def _hand_over(server: MailServer, client: smtplib.SMTP, mail: bytes) -> None:
    try:
        code, text = client.data(mail)
    except smtplib.SMTPDataError:
        raise  # it was not even begun
    except (smtplib.SMTPException, OSError) as error:
        lost = f"{server.where} did not say whether it has the mail ({_plain(error)})."
        raise UnknownOutcomeError(lost) from None
    if code != _TAKEN:
        raise smtplib.SMTPDataError(code, text)


def _refusal(server: MailServer, refused: Replies) -> TransientError | PermanentError:
    named = ", ".join(f"{address} ({code})" for address, code in refused.items())
    if all(code in _LATER for code in refused.values()):
        return TransientError(f"{server.where} does not take mail for {named} now.")
    return PermanentError(f"{server.where} refuses {named}. Look at the addresses.")


@contextmanager
def _told(server: MailServer) -> Iterator[None]:
    """What goes wrong before the mail is handed over, as what is done about it."""
    try:
        yield
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
        text = f"{server.where} does not let us in ({_plain(error)})"
        raise PermanentError(f"{text}. Look at its user, password, certificate and security.") from None
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        text = f"{server.where} took no mail: {_plain(error)}"
        if error.smtp_code in _LATER:
            raise TransientError(f"{text}.") from None
        raise PermanentError(f"{text}. Look at the sender, and at what is sent.") from None
    except (smtplib.SMTPException, OSError) as error:
        raise TransientError(f"{server.where} took no mail: {_plain(error)}.") from None


def _plain(error: Exception) -> str:
    """What went wrong, without what the server said: it may repeat what it was sent."""
    for kind, text in _AWAY.items():
        if isinstance(error, kind):
            return text
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


@contextmanager
def _connected(server: MailServer, within_s: float) -> Iterator[smtplib.SMTP]:
    """A connection, encrypted and logged in as the settings say, that ends after so many seconds whatever happens."""
    if server.security == "none" and server.user is not None:
        raise ConfigError(f"{server.where}: a password is not sent unencrypted. Write starttls or tls as its security.")
    context, timeout_s = Tls(server.authorities).context(), min(TIMEOUT_S, within_s)
    if server.security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=context)
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=timeout_s)
    # A server that sends a byte now and then keeps within every timeout.
    end = threading.Timer(within_s, _cut, [client])
    end.daemon = True
    end.start()
    try:
        if server.security == "starttls":
            client.starttls(context=context)
        client.ehlo_or_helo_if_needed()
        if server.user is not None:
            client.login(server.user, server.password or "")
        yield client
        with suppress(smtplib.SMTPException, OSError):
            client.quit()  # the mail is taken by now
    finally:
        end.cancel()
        client.close()


def _cut(client: smtplib.SMTP) -> None:
    with suppress(OSError):
        if client.sock is not None:
            client.sock.shutdown(socket.SHUT_RDWR)
