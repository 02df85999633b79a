"""Mail: what was raised and cleared since the last mail, in one text, however much it is."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import NamedTuple

from gateway.mailing import DEADLINE_S, WRITTEN, Envelope, MailServer, send_mail
from gateway.store.alarms import Notice

_log = logging.getLogger("gateway.alarms")


class Post(NamedTuple):
    """Where mails come from and go to."""

    server: MailServer
    sender: str
    recipients: tuple[str, ...]

    def send(self, subject: str, text: str, at: datetime) -> None:
        """Return when the server has taken the mail, if not for every recipient.

        Raises TransientError where that may be so later, PermanentError where a setting or an address is wrong,
        UnknownOutcomeError where the server did not say.
        """
        mail = EmailMessage(policy=WRITTEN)
        mail["Subject"], mail["From"], mail["To"] = subject, self.sender, ", ".join(self.recipients)
        mail["Date"], mail["Message-ID"] = format_datetime(at), make_msgid(domain=self.sender.partition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        envelope = Envelope(self.sender, self.recipients)
        refused = send_mail(self.server, envelope, bytes(mail), to_all=False, within_s=DEADLINE_S)
        if refused:
            # The others have it; to send it again would tell them twice for the sake of a wrong address.
            _log.warning("%s refuses %s; look at mail_to", self.server.where, ", ".join(refused))


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
