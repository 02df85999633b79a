"""Ports of the loopback for servers that tests start, and start again: nobody else is given them meanwhile."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_port() -> Iterator[int]:
    """A port at which nobody listens but who is told of it, as often as he likes, if he lets his address be used again.

    Linux keeps it for him while the block runs; elsewhere it is only free when the block begins.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        if sys.platform != "linux":
            held.close()
        yield port
