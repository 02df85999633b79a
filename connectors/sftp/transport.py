"""The transport of the library, where servers want it otherwise than it is by itself."""

from __future__ import annotations

import paramiko

TOO_MANY_CONNECTIONS = 12
"""RFC 4253 section 11.1: who comes again later may be let in."""


class Transport(paramiko.Transport):
    """Knows X25519 by its name in RFC 8731 too, and the reason for which the server ended the session.

    None while it said none.
    """

    _kex_info = {  # noqa: RUF012 - as the library has it
        **paramiko.Transport._kex_info,  # type: ignore[attr-defined]  # noqa: SLF001
        "curve25519-sha256": paramiko.Transport._kex_info["curve25519-sha256@libssh.org"],  # type: ignore[attr-defined]  # noqa: SLF001
    }
    _preferred_kex = (*paramiko.Transport._preferred_kex, "curve25519-sha256")  # type: ignore[attr-defined]  # noqa: SLF001
    farewell: int | None = None

    def _parse_disconnect(self, message: paramiko.Message) -> None:
        self.farewell = message.get_int()
