"""A folder on an SFTP server as a connection, opened: what takes from it, what puts there, and whether both work."""

from __future__ import annotations

import uuid
from fnmatch import fnmatch

from connectors.sftp.config import After, Inbox, Login, Outbox, shown, within
from connectors.sftp.listing import files_in
from connectors.sftp.poll import SftpPoller, reaching
from connectors.sftp.send import SftpSender
from connectors.sftp.session import Session
from gateway.connector import ConnectionConfig
from gateway.errors import PermanentError


class SftpConnection:
    """An SFTP server as configured; nothing is reached before something is done there."""

    def __init__(self, config: ConnectionConfig) -> None:
        self._config = config

    def poller(self) -> SftpPoller:
        """What takes files from there; raises PermanentError where no `receive` is configured."""
        self._need("receive", "taken from")
        return SftpPoller(Inbox.of(self._config), self._session())

    def sender(self) -> SftpSender:
        """What puts files there; raises PermanentError where no `send` is configured."""
        self._need("send", "put on")
        return SftpSender(Outbox.of(self._config), self._session())

    def test(self) -> list[str]:
        """Who we are there and what lies in the folders; raises what keeps us from taking or putting files."""
        session, values = self._session(), self._config.values
        login = Login.of(self._config)
        try:
            with session.within(login.timeout_s):
                session.client.normalize(".")
                seen = [f"{login.label} lets us in, with the key it is pinned to"]
                if values.has("receive"):
                    seen += _seen_in(session, Inbox.of(self._config))
                if values.has("send"):
                    seen += _seen_for(session, Outbox.of(self._config))
        finally:
            session.close()
        return seen

    def _session(self) -> Session:
        return Session(lambda: Login.of(self._config))

    def _need(self, table: str, done: str) -> None:
        if not self._config.values.has(table):
            text = f"Nothing is {done} the server of {self._config.name}: its file has no `{table}`"
            raise PermanentError(f'{text}. Add {table} = {{ folder = "/..." }}, or name another connection.')


def _seen_in(session: Session, inbox: Inbox) -> list[str]:
    with reaching(inbox.folder):
        found = files_in(session.client, inbox.folder)
    waiting = sum(fnmatch(entry.name.decode("utf-8", "replace"), inbox.pattern) for entry in found)
    lines = [f"{waiting} files wait in {shown(inbox.folder)}"]
    if inbox.after is After.LEAVE or _can_make_a_folder(session, inbox.folder):
        return lines
    if inbox.after is After.ARCHIVE:
        text = f"the server does not let us make a folder in {shown(inbox.folder)}, so nothing can be archived there"
        raise PermanentError(f'{text}; ask the partner for the right to, or set after = "leave"')
    return [*lines, f"no folder can be made in {shown(inbox.folder)}: what is taken is noted here until it is deleted"]


def _can_make_a_folder(session: Session, folder: bytes) -> bool:
    probe = within(folder, f".{uuid.uuid4().hex}.tmp".encode())
    try:
        session.client.mkdir(probe)
        session.client.rmdir(probe)
    except OSError:
        return False
    return True


def _seen_for(session: Session, outbox: Outbox) -> list[str]:
    probe = within(outbox.folder, f".{uuid.uuid4().hex}.tmp".encode())
    try:
        session.client.open(probe, "wb").close()
        session.client.remove(probe)
    except FileNotFoundError as error:
        text = f"there is no folder {shown(outbox.folder)} on the server; see that it is spelled right"
        raise PermanentError(f"{text} and ask the partner to make it") from error
    except OSError as error:
        text = f"the server does not let us write into {shown(outbox.folder)}: {error}"
        raise PermanentError(f"{text}; ask the partner for the right to write and delete there") from error
    return [f"files can be put into {shown(outbox.folder)}"]
