"""Mail: what was raised and cleared since the last mail, in one text, however much it is."""

from __future__ import annotations

import logging
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import NamedTuple

from gateway.errors import PermanentError, TransientError
from gateway.store.alarms import Notice

TIMEOUT_S = 10.0
DEADLINE_S = 60.0

_log = logging.getLogger("gateway.alarms")


class MailServer(NamedTuple):
    """Who takes mails, and how: security is starttls, tls or none."""

    host: str
    port: int
    security: str
    user: str | None = None
    password: str | None = None


class Post(NamedTuple):
    """Where mails come from and go to."""

    server: MailServer
    sender: str
    recipients: tuple[str, ...]

    def send(self, subject: str, text: str, at: datetime) -> None:
        """Return when the server has taken the mail, if not for every recipient.

        Raises TransientError where that may be so later, PermanentError where a setting or an address is wrong.
        """
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = subject, self.sender, ", ".join(self.recipients)
        mail["Date"], mail["Message-ID"] = format_datetime(at), make_msgid(domain=self.sender.partition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        where = f"{self.server.host}:{self.server.port}"
        try:
            with _connected(self.server) as client:
                refused = client.send_message(mail, self.sender, list(self.recipients))
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
            raise PermanentError(
                f"{where} does not let us in ({_plain(error)}). Look at the settings smtp_*."
            ) from None
        except (smtplib.SMTPException, OSError) as error:
            raise TransientError(f"{where} took no mail: {_plain(error)}.") from None
        if refused:
            # The others have it; to send it again would tell them twice for the sake of a wrong address.
            _log.warning("%s refuses %s; look at mail_to", where, ", ".join(refused))


def _plain(error: Exception) -> str:
    """What went wrong, without what the server said: it may repeat what it was sent."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A connection, encrypted and logged in as the settings say, that ends after DEADLINE_S whatever happens."""
    context = ssl.create_default_context()
    if server.security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    # A server that sends a byte now and then keeps within every timeout.
    end = threading.Timer(DEADLINE_S, _cut, [client])
    end.start()
    try:
        if server.security == "starttls":
            client.starttls(context=context)
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


class MailChannel:
    """One mail for all that was raised and cleared since the last one, and none for `rest` after it."""

    name = "mail"
    most = 50
    in_sum = True

    def __init__(self, post: Post, rest: timedelta) -> None:
        self.rest = rest
        self._post = post

    def tell(self, notices: list[Notice], total: int) -> None:
        """Return when the mail is taken."""
        self._post.send(subject_of(notices, total), text_of(notices, total), datetime.fromisoformat(notices[-1].at))


def subject_of(notices: list[Notice], total: int) -> str:
    """What a mail is about, in a few words."""
    raised = sum(each.what == "raised" for each in notices)
    counts = [f"{raised} raised"] * (raised > 0) + [f"{len(notices) - raised} cleared"] * (raised < len(notices))
    more = f", {total - len(notices)} more" if total > len(notices) else ""
    return f"[gateway] alarms: {', '.join(counts)}{more}"


def text_of(notices: list[Notice], total: int) -> str:
    """A line for each alarm, and how many there are beside them."""
    lines = [f"{each.at[:16].replace('T', ' ')} UTC  {each.what:8}{each.kind}\n    {each.text}" for each in notices]
    if total > len(notices):
        lines.append(f"and {total - len(notices)} more")
    return "\n".join([*lines, "", "All that stand: gateway alarms list --open", ""])
