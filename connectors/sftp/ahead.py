"""Small files asked for before it is their turn: what they hold is here when the one before them is stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import paramiko

from connectors.sftp.asking import Asking
from connectors.sftp.config import within
from connectors.sftp.fetch import REQUEST_BYTES, Fetched, fetch, held
from connectors.sftp.listing import Entry

_OPENING, _READING = 4, 4


class Ahead:
    """Files of one request each, in the order in which they will be taken; `at` is the one that is waited for."""

    def __init__(self, client: paramiko.SFTPClient, folder: bytes, entries: Iterable[Entry]) -> None:
        self._client = client
        self._folder = folder
        self._asking = Asking(client)
        self._waiting = deque(entry for entry in entries if entry.look.size < REQUEST_BYTES)
        self._opening: deque[tuple[Entry, int]] = deque()
        self._reading: dict[Entry, int | OSError] = {}
        self.at: Entry | None = None

    def fetch(self, entry: Entry) -> Fetched | None:
        """The content; None where the server gives less than stated, or more. Raises what the server says."""
        size = entry.look.size
        while (self._opening or self._waiting) and len(self._reading) <= _READING:
            self._go_on()
        self.at = entry
        asked = self._reading.pop(entry, None)
        if isinstance(asked, OSError):
            raise asked
        content = None if asked is None else self._asking.content(asked)
        if content is None or len(content) < size:
            # It is large, or the server gives less at a time than it is asked for.
            return fetch(self._client, within(self._folder, entry.name), size)
        return held(content) if len(content) == size else None

    def _go_on(self) -> None:
        """Asks for what is next to be opened, and to read what was opened longest ago."""
        while self._waiting and len(self._opening) < _OPENING:
            entry = self._waiting.popleft()
            self._opening.append((entry, self._asking.open(within(self._folder, entry.name))))
        entry, number = self._opening.popleft()
        self.at = entry
        try:
            handle = self._asking.handle(number)
            self._reading[entry] = self._asking.read(handle, 0, entry.look.size + 1)
            self._asking.close(handle)
        except OSError as refusal:
            self._reading[entry] = refusal
