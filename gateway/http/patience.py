"""Patience: HTTP/1.1 on a connection that is closed where a head does not come, or a refused body does not end."""

from __future__ import annotations

import asyncio
import resource

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 20.0
"""How long a head may take to come, from the connection or the answer before it."""
REST_S = 10.0
"""How long the rest of a body that was refused is thrown away: who is still sending sees the answer."""
_OPEN_FILES, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
MOST_CONNECTIONS = 768 if _OPEN_FILES == resource.RLIM_INFINITY else min(768, _OPEN_FILES * 3 // 4)
"""Connections at once: the rest of what a process may have open, often 1,024, is for the work."""


class PatientProtocol(H11Protocol):
    """uvicorn's protocol, which has a limit for what lies between requests and none for what comes drop by drop."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """The connection is open, or closed at once where there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        self._watch()

    def data_received(self, data: bytes) -> None:
        """More came."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """The answer was given."""
        super().on_response_complete()
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered, unless something else is being answered already, and the connection closed."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # else what it answers after this is a defect to h11
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        super().connection_lost(exc)
        self._calm()

    def _watch(self) -> None:
        is_answered = self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY
        if not is_answered and self.conn.their_state is not h11.IDLE:
            self._calm()
        elif self._late is None and not self.transport.is_closing():
            self._late = self.loop.call_later(REST_S if is_answered else HEAD_S, self.transport.close)

    def _calm(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
