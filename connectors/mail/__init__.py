"""Documents as attachments of mails, by a server that takes them from us."""

from __future__ import annotations

from connectors.mail.config import FIELDS, Mailing, problems
from connectors.mail.send import MailSender
from gateway.connector import ConnectionConfig, Connector, Poller, Sender
from gateway.errors import PermanentError
from gateway.mailing import try_server

__all__ = ["CONNECTOR"]


class MailConnection:
    """A mail server and the people that documents go to."""

    def __init__(self, config: ConnectionConfig) -> None:
        self._config = config

    def poller(self) -> Poller:
        """Raises PermanentError: no mail is fetched."""
        raise PermanentError(f"{self._config.name} fetches no mail. Name another connection where something is taken.")

    def sender(self) -> Sender:
        """What sends mails."""
        return MailSender(Mailing.of(self._config))

    def test(self) -> list[str]:
        """That the server lets us in and takes mail for every recipient; none is sent."""
        mailing = Mailing.of(self._config)
        try_server(mailing.server, mailing.envelope, mailing.timeout_s)
        security = mailing.server.security
        return [f"lets us in ({security}) and takes mail for {', '.join(mailing.envelope.recipients)}"]


CONNECTOR = Connector("mail", FIELDS, MailConnection, check=problems)
