"""The web server: the application served by a thread of its own while the dispatcher turns."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import sleep

import uvicorn
from starlette.routing import BaseRoute

from gateway.errors import PermanentError
from gateway.health import Health
from gateway.http.application import application
from gateway.http.calls import Api
from gateway.http.door import Door
from gateway.http.patience import PatientProtocol

_START_S = 10.0
_FINISH_S = 5
"""Seconds in which an answer that is on its way may still be finished."""
_IDLE_S = 10
"""Seconds that a connection may lie idle between two requests."""
_MOST_HEAD_BYTES = 32 << 10


@contextmanager
def serving(
    health: Health, api: Api, door: Door, address: tuple[str, int], further: Sequence[BaseRoute] = ()
) -> Iterator[str]:
    """The base URL that is served while the block runs; `further` are the routes of doors beside this one."""
    host, port = address
    config = uvicorn.Config(
        application(health, api, door, further), host=host, port=port, log_level="error", log_config=None,
        access_log=False, server_header=False, proxy_headers=False, lifespan="off", ws="none", http=PatientProtocol,
        h11_max_incomplete_event_size=_MOST_HEAD_BYTES, timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_FINISH_S,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=_run, args=(server,), name="http", daemon=True)
    thread.start()
    try:
        yield _base_url(server, thread, address)
    finally:
        api.is_ending = True
        server.should_exit = True
        thread.join()
        door.close()
        api.close()


def _run(server: uvicorn.Server) -> None:
    try:
        server.run()
    except SystemExit:  # uvicorn's way to say that it could not listen; `_base_url` tells it
        server.should_exit = True


def _base_url(server: uvicorn.Server, thread: threading.Thread, address: tuple[str, int]) -> str:
    """The address really listened on; raises PermanentError where it cannot be."""
    host, port = address
    waited = 0.0
    while not server.started:
        if not thread.is_alive() or server.should_exit or waited > _START_S:
            raise PermanentError(f"{host}:{port} cannot be listened on. Name another with --host and --port.")
        sleep(0.02)
        waited += 0.02
    port = server.servers[0].sockets[0].getsockname()[1]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
