"""A folder as a connection: takes complete files once, writes files complete at first sight."""

from __future__ import annotations

import os

from connectors.folder.config import FIELDS, FolderConfig
from connectors.folder.poll import FolderPoller
from connectors.folder.send import FolderSender
from gateway.connector import ConnectionConfig, Connector
from gateway.errors import PermanentError

__all__ = ["CONNECTOR"]


class FolderConnection:
    """A folder, opened."""

    def __init__(self, config: ConnectionConfig) -> None:
        self._config = FolderConfig.of(config)

    def poller(self) -> FolderPoller:
        """What takes files from it."""
        return FolderPoller(self._config)

    def sender(self) -> FolderSender:
        """What writes files to it."""
        return FolderSender(self._config)

    def test(self) -> list[str]:
        """What is in the folder; raises PermanentError where it cannot be read and written."""
        path = self._config.path
        waiting = self.poller().waiting()
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise PermanentError(f"{path} cannot be read and written; give the gateway's user the right to")
        return [f"{path} can be read and written", f"{waiting} files wait in it"]


CONNECTOR = Connector("folder", FIELDS, FolderConnection, one_way=("path",))
