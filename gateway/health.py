"""Liveness and readiness over HTTP: whether the dispatcher turns, and what keeps a part from working."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from gateway.errors import GatewayError, PermanentError
from gateway.store.engine import Store, file_of
from gateway.store.migrate import status

SILENT_AFTER = timedelta(minutes=5)
_START_S = 10.0


class Health:
    """What the server's parts last said of themselves; safe to ask from another thread."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._beat = clock()
        self._failing: dict[str, str] = {}
        self._file = file_of(store.url)
        self._inode = _inode(self._file)

    def beat(self) -> None:
        """The dispatcher has gone round once more."""
        self._beat = self._clock()

    def fails(self, part: str, reason: str) -> bool:
        """Note what keeps a part from working; True where that is news."""
        news = self._failing.get(part) != reason
        self._failing[part] = reason
        return news

    def works(self, part: str) -> None:
        """The part works."""
        self._failing.pop(part, None)

    def forget(self) -> None:
        """What was said of parts that may be there no more."""
        self._failing.clear()

    def is_store_away(self) -> bool:
        """Whether the embedded store's file is gone or another one: what is written then, no one finds again."""
        return self._file is not None and _inode(self._file) != self._inode

    def report(self) -> dict[str, object]:
        """Whether the gateway is ready, and what is not."""
        failing = dict(self._failing)
        try:
            if self.is_store_away():
                failing["store"] = f"{self._file} is gone or replaced; put it back, or start again"
            elif not status(self._store).is_current:
                failing["store"] = "its schema is not this program's; run `gateway db upgrade`"
        except GatewayError as error:
            failing["store"] = str(error)
        silent = self._clock() - self._beat
        if silent > SILENT_AFTER:
            failing["dispatcher"] = f"silent for {silent.total_seconds():.0f} s"
        return {"ready": not failing, "failing": failing}


def _inode(file: Path | None) -> int | None:
    try:
        return file.stat().st_ino if file else None
    except OSError:
        return None


def application(health: Health) -> FastAPI:
    """The routes /healthz and /readyz; no documentation is served."""
    app = FastAPI(title="gateway", openapi_url=None)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz")
    def readyz() -> JSONResponse:
        report = health.report()
        return JSONResponse(report, status_code=200 if report["ready"] else 503)

    return app


@contextmanager
def serving(health: Health, address: tuple[str, int]) -> Iterator[str]:
    """The base URL under which health is served, by a thread of its own, while the block runs."""
    host, port = address
    config = uvicorn.Config(application(health), host=host, port=port, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=_run, args=(server,), name="health", daemon=True)
    thread.start()
    try:
        yield _base_url(server, thread, address)
    finally:
        server.should_exit = True
        thread.join()


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
