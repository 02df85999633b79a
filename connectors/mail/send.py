"""Sends a document as the attachment of a mail, which has the same Message-ID however often it is sent."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from connectors.mail.config import Mailing
from gateway.connector import Delivery, Receipt, safe_name
from gateway.mailing import WRITTEN, send_mail

MOST_SUBJECT = 200
_TYPES = {
    "edi": ("application", "EDIFACT"), "xml": ("application", "xml"), "json": ("application", "json"),
    "csv": ("text", "csv"),
}  # fmt: skip


class MailSender:
    """Sends to all recipients of a connection, or to none."""

    def __init__(self, mailing: Mailing) -> None:
        self._mailing = mailing

    def send(self, delivery: Delivery) -> Receipt:
        """The Message-ID of the mail that the server has taken."""
        mailing = self._mailing
        mail = mail_of(mailing, delivery, datetime.now(UTC))
        send_mail(mailing.server, mailing.envelope, bytes(mail), to_all=True, within_s=mailing.timeout_s)
        return Receipt(mail["Message-ID"])


def mail_of(mailing: Mailing, delivery: Delivery, at: datetime) -> EmailMessage:
    """The mail with the document attached, byte for byte."""
    mail = EmailMessage(policy=WRITTEN)
    mail["From"], mail["To"] = mailing.envelope.sender, ", ".join(mailing.envelope.recipients)
    mail["Subject"] = _on_one_line(_filled(mailing.subject, delivery))
    mail["Date"], mail["Message-ID"] = format_datetime(at), _message_id(mailing, delivery)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_filled(mailing.text, delivery) + "\n")
    name = safe_name(delivery.name)
    main, sub = _TYPES.get(name.rpartition(".")[2].lower(), ("application", "octet-stream"))
    mail.add_attachment(delivery.content, maintype=main, subtype=sub, filename=name)
    return mail


def _message_id(mailing: Mailing, delivery: Delivery) -> str:
    digest = hashlib.sha256(delivery.idempotency_key.encode()).hexdigest()[:40]
    return f"<{digest}@{mailing.envelope.sender.rpartition('@')[2]}>"


def _filled(text: str, delivery: Delivery) -> str:
    named = {"type": delivery.type, "reference": delivery.reference, "id": delivery.id, "name": delivery.name}
    for name, value in named.items():
        text = text.replace("{" + name + "}", value.replace("{", "(").replace("}", ")"))
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)


def _on_one_line(text: str) -> str:
    return " ".join(text.split())[:MOST_SUBJECT]
