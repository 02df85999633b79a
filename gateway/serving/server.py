"""`gateway serve`: the parts of its roles, each in a thread of its own, and what it answers over HTTP.

To add a part, see `gateway/serving/parts.py`.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from time import monotonic

from gateway.errors import PermanentError, UsageError
from gateway.health import Health
from gateway.http.calls import Api
from gateway.http.cxml_door import CxmlDoor
from gateway.http.door import Door
from gateway.http.oci_door import OciDoor
from gateway.http.serving import serving
from gateway.http.shop_door import ShopDoor
from gateway.queue.dispatch import recover
from gateway.queue.leases import Leases
from gateway.queue.lock import dispatching
from gateway.search.index import SearchIndex
from gateway.serving.in_force import InForce
from gateway.serving.parts import every_role, scheduler, web, worker
from gateway.serving.rounds import Rounds
from gateway.shop.look import Look, look_of
from gateway.store.engine import file_of
from gateway.wiring import Gateway

ROLES = ("web", "worker", "scheduler")
STOP_S = 30.0
"""How long a round that runs when the server is told to stop may take to end."""
_WATCH_S = 1.0
_log = logging.getLogger("gateway.server")

Tell = Callable[[str], None]


def roles_named(text: str) -> frozenset[str]:
    """The roles of a list with commas; raises UsageError where one is none."""
    named = frozenset(filter(None, (each.strip() for each in text.split(","))))
    if not named or named - set(ROLES):
        raise UsageError(f"{text!r} names no roles. Write some of {','.join(ROLES)}.")
    return named


class Server:
    """Runs the parts of its roles until it is told to stop."""

    def __init__(self, gateway: Gateway, host: str, port: int, roles: Collection[str] = ROLES) -> None:
        self._is_embedded = file_of(gateway.store.url) is not None
        if self._is_embedded and set(roles) != set(ROLES):
            raise UsageError(
                "An embedded store is served by one process with every role. Leave --roles out, or use PostgreSQL."
            )
        self._gateway = gateway
        self._address = host, port
        self._roles = roles
        self._lock = gateway.node_lock()
        self._served_at = f"http://{host}:{port}"
        self._stopped = threading.Event()
        self._health = Health(gateway.store, gateway.clock)
        self._served = InForce(gateway, self._health)
        self._index = SearchIndex(gateway.workspace / "var")
        self.parts = self._parts()

    def _parts(self) -> list[Rounds]:
        parts = [Rounds("configuration", timedelta(seconds=1), self._renew)]
        parts += every_role(self._served, self._health, self._gateway.settings.alarms, self._gateway.vault.secret)
        if "web" in self._roles:
            parts += web(self._served, self._index)
        if "worker" in self._roles:
            parts.append(Rounds("presence", timedelta(seconds=1), self._lock.take))
            parts += worker(self._served, self._health, Leases(self._gateway.settings.lease))
        if "scheduler" in self._roles:
            parts += scheduler(self._served, self._gateway.workspace, self._gateway.settings.retention)
        return parts

    def run(self, tell: Tell) -> None:
        """Serve until SIGINT or SIGTERM; raises PermanentError where another process is the dispatcher."""
        with ExitStack() as ending:
            if "worker" in self._roles:
                self._begin_work(ending.enter_context(dispatching(self._lock)))
            if "web" in self._roles:
                api = self._api()
                cxml = self._cxml_door(api)
                ending.callback(cxml.close)
                further = [
                    *cxml.routes,
                    *OciDoor(api, self._gateway.vault.secret, self._gateway.settings.receive.proxies).routes,
                    *ShopDoor(api, self._look()).routes,
                ]
                address = ending.enter_context(serving(self._health, api, self._door(api), self._address, further))
                self._served_at = address
                tell(f"health    {address}/healthz  {address}/readyz")
                tell(f"api       {address}/api/v1  {address}/api/v1/openapi.json")
                tell(f"cxml      {address}/cxml")
                for name in self._called("oci"):
                    tell(f"oci       {name} at {address}/oci/{name}")
                for name in self._served.listeners:
                    tell(f"listening {name} at {address}/in/{name}")
            ending.enter_context(self._stopping_by_signal())
            for watch in self._served.watches:
                tell(f"watching  {watch.name} every {watch.every.total_seconds():g} s")
            for name in self._served.senders:
                tell(f"sending   {name}")
            tell("Stop with Ctrl-C.")
            self._serve()

    def _begin_work(self, is_ours: bool) -> None:
        """An embedded store is one process's; of others, who works beside us is told by the leases of the lanes."""
        if self._is_embedded and not is_ours:
            raise PermanentError(
                f"This store is served already, by {self._lock.holder()}. Stop it, or ingest beside it."
            )
        if self._is_embedded:
            recover(self._gateway.line)

    def stop(self) -> None:
        """Finish what is being done and return from `run`."""
        self._stopped.set()

    def wake(self) -> None:
        """Begin the next round of every part that works something off, at once."""
        for part in self.parts:
            if part.name in ("line", "delivery"):
                part.wake()

    def _api(self) -> Api:
        settings = self._gateway.settings.api
        kept = self._gateway.vault.kept
        line, is_away = (lambda: self._served.line), self._health.is_store_away
        return Api(line, settings, self.wake, self._index, is_away, kept_secret=kept)

    def _called(self, kind: str) -> list[str]:
        """The connections of a kind whose other side calls us."""
        return [name for name, each in self._served.line.configuration.connections.items() if each.kind == kind]

    def _door(self, api: Api) -> Door:
        folder = self._gateway.workspace / "var"
        return Door(api, lambda: self._served.listeners, self._gateway.settings.receive, folder, self._health)

    def _look(self) -> Look:
        shop, workspace = self._gateway.settings.shop, self._gateway.workspace
        return look_of(shop.name, shop.accent, workspace / shop.logo if shop.logo else None)

    def _cxml_door(self, api: Api) -> CxmlDoor:
        settings, folder = self._gateway.settings, self._gateway.workspace / "var"
        return CxmlDoor(
            api, self._gateway.vault, lambda: settings.public_url or self._served_at, settings.receive, folder
        )

    @contextmanager
    def _stopping_by_signal(self) -> Iterator[None]:
        signals = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(each, lambda *_: self.stop()) for each in signals]
        try:
            yield
        finally:
            for each, handler in zip(signals, before, strict=True):
                signal.signal(each, handler)

    def _serve(self) -> None:
        for part in self.parts:
            part.begin(self._health)
            # Whoever looked in between would be told that its thread has died.
            self._health.watch(part.name, part.is_alive, part.silent_after)
        while not self._stopped.wait(_WATCH_S):
            for part in self.parts:
                if not part.is_alive():
                    _log.error("%s: its thread has died, it begins again", part.name)
                    part.begin(self._health)
        self._end()

    def _end(self) -> None:
        """Every part has ended its round, or is left to the process's end: what it held is another's then."""
        until = monotonic() + STOP_S
        for part in self.parts:
            part.stop()
        for part in self.parts:
            if not part.join(until - monotonic()):
                _log.warning("%s did not end within %g s; what it was doing is done again later", part.name, STOP_S)
        self._served.close()

    def _renew(self) -> int:
        self._served.renewed()
        return 0
